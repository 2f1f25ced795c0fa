using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;

namespace Soc.Gateway.Calls;

/// <summary>Configuration section <c>CallCounts</c>.</summary>
internal sealed class CallCountSettings
{
    /// <summary>How often counts are sent; what was counted since is lost when the process is killed.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:05:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How many different counts are kept while the Partners service does not take them; what is new beyond that is not counted.</summary>
    [Range(1, 1_000_000)]
    public int Capacity { get; set; } = 50_000;
}

/// <summary>Answers to one organisation by one route with one class of status in one minute.</summary>
internal sealed record CallLine(Guid Organisation, string Service, string Route, short StatusClass, DateTimeOffset Minute, int Calls);

/// <summary>
/// What was answered to whom since the last batch. Adding to a count that is there already allocates nothing and locks nothing; each answer is in exactly one
/// batch.
/// </summary>
internal sealed class CallCounts(int capacity)
{
    private readonly ConcurrentDictionary<Key, Counter> counters = new();
    private int size;
    private long lost;

    public void Add(Guid organisation, string service, string route, int status, DateTimeOffset now)
    {
        var key = new Key(organisation, route, (short)(status / 100), now.UtcTicks / TimeSpan.TicksPerMinute);
        while (true)
        {
            if (counters.TryGetValue(key, out var counter))
            {
                if (counter.TryIncrement())
                {
                    return;
                }
            }
            else if (Volatile.Read(ref size) >= capacity)
            {
                Interlocked.Increment(ref lost);
                return;
            }
            else if (counters.TryAdd(key, new Counter(service)))
            {
                Interlocked.Increment(ref size);
            }
        }
    }

    /// <summary>Takes out what was counted, up to a number of lines.</summary>
    public IReadOnlyList<CallLine> Take(int most)
    {
        var lines = new List<CallLine>();
        foreach (var (key, _) in counters)
        {
            if (lines.Count == most)
            {
                break;
            }

            if (counters.TryRemove(key, out var counter))
            {
                Interlocked.Decrement(ref size);
                if (counter.Close() is > 0 and var calls)
                {
                    lines.Add(new(key.Organisation, counter.Service, key.Route, key.StatusClass, new DateTimeOffset(key.Minute * TimeSpan.TicksPerMinute, TimeSpan.Zero), calls));
                }
            }
        }

        return lines;
    }

    /// <summary>How many answers were not counted since this was last asked, because there was no room.</summary>
    public long TakeLost() => Interlocked.Exchange(ref lost, 0);

    private readonly record struct Key(Guid Organisation, string Route, short StatusClass, long Minute);

    /// <summary>A count that ends when it is taken: whoever comes late begins a new one, so that no answer is lost between the two.</summary>
    private sealed class Counter(string service)
    {
        private int calls;

        public string Service { get; } = service;

        public bool TryIncrement() => Interlocked.Increment(ref calls) > 0;

        public int Close() => Interlocked.Exchange(ref calls, int.MinValue);
    }
}
