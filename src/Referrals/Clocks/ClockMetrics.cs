using System.Diagnostics.Metrics;
using Soc.Referrals.Cases;

namespace Soc.Referrals.Clocks;

/// <summary>How many warnings and breaches there were, by clock and band; nothing that leads to a case.</summary>
internal sealed class ClockMetrics : IDisposable
{
    public const string Name = "Soc.Referrals.Clocks";

    private readonly Meter meter;
    private readonly Counter<long> warnings;
    private readonly Counter<long> breaches;
    private readonly Counter<long> failures;

    public ClockMetrics(IMeterFactory meters)
    {
        meter = meters.Create(Name);
        warnings = meter.CreateCounter<long>("clocks.warnings", "{warning}", "Clocks of which three quarters have passed.");
        breaches = meter.CreateCounter<long>("clocks.breaches", "{breach}", "Clocks that were not stopped in time.");
        failures = meter.CreateCounter<long>("clocks.failures", "{case}", "Cases whose clocks could not be told, and are tried again.");
    }

    public void Warned(IEnumerable<ClockKind> clocks, PriorityBand band) => Count(warnings, clocks, band);

    public void Breached(IEnumerable<ClockKind> clocks, PriorityBand band) => Count(breaches, clocks, band);

    public void Failed(int cases) => failures.Add(cases);

    public void Dispose() => meter.Dispose();

    private static void Count(Counter<long> counter, IEnumerable<ClockKind> clocks, PriorityBand band)
    {
        foreach (var clock in clocks)
        {
            counter.Add(1, new("clock", Codes.Of(clock)), new("band", Codes.Of(band)));
        }
    }
}
