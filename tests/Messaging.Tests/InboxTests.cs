using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Soc.Messaging.Parking;
using Soc.Messaging.Worker;
using Soc.TestKit;

namespace Soc.Messaging.Tests;

public sealed class InboxTests
{
    [Fact]
    public async Task A_message_delivered_twice_has_one_effect()
    {
        await using var bed = await LedgerBed.CreateAsync();
        var app = await bed.StartAsync();
        using var counts = new Counts(app.Services.GetRequiredService<IMeterFactory>());
        var (id, entry) = (Guid.CreateVersion7(), Guid.NewGuid());
        for (var copy = 0; copy < 10; copy++)
        {
            await bed.Wire.SendAsync(id, entry, 1, "copied");
        }

        await Eventually.TrueAsync(() => Task.FromResult(counts["inbox.duplicates"] == 9), "nine copies dropped");
        await bed.DrainedAsync();
        Assert.Equal(1, await bed.EffectsAsync());
    }

    [Fact]
    public async Task Events_of_an_aggregate_are_applied_in_the_order_of_their_versions()
    {
        await using var bed = await LedgerBed.CreateAsync();
        await bed.StartAsync();
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        foreach (var version in new[] { 7, 3, 2, 5, 4, 8, 1, 6 })
        {
            await bed.Wire.SendAsync(Guid.NewGuid(), first, version, $"v{version}");
            await bed.Wire.SendAsync(Guid.NewGuid(), second, 9 - version, $"v{9 - version}");
        }

        await Eventually.TrueAsync(async () => await bed.EffectsAsync() == 16, "all effects");
        foreach (var entry in new[] { first, second })
        {
            Assert.Equal("v1 v2 v3 v4 v5 v6 v7 v8", await bed.ScalarAsync<string>($"select string_agg(text, ' ' order by id) from effect where entry = '{entry}'"));
        }

        await bed.DrainedAsync();
        Assert.Equal(0, await bed.ScalarAsync<long>("select count(*) from parked_message where state <> 'redriven' or body is not null"));
    }

    [Fact]
    public async Task An_event_older_than_what_was_applied_is_ignored()
    {
        await using var bed = await LedgerBed.CreateAsync();
        await bed.StartAsync();
        var entry = Guid.NewGuid();
        await bed.Wire.SendAsync(Guid.NewGuid(), entry, 1, "v1");
        await bed.Wire.SendAsync(Guid.NewGuid(), entry, 2, "v2");
        await Eventually.TrueAsync(async () => await bed.EffectsAsync() == 2, "both");

        await bed.Wire.SendAsync(Guid.NewGuid(), entry, 1, "v1 again, under another id");
        await bed.Wire.SendAsync(Guid.NewGuid(), entry, 3, "v3");

        await Eventually.TrueAsync(async () => await bed.EffectsAsync() == 3, "the next");
        await bed.DrainedAsync();
        Assert.Equal("v1 v2 v3", await bed.ScalarAsync<string>("select string_agg(text, ' ' order by id) from effect"));
    }

    [Fact]
    public async Task A_gap_is_parked_after_its_time_and_closes_when_the_missing_event_comes()
    {
        await using var bed = await LedgerBed.CreateAsync(new() { ["Messaging:GapTimeout"] = "00:00:00.2", ["Messaging:Housekeeping"] = "00:00:00.2" });
        await bed.StartAsync();
        var entry = Guid.NewGuid();
        await bed.Wire.SendAsync(Guid.NewGuid(), entry, 2, "v2");
        await bed.ParkedAsync("gap");
        Assert.Equal(0, await bed.EffectsAsync());

        await bed.Wire.SendAsync(Guid.NewGuid(), entry, 1, "v1");

        await Eventually.TrueAsync(async () => await bed.EffectsAsync() == 2, "both");
        Assert.Equal("v1 v2", await bed.ScalarAsync<string>("select string_agg(text, ' ' order by id) from effect"));
    }

    [Fact]
    public async Task Poison_is_parked_after_bounded_attempts_and_has_one_effect_when_redriven_after_the_mending()
    {
        await using var bed = await LedgerBed.CreateAsync();
        var app = await bed.StartAsync();
        var (id, entry) = (Guid.NewGuid(), Guid.NewGuid());
        await bed.Wire.TapAsync("tap", RawBroker.Written);
        await bed.Wire.SendAsync(id, entry, 1, "fault:poison");
        await bed.Wire.SendAsync(Guid.NewGuid(), entry, 2, "waits for it");
        await bed.ParkedAsync("failed");
        var faults = app.Services.GetRequiredService<ConsumerFaults>();
        Assert.Equal(5, faults.Met);
        Assert.DoesNotContain(bed.Log.Lines, line => line.Contains("secret-in-exception-text", StringComparison.Ordinal));
        Assert.DoesNotContain(bed.Log.Lines, line => line.Contains("fault:poison", StringComparison.Ordinal));

        faults.Mended = true;
        var parked = await bed.ScalarAsync<long>("select id from parked_message where state = 'parked'");
        var (dry, shown) = await RunAsync(bed, "redrive", parked, "operator-a");
        Assert.Equal((0, 1), (dry, await bed.ScalarAsync<long>("select count(*) from parked_message where state = 'parked'")));
        Assert.Contains("Nothing was changed", shown, StringComparison.Ordinal);
        var (done, _) = await RunAsync(bed, "redrive", parked, "operator-a", "--confirm");

        Assert.Equal(0, done);
        await Eventually.TrueAsync(async () => await bed.EffectsAsync() == 2, "its effect, and that of the event that waited for it");
        Assert.Equal("fault:poison, waits for it", await bed.ScalarAsync<string>("select string_agg(text, ', ' order by id) from effect"));
        Assert.Equal(1, await bed.ScalarAsync<long>($"select count(*) from inbox_message where message_id = '{id}'"));
        Assert.Equal("operator-a", await bed.ScalarAsync<string>($"select actor from parked_message where message_id = '{id}' and state = 'redriven' and body is null"));
        await bed.DrainedAsync();
        Assert.Equal(2, await bed.Wire.ReadyAsync("tap"));
        var (again, _) = await RunAsync(bed, "redrive", parked, "operator-a", "--confirm");
        Assert.Equal(1, again);
    }

    [Fact]
    public async Task Contention_without_end_is_parked_and_others_go_on()
    {
        await using var bed = await LedgerBed.CreateAsync();
        await bed.StartAsync();
        await bed.ExecuteAsync("""
            create function refuse() returns trigger language plpgsql as $$ begin raise exception 'busy' using errcode = '40001'; end $$;
            create trigger refuse before insert on effect for each row when (new.text = 'contended') execute function refuse();
            """);
        await bed.Wire.SendAsync(Guid.NewGuid(), Guid.NewGuid(), 1, "contended");
        await bed.Wire.SendAsync(Guid.NewGuid(), Guid.NewGuid(), 1, "not contended");

        await bed.ParkedAsync("contention");
        Assert.Equal((short)50, await bed.ScalarAsync<short>("select attempts from parked_message"));
        Assert.Equal("not contended", await bed.ScalarAsync<string>("select text from effect"));
    }

    [Fact]
    public async Task A_broken_rule_is_parked_at_once_and_discarded_only_by_two_people_and_then_its_successor_goes_on()
    {
        await using var bed = await LedgerBed.CreateAsync();
        var app = await bed.StartAsync();
        var entry = Guid.NewGuid();
        await bed.Wire.SendAsync(Guid.NewGuid(), entry, 1, "fault:permanent");
        await bed.Wire.SendAsync(Guid.NewGuid(), entry, 2, "v2");
        await bed.ParkedAsync("rule-broken");
        Assert.Equal(1, app.Services.GetRequiredService<ConsumerFaults>().Met);
        await Eventually.TrueAsync(async () => await bed.ScalarAsync<long>("select count(*) from parked_message where state = 'held'") == 1, "the successor waits");

        var parked = await bed.ScalarAsync<long>("select id from parked_message where state = 'parked'");
        Assert.Equal(0, (await RunAsync(bed, "discard", parked, "operator-a", "--confirm")).Code);
        Assert.Equal(1, (await RunAsync(bed, "discard", parked, "operator-a", "--confirm")).Code);
        Assert.Equal(0, await bed.EffectsAsync());
        Assert.Equal(0, (await RunAsync(bed, "discard", parked, "operator-b", "--confirm")).Code);

        await Eventually.TrueAsync(async () => await bed.EffectsAsync() == 1, "the successor's effect");
        Assert.Equal("v2", await bed.ScalarAsync<string>("select text from effect"));
        Assert.Equal("operator-a and operator-b", await bed.ScalarAsync<string>("select actor from parked_message where state = 'discarded' and body is null"));
    }

    [Fact]
    public async Task What_no_consumer_can_be_given_is_parked_as_it_is_and_no_fault_is_published()
    {
        await using var bed = await LedgerBed.CreateAsync();
        await bed.StartAsync();
        await bed.Wire.SendRawAsync(RawBroker.Written, Guid.NewGuid(), "not json at all");
        await bed.Wire.SendRawAsync(RawBroker.Written, Guid.NewGuid(), """
            {"messageType":["urn:message:Soc.Messaging.Worker:EntryWritten"],"message":{"entry":"not an id"},"headers":{"soc-type":"soc.ledger.entry.written.v1"}}
            """);
        await bed.Wire.SendRawAsync(RawBroker.Written, Guid.NewGuid(), """
            {"messageType":["urn:message:Elsewhere:Unheard"],"message":{},"headers":{"soc-type":"soc.elsewhere.unheard.v9"}}
            """);

        await bed.ParkedAsync("unreadable", 2);
        await bed.ParkedAsync("unknown-type");
        await bed.DrainedAsync();
        Assert.DoesNotContain(bed.Log.Lines, line => line.Contains("not an id", StringComparison.Ordinal));
        Assert.Equal("not json at all", await bed.ScalarAsync<string>("select convert_from(body, 'UTF8') from parked_message where message_type is null"));
        Assert.Equal((short)9, await bed.ScalarAsync<short>("select schema_version from parked_message where reason = 'unknown-type'"));
        Assert.Equal(["ledger", "ledger_dead"], (await bed.Wire.QueuesAsync()).Order());
    }

    [Fact]
    public async Task What_stopping_interrupts_stays_the_brokers_and_is_not_parked()
    {
        await using var bed = await LedgerBed.CreateAsync();
        var app = await bed.StartAsync(new() { ["Messaging:Attempts"] = "20" });
        await bed.Wire.SendAsync(Guid.NewGuid(), Guid.NewGuid(), 1, "fault:poison");
        await Eventually.TrueAsync(() => Task.FromResult(app.Services.GetRequiredService<ConsumerFaults>().Met >= 2), "it is being tried");

        await app.StopAsync().WithinAsync("the host has stopped", 60);

        await Eventually.TrueAsync(async () => await bed.Wire.DepthAsync("ledger") == 1, "the message is in its queue");
        Assert.Equal(0, await bed.ScalarAsync<long>("select count(*) from parked_message"));
    }

    [Fact]
    public async Task Old_ids_and_keys_are_removed_and_a_message_older_than_them_is_parked_and_never_processed_blind()
    {
        await using var bed = await LedgerBed.CreateAsync(new() { ["Messaging:Housekeeping"] = "00:00:00.2" });
        await bed.ExecuteAsync("""
            insert into inbox_message (consumer, message_id, processed_at)
            select 1, gen_random_uuid(), clock_timestamp() - case when n <= 2500 then interval '31 days' else interval '29 days' end from generate_series(1, 2600) n;
            insert into idempotency_key (client_id, key, request_hash, status, body, created_at)
            select 'client', n::text, '', 201, '', clock_timestamp() - case when n <= 30 then interval '25 hours' else interval '23 hours' end from generate_series(1, 40) n
            """);
        var app = await bed.StartAsync();
        using var counts = new Counts(app.Services.GetRequiredService<IMeterFactory>());
        await bed.Wire.SendAsync(Guid.NewGuid(), Guid.NewGuid(), 1, "late", DateTimeOffset.UtcNow.AddDays(-31));

        await bed.ParkedAsync("too-old-to-deduplicate");
        await Eventually.TrueAsync(async () => await bed.ScalarAsync<long>("select count(*) from inbox_message") == 100, "old ids are gone");
        await Eventually.TrueAsync(async () => await bed.ScalarAsync<long>("select count(*) from idempotency_key") == 10, "old keys are gone");
        Assert.Equal(1, counts["inbox.too_old"]);
        Assert.Equal(0, await bed.EffectsAsync());
    }

    private static async Task<(int Code, string Output)> RunAsync(LedgerBed bed, string verb, long id, string actor, params string[] further)
    {
        await using var app = bed.Build();
        await using var output = new StringWriter();
        var code = await app.ParkedAsync(["parked", verb, id.ToString(System.Globalization.CultureInfo.InvariantCulture), "--actor", actor, .. further], output);
        return (code, output.ToString());
    }
}
