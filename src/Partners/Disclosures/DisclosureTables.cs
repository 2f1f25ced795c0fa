using Microsoft.EntityFrameworkCore;

namespace Soc.Partners.Disclosures;

internal static class DisclosureTables
{
    public static void MapDisclosureTables(this ModelBuilder model)
    {
        model.Entity<Disclosure>(disclosure =>
        {
            disclosure.ToTable("disclosure");
            disclosure.HasKey(d => d.Sequence);
            disclosure.Property(d => d.Sequence).UseIdentityAlwaysColumn();
            disclosure.Property(d => d.Kind).HasConversion<string>();
            disclosure.HasIndex(d => new { d.OrganisationId, d.Hour, d.Sequence });
        });
    }
}
