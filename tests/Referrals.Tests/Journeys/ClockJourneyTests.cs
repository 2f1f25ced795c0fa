using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Soc.Contracts;
using Soc.Referrals.Clocks;
using Soc.TestKit;
using static Soc.Referrals.Tests.ReferralsHost;

namespace Soc.Referrals.Tests.Journeys;

/// <summary>Clocks over HTTP, and the breach that is told once by two replicas and over a restart.</summary>
public sealed class ClockJourneyTests
{
    private static readonly Dictionary<string, string?> Settings = new() { ["Messaging:FactWindow"] = "20.00:00:00", ["Referrals:Clocks:Poll"] = "1.00:00:00" };

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

        var later = DateTimeOffset.UtcNow.AddHours(5); // acknowledgement is due after four hours
        var scopes = new[] { first, second, first, second }.Select(host => host.Services.GetRequiredService<IServiceScopeFactory>()).ToList();
        var done = await Task.WhenAll(scopes.Select(each => ClockRunner.RunAsync(each, later, TestContext.Current.CancellationToken)));
        await using var third = await first.StartAgainAsync();
        var again = await ClockRunner.RunAsync(third.Services.GetRequiredService<IServiceScopeFactory>(), later.AddMinutes(1), TestContext.Current.CancellationToken);

        Assert.Equal((40, 0), (done.Sum(), again));
        await using var source = NpgsqlDataSource.Create(first.OwnerConnectionString);
        await using var count = source.CreateCommand("""
            select (select count(*) from outbox_message where message_type = 'soc.referrals.sla.breached.v1'),
                   (select count(*) from audit_entry where action = 'clock.breach'),
                   (select count(distinct referral_id) from audit_entry where action = 'clock.breach')
            """);
        await using var row = await count.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        Assert.True(await row.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal((40L, 40L, 40L), (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)));
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
        Assert.Equal("referral.not-in-list", (await DoAsync(officer, id, "clock-pause", new { clock = "decision", reason = "awaiting-referrer" }, "\"2\"")).Code);
        Assert.Equal("clock.not-paused", (await DoAsync(officer, id, "clock-resumption", new { clock = "decision" }, "\"2\"")).Code);
        await DoneAsync(officer, id, "clock-pause", new { clock = "decision", reason = "awaiting-court" }, "\"2\"");
        var paused = Clock(await ReadAsync(officer, id), "decision");
        await DoneAsync(officer, id, "clock-resumption", new { clock = "decision" }, "\"3\"");
        var resumed = Clock(await ReadAsync(officer, id), "decision");

        Assert.Equal(("paused", null), ((string?)paused["state"], (string?)paused["dueAt"]));
        Assert.Equal(("running", "awaiting-court"), ((string?)resumed["state"], (string?)resumed["pauses"]![0]!["reason"]));
        Assert.Equal("met", (string?)Clock(await ReadAsync(officer, id), "acknowledge")["state"]);

        await ClockRunner.RunAsync(service.Services.GetRequiredService<IServiceScopeFactory>(), DateTimeOffset.UtcNow.AddDays(60), TestContext.Current.CancellationToken);
        Assert.Equal("\"4\"", (await ReadAsync(officer, id)).ETag);
        foreach (var clock in (await ReadAsync(officer, id)).Json["clocks"]!.AsArray())
        {
            var pauses = clock!["pauses"]!.AsArray().Select(pause => ((DateTimeOffset)pause!["from"]!, (DateTimeOffset?)pause["until"]));
            Assert.Equal(
                (DateTimeOffset?)clock["dueAt"], ClockTarget.Parse((string)clock["target"]!).DueAt(WorkingDays.Scotland, (DateTimeOffset)clock["startedAt"]!, pauses));
        }
    }

    private static JsonNode Clock(Answer read, string kind) => read.Json["clocks"]!.AsArray().Last(clock => (string?)clock!["clock"] == kind)!;
}
