using System.Text.Json.Nodes;
using Npgsql;
using Soc.Contracts;
using Soc.Referrals.Cases;
using Soc.TestKit;
using static Soc.Referrals.Tests.ReferralsHost;

namespace Soc.Referrals.Tests.Journeys;

[Collection(OneService.Name)]
public sealed class WorklistTests(ReferralsHost host)
{
    [Fact]
    public async Task Open_cases_come_the_most_pressing_first_and_then_the_oldest_each_once_and_without_the_person()
    {
        var (standard, immediate, urgent) = (
            await host.SubmittedAsync(Told(priority: "standard")), await host.SubmittedAsync(Told(priority: "immediate")), await host.SubmittedAsync(Told(priority: "urgent")));
        var laterImmediate = await host.SubmittedAsync(Told(priority: "immediate"));
        var retained = await host.SubmittedAsync(Told(priority: "immediate"));
        await DoneAsync(host.TriageOfficer, retained, "triage", new { route = "not-for-this-service", reason = "already-protected" }, "\"1\"");
        await DoneAsync(host.TriageOfficer, retained, "closure", new { reason = "no-further-action" }, "\"2\"");
        await DoneAsync(host.TriageOfficer, retained, "retention", new { rule = "referral-without-protection" }, "\"3\"");

        var items = await AllAsync(host.TriageOfficer, 3);

        var ids = items.Select(item => (string)item["id"]!).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Equal([immediate, laterImmediate, urgent, standard], ids.Where(id => id == immediate || id == laterImmediate || id == urgent || id == standard));
        Assert.DoesNotContain(retained, ids);
        Assert.All(items, item => Assert.Equal(["id", "reference", "band", "status", "submittedAt", "ageMinutes", "overdueSince", "clocks"], item.AsObject().Select(member => member.Key)));
        Assert.Equal(items.Select(item => (string)item["band"]!).OrderBy(band => Array.IndexOf(["immediate", "urgent", "standard"], band)), items.Select(item => (string)item["band"]!));
    }

    [Fact]
    public async Task Another_unit_has_a_worklist_of_its_own()
    {
        await host.SubmittedAsync();
        using var foreign = host.Service.As(OtherUnit, "foreign-officer", Scopes.ReferralsTriage);

        Assert.Empty(await AllAsync(foreign, 100));
    }

    // Written out a second time on purpose: for whom a case waits in each status, beside any triage officer on duty.
    private static readonly Dictionary<string, string> Awaits = new()
    {
        ["submitted"] = "triage-officer",
        ["returned"] = "triage-officer",
        ["resubmitted"] = "triage-officer",
        ["in-triage"] = "triage-officer",
        ["redirected"] = "triage-officer case-officer",
        ["not-for-this-service"] = "triage-officer case-officer",
        ["interim-protection"] = "triage-officer",
        ["in-assessment"] = "risk-assessor",
        ["decision-pending"] = "authorising-officer",
        ["accepted"] = "case-officer",
        ["declined"] = "triage-officer case-officer",
        ["withdrawn"] = "triage-officer case-officer",
        ["active"] = "case-officer review-officer",
        ["in-review"] = "review-officer",
        ["transfer-proposed"] = "transfer-coordinator",
        ["transfer-accepted"] = "transfer-coordinator",
        ["exit-planned"] = "case-officer",
        ["exited"] = "triage-officer case-officer",
        ["closed"] = "triage-officer case-officer",
        ["retained"] = "",
    };

    private static readonly Dictionary<string, string> ScopeOf = new()
    {
        ["triage-officer"] = Scopes.ReferralsTriage,
        ["case-officer"] = Scopes.ReferralsCasework,
        ["risk-assessor"] = Scopes.ReferralsAssess,
        ["authorising-officer"] = Scopes.ReferralsDecide,
        ["review-officer"] = Scopes.ReferralsReview,
        ["transfer-coordinator"] = Scopes.ReferralsTransfer,
    };

    [Fact]
    public void Every_status_in_which_a_verb_leads_on_waits_for_a_role_that_may()
    {
        Assert.Equal(Enum.GetValues<ReferralStatus>().Select(Codes.Of).Order(), Awaits.Keys.Order());
        foreach (var status in Enum.GetValues<ReferralStatus>())
        {
            var roles = Awaits[Codes.Of(status)].Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet();
            var leadsOn = ReferralPath.Table.Where(step => step.To.Length > 0 && step.From.Contains(status)).SelectMany(step => step.Roles).Select(Codes.Of).ToHashSet();
            Assert.True(leadsOn.Overlaps(roles) || leadsOn.Count == 0, Codes.Of(status) + " waits for nobody");
            Assert.True(roles.IsSubsetOf(leadsOn), Codes.Of(status) + " waits for somebody who can do nothing");
        }
    }

    [Fact]
    public async Task Each_role_has_the_cases_that_wait_for_it_and_no_others_and_a_colleague_has_none_of_them()
    {
        var name = Guid.NewGuid().ToString("N")[..8];
        var cases = new Dictionary<string, string>();
        foreach (var status in Awaits.Keys)
        {
            cases[status] = await host.CaseInAsync(status);
            await host.RowsAsync(
                "insert into case_member (id, unit, actor, role, added_by, since, referral_id) select gen_random_uuid(), $1, $2, role, 'test', now(), $3 from unnest($4::text[]) role",
                Unit, "everybody-" + name, Guid.Parse(cases[status]), ScopeOf.Keys.ToArray());
            await host.RowsAsync(
                "insert into case_member (id, unit, actor, role, added_by, since, referral_id) values (gen_random_uuid(), $1, $2, 'review-officer', 'test', now(), $3)",
                Unit, "reviewer-" + name, Guid.Parse(cases[status]));
            await host.RowsAsync( // who led it once leads it no more
                "insert into case_member (id, unit, actor, role, added_by, since, until, referral_id) values (gen_random_uuid(), $1, $2, 'case-officer', 'test', now(), now(), $3)",
                Unit, "reviewer-" + name, Guid.Parse(cases[status]));
        }

        using var all = host.Service.As(Unit, "everybody-" + name, [.. ScopeOf.Values]);
        using var reviewer = host.Service.As(Unit, "reviewer-" + name, [.. ScopeOf.Values.Except([Scopes.ReferralsTriage])]);
        using var colleague = host.Service.As(Unit, "colleague-" + name, [.. ScopeOf.Values]);
        foreach (var (role, scope) in ScopeOf)
        {
            Assert.Equal((role, Known(Awaits.Where(each => each.Value.Split(' ').Contains(role)).Select(each => cases[each.Key]))), (role, Known(await IdsAsync(all, "&role=" + role))));
            using var scopeless = host.Service.As(Unit, "everybody-" + name, [.. ScopeOf.Values.Except([scope])]);
            Assert.Empty(await AllAsync(scopeless, 100, "&role=" + role));
        }

        Assert.Equal(Known(cases.Values.Except([cases["retained"]])), Known(await IdsAsync(all, "", 2)));
        Assert.Equal( // who is no lead of a case has nothing to do with it after its end
            Known(cases.Where(each => each.Key is not ("redirected" or "not-for-this-service" or "declined" or "withdrawn" or "exited" or "closed" or "retained")).Select(each => each.Value)),
            Known(await IdsAsync(reviewer, "")));
        Assert.Equal(Known(new[] { "submitted", "resubmitted", "in-triage" }.Select(status => cases[status])), Known(await IdsAsync(colleague, "")));
        Assert.Empty(Known(await IdsAsync(all, "&attention=overdue")));
        await host.RowsAsync("update referral set overdue_since = now() where id = $1", Guid.Parse(cases["accepted"]));
        Assert.Equal(Known([cases["accepted"]]), Known(await IdsAsync(all, "&attention=overdue")));
        Assert.All(
            await Task.WhenAll(GetAsync(all, "/referrals/v1/worklist?role=referrer"), GetAsync(all, "/referrals/v1/worklist?role=receiving-coordinator")),
            answer => Assert.Equal("referral.not-in-list", answer.Code));

        string Known(IEnumerable<string> ids) => string.Join(' ', cases.Where(each => ids.Contains(each.Value)).Select(each => each.Key));
    }

    [Fact]
    public async Task An_immediate_threat_that_the_assessment_finds_waits_for_those_who_can_meet_it()
    {
        var (id, etag) = await host.ArriveAsync("in-assessment");
        etag = (await DoneAsync(host.Assessor, id, "assessment", new { tool = "protection-risk-2", score = 95, band = "immediate" }, etag)).ETag!;

        Assert.Contains(id, await IdsAsync(host.CaseOfficer, "&role=case-officer"));
        Assert.Contains(id, await IdsAsync(host.TriageOfficer, "&role=triage-officer"));
        Assert.Equal("triage.interim-protection-first", (await DoAsync(host.Authoriser, id, "decision", new { outcome = "declined", factors = Findings }, etag)).Code);
        etag = (await DoneAsync(host.CaseOfficer, id, "interim-protection", new { measures = new[] { "safe-accommodation" } }, etag)).ETag!;
        Assert.DoesNotContain(id, await IdsAsync(host.CaseOfficer, "&role=case-officer"));
        await DoneAsync(host.Authoriser, id, "decision", new { outcome = "declined", factors = Findings }, etag);
    }

    [Fact]
    public async Task An_overdue_entitlement_makes_a_case_overdue_for_its_case_officers_until_it_is_settled()
    {
        var (id, etag) = await host.ArriveAsync("in-assessment");
        etag = (await DoneAsync(host.CaseOfficer, id, "entitlements", new { enhanced = false }, etag)).ETag!;
        Assert.DoesNotContain(id, await IdsAsync(host.CaseOfficer, "&attention=overdue"));
        await host.RowsAsync(
            """
            update referral set entitlement_due_at = now() - interval '1 hour', entitlements = (
                   select jsonb_agg(case when each ->> 'Right' = '4' then each || jsonb_build_object('DueAt', now() - interval '1 hour') else each end) from jsonb_array_elements(entitlements) each)
             where id = $1
            """, Guid.Parse(id));

        var item = (await AllAsync(host.CaseOfficer, 100, "&role=case-officer&attention=overdue")).Single(item => (string?)item["id"] == id);
        Assert.InRange((DateTimeOffset)item["overdueSince"]!, DateTimeOffset.UtcNow.AddHours(-2), DateTimeOffset.UtcNow.AddMinutes(-30));
        Assert.Contains(id, await IdsAsync(host.CaseOfficer, "&attention=overdue"));
        Assert.DoesNotContain(id, await IdsAsync(host.Assessor, "&attention=overdue"));
        Assert.Null((string?)(await AllAsync(host.Assessor, 100)).Single(each => (string?)each["id"] == id)["overdueSince"]);
        await host.RowsAsync(
            "insert into case_member (id, unit, actor, role, added_by, since, referral_id) values (gen_random_uuid(), $1, 'case-officer', 'risk-assessor', 'test', now(), $2)", Unit, Guid.Parse(id));
        using var inBothRoles = host.Service.As(Unit, "case-officer", Scopes.ReferralsCasework, Scopes.ReferralsAssess);
        Assert.Contains(id, await IdsAsync(inBothRoles, "&role=risk-assessor"));
        Assert.DoesNotContain(id, await IdsAsync(inBothRoles, "&role=risk-assessor&attention=overdue")); // the rights are the case officer's to settle
        await host.RowsAsync("update referral set overdue_since = now() - interval '1 day' where id = $1", Guid.Parse(id));
        item = (await AllAsync(host.CaseOfficer, 100, "&attention=overdue")).Single(each => (string?)each["id"] == id);
        Assert.InRange((DateTimeOffset)item["overdueSince"]!, DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddHours(-23)); // what has been overdue for longer
        await host.RowsAsync("update referral set overdue_since = null where id = $1", Guid.Parse(id));
        await DoneAsync(host.CaseOfficer, id, "entitlement-outcome", new { right = 4 }, etag);
        Assert.DoesNotContain(id, await IdsAsync(host.CaseOfficer, "&attention=overdue"));
    }

    [Fact]
    public async Task From_its_effective_instant_on_a_case_is_on_the_list_of_the_new_unit_and_of_no_other_also_before_anybody_has_written_it()
    {
        await using var service = await ServiceHost<Program>.StartAsync("referrals", new Dictionary<string, string?> { ["Referrals:Clocks:Poll"] = "1.00:00:00" });
        using var referrer = service.As(Trust, "referrer", Scopes.ReferralsSubmit);
        using var old = service.As(Unit, "officer", Scopes.ReferralsTriage, Scopes.ReferralsCasework);
        using var receiving = service.As(OtherUnit, "officer", Scopes.ReferralsTriage, Scopes.ReferralsCasework);
        var (waiting, transferred) = ((await SubmitAsync(referrer, Told()))["id"], (await SubmitAsync(referrer, Told()))["id"]);
        await using var source = NpgsqlDataSource.Create(service.OwnerConnectionString);
        await SqlAsync("insert into case_member (id, unit, actor, role, added_by, since, referral_id) select gen_random_uuid(), unit, 'officer', 'case-officer', 'test', now(), $1 from unnest(array[$2, $3]) unit");
        await SqlAsync("update referral set status = case id when $1 then 'transfer-accepted' else status end, next_review_at = now(), receiving_unit = $3, effective_at = now() + interval '1 day' where $2 is not null");

        Assert.Equal([(waiting, "submitted"), (transferred, "transfer-accepted")], (await AllAsync(old, 100)).Select(item => ((string)item["id"]!, (string)item["status"]!)));
        Assert.Empty(await IdsAsync(receiving, ""));
        await SqlAsync("update referral set effective_at = clock_timestamp() - interval '1 second' where $1 is not null and $2 <> $3");

        Assert.Empty(await IdsAsync(old, ""));
        var items = await AllAsync(receiving, 1);
        Assert.Equal([(waiting, "submitted"), (transferred, "active")], items.Select(item => ((string)item["id"]!, (string)item["status"]!)));
        Assert.Equal([transferred], await IdsAsync(receiving, "&role=case-officer"));
        Assert.Equal([waiting], await IdsAsync(receiving, "&role=triage-officer"));

        async Task SqlAsync(string sql)
        {
#pragma warning disable CA2100 // Constants of this test.
            await using var command = source.CreateCommand(sql);
#pragma warning restore CA2100
            command.Parameters.AddWithValue(Guid.Parse(transferred));
            command.Parameters.AddWithValue(Unit);
            command.Parameters.AddWithValue(OtherUnit);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>The places of several cases may differ by their id alone; the list is then merged from the own and the waiting ones as PostgreSQL orders them.</summary>
    [Fact]
    public async Task Own_and_waiting_cases_are_merged_by_submission_and_id_each_once_however_the_pages_fall_and_the_last_page_says_that_it_is()
    {
        var actor = "merging-" + Guid.NewGuid().ToString("N")[..8];
        using var officer = host.Service.As(Unit, actor, Scopes.ReferralsTriage, Scopes.ReferralsAssess);
        var ids = new List<string>();
        for (var number = 0; number < 6; number++)
        {
            ids.Add(await host.SubmittedAsync(Told(priority: "immediate")));
            await host.RowsAsync(
                "update referral set submitted_at = case when $3 then '2001-01-02T00:00:00Z' else '2001-01-01T00:00:00Z' end::timestamptz, status = case when $1 then 'in-assessment' else status end where id = $2",
                number % 2 == 0, Guid.Parse(ids[number]), number == 0);
            await host.RowsAsync(
                "insert into case_member (id, unit, actor, role, added_by, since, referral_id) select gen_random_uuid(), $1, $2, $4, 'test', now(), $3 where $4 <> ''", Unit, actor, Guid.Parse(ids[number]),
                number % 2 == 0 ? "risk-assessor" : number == 1 ? "triage-officer" : ""); // the second waits, for its triage officer too
        }

        ids = [.. ids.Skip(1), ids[0]]; // the first was submitted last
        foreach (var limit in (int[])[1, 2, 4])
        {
            var (seen, next) = (new List<JsonNode>(), "");
            while (seen.Count < ids.Count)
            {
                var page = (await GetAsync(officer, $"/referrals/v1/worklist?limit={limit}{next}")).Json;
                seen.AddRange(page["items"]!.AsArray().Select(item => item!));
                next = "&cursor=" + (string)page["next"]!;
            }

            Assert.Equal(ids, seen.Take(ids.Count).Select(item => (string)item["id"]!));
            Assert.All(seen.Take(ids.Count), item => Assert.InRange((long)item["ageMinutes"]!, 60L * 24 * 365 * 25, 60L * 24 * 365 * 100));
        }

        var own = (await GetAsync(officer, "/referrals/v1/worklist?role=risk-assessor&limit=3")).Json;
        Assert.Equal((3, null), (own["items"]!.AsArray().Count, (string?)own["next"]));
        await host.RowsAsync("update referral set status = 'withdrawn' where submitted_at < '2001-01-03T00:00:00Z'");
    }

    [Fact]
    public async Task Each_page_that_was_read_is_on_record_with_its_count_and_no_case()
    {
        var actor = "reader-" + Guid.NewGuid().ToString("N")[..8];
        await host.SubmittedAsync();
        await host.SubmittedAsync();
        using var reader = host.Service.As(Unit, actor, Scopes.ReferralsTriage);

        await GetAsync(reader, "/referrals/v1/worklist?limit=2");
        await GetAsync(reader, "/referrals/v1/worklist?limit=1&role=triage-officer");

        Assert.Equal(
            [[Guid.Empty, "worklist.read", "cases:2", "done"], [Guid.Empty, "worklist.read", "cases:1", "done"]],
            await host.RowsAsync("select referral_id, action, array_to_string(fields, ','), outcome from audit_entry where actor = $1 order by sequence", actor));
    }

    private static async Task<List<string>> IdsAsync(HttpClient client, string filter, int limit = 100) =>
        [.. (await AllAsync(client, limit, filter)).Select(item => (string)item["id"]!)];

    private static async Task<List<JsonNode>> AllAsync(HttpClient client, int limit, string filter = "")
    {
        var all = new List<JsonNode>();
        string? next = null;
        do
        {
            var page = (await GetAsync(client, $"/referrals/v1/worklist?limit={limit}{filter}" + (next is null ? "" : "&cursor=" + next))).Json;
            all.AddRange(page["items"]!.AsArray().Select(item => item!));
            next = (string?)page["next"];
        }
        while (next is not null);
        return all;
    }
}
