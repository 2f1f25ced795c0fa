using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Soc.Messaging.Worker;
using Soc.TestKit;

namespace Soc.Messaging.Tests;

public sealed class OutboxTests
{
    /// <summary>Only the signal after the commit can wake the dispatcher.</summary>
    private static readonly Dictionary<string, string?> NoPolling = new() { ["Messaging:Poll"] = "00:05:00", ["Messaging:Sweep"] = "00:05:00" };

    [Fact]
    public async Task What_is_committed_arrives_and_what_is_rolled_back_does_not()
    {
        await using var bed = await LedgerBed.CreateAsync();
        var app = await bed.StartAsync();
        await using (var scope = app.Services.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<LedgerDb>();
            await using var transaction = await db.Database.BeginTransactionAsync();
            await Ledger.WriteAsync(db, "rolled back");
            await transaction.RollbackAsync();
        }

        var entry = await LedgerBed.WriteAsync(app, "committed");

        await Eventually.TrueAsync(async () => await bed.EffectsAsync() == 1, "the effect");
        await bed.DrainedAsync();
        Assert.Equal(entry.Id, await bed.ScalarAsync<Guid>("select entry from effect"));
        Assert.Equal(1, await bed.ScalarAsync<long>("select count(*) from entry"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_commit_wakes_the_dispatcher_without_polling(bool explicitTransaction)
    {
        await using var bed = await LedgerBed.CreateAsync();
        var app = await bed.StartAsync(NoPolling);
        await LedgerBed.WriteAsync(app, "first");
        await Eventually.TrueAsync(async () => await bed.EffectsAsync() == 1, "the dispatcher is at rest");
        await using var scope = app.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<LedgerDb>();
        if (explicitTransaction)
        {
            await using var transaction = await db.Database.BeginTransactionAsync();
            await Ledger.WriteAsync(db, "second");
            await transaction.CommitAsync();
        }
        else
        {
            await Ledger.WriteAsync(db, "second");
        }

        await Eventually.TrueAsync(async () => await bed.EffectsAsync() == 2, "the effect", TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Two_dispatchers_at_once_publish_each_row_once()
    {
        const int rows = 3000;
        await using var bed = await LedgerBed.CreateAsync();
        await bed.Wire.TapAsync("tap", RawBroker.Written);
        await bed.ExecuteAsync($$"""
            insert into outbox_message (message_id, message_type, schema_version, aggregate_id, aggregate_version, body)
            select id, 'soc.ledger.entry.written.v1', 1, id, 1, convert_to(json_build_object('entry', id, 'text', 'many')::text, 'UTF8')
              from (select gen_random_uuid() as id from generate_series(1, {{rows}})) ids
            """);

        var apps = await Task.WhenAll(bed.StartAsync(consumes: false), bed.StartAsync(consumes: false));
        using var first = new Counts(apps[0].Services.GetRequiredService<IMeterFactory>());
        using var second = new Counts(apps[1].Services.GetRequiredService<IMeterFactory>());

        await Eventually.TrueAsync(async () => await bed.PendingAsync() == 0, "the outbox is empty");
        await Eventually.TrueAsync(async () => await bed.Wire.ReadyAsync("tap") >= rows, "all on the wire");
        Assert.Equal(rows, await bed.Wire.ReadyAsync("tap"));
        Assert.Equal(0, first["outbox.lease.lost"] + second["outbox.lease.lost"]);
        Assert.True(first["outbox.settled"] > 0 && second["outbox.settled"] > 0, "both have worked");
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1000000000")]
    public async Task The_hint_changes_the_speed_and_not_the_result(string distance)
    {
        await using var bed = await LedgerBed.CreateAsync();
        var app = await bed.StartAsync(new() { ["Messaging:HintDistance"] = distance });
        await using var late = app.Services.CreateAsyncScope();
        var db = late.ServiceProvider.GetRequiredService<LedgerDb>();
        await using var transaction = await db.Database.BeginTransactionAsync();
        await Ledger.WriteAsync(db, "took the first number");
        for (var entry = 0; entry < 20; entry++)
        {
            await LedgerBed.WriteAsync(app, "passed it");
        }

        await Eventually.TrueAsync(async () => await bed.EffectsAsync() == 20, "those that were faster");
        await transaction.CommitAsync();

        await Eventually.TrueAsync(async () => await bed.EffectsAsync() == 21, "the one that committed late");
        Assert.Equal(0, await bed.PendingAsync());
    }

    [Fact]
    public async Task One_trace_runs_from_the_command_to_the_consumer()
    {
        await using var bed = await LedgerBed.CreateAsync();
        using var source = new ActivitySource("test");
        var seen = new System.Collections.Concurrent.ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = from => from.Name is "test" or "Soc.Messaging" or "MassTransit",
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = seen.Add,
        };
        ActivitySource.AddActivityListener(listener);
        var app = await bed.StartAsync();
        await bed.Wire.TapAsync("tap", RawBroker.Written);

        ActivityTraceId trace;
        using (var command = source.StartActivity("command")!)
        {
            trace = command.TraceId;
            await LedgerBed.WriteAsync(app, "traced");
        }

        await Eventually.TrueAsync(async () => await bed.EffectsAsync() == 1, "the effect");
        await Eventually.TrueAsync(
            () => Task.FromResult(seen.Any(activity => activity.TraceId == trace && activity.Source.Name == "MassTransit" && activity.Kind == ActivityKind.Consumer)),
            "the consumer's part of the trace");
        Assert.Contains(seen, activity => activity.TraceId == trace && activity.Source.Name == "Soc.Messaging");
        var (envelope, _) = (await bed.Wire.NextAsync("tap"))!.Value;
        Assert.Equal(trace.ToHexString(), Guid.Parse((string)envelope["correlationId"]!).ToString("N"));
    }

    [Fact]
    public async Task Only_declared_events_of_bounded_size_are_written_each_by_its_own_verb()
    {
        await using var bed = await LedgerBed.CreateAsync();
        await using var app = bed.Build();
        await using var scope = app.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<LedgerDb>();
        var id = Guid.NewGuid();

        Assert.Throws<InvalidOperationException>(() => db.Publish(new object(), id, 1));
        Assert.Throws<InvalidOperationException>(() => db.Publish(new EntryCounted(id, "2026-W47"), id, 1));
        Assert.Throws<InvalidOperationException>(() => db.PublishFact(new EntryClosed(id)));
        Assert.Throws<ArgumentOutOfRangeException>(() => db.Publish(new EntryClosed(id), id, 0));
        Assert.Throws<InvalidOperationException>(() => db.Publish(new EntryWritten(id, new string('x', 64 * 1024)), id, 1));
        db.Publish(new EntryWritten(id, new string('x', 60 * 1024)), id, 1);
        Assert.Equal(1, await db.SaveChangesAsync());
    }
}
