using Microsoft.EntityFrameworkCore;
using Soc.Partners.Organisations;

namespace Soc.Partners.Terms;

internal static class TermsTables
{
    public static void MapTermsTables(this ModelBuilder model)
    {
        model.Entity<TermsAcceptance>(acceptance =>
        {
            acceptance.ToTable("terms_acceptance");
            acceptance.Property(a => a.Id).ValueGeneratedNever();
            acceptance.Property(a => a.Answers).HasColumnType("jsonb");
            acceptance.HasOne<Organisation>().WithMany().HasForeignKey(a => a.OrganisationId);
        });
    }
}
