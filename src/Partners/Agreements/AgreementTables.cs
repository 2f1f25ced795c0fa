using Microsoft.EntityFrameworkCore;
using Soc.Partners.Organisations;

namespace Soc.Partners.Agreements;

internal static class AgreementTables
{
    public static void MapAgreementTables(this ModelBuilder model)
    {
        model.Entity<Agreement>(agreement =>
        {
            agreement.ToTable("agreement");
            agreement.Property(a => a.Id).ValueGeneratedNever();
            agreement.Property(a => a.Status).HasConversion<string>();
            agreement.Property(a => a.MarkingCeiling).HasConversion<string>();
            agreement.Property(a => a.Version).IsConcurrencyToken();
            agreement.HasIndex(a => a.Status);
            agreement.HasMany(a => a.Parties).WithOne().HasForeignKey(p => p.AgreementId);
            agreement.Navigation(a => a.Parties).AutoInclude();
        });
        model.Entity<AgreementParty>(party =>
        {
            party.ToTable("agreement_party");
            party.HasKey(p => new { p.AgreementId, p.OrganisationId });
            party.Property(p => p.OnPaper).HasDefaultValue(false);
            party.HasOne<Organisation>().WithMany().HasForeignKey(p => p.OrganisationId);
        });
    }
}
