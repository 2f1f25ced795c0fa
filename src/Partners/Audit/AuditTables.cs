using Microsoft.EntityFrameworkCore;

namespace Soc.Partners.Audit;

internal static class AuditTables
{
    public static void MapAuditTables(this ModelBuilder model)
    {
        model.Entity<AuditEntry>(entry =>
        {
            entry.ToTable("audit_entry");
            entry.Property(e => e.Id).UseIdentityAlwaysColumn();
            entry.HasIndex(e => e.SubjectId);
        });
    }
}
