using System.Diagnostics.Metrics;

namespace Soc.Referrals.BreakGlass;

/// <summary>How often cases are opened in an emergency, and whether somebody looks at it afterwards. No dimension says which case, unit or officer.</summary>
internal sealed class BreakGlassMetrics : IDisposable
{
    public const string Name = "Soc.Referrals.BreakGlass";

    private readonly Meter meter;
    private readonly Counter<long> used;
    private int overdue;

    public BreakGlassMetrics(IMeterFactory meters)
    {
        meter = meters.Create(Name);
        used = meter.CreateCounter<long>("break_glass.used", "{access}", "Emergency accesses that were opened, approved or under an immediate threat.");
        meter.CreateObservableGauge("break_glass.reviews.overdue", () => overdue, "{access}", "Emergency accesses that nobody has reviewed in time.");
    }

    public void Used(EmergencyAccess access) => used.Add(1, new KeyValuePair<string, object?>("outcome", access.ApprovedBy is null ? "immediate-threat" : "approved"));

    public void Observe(int reviewsOverdue) => overdue = reviewsOverdue;

    public void Dispose() => meter.Dispose();
}
