using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Soc.Contracts;
using Soc.Referrals.Clocks;
using Soc.Referrals.Transfers;
using Soc.TestKit;
using static Soc.Referrals.Tests.ReferralsHost;

namespace Soc.Referrals.Tests.Journeys;

/// <summary>Statement 7: at the effective instant the old unit loses and the new unit gains sight; both have the record; there is always one responsible unit.</summary>
[Collection(OneService.Name)]
public sealed class TransferTests(ReferralsHost host)
{
    private static readonly object[] NewTeam = [new { actor = "new-case-officer", role = "case-officer" }];

    [Fact]
    public async Task At_the_effective_instant_the_old_unit_loses_sight_and_the_new_one_gains_it_and_both_have_the_record()
    {
        var (id, proposed) = await host.ArriveAsync("transfer-proposed");
        using var newOfficer = host.Service.As(OtherUnit, "new-case-officer", Scopes.ReferralsCasework);
        Assert.Equal(HttpStatusCode.NotFound, (await ReadAsync(host.Receiver, id)).Status); // the proposal is all it sees
        var item = await ItemAsync(host.Receiver, id);
        Assert.Equal((proposed, "proposed"), ((string?)item["eTag"], (string?)item["status"]));
        Assert.Equal(["transfer-acceptance", "transfer-refusal"], Actions(item));
        Assert.Null((string?)(await ItemAsync(host.TransferCoordinator, id))["eTag"]);
        Assert.Empty(Actions(await ItemAsync(host.TransferCoordinator, id))); // the case tells them

        var effective = DateTimeOffset.UtcNow.AddSeconds(2);
        var accepted = await DoneAsync(host.Receiver, id, "transfer-acceptance", new { team = NewTeam, effectiveAt = effective }, proposed);
        Assert.Equal("transfer-accepted", accepted["status"]);

        // Until the instant the old unit reads and the new one does not; from then on it is the other way round; asked at once, never both and never neither.
        var (seen, switched) = (new List<(bool Old, bool New)>(), false);
        await Eventually.TrueAsync(async () =>
        {
            var before = await host.RowsAsync("select clock_timestamp()");
            var (old, now) = ((await ReadAsync(host.CaseOfficer, id)).Status == HttpStatusCode.OK, (await ReadAsync(newOfficer, id)).Status == HttpStatusCode.OK);
            var after = await host.RowsAsync("select clock_timestamp()");
            if ((DateTime)before[0][0]! > effective.UtcDateTime || (DateTime)after[0][0]! < effective.UtcDateTime)
            {
                seen.Add((old, now));
            }

            return switched |= now;
        }, "the transfer takes effect");
        Assert.All(seen, each => Assert.NotEqual(each.Old, each.New));
        Assert.Contains((true, false), seen);

        var read = await ReadAsync(newOfficer, id);
        Assert.Equal("active", read["status"]);
        Assert.Contains("exit-plan", read.Json["allowedActions"]!.AsArray().Select(action => (string)action!));
        var unknown = await ReadAsync(host.CaseOfficer, Guid.CreateVersion7().ToString());
        Assert.Equal(unknown.Text, (await ReadAsync(host.CaseOfficer, id)).Text);
        Assert.Equal(unknown.Text, (await ReadAsync(host.TriageOfficer, id)).Text);
        await DoneAsync(newOfficer, id, "exit-plan", new { reason = "risk-has-ended" }, read.ETag!);
        Assert.All([await ItemAsync(host.Receiver, id), await ItemAsync(host.TransferCoordinator, id)],
            record => Assert.Equal(("accepted", Unit.ToString(), OtherUnit.ToString()), ((string?)record["status"], (string?)record["fromUnit"], (string?)record["toUnit"])));
    }

    [Fact]
    public async Task A_proposal_can_be_refused_or_cancelled_and_is_nothing_to_a_third_unit()
    {
        using var third = host.Service.As(Guid.CreateVersion7(), "third", Scopes.ReferralsTransfer);
        var (refused, etag) = await host.ArriveAsync("transfer-proposed");
        Assert.Equal("referral.not-found", (await DoAsync(third, refused, "transfer-acceptance", new { team = NewTeam }, etag)).Code);
        Assert.Equal("referral.not-found", (await DoAsync(host.TransferCoordinator, refused, "transfer-acceptance", new { team = NewTeam }, etag)).Code);
        Assert.Equal("team.lead-needed", (await DoAsync(host.Receiver, refused, "transfer-acceptance", new { team = Array.Empty<object>() }, etag)).Code);
        Assert.Equal("transfer.effective-invalid", (await DoAsync(host.Receiver, refused, "transfer-acceptance", new { team = NewTeam, effectiveAt = "2020-01-01T00:00:00Z" }, etag)).Code);
        Assert.Equal("active", (await DoneAsync(host.Receiver, refused, "transfer-refusal", new { reason = "no-capacity" }, etag))["status"]);
        Assert.Equal("no-capacity", (string?)(await ItemAsync(host.TransferCoordinator, refused))["refusalReason"]);
        Assert.Equal(["receiver"], await host.RowsAsync("select answered_by from transfer where referral_id = $1 and answered_at is not null", Guid.Parse(refused)) is [var answer] ? answer : []);
        Assert.Equal("referral.not-found", (await DoAsync(host.Receiver, refused, "transfer-acceptance", new { team = NewTeam }, etag)).Code);

        var (cancelled, next) = await host.ArriveAsync("transfer-proposed");
        Assert.Equal("active", (await DoneAsync(host.TransferCoordinator, cancelled, "transfer-cancellation", new { }, next))["status"]);
        Assert.Equal(["cancelled", "met"], [await ReplyAsync(cancelled), await ReplyAsync(refused)]);
        Assert.Equal(["refused", "cancelled"], [(string)(await ItemAsync(host.TransferCoordinator, refused))["status"]!, (string)(await ItemAsync(host.TransferCoordinator, cancelled))["status"]!]);
        Assert.DoesNotContain(await ItemsAsync(host.Receiver), item => (string?)item!["referralId"] is { } of && (of == refused || of == cancelled)); // no longer its business
        var toSelf = await host.ArriveAsync("active");
        Assert.Equal("transfer.to-self", (await DoAsync(host.TransferCoordinator, toSelf.Id, "transfer", new { toUnit = Unit, reason = "capacity" }, toSelf.ETag)).Code);

        async Task<string> ReplyAsync(string id) => (string)(await ReadAsync(host.CaseOfficer, id)).Json["clocks"]!.AsArray().Single(clock => (string?)clock!["clock"] == "transfer-reply")!["state"]!;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_accepted_transfer_can_be_cancelled_by_either_coordinator_before_its_instant_and_both_records_say_so(bool byReceiver)
    {
        var (id, etag) = await host.ArriveAsync("transfer-accepted");
        using var newOfficer = host.Service.As(OtherUnit, "new-case-officer", Scopes.ReferralsCasework);
        using var offTeam = host.Service.As(Unit, "off-team-coordinator", Scopes.ReferralsTransfer);
        var arranged = await DoneAsync(host.CaseOfficer, id, "arrangements", new { arrangements = new[] { new { type = "relocation", provider = Unit } } }, etag);
        Assert.Equal("referral.not-found", (await DoAsync(offTeam, id, "transfer-cancellation", new { }, arranged.ETag)).Code);
        Assert.Equal("referral.not-in-this-status", (await DoAsync(host.Receiver, id, "transfer-refusal", new { reason = "no-capacity" }, arranged.ETag)).Code);
        Assert.Equal(arranged.ETag, (string?)(await ItemAsync(host.Receiver, id))["eTag"]);
        Assert.Equal(["transfer-cancellation"], Actions(await ItemAsync(host.Receiver, id)));

        var cancelled = await DoneAsync(byReceiver ? host.Receiver : host.TransferCoordinator, id, "transfer-cancellation", new { }, arranged.ETag!);
        Assert.Equal("active", cancelled["status"]);
        Assert.Empty(Actions(await ItemAsync(host.Receiver, id)));
        Assert.All([await ItemAsync(host.Receiver, id), await ItemAsync(host.TransferCoordinator, id)],
            record => Assert.Equal(("cancelled", true, null), ((string?)record["status"], record["effectiveAt"] is not null, (string?)record["eTag"])));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), ((await ReadAsync(host.CaseOfficer, id)).Status, (await ReadAsync(newOfficer, id)).Status));
        Assert.Equal("referral.not-found", (await DoAsync(host.Receiver, id, "transfer-cancellation", new { }, cancelled.ETag)).Code);
        Assert.Equal(
            [(byReceiver ? "receiver" : "transfer-coordinator", "receiver")],
            (await host.RowsAsync("select cancelled_by, answered_by from transfer where referral_id = $1 and cancelled_at is not null and answered_at is not null", Guid.Parse(id))).Select(row => ((string)row[0]!, (string)row[1]!)));

        // Proposed once more, and it is the new proposal that is answered, and not the one before.
        var again = await DoneAsync(host.TransferCoordinator, id, "transfer", new { toUnit = OtherUnit, reason = "capacity" }, cancelled.ETag!);
        Assert.Equal(
            [("proposed", again.ETag), ("cancelled", null)],
            (await ItemsAsync(host.Receiver)).Where(item => (string?)item["referralId"] == id).Select(item => ((string?)item["status"], (string?)item["eTag"])));
        await DoneAsync(host.Receiver, id, "transfer-refusal", new { reason = "no-capacity" }, again.ETag!);
        Assert.Equal(["refused", "cancelled"], (await ItemsAsync(host.TransferCoordinator)).Where(item => (string?)item["referralId"] == id).Select(item => (string?)item["status"]));
    }

    [Fact]
    public async Task A_case_that_comes_back_comes_to_the_team_that_is_named_then_and_not_to_those_who_worked_on_it_before()
    {
        var (id, etag) = await host.ArriveAsync("transfer-proposed");
        using var there = host.Service.As(OtherUnit, "new-coordinator", Scopes.ReferralsTransfer, Scopes.ReferralsCasework);
        using var back = host.Service.As(Unit, "returning-officer", Scopes.ReferralsCasework, Scopes.ReferralsTransfer);
        object[] team = [new { actor = "new-coordinator", role = "transfer-coordinator" }, new { actor = "new-coordinator", role = "case-officer" }];
        await DoneAsync(host.Receiver, id, "transfer-acceptance", new { team }, etag);
        etag = (await ReadAsync(there, id)).ETag!;

        etag = (await DoneAsync(there, id, "transfer", new { toUnit = Unit, reason = "capacity" }, etag)).ETag!;
        await DoneAsync(host.TransferCoordinator, id, "transfer-acceptance", new { team = new[] { new { actor = "returning-officer", role = "case-officer" }, new { actor = "returning-officer", role = "transfer-coordinator" } } }, etag);

        var read = await ReadAsync(back, id);
        Assert.Equal(["returning-officer", "returning-officer"], read.Json["team"]!.AsArray().Select(member => (string?)member!["actor"]));
        Assert.Equal(
            (HttpStatusCode.OK, HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.NotFound),
            (read.Status, (await ReadAsync(host.CaseOfficer, id)).Status, (await ReadAsync(host.Assessor, id)).Status, (await ReadAsync(there, id)).Status));
        Assert.Equal(
            [("accepted", OtherUnit), ("accepted", Unit)],
            (await host.RowsAsync("select status, to_unit from transfer where referral_id = $1 order by id", Guid.Parse(id))).Select(row => ((string)row[0]!, (Guid)row[1]!)));

        await DoneAsync(back, id, "transfer", new { toUnit = OtherUnit, reason = "capacity" }, read.ETag!);
        var listed = (await GetAsync(host.Receiver, "/referrals/v1/transfers")).Json["items"]!.AsArray().Where(item => (string)item!["referralId"]! == id && (Guid)item["toUnit"]! == OtherUnit).ToList();
        Assert.Equal([("proposed", true, 2), ("accepted", false, 0)], listed.Select(item => ((string)item!["status"]!, item["eTag"] is not null, item["allowedActions"]!.AsArray().Count)));
    }

    [Fact]
    public async Task A_coordinator_finds_every_transfer_however_many_there_are_and_each_once_and_the_reading_is_on_record()
    {
        var (unit, id) = (Guid.CreateVersion7(), await host.SubmittedAsync());
        using var coordinator = host.Service.As(unit, "coordinator-of-many", Scopes.ReferralsTransfer);
        await host.RowsAsync(
            """
            insert into transfer (id, referral_id, reference, region, band, from_unit, to_unit, reason, proposed_by, proposed_at, status)
            select gen_random_uuid(), $1, number::text, 'NIR', 'urgent', $2, $3, 'capacity', 'somebody', now(), 'proposed' from generate_series(1, 203) number
            """, Guid.Parse(id), Unit, unit);

        var (seen, next) = (new List<JsonNode>(), "");
        do
        {
            var page = (await GetAsync(coordinator, "/referrals/v1/transfers" + next)).Json;
            Assert.InRange(page["items"]!.AsArray().Count, 1, 100);
            seen.AddRange(page["items"]!.AsArray().Select(item => item!));
            next = (string?)page["next"] is { } cursor ? "?cursor=" + cursor : "";
        }
        while (next.Length > 0 && seen.Count <= 203);

        Assert.Equal(Enumerable.Range(1, 203).Select(number => number.ToString(CultureInfo.InvariantCulture)).Order(), seen.Select(item => (string)item["reference"]!).Order());
        Assert.Equal(3, await host.CountAsync("select count(*) from audit_entry where organisation = $1 and action = 'transfer.list'", unit));
    }

    [Fact]
    public async Task The_receiving_unit_refuses_a_proposal_and_does_not_cancel_it_and_accepts_it_for_no_instant_beyond_ninety_days()
    {
        var (id, etag) = await host.ArriveAsync("transfer-proposed");
        Assert.Equal("referral.role-needed", (await DoAsync(host.Receiver, id, "transfer-cancellation", new { }, etag)).Code);
        var reply = (await ReadAsync(host.CaseOfficer, id)).Json["clocks"]!.AsArray().Single(clock => (string?)clock!["clock"] == "transfer-reply")!;
        Assert.Equal(("5wd", "running"), ((string?)reply["target"], (string?)reply["state"]));
        foreach (var effectiveAt in (DateTimeOffset[])[DateTimeOffset.UtcNow.AddDays(91), DateTimeOffset.UtcNow.AddSeconds(-1)])
        {
            Assert.Equal("transfer.effective-invalid", (await DoAsync(host.Receiver, id, "transfer-acceptance", new { team = NewTeam, effectiveAt }, etag)).Code);
        }
    }

    [Fact]
    public async Task A_whole_load_moves_once_however_often_it_is_interrupted_and_is_reported_case_by_case()
    {
        await using var service = await ServiceHost<Program>.StartAsync("referrals", new Dictionary<string, string?>
        {
            ["Messaging:FactWindow"] = "20.00:00:00",
            ["Referrals:Clocks:Poll"] = "1.00:00:00",
        });
        using var referrer = service.As(Trust, "referrer", Scopes.ReferralsSubmit);
        using var triage = service.As(Unit, "triage-officer", Scopes.ReferralsTriage);
        using var from = service.As(Unit, "mover", Scopes.ReferralsTransfer);
        using var to = service.As(OtherUnit, "receiver", Scopes.ReferralsTransfer);
        using var newOfficer = service.As(OtherUnit, "new-case-officer", Scopes.ReferralsCasework);
        var ids = new List<string>();
        for (var number = 0; number < 30; number++)
        {
            ids.Add((await SubmitAsync(referrer, Told()))["id"]);
        }

        await DoneAsync(triage, ids[0], "triage", new { route = "redirected", reason = "witness-care", redirectTo = "witness-care" }, "\"1\"");
        await DoneAsync(triage, ids[0], "closure", new { reason = "handed-over" }, "\"2\""); // closed: not part of the load
        var effective = DateTimeOffset.UtcNow.AddSeconds(12);
        var bulk = await PostAsync(from, "/referrals/v1/bulk-transfers", new { toUnit = OtherUnit, reason = "national-service", effectiveAt = effective });
        var path = "/referrals/v1/bulk-transfers/" + bulk["id"];
        Assert.Equal((HttpStatusCode.Created, null, null), (bulk.Status, (int?)bulk.Json["moved"], (int?)bulk.Json["left"])); // no number before it is accepted
        Assert.DoesNotContain("remaining", bulk.Text, StringComparison.Ordinal);
        Assert.Equal(["cancellation"], Actions(bulk.Json));
        Assert.Equal(["acceptance"], Actions((await GetAsync(to, path)).Json));
        Assert.Equal("bulk-transfer.not-found", (await PostAsync(from, path + "/acceptance", new { team = NewTeam })).Code);
        Assert.Equal("running", (await PostAsync(to, path + "/acceptance", new { team = NewTeam }))["status"]);
        Assert.Empty(Actions((await GetAsync(to, path)).Json).Concat(Actions((await GetAsync(from, path)).Json)));
        Assert.Equal("bulk-transfer.answered", (await PostAsync(to, path + "/acceptance", new { team = NewTeam })).Code);

        var scopes = service.Services.GetRequiredService<IServiceScopeFactory>();
        using var interrupted = new CancellationTokenSource();
        var first = BulkTransferRunner.RunAsync(scopes, interrupted.Token);
        await Eventually.TrueAsync(async () => (int)(await GetAsync(from, path)).Json["moved"]! > 2, "some cases have moved");
        await interrupted.CancelAsync();
        await Task.WhenAny(first);
        var late = (await SubmitAsync(referrer, Told()))["id"]; // goes with the load too
        await using var second = await service.StartAgainAsync();
        await Task.WhenAll(new[] { service, second }.Select(each => BulkTransferRunner.RunAsync(
            each.Services.GetRequiredService<IServiceScopeFactory>(), TestContext.Current.CancellationToken)));

        var progress = (await GetAsync(from, path)).Json;
        Assert.Equal((30, 0), ((int)progress["moved"]!, (int)progress["left"]!));
        await Eventually.TrueAsync(async () => (await ReadAsync(newOfficer, late)).Status == HttpStatusCode.OK, "the load has moved");
        await BulkTransferRunner.RunAsync(scopes, TestContext.Current.CancellationToken);
        await service.Services.GetRequiredService<ClockRunner>().RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal("done", (await GetAsync(from, path))["status"]);
        foreach (var id in ids.Skip(1))
        {
            Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.OK), ((await ReadAsync(triage, id)).Status, (await ReadAsync(newOfficer, id)).Status));
        }
    }

    private static IEnumerable<string> Actions(JsonNode resource) => resource["allowedActions"]!.AsArray().Select(action => (string)action!);

    private static async Task<JsonNode> ItemAsync(HttpClient client, string id) => (await ItemsAsync(client)).First(item => (string?)item["referralId"] == id);

    private static async Task<List<JsonNode>> ItemsAsync(HttpClient client) => [.. (await GetAsync(client, "/referrals/v1/transfers")).Json["items"]!.AsArray().Select(item => item!)];
}
