using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Soc.Contracts;
using Soc.Referrals.Clocks;
using Soc.TestKit;
using static Soc.Referrals.Tests.ReferralsHost;

namespace Soc.Referrals.Tests.Journeys;

/// <summary>Clocks over HTTP, and what the runner makes of them: with several replicas, over a restart, and with a case that cannot be told.</summary>
public sealed class ClockJourneyTests
{
    private static readonly Dictionary<string, string?> Settings = new() { ["Messaging:FactWindow"] = "20.00:00:00", ["Referrals:Clocks:Poll"] = "1.00:00:00" };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_replicas_and_a_restart_tell_each_breach_exactly_once()
    {
        await using var first = await ServiceHost<Program>.StartAsync("referrals", Settings);
        await using var second = await first.StartAgainAsync();
        using var referrer = first.As(Trust, "referrer", Scopes.ReferralsSubmit);
        for (var number = 0; number < 40; number++)
        {
            Assert.Equal(HttpStatusCode.Created, (await SubmitAsync(referrer, Told(priority: "urgent"))).Status);
        }

        await PassAsync(first, TimeSpan.FromHours(5)); // acknowledgement is due after four
        var done = await Task.WhenAll(new[] { first, second, first, second }.Select(host => Runner(host).RunAsync(Cancellation)));
        await using var third = await first.StartAgainAsync();
        var again = await Runner(third).RunAsync(Cancellation);

        Assert.Equal((40, 0), (done.Sum(), again));
        Assert.Equal(
            [40L, 40L, 40L],
            await RowAsync(first, """
                select (select count(*) from outbox_message where message_type = 'soc.referrals.sla.breached.v1'),
                       (select count(*) from audit_entry where action = 'clock.breach'),
                       (select count(distinct referral_id) from audit_entry where action = 'clock.breach')
                """));
    }

    [Fact]
    public async Task Clocks_are_shown_paused_resumed_and_explained_and_what_is_stored_is_what_their_history_gives()
    {
        await using var service = await ServiceHost<Program>.StartAsync("referrals", Settings);
        using var referrer = service.As(Trust, "referrer", Scopes.ReferralsSubmit);
        using var officer = service.As(Unit, "triage-officer", Scopes.ReferralsTriage);
        var id = (await SubmitAsync(referrer, Told(region: "SCT", priority: "standard")))["id"];

        Assert.Equal("clock.not-breached", (await DoAsync(officer, id, "breach-reason", new { clock = "triage", reason = "complex-case" }, "\"1\"")).Code);
        await DoneAsync(officer, id, "acknowledgement", new { }, "\"1\"");
        foreach (var (kind, reason) in new[] { ("decision", "awaiting-referrer"), ("triage", "awaiting-court"), ("interim-decision", "person-cannot-be-reached"), ("decision", "because") })
        {
            Assert.Equal("referral.not-in-list", (await DoAsync(officer, id, "clock-pause", new { clock = kind, reason }, "\"2\"")).Code);
        }

        Assert.Equal("clock.not-paused", (await DoAsync(officer, id, "clock-resumption", new { clock = "decision" }, "\"2\"")).Code);
        await DoneAsync(officer, id, "clock-pause", new { clock = "decision", reason = "awaiting-court" }, "\"2\"");
        var paused = Clock(await ReadAsync(officer, id), "decision");
        await DoneAsync(officer, id, "clock-resumption", new { clock = "decision" }, "\"3\"");
        var resumed = Clock(await ReadAsync(officer, id), "decision");

        Assert.Equal(("paused", null), ((string?)paused["state"], (string?)paused["dueAt"]));
        Assert.Equal(("running", "awaiting-court"), ((string?)resumed["state"], (string?)resumed["pauses"]![0]!["reason"]));
        Assert.Equal("met", (string?)Clock(await ReadAsync(officer, id), "acknowledge")["state"]);

        foreach (var shown in (await ReadAsync(officer, id)).Json["clocks"]!.AsArray())
        {
            var pauses = shown!["pauses"]!.AsArray().Select(pause => ((DateTimeOffset)pause!["from"]!, (DateTimeOffset?)pause["until"]));
            Assert.Equal(
                (DateTimeOffset?)shown["dueAt"], ClockTarget.Parse((string)shown["target"]!).DueAt(WorkingDays.Scotland, (DateTimeOffset)shown["startedAt"]!, pauses));
        }

        await PassAsync(service, TimeSpan.FromDays(60));
        var before = await ReadAsync(officer, id);
        Assert.Equal(1, await Runner(service).RunAsync(Cancellation));
        var read = await ReadAsync(officer, id);
        Assert.Equal(("\"4\"", "overdue"), (read.ETag, (string?)Clock(read, "triage")["state"]));
        Assert.Equal(before.Json["clocks"]!.ToJsonString(), read.Json["clocks"]!.ToJsonString()); // told, and nothing else
        var explained = await DoneAsync(officer, id, "breach-reason", new { clock = "triage", reason = "complex-case" }, "\"4\"");
        Assert.Equal("clock.breach-explained", (await DoAsync(officer, id, "breach-reason", new { clock = "triage", reason = "late-information" }, explained.ETag)).Code);
        Assert.Equal("complex-case", (string?)Clock(await ReadAsync(officer, id), "triage")["breachReason"]);
    }

    [Fact]
    public async Task A_replica_whose_clock_is_ahead_tells_nothing_early_and_moves_no_case_before_its_instant()
    {
        var clock = new AheadClock();
        await using var service = await ServiceHost<Program>.StartAsync("referrals", Settings, clock: clock);
        using var referrer = service.As(Trust, "referrer", Scopes.ReferralsSubmit);
        var id = Guid.Parse((await SubmitAsync(referrer, Told(priority: "immediate")))["id"]);
        await RowAsync(service, "update referral set receiving_unit = $1, effective_at = clock_timestamp() + interval '5 minutes' where id = $2 returning 1", OtherUnit, id);

        clock.Ahead = TimeSpan.FromDays(1);

        Assert.Equal(0, await Runner(service).RunAsync(Cancellation));
        Assert.Equal([Unit, 0L], await RowAsync(service, "select responsible_unit, (select count(*) from audit_entry where action = 'clock.breach') from referral where id = $1", id));

        await RowAsync(service, "update referral set effective_at = clock_timestamp() - interval '1 second', next_clock_at = clock_timestamp() - interval '1 second' where id = $1 returning 1", id);
        clock.Ahead = TimeSpan.FromDays(-1);

        Assert.Equal(1, await Runner(service).RunAsync(Cancellation));
        Assert.Equal([OtherUnit, DBNull.Value], await RowAsync(service, "select responsible_unit, effective_at from referral where id = $1", id));
    }

    [Fact]
    public async Task A_case_whose_clocks_cannot_be_told_holds_up_no_other_and_is_counted_without_being_named()
    {
        await using var service = await ServiceHost<Program>.StartAsync("referrals", Settings);
        using var metrics = new Counted(service);
        using var referrer = service.As(Trust, "referrer", Scopes.ReferralsSubmit);
        var bad = (await SubmitAsync(referrer, Told()))["id"]; // the oldest, and so the first every time
        await RowAsync(service, "update referral set clocks = replace(clocks::text, '\"acknowledge\"', '\"of-a-later-version\"')::jsonb where id = $1 returning 1", Guid.Parse(bad));
        for (var number = 0; number < 3; number++)
        {
            await SubmitAsync(referrer, Told());
        }

        await PassAsync(service, TimeSpan.FromHours(5));
        Assert.Equal((3, 0), (await Runner(service).RunAsync(Cancellation), await Runner(service).RunAsync(Cancellation)));

        Assert.Equal([3L], await RowAsync(service, "select count(*) from audit_entry where action = 'clock.breach'"));
        Assert.Equal(2, metrics["clocks.failures"]);
        Assert.Contains(service.Logs, line => line.Contains("The clocks of 1 cases could not be told", StringComparison.Ordinal));
        Assert.DoesNotContain(service.Logs, line => line.Contains("ClockRunner", StringComparison.Ordinal) && line.Contains(bad, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_case_that_stays_due_is_looked_at_once_in_each_run()
    {
        await using var service = await ServiceHost<Program>.StartAsync("referrals", Settings);
        using var referrer = service.As(Trust, "referrer", Scopes.ReferralsSubmit);
        await SubmitAsync(referrer, Told());
        await RowAsync(service, """
            create function stay_due() returns trigger language plpgsql as $$ begin new.next_clock_at := old.next_clock_at; return new; end $$;
            update referral set next_clock_at = clock_timestamp() - interval '1 hour';
            create trigger stay_due before update on referral for each row execute function stay_due();
            select 1
            """);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(30));

        Assert.Equal(1, await Runner(service).RunAsync(limit.Token));
    }

    [Fact]
    public async Task The_service_itself_looks_at_the_clocks_writes_transfers_and_purges_drafts()
    {
        var settings = new Dictionary<string, string?>(Settings) { ["Referrals:Clocks:Poll"] = "00:00:00.2" };
        await using var service = await ServiceHost<Program>.StartAsync("referrals", settings);
        using var referrer = service.As(Trust, "referrer", Scopes.ReferralsSubmit);
        var (breached, moving) = (Guid.Parse((await SubmitAsync(referrer, Told()))["id"]), Guid.Parse((await SubmitAsync(referrer, Told()))["id"]));
        await PostAsync(referrer, "/referrals/v1/drafts", Told());
        await RowAsync(service, "update draft set saved_at = now() - interval '31 days' returning 1");
        await PassAsync(service, TimeSpan.FromHours(5));
        await RowAsync(service, """
            update referral set receiving_unit = $1, effective_at = clock_timestamp() - interval '1 second', next_clock_at = clock_timestamp() - interval '1 second' where id = $2 returning 1
            """, OtherUnit, moving);

        await Eventually.TrueAsync(
            async () => (long)(await RowAsync(service, "select count(*) from audit_entry where action = 'clock.breach' and referral_id = $1", breached))[0]! == 1, "the breach is told");
        await Eventually.TrueAsync(
            async () => (Guid)(await RowAsync(service, "select responsible_unit from referral where id = $1", moving))[0]! == OtherUnit, "the transfer is written");

        // Drafts are purged when the service starts, and from then on every hour: also where a clock fails at each turn.
        await RowAsync(service, "update referral set clocks = '{}'::jsonb, next_clock_at = now() - interval '1 day' where id = $1 returning 1", breached);
        Assert.Equal(1L, (await RowAsync(service, "select count(*) from draft"))[0]);
        await using var again = await service.StartAgainAsync();
        await Eventually.TrueAsync(async () => (long)(await RowAsync(service, "select count(*) from draft"))[0]! == 0, "the draft is purged");
    }

    [Fact]
    public async Task What_is_due_soon_or_overdue_is_shown_in_the_case_and_found_in_the_worklist_and_counted_by_clock_and_band()
    {
        await using var service = await ServiceHost<Program>.StartAsync("referrals", Settings);
        using var metrics = new Counted(service);
        using var referrer = service.As(Trust, "referrer", Scopes.ReferralsSubmit);
        using var officer = service.As(Unit, "triage-officer", Scopes.ReferralsTriage);
        var pressing = (await SubmitAsync(referrer, Told(priority: "immediate")))["id"];
        var met = (await SubmitAsync(referrer, Told(priority: "immediate")))["id"];
        await DoneAsync(officer, met, "acknowledgement", new { }, "\"1\"");
        await PassAsync(service, TimeSpan.FromMinutes(50));
        var fresh = (await SubmitAsync(referrer, Told(priority: "immediate")))["id"];

        await Runner(service).RunAsync(Cancellation);

        Assert.Equal([("acknowledge", "overdue"), ("triage", "due-soon"), ("interim-decision", "running"), ("decision", "running")], States(await ReadAsync(officer, pressing)));
        Assert.Equal([pressing], Ids(await GetAsync(officer, "/referrals/v1/worklist?attention=overdue")));
        Assert.Equal([pressing, met], Ids(await GetAsync(officer, "/referrals/v1/worklist?attention=due-soon")));
        var all = await GetAsync(officer, "/referrals/v1/worklist");
        Assert.Equal([pressing, met, fresh], Ids(all));
        Assert.Equal([("triage", "due-soon"), ("interim-decision", "running"), ("decision", "running")], States(all.Json["items"]![1]!)); // only what is open
        Assert.Equal([50L, 50L, 0L], all.Json["items"]!.AsArray().Select(item => (long)item!["ageMinutes"]!));
        Assert.Equal("referral.not-in-list", (await GetAsync(officer, "/referrals/v1/worklist?attention=soon")).Code);
        Assert.Equal((3, 1), (metrics["clocks.warnings"], metrics["clocks.breaches"]));
        Assert.Equal(["acknowledge immediate", "triage immediate"], metrics.Tags.Distinct().Order());
    }

    [Fact]
    public async Task A_clock_from_before_clocks_could_be_replaced_or_cancelled_is_read_and_goes_on()
    {
        await using var service = await ServiceHost<Program>.StartAsync("referrals", Settings);
        using var referrer = service.As(Trust, "referrer", Scopes.ReferralsSubmit);
        using var officer = service.As(Unit, "triage-officer", Scopes.ReferralsTriage);
        var id = (await SubmitAsync(referrer, Told()))["id"];
        await RowAsync(service, "update referral set clocks = (select jsonb_agg(each - 'Replaced' - 'Cancelled') from jsonb_array_elements(clocks) each) returning 1");

        Assert.Equal(["running", "running", "running", "running"], States(await ReadAsync(officer, id)).Select(each => each.State));
        await DoneAsync(officer, id, "acknowledgement", new { }, "\"1\"");
    }

    /// <summary>Lets time pass for every case there is: the runner goes by the database's clock, which no test can move.</summary>
    private static async Task PassAsync(ServiceHost<Program> host, TimeSpan time) => await RowAsync(host, """
        update referral set submitted_at = submitted_at - $1, next_clock_at = next_clock_at - $1, clocks = (
               select jsonb_agg(each || (select jsonb_object_agg(key, (value #>> '{}')::timestamptz - $1)
                                           from jsonb_each(each) where key in ('StartedAt', 'DueAt', 'StoppedAt') and value <> 'null') order by number)
                 from jsonb_array_elements(clocks) with ordinality as clock(each, number))
         returning 1
        """, time);

    private static ClockRunner Runner(ServiceHost<Program> host) => host.Services.GetRequiredService<ClockRunner>();

    private static JsonNode Clock(Answer read, string kind) => read.Json["clocks"]!.AsArray().Last(clock => (string?)clock!["clock"] == kind)!;

    private static List<(string Clock, string State)> States(Answer read) => States(read.Json);

    private static List<(string Clock, string State)> States(JsonNode item) =>
        [.. item["clocks"]!.AsArray().Select(clock => ((string)clock!["clock"]!, (string)clock["state"]!))];

    private static List<string> Ids(Answer worklist) => [.. worklist.Json["items"]!.AsArray().Select(item => (string)item!["id"]!)];

    private static async Task<object?[]> RowAsync(ServiceHost<Program> host, string sql, params object[] parameters)
    {
        await using var source = NpgsqlDataSource.Create(host.OwnerConnectionString);
#pragma warning disable CA2100 // Constants of this test.
        await using var command = source.CreateCommand(sql);
#pragma warning restore CA2100
        foreach (var parameter in parameters)
        {
            command.Parameters.AddWithValue(parameter);
        }

        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        Assert.True(await reader.ReadAsync(Cancellation));
        var row = new object?[reader.FieldCount];
        reader.GetValues(row!);
        return row;
    }

    /// <summary>What one service has counted since.</summary>
    private sealed class Counted : IDisposable
    {
        private readonly MeterListener listener = new();
        private readonly ConcurrentDictionary<string, long> counts = new();

        public Counted(ServiceHost<Program> host)
        {
            var factory = host.Services.GetRequiredService<IMeterFactory>();
            _ = host.Services.GetRequiredService<ClockMetrics>();
            listener.InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter.Name == ClockMetrics.Name && instrument.Meter.Scope == factory)
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            };
            listener.SetMeasurementEventCallback<long>((instrument, count, tags, _) =>
            {
                counts.AddOrUpdate(instrument.Name, count, (_, before) => before + count);
                if (tags.Length > 0)
                {
                    Tags.Add(string.Join(' ', tags.ToArray().Select(tag => tag.Value)));
                }
            });
            listener.Start();
        }

        public ConcurrentBag<string> Tags { get; } = [];

        public long this[string counter] => counts.GetValueOrDefault(counter);

        public void Dispose() => listener.Dispose();
    }
}
