using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Soc.Messaging;
using Soc.TestKit;

namespace Soc.Benchmarks;

/// <summary>
/// From the commit of an event to the commit of the read model made of it, at 200 events a second: a producer with the platform's own outbox, RabbitMQ,
/// and the real Reporting service, all in this process but for the servers, so that one monotonic clock stamps both ends.
/// </summary>
internal static class EventDelayMeasure
{
    private const int Rate = 200;

    public static async Task<IReadOnlyList<Figure>> MakeAsync(Run run, CancellationToken cancellation)
    {
        run.Say("event delay: starting Reporting and a producer");
        await using var reporting = await ServiceHost<Program>.StartAsync("reporting", new Dictionary<string, string?> { ["Logging:LogLevel:Default"] = "None" });
        await using var producer = await OutboxMeasure.StartAsync("partners", reporting.Broker, cancellation);
        using var arrivals = new Arrivals();

        await DelaysAsync(TimeSpan.FromSeconds(15));
        run.Say($"event delay: {Rate} events a second for 20 s");
        var delays = await DelaysAsync(TimeSpan.FromSeconds(20));
        return
        [
            new("event.delay.p50.ms", Statistics.Percentile(delays, 50), "ms"),
            new("event.delay.p99.ms", Statistics.Percentile(delays, 99), "ms"),
        ];

        async Task<double[]> DelaysAsync(TimeSpan time)
        {
            var published = new Task<(Guid Id, long At)>[(int)(Rate * time.TotalSeconds)];
            var start = Stopwatch.GetTimestamp();
            for (var number = 0; number < published.Length;)
            {
                var due = Math.Min(published.Length, (int)(Stopwatch.GetElapsedTime(start).TotalSeconds * Rate) + 1);
                for (; number < due; number++)
                {
                    published[number] = PublishAsync(producer, cancellation);
                }

                await Task.Delay(1, cancellation);
            }

            var commits = await Task.WhenAll(published);
            await Eventually.TrueAsync(() => Task.FromResult(commits.All(commit => arrivals.Committed.ContainsKey(commit.Id))), "every event is in the read model");
            return [.. commits.Select(commit => Stopwatch.GetElapsedTime(commit.At, arrivals.Committed[commit.Id]).TotalMilliseconds)];
        }
    }

    private static async Task<(Guid Id, long At)> PublishAsync(WebApplication producer, CancellationToken cancellation)
    {
        await using var scope = producer.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<OutboxDb>();
        var id = Guid.CreateVersion7();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        db.Publish(Event.Of(id), id, aggregateVersion: 1);
        await db.SaveChangesAsync(cancellation);

        // Before the commit and not after it: the figure is never flattered by what the commit itself takes.
        var at = Stopwatch.GetTimestamp();
        await transaction.CommitAsync(cancellation);
        return (id, at);
    }

    /// <summary>When Reporting's transactions were committed, by the event they logged: Entity Framework tells it in this process.</summary>
    private sealed class Arrivals : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
    {
        private readonly List<IDisposable> subscriptions = [];

        public Arrivals() => subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(this));

        public ConcurrentDictionary<Guid, long> Committed { get; } = new();

        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == DbLoggerCategory.Name)
            {
                subscriptions.Add(value.Subscribe(this, (name, _, _) => name == RelationalEventId.TransactionCommitted.Name));
            }
        }

        public void OnNext(KeyValuePair<string, object?> value)
        {
            var at = Stopwatch.GetTimestamp();
            if (value.Value is not TransactionEndEventData { Context: { } db } || db is OutboxDb)
            {
                return;
            }

            foreach (var entry in db.ChangeTracker.Entries().Where(entry => entry.Metadata.ClrType.Name == "LoggedEvent"))
            {
                Committed[(Guid)entry.Property("AggregateId").CurrentValue!] = at;
            }
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void Dispose() => subscriptions.ForEach(subscription => subscription.Dispose());
    }
}
