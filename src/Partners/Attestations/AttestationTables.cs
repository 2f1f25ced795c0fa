using Microsoft.EntityFrameworkCore;
using Soc.Partners.Organisations;

namespace Soc.Partners.Attestations;

internal static class AttestationTables
{
    public static void MapAttestationTables(this ModelBuilder model)
    {
        model.Entity<AttestationDuty>(duty =>
        {
            duty.ToTable("attestation_duty");
            duty.Property(d => d.Id).ValueGeneratedNever();
            duty.HasIndex(d => d.OrganisationId).IsUnique();
            duty.Property(d => d.Version).IsConcurrencyToken();
            duty.HasOne<Organisation>().WithMany().HasForeignKey(d => d.OrganisationId);
        });
        model.Entity<Attestation>(attestation =>
        {
            attestation.ToTable("attestation");
            attestation.Property(a => a.Id).ValueGeneratedNever();
            attestation.Property(a => a.Statement).HasColumnType("jsonb");
            attestation.HasIndex(a => new { a.OrganisationId, a.Quarter });
            attestation.HasOne<Organisation>().WithMany().HasForeignKey(a => a.OrganisationId);
        });
    }
}
