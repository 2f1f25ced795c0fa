using System.Diagnostics.Metrics;

namespace Soc.Partners.Webhooks;

/// <summary>How deliveries fare; dimensions are outcomes and the organisation, never a webhook or its address.</summary>
internal sealed class WebhookMetrics : IDisposable
{
    public const string Name = "Soc.Partners.Webhooks";

    private readonly Meter meter;
    private readonly Counter<long> attempts;
    private readonly Counter<long> leaseLost;
    private DeliveryDepth depth = new(0, 0);

    public WebhookMetrics(IMeterFactory meters)
    {
        meter = meters.Create(Name);
        attempts = meter.CreateCounter<long>("webhooks.attempts", "{attempt}", "Attempts at deliveries, by outcome.");
        leaseLost = meter.CreateCounter<long>("webhooks.lease.lost", "{delivery}", "Settled too late: somebody else had claimed them.");
        meter.CreateObservableGauge("webhooks.due", () => depth.Due, "{delivery}", "Deliveries whose time has come.");
        meter.CreateObservableGauge("webhooks.oldest.age", () => depth.OldestSeconds, "s", "How long the oldest of them has been due.");
    }

    public void Settled(IEnumerable<SettledDelivery> done, int lost)
    {
        leaseLost.Add(lost);
        foreach (var group in done.GroupBy(each => (each.Delivery.Organisation, Outcome: each.Outcome.Error ?? "delivered")))
        {
            attempts.Add(group.Count(), new("organisation", group.Key.Organisation.ToString()), new("outcome", group.Key.Outcome));
        }
    }

    public void Observe(DeliveryDepth now) => depth = now;

    public void Dispose() => meter.Dispose();
}
