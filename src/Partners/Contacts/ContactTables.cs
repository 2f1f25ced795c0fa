using Microsoft.EntityFrameworkCore;
using Soc.Partners.Organisations;

namespace Soc.Partners.Contacts;

internal static class ContactTables
{
    public static void MapContactTables(this ModelBuilder model)
    {
        model.Entity<Contact>(contact =>
        {
            contact.ToTable("contact");
            contact.Property(c => c.Id).ValueGeneratedNever();
            contact.OwnsOne(c => c.Name);
            contact.OwnsOne(c => c.Email);
            contact.OwnsOne(c => c.Phone);
            contact.HasOne<Organisation>().WithMany().HasForeignKey(c => c.OrganisationId);
        });
    }
}
