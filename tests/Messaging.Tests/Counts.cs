using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Soc.Messaging.Tests;

/// <summary>What the instruments of one host said.</summary>
internal sealed class Counts : IDisposable
{
    private readonly MeterListener listener = new();
    private readonly ConcurrentDictionary<string, double> sums = new();

    public Counts(IMeterFactory? of = null)
    {
        listener.InstrumentPublished = (instrument, it) =>
        {
            if (instrument.Meter.Name == "Soc.Messaging" && (of is null || instrument.Meter.Scope == of))
            {
                sums.TryAdd(instrument.Name, 0);
                it.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Add(instrument, value));
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => Add(instrument, value));
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => Add(instrument, value));
        listener.Start();
    }

    public IReadOnlyDictionary<string, double> All
    {
        get
        {
            listener.RecordObservableInstruments();
            return sums;
        }
    }

    public double this[string name] => All.GetValueOrDefault(name);

    public void Dispose() => listener.Dispose();

    private void Add(Instrument instrument, double value) =>
        sums.AddOrUpdate(instrument.Name, value, (_, sum) => instrument is ObservableInstrument<long> or ObservableInstrument<double> ? value : sum + value);
}
