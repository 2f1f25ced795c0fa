using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Soc.Messaging.Outbox;
using Soc.Messaging.Worker;
using Soc.TestKit;

namespace Soc.Messaging.Tests;

/// <summary>
/// What is left behind when something dies at each step, and that the effect is there once all the same. Processes are real ones; they die by
/// <see cref="Environment.FailFast(string)"/> at a step, which nothing of theirs survives.
/// </summary>
public sealed class FailureTableTests
{
    private static readonly Dictionary<string, string?> ShortLease = new() { ["Messaging:Lease"] = "00:00:02" };

    [Fact]
    public async Task Before_commit__nothing_is_left_and_the_repetition_has_one_effect()
    {
        await using var bed = await LedgerBed.CreateAsync();
        var app = await bed.StartAsync();
        await using (var scope = app.Services.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<LedgerDb>();
            await db.Database.BeginTransactionAsync();
            await Ledger.WriteAsync(db, "never committed");
            await bed.ExecuteAsync("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'");
            await Assert.ThrowsAnyAsync<Exception>(() => db.Database.CommitTransactionAsync());
        }

        Assert.Equal(0, await bed.ScalarAsync<long>("select count(*) from entry") + await bed.PendingAsync());
        await LedgerBed.WriteAsync(app, "repeated");
        await Eventually.TrueAsync(async () => await bed.EffectsAsync() == 1, "the effect");
    }

    [Fact]
    public async Task Commit_sent_and_answer_lost__the_repetition_gets_the_stored_answer_and_there_is_one_effect()
    {
        // The process may die with the row claimed: its lease has to run out first.
        await using var bed = await LedgerBed.CreateAsync(ShortLease);
        var port = Servers.FreePort();
        var process = bed.StartProcess(failAt: "answering", further: new() { ["Urls"] = $"http://127.0.0.1:{port}" });
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        client.DefaultRequestHeaders.Add("X-Client", "client");
        client.DefaultRequestHeaders.Add("Idempotency-Key", "key-of-the-lost-answer");
        await Eventually.TrueAsync(() => LedgerBed.AnswersAsync(client.BaseAddress), "the worker listens");
        await Assert.ThrowsAsync<HttpRequestException>(() => client.PostAsJsonAsync("/entries", new NewEntry("lost answer")));
        await process.WaitForExitAsync().WithinAsync("the worker has died");

        var app = await bed.StartAsync(map: Ledger.Map);
        using var second = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        second.DefaultRequestHeaders.Add("X-Client", "client");
        second.DefaultRequestHeaders.Add("Idempotency-Key", "key-of-the-lost-answer");
        using var answer = await second.PostAsJsonAsync("/entries", new NewEntry("lost answer"));

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal("true", answer.Headers.GetValues("Idempotent-Replayed").Single());
        await Eventually.TrueAsync(async () => await bed.EffectsAsync() == 1, "the effect");
        await bed.DrainedAsync();
        Assert.Equal(1, await bed.EffectsAsync());
        Assert.Equal(1, await bed.ScalarAsync<long>("select count(*) from entry"));
    }

    [Theory]
    [InlineData("committed")]
    [InlineData("claimed")]
    [InlineData("publishing")]
    [InlineData("confirmed")]
    public async Task After_commit__after_claim__after_publish__after_confirm__there_is_one_effect(string step)
    {
        await using var bed = await LedgerBed.CreateAsync(ShortLease);
        await bed.Wire.TapAsync("tap", RawBroker.Written);
        await bed.DiesAsync(failAt: step, write: "survives", consumes: false);
        Assert.Equal(1, await bed.PendingAsync());

        var app = await bed.StartAsync();

        await Eventually.TrueAsync(async () => await bed.EffectsAsync() == 1, "the effect");
        await bed.DrainedAsync();
        Assert.Equal(1, await bed.EffectsAsync());

        // Without a second copy on the wire the last row would have shown nothing.
        var copies = await bed.Wire.ReadyAsync("tap");
        Assert.InRange(copies, step == "confirmed" ? 2 : 1, step is "publishing" or "confirmed" ? 2 : 1);
    }

    [Fact]
    public async Task Paused_past_the_lease_and_then_settling__the_fence_fails_and_is_counted()
    {
        await using var bed = await LedgerBed.CreateAsync();
        await using var app = bed.Build();
        await using (var scope = app.Services.CreateAsyncScope())
        {
            await Ledger.WriteAsync(scope.ServiceProvider.GetRequiredService<LedgerDb>(), "claimed twice");
        }

        using var counts = new Counts(app.Services.GetRequiredService<IMeterFactory>());
        var store = app.Services.GetRequiredService<OutboxStore>();
        var (zombie, owner) = (Guid.NewGuid(), Guid.NewGuid());
        var claimed = await store.ClaimAsync(zombie, TimeSpan.Zero, 100, 0, default);
        var again = await store.ClaimAsync(owner, TimeSpan.FromMinutes(1), 100, 0, default);
        Assert.Equal(claimed.Single().MessageId, again.Single().MessageId);

        var attempts = claimed.ConvertAll(row => new Attempt(row, null));
        var lost = await store.SettleAsync(zombie, attempts, _ => TimeSpan.Zero, default);
        app.Services.GetRequiredService<MessagingMetrics>().Settled(attempts, lost);

        Assert.Equal(1, lost);
        Assert.Equal(1, counts["outbox.lease.lost"]);
        Assert.Equal(1, await bed.PendingAsync());
        Assert.Equal(0, await store.SettleAsync(owner, attempts, _ => TimeSpan.Zero, default));
        Assert.Equal(0, await bed.PendingAsync());
    }

    [Fact]
    public async Task Consumer_dies_before_commit__the_message_comes_again_and_has_one_effect()
    {
        await using var bed = await LedgerBed.CreateAsync();
        await bed.DiesAsync(failAt: "consumer-before-commit", write: "consumed");
        Assert.Equal(0, await bed.EffectsAsync());

        await bed.StartAsync();

        await Eventually.TrueAsync(async () => await bed.EffectsAsync() == 1, "the effect");
        await bed.DrainedAsync();
        Assert.Equal(1, await bed.EffectsAsync());
    }

    [Fact]
    public async Task Consumer_dies_after_commit_and_before_ack__the_copy_is_dropped()
    {
        await using var bed = await LedgerBed.CreateAsync();
        await bed.DiesAsync(failAt: "consumer-after-commit", write: "consumed");
        Assert.Equal(1, await bed.EffectsAsync());
        using var counts = new Counts();

        await bed.StartAsync();

        await Eventually.TrueAsync(() => Task.FromResult(counts["inbox.duplicates"] >= 1), "the copy was seen and dropped");
        await bed.DrainedAsync();
        Assert.Equal(1, await bed.EffectsAsync());
    }

    [Fact]
    public async Task Consumer_crashes_the_process_each_time__it_is_parked_with_no_effect_and_is_visible()
    {
        await using var bed = await LedgerBed.CreateAsync(new() { ["Messaging:DeliveryLimit"] = "1" });
        await bed.DiesAsync(write: "fault:crash");
        await bed.DiesAsync();

        await bed.StartAsync();

        await bed.ParkedAsync("delivery-limit");
        await LedgerBed.WriteAsync(await bed.StartAsync(), "others go on");
        await Eventually.TrueAsync(async () => await bed.EffectsAsync() == 1, "the effect of another message");
    }

    [Fact]
    public async Task Consumers_database_down__it_waits_unacknowledged_and_has_one_effect_and_is_not_parked()
    {
        await using var database = await PrivateServer.StartPostgresAsync();
        await using var bed = await LedgerBed.CreateAsync(postgres: new PostgresServer(database.ConnectionString));
        await bed.StartAsync();
        await bed.Wire.SendAsync(Guid.NewGuid(), Guid.NewGuid(), 1, "before the outage");
        await Eventually.TrueAsync(async () => await bed.EffectsAsync() == 1, "the consumer works");

        database.Kill();
        for (var message = 0; message < 20; message++)
        {
            await bed.Wire.SendAsync(Guid.NewGuid(), Guid.NewGuid(), 1, "during the outage");
        }

        await Eventually.TrueAsync(() => Task.FromResult(bed.Log.Lines.Count(line => line.Contains("waits, unacknowledged", StringComparison.Ordinal)) >= 8),
            "every consumer of the endpoint has met the outage");
        await Eventually.TrueAsync(async () => await bed.Wire.DepthAsync("ledger") == 20, "all are still the broker's");
        bed.Owner.Clear();
        await database.RestartAsync();

        await Eventually.TrueAsync(async () => await bed.EffectsAsync() == 21, "all effects");
        await bed.DrainedAsync();
        Assert.Equal(21, await bed.EffectsAsync());
        Assert.Equal(0, await bed.ScalarAsync<long>("select count(*) from parked_message"));
    }

    [Fact]
    public async Task No_queue_bound__it_is_parked_and_counted()
    {
        await using var bed = await LedgerBed.CreateAsync();
        var app = await bed.StartAsync();
        using var counts = new Counts(app.Services.GetRequiredService<IMeterFactory>());
        await using var scope = app.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<LedgerDb>();
        var id = Guid.NewGuid();
        db.Publish(new EntryUnheard(id), id, 1);
        await db.SaveChangesAsync();

        await bed.ParkedAsync("unroutable");
        Assert.Equal(0, await bed.PendingAsync());
        await Eventually.TrueAsync(() => Task.FromResult(counts["unrouted.count"] == 1), "it is counted");
    }
}
