using System.Globalization;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Soc.Contracts;
using Soc.Referrals.Clocks;
using Soc.Referrals.Data.Migrations;
using Soc.Referrals.Entitlements;
using Soc.ServiceDefaults;
using static Soc.Referrals.Tests.ReferralsHost;

namespace Soc.Referrals.Tests.Journeys;

/// <summary>The Victims' Code: twelve rights with clocks; and threat-to-life notices, of which there is nothing but a number.</summary>
[Collection(OneService.Name)]
public sealed class EntitlementTests(ReferralsHost host)
{
    [Fact]
    public async Task The_twelve_rights_begin_with_their_clocks_and_each_is_done_or_has_a_reason()
    {
        var (id, etag) = await host.ArriveAsync("active");
        var begun = await DoneAsync(host.CaseOfficer, id, "entitlements", new { enhanced = true, enhancedReason = "vulnerable-or-intimidated" }, etag);
        Assert.Equal("entitlements.begun", (await DoAsync(host.CaseOfficer, id, "entitlements", new { enhanced = false }, begun.ETag)).Code);
        var done = await DoneAsync(host.CaseOfficer, id, "entitlement-outcome", new { right = 4 }, begun.ETag!);
        var notDone = await DoneAsync(host.CaseOfficer, id, "entitlement-outcome", new { right = 12, notDoneReason = "person-declined" }, done.ETag!);
        Assert.Equal("entitlement.unknown", (await DoAsync(host.CaseOfficer, id, "entitlement-outcome", new { right = 4 }, notDone.ETag)).Code);
        Assert.Equal("referral.not-in-list", (await DoAsync(host.CaseOfficer, id, "entitlement-outcome", new { right = 5, notDoneReason = "forgot" }, notDone.ETag)).Code);

        var rights = (await ReadAsync(host.CaseOfficer, id)).Json["entitlements"]!.AsArray();
        Assert.Equal(Enumerable.Range(1, 12), rights.Select(right => (int)right!["right"]!));
        Assert.Equal(
            [.. Enumerable.Repeat("due", 3), "done", .. Enumerable.Repeat("due", 7), "not-done"], rights.Select(right => (string)right!["state"]!));
        Assert.Equal(WorkingDays.EndAfter(WorkingDays.EnglandAndWales, DateTimeOffset.UtcNow, 1), (DateTimeOffset)rights[5]!["dueAt"]!);
    }

    [Fact]
    public async Task Nothing_begins_before_the_officer_has_said_whether_the_rights_are_enhanced()
    {
        var (id, etag) = await host.ArriveAsync("active");
        (object Body, string Code)[] refused =
        [
            (new { }, "request.malformed"), (new { enhancedReason = "vulnerable-or-intimidated" }, "request.malformed"), (new { enhanced = (bool?)null }, "request.malformed"),
            (new { enhanced = true }, "referral.not-in-list"), (new { enhanced = true, enhancedReason = "because" }, "referral.not-in-list"),
            (new { enhanced = false, enhancedReason = "vulnerable-or-intimidated" }, "entitlements.not-enhanced"),
        ];
        foreach (var (body, code) in refused)
        {
            Assert.Equal(code, (await DoAsync(host.CaseOfficer, id, "entitlements", body, etag)).Code);
        }

        Assert.Empty((await ReadAsync(host.CaseOfficer, id)).Json["entitlements"]!.AsArray());
        await DoneAsync(host.CaseOfficer, id, "entitlements", new { enhanced = false }, etag);
        var read = await ReadAsync(host.CaseOfficer, id);
        Assert.Equal((12, null), (read.Json["entitlements"]!.AsArray().Count, (string?)read.Json["enhancedReason"]));
    }

    [Fact]
    public async Task A_withdrawn_case_is_closed_once_the_rights_that_were_due_are_settled()
    {
        var (id, etag) = await host.ArriveAsync("in-assessment");
        etag = (await DoneAsync(host.CaseOfficer, id, "entitlements", new { enhanced = false }, etag)).ETag!;
        foreach (var right in Enumerable.Range(1, 11))
        {
            etag = (await DoneAsync(host.CaseOfficer, id, "entitlement-outcome", new { right }, etag)).ETag!;
        }

        var withdrawn = await DoneAsync(host.TriageOfficer, id, "withdrawal", new { reason = "person-declines" }, etag);
        Assert.DoesNotContain("closure", withdrawn.Json["allowedActions"]!.AsArray().Select(action => (string)action!));
        var refused = await DoAsync(host.TriageOfficer, id, "closure", new { reason = "no-further-action" }, withdrawn.ETag);
        Assert.Equal(("entitlements.due", true), (refused.Code, ((string)refused.Json["detail"]!).EndsWith(": 12 (complain).", StringComparison.Ordinal)));
        var settled = await DoneAsync(host.CaseOfficer, id, "entitlement-outcome", new { right = 12, notDoneReason = "does-not-apply" }, withdrawn.ETag!);
        Assert.Contains("closure", settled.Json["allowedActions"]!.AsArray().Select(action => (string)action!));
        await DoneAsync(host.TriageOfficer, id, "closure", new { reason = "no-further-action" }, settled.ETag!);
    }

    [Fact]
    public async Task The_migration_gives_cases_that_had_ended_before_it_the_instant_at_which_their_open_rights_are_due()
    {
        var (id, etag) = await host.ArriveAsync("in-assessment");
        etag = (await DoneAsync(host.CaseOfficer, id, "entitlements", new { enhanced = false }, etag)).ETag!;
        etag = (await DoneAsync(host.CaseOfficer, id, "entitlement-outcome", new { right = 1 }, etag)).ETag!;
        await DoneAsync(host.TriageOfficer, id, "withdrawal", new { reason = "person-declines" }, etag);
        var due = (await host.RowsAsync("select entitlement_due_at from referral where id = $1", Guid.Parse(id)))[0][0];
        Assert.NotNull(due);
        await host.RowsAsync("update referral set entitlement_due_at = null where id = $1", Guid.Parse(id));

        foreach (var step in new RightsDueUntilClosed().UpOperations.OfType<SqlOperation>())
        {
            await host.RowsAsync(step.Sql);
        }

        Assert.Equal(due, (await host.RowsAsync("select entitlement_due_at from referral where id = $1", Guid.Parse(id)))[0][0]);
        Assert.Equal(1, await host.CountAsync("select count(*) from pg_class where relname = 'referral' and relforcerowsecurity"));
    }

    [Fact]
    public void Enhanced_rights_are_never_due_later_and_a_right_that_was_not_settled_in_time_is_overdue()
    {
        var now = new DateTimeOffset(2026, 11, 20, 9, 0, 0, TimeSpan.Zero);
        var (ordinary, enhanced) = (VictimsCode.Current.Begin(false, WorkingDays.Scotland, now).ToList(), VictimsCode.Current.Begin(true, WorkingDays.Scotland, now).ToList());

        Assert.All(ordinary.Zip(enhanced), pair => Assert.True(pair.Second.DueAt <= pair.First.DueAt));
        Assert.Contains(ordinary.Zip(enhanced), pair => pair.Second.DueAt < pair.First.DueAt);
        Assert.Equal(["due", "overdue"], [ordinary[0].StateAt(ordinary[0].DueAt), ordinary[0].StateAt(ordinary[0].DueAt.AddTicks(1))]);
    }

    [Fact]
    public async Task Threat_notices_are_counted_by_kind_region_and_month_for_the_own_unit_and_hold_nothing_else()
    {
        var unit = Guid.CreateVersion7();
        using var officer = host.Service.As(unit, "officer", Scopes.ReferralsCasework);
        using var foreign = host.Service.As(Guid.CreateVersion7(), "foreign", Scopes.ReferralsCasework);
        var counted = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => PostAsync(officer, "/referrals/v1/threat-notices", new { kind = "disruption-notice", region = "NIR" })));

        Assert.Equal(Enumerable.Range(1, 20), counted.Select(answer => (int)answer.Json["count"]!).Order());
        Assert.Equal("referral.not-in-list", (await PostAsync(officer, "/referrals/v1/threat-notices", new { kind = "letter", region = "NIR" })).Code);
        var item = Assert.Single((await GetAsync(officer, "/referrals/v1/threat-notices")).Json["items"]!.AsArray())!;
        Assert.Equal(["kind", "region", "month", "count"], item.AsObject().Select(member => member.Key));
        Assert.Equal(20, (int)item["count"]!);
        Assert.Empty((await GetAsync(foreign, "/referrals/v1/threat-notices")).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task Notices_are_counted_by_the_kind_region_and_month_in_which_they_were_given()
    {
        using var officer = host.Service.As(Guid.CreateVersion7(), "counting-officer", Scopes.ReferralsCasework);
        var months = new List<DateTimeOffset> { DateTimeOffset.UtcNow };
        foreach (var (kind, region) in new[] { ("threat-to-life-warning", "SCT"), ("disruption-notice", "NIR"), ("disruption-notice", "SCT"), ("disruption-notice", "NIR") })
        {
            await PostAsync(officer, "/referrals/v1/threat-notices", new { kind, region });
        }

        months.Add(DateTimeOffset.UtcNow);
        var items = (await GetAsync(officer, "/referrals/v1/threat-notices")).Json["items"]!.AsArray();
        Assert.Equal(
            [("disruption-notice", "NIR", 2), ("disruption-notice", "SCT", 1), ("threat-to-life-warning", "SCT", 1)],
            items.Select(item => ((string)item!["kind"]!, (string)item["region"]!, (int)item["count"]!)).Order());
        Assert.All(items, item => Assert.Contains((string)item!["month"]!, months.Select(at => UkCalendar.Day(at).ToString("yyyy-MM", CultureInfo.InvariantCulture))));
    }
}
