using Microsoft.EntityFrameworkCore;
using Soc.Partners.Organisations;

namespace Soc.Partners.RevocationOrders;

internal static class RevocationOrderTables
{
    public static void MapRevocationOrderTables(this ModelBuilder model)
    {
        model.Entity<RevocationOrder>(order =>
        {
            order.ToTable("revocation_order");
            order.Property(o => o.Id).ValueGeneratedNever();
            order.Property(o => o.Status).HasConversion<string>();
            order.Property(o => o.Version).IsConcurrencyToken();
            order.OwnsOne(o => o.Acknowledgement);
            order.HasOne<Organisation>().WithMany().HasForeignKey(o => o.OrganisationId);

            // What the clock still has to look at: few of the many.
            order.HasIndex(o => o.DueAt).HasFilter("overdue_at is null and acknowledgement_at is null");
            order.HasIndex(o => o.IssuedAt).HasFilter("enforced_at is null").HasDatabaseName("ix_revocation_order_unenforced");
        });
    }
}
