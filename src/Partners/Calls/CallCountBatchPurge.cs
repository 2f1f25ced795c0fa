using Microsoft.EntityFrameworkCore;
using Soc.Partners.Data;
using Soc.Partners.DueWork;

namespace Soc.Partners.Calls;

/// <summary>Forgets batches that no gateway repeats any more: it keeps one only while it runs.</summary>
internal sealed class CallCountBatchPurge : IDueWork
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    public string Name => "call-count-batch-purge";

    public TimeSpan Every => TimeSpan.FromHours(1);

    public Task RunAsync(PartnersDb db, DateTimeOffset now, CancellationToken cancellation) =>
        db.Set<CallCountBatch>().Where(batch => batch.ReceivedAt < now - Kept).ExecuteDeleteAsync(cancellation);
}
