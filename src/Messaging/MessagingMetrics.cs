using System.Diagnostics;
using System.Diagnostics.Metrics;
using Soc.Messaging.Outbox;

namespace Soc.Messaging;

/// <summary>What is counted; dimensions are reasons and codes, never ids.</summary>
internal sealed class MessagingMetrics : IDisposable
{
    public const string Name = "Soc.Messaging";

    public static readonly ActivitySource Source = new(Name);

    private readonly Meter meter;
    private readonly TimeProvider time;
    private readonly Counter<long> claimed;
    private readonly Counter<long> published;
    private readonly Counter<long> settled;
    private readonly Counter<long> timeouts;
    private readonly Counter<long> leaseLost;
    private readonly Counter<long> unrouted;
    private readonly Counter<long> duplicates;
    private readonly Counter<long> tooOld;
    private readonly Counter<long> parkedNow;
    private readonly Histogram<int> attempts;
    private readonly Histogram<double> commitToConfirm;
    private OutboxDepth depth = new(0, 0, 0, 0, 0, 0);

    public MessagingMetrics(IMeterFactory meters, TimeProvider time)
    {
        this.time = time;
        meter = meters.Create(Name);
        claimed = meter.CreateCounter<long>("outbox.claimed", "{message}");
        published = meter.CreateCounter<long>("outbox.published", "{message}", "Confirmed by the broker.");
        settled = meter.CreateCounter<long>("outbox.settled", "{message}", "Confirmed and deleted.");
        timeouts = meter.CreateCounter<long>("outbox.publish.timeouts", "{message}");
        leaseLost = meter.CreateCounter<long>("outbox.lease.lost", "{message}", "Settled too late: somebody else had claimed them.");
        unrouted = meter.CreateCounter<long>("unrouted.count", "{message}", "Returned by the broker because no queue is bound.");
        duplicates = meter.CreateCounter<long>("inbox.duplicates", "{message}");
        tooOld = meter.CreateCounter<long>("inbox.too_old", "{message}");
        parkedNow = meter.CreateCounter<long>("parked.messages", "{message}", "Messages parked, by reason.");
        attempts = meter.CreateHistogram<int>("outbox.attempts", "{attempt}");
        commitToConfirm = meter.CreateHistogram<double>("outbox.commit_to_confirm", "s");
        meter.CreateObservableGauge("outbox.pending", () => depth.Pending, "{message}");
        meter.CreateObservableGauge("outbox.oldest.age", () => depth.OldestSeconds, "s", "Of the oldest message that could have left.");
        meter.CreateObservableGauge("parked.count", () => depth.Parked, "{message}");
        meter.CreateObservableGauge("parked.oldest.age", () => depth.OldestParkedSeconds, "s");
        meter.CreateObservableGauge("db.oldest_xmin.age", () => depth.OldestXminSeconds, "s", "Of the oldest transaction of this role that holds vacuum back.");
        meter.CreateObservableGauge("outbox.dead_tuples", () => depth.DeadTuples, "{row}");
    }

    public void Claimed(IReadOnlyCollection<ClaimedRow> rows) => claimed.Add(rows.Count);

    public void Settled(IReadOnlyCollection<Attempt> done, int lost)
    {
        var confirmed = done.Count(attempt => attempt.ErrorCode is null);
        published.Add(confirmed);
        settled.Add(Math.Max(0, confirmed - lost));
        leaseLost.Add(lost);
        timeouts.Add(done.Count(attempt => attempt.ErrorCode == "timeout"));
        unrouted.Add(done.Count(attempt => attempt.ErrorCode == "unroutable"));
        var now = time.GetUtcNow();
        foreach (var attempt in done)
        {
            if (attempt.Permanent)
            {
                Parked(attempt.ErrorCode!);
            }
            else if (attempt.ErrorCode is null)
            {
                attempts.Record(attempt.Row.Attempts);

                // Facts are held back on purpose, and their time is cut to the hour.
                if (attempt.Row.AggregateId is not null)
                {
                    commitToConfirm.Record(Math.Max(0, (now - attempt.Row.OccurredAt).TotalSeconds));
                }
            }
        }
    }

    public void Duplicate() => duplicates.Add(1);

    public void TooOld() => tooOld.Add(1);

    public void Parked(string reason) => parkedNow.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void Observe(OutboxDepth now) => depth = now;

    public void Dispose() => meter.Dispose();
}
