using Microsoft.EntityFrameworkCore;

namespace Soc.Partners.Calls;

internal static class CallTables
{
    public static void MapCallTables(this ModelBuilder model)
    {
        model.Entity<CallCount>(count =>
        {
            count.ToTable("call_count");
            count.HasKey(c => new { c.OrganisationId, c.Day, c.Service, c.Route, c.StatusClass });
        });
        model.Entity<CallCountBatch>(batch =>
        {
            batch.ToTable("call_count_batch");
            batch.Property(b => b.Id).ValueGeneratedNever();
            batch.HasIndex(b => b.ReceivedAt);
        });
    }
}
