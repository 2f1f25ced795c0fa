using Microsoft.EntityFrameworkCore;

namespace Soc.Partners.Organisations;

internal static class OrganisationTables
{
    public static void MapOrganisationTables(this ModelBuilder model)
    {
        model.Entity<Organisation>(organisation =>
        {
            organisation.ToTable("organisation");
            organisation.Property(o => o.Id).ValueGeneratedNever();
            organisation.Property(o => o.Status).HasConversion<string>();
            organisation.Property(o => o.Version).IsConcurrencyToken();
            organisation.OwnsOne(o => o.Suspension, suspension => suspension.Property(s => s.StatusBefore).HasConversion<string>());
        });
    }
}
