using System.Net;
using Soc.Contracts;
using Soc.Referrals.Cases;
using Soc.ServiceDefaults;
using Soc.TestKit;
using static Soc.Referrals.Tests.ReferralsHost;

namespace Soc.Referrals.Tests.Journeys;

/// <summary>The path over HTTP beyond the decision, and who sees a case on it.</summary>
[Collection(OneService.Name)]
public sealed class CasePathTests(ReferralsHost host)
{
    [Fact]
    public async Task A_case_goes_from_arrangements_through_a_review_to_exit_closure_and_retention()
    {
        var (id, etag) = await host.ArriveAsync("accepted");

        var active = await DoneAsync(host.CaseOfficer, id, "arrangements", new
        {
            arrangements = new[] { new { type = "relocation", provider = Unit, jointProviders = new[] { OtherUnit } } },
        }, etag);
        var due = (DateTimeOffset)(await ReadAsync(host.CaseOfficer, id)).Json["nextReviewAt"]!;
        var more = await DoneAsync(host.CaseOfficer, id, "arrangements", new { arrangements = new[] { new { type = "monitoring", provider = Unit } } }, active.ETag!);
        var inReview = await DoneAsync(host.ReviewOfficer, id, "review", new { }, more.ETag!);
        var next = DateOnly.FromDateTime(DateTime.UtcNow).AddDays(30).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        var reviewed = await DoneAsync(host.ReviewOfficer, id, "review-conclusion", new { outcome = "continue", note = "Synthetic note.", nextReview = next }, inReview.ETag!);
        Assert.Equal(UkCalendar.EndOf(DateOnly.Parse(next, System.Globalization.CultureInfo.InvariantCulture)), (DateTimeOffset)(await ReadAsync(host.CaseOfficer, id)).Json["nextReviewAt"]!);
        var planned = await DoneAsync(host.CaseOfficer, id, "exit-plan", new { reason = "risk-has-ended" }, reviewed.ETag!);
        var exited = await DoneAsync(host.CaseOfficer, id, "exit", new { }, planned.ETag!);
        var closed = await DoneAsync(host.CaseOfficer, id, "closure", new { reason = "path-complete" }, exited.ETag!);
        var retained = await DoneAsync(host.CaseOfficer, id, "retention", new { rule = "protected-person" }, closed.ETag!);

        Assert.Equal(
            ["active", "active", "in-review", "active", "exit-planned", "exited", "closed", "retained"],
            new[] { active, more, inReview, reviewed, planned, exited, closed, retained }.Select(answer => answer["status"]));
        Assert.InRange(due, DateTimeOffset.UtcNow.AddDays(89), DateTimeOffset.UtcNow.AddDays(92));
        var read = (await ReadAsync(host.CaseOfficer, id)).Json;
        Assert.Equal(OtherUnit.ToString(), (string?)read["arrangements"]![0]!["jointProviders"]![0]);
        Assert.Equal(("continue", "Synthetic note."), ((string?)read["reviews"]![0]!["outcome"], (string?)read["reviews"]![0]!["note"]));
        Assert.Null((string?)read["nextReviewAt"]);
        Assert.Equal(DateTime.UtcNow.Year + 30, DateOnly.Parse((string)read["retainUntil"]!, System.Globalization.CultureInfo.InvariantCulture).Year);
        Assert.Empty(read["allowedActions"]!.AsArray());
    }

    [Theory]
    [InlineData("2020-01-01")]
    [InlineData("2999-01-01")]
    [InlineData("30/06/2027")]
    [InlineData("2027-02-30")]
    public async Task A_review_is_scheduled_within_the_longest_interval_or_refused(string nextReview)
    {
        var (id, etag) = await host.ArriveAsync("accepted");

        var refused = await DoAsync(host.CaseOfficer, id, "arrangements", new { arrangements = new[] { new { type = "relocation", provider = Unit } }, nextReview }, etag);

        Assert.Equal((HttpStatusCode.BadRequest, "review.date-invalid"), (refused.Status, refused.Code));
    }

    [Fact]
    public async Task A_returned_referral_tells_its_referrer_what_is_asked_and_what_is_added_stands_beside_what_was_told()
    {
        var organisation = Guid.CreateVersion7();
        using var referrer = host.Service.As(organisation, "asked", Scopes.ReferralsSubmit, Scopes.ReferralsUpdates);
        using var other = host.Service.As(Guid.CreateVersion7(), "other", Scopes.ReferralsSubmit);
        var id = (await SubmitAsync(referrer, Told("First told.")))["id"];
        Assert.Equal("referral.not-in-this-status", (await CreateAsync(referrer, id, "resubmission", new { narrative = "Too early." })).Code);
        await DoneAsync(host.TriageOfficer, id, "return", new { requests = new[] { "identity-details", "threat-details" } }, "\"1\"");

        Assert.Equal((HttpStatusCode.NotFound, "referral.not-found"), ((await CreateAsync(other, id, "resubmission", new { narrative = "Not mine." })) is var foreign ? (foreign.Status, foreign.Code) : default));
        Assert.Equal("referral.nothing-added", (await CreateAsync(referrer, id, "resubmission", new { narrative = " " })).Code);
        var key = Guid.NewGuid().ToString();
        var added = await CreateAsync(referrer, id, "resubmission", new { narrative = "Told later.", subject = new { name = "Example Person Later" } }, key);
        var again = await CreateAsync(referrer, id, "resubmission", new { narrative = "Told later.", subject = new { name = "Example Person Later" } }, key);

        Assert.Equal((HttpStatusCode.OK, "resubmitted", added.Text), (added.Status, added["status"], again.Text));
        var items = (await GetAsync(referrer, "/referrals/v1/updates")).Json["items"]!.AsArray();
        Assert.Equal(["submitted", "returned", "resubmitted"], items.Select(item => (string)item!["status"]!));
        Assert.Equal(["identity-details", "threat-details"], items[1]!["requests"]!.AsArray().Select(request => (string)request!));
        var read = await ReadAsync(host.TriageOfficer, id);
        Assert.Equal(("Told later.", "First told.", "Example Person Later"),
            (read["narrative"], (string)read.Json["earlierNarratives"]![0]!, (string)read.Json["subject"]!["name"]!));
        Assert.Equal(["Example Person"], read.Json["earlierSubjects"]!.AsArray().Select(earlier => (string)earlier!["name"]!));
    }

    [Fact]
    public async Task What_has_ended_is_not_reopened_but_followed_by_a_referral_of_the_same_organisation()
    {
        var ended = await host.CaseInAsync("withdrawn");
        using var other = host.Service.As(Guid.CreateVersion7(), "other", Scopes.ReferralsSubmit);
        var following = new { region = "ENG-NW", priority = "urgent", narrative = "Synthetic narrative.", follows = ended };

        var followed = await SubmitAsync(host.Referrer, following);
        var foreign = await SubmitAsync(other, following);
        var unknown = await SubmitAsync(other, new { following.region, following.priority, following.narrative, follows = Guid.CreateVersion7() });

        Assert.Equal(ended, (string?)(await ReadAsync(host.TriageOfficer, followed["id"])).Json["follows"]);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "referral.follows-unknown"), (foreign.Status, foreign.Code));
        Assert.Equal(unknown.Text, foreign.Text);
    }

    [Fact]
    public async Task An_officer_learns_of_a_case_with_the_membership_and_no_longer_than_it_lasts()
    {
        var id = await host.CaseInAsync("in-assessment");
        using var specialist = host.Service.As(Unit, "specialist", Scopes.ReferralsAssess, Scopes.ReferralsTriage);
        var unknown = await ReadAsync(specialist, Guid.CreateVersion7().ToString());

        Assert.Equal((unknown.Status, unknown.Text), ((await ReadAsync(specialist, id)) is var before ? (before.Status, before.Text) : default));
        var added = await DoneAsync(host.CaseOfficer, id, "team", new { add = new[] { new { actor = "specialist", role = "risk-assessor" } } }, "\"2\"");
        Assert.Equal(HttpStatusCode.OK, (await ReadAsync(specialist, id)).Status);
        Assert.Equal("referral.role-needed", (await DoAsync(specialist, id, "withdrawal", new { reason = "person-declines" }, added.ETag)).Code);
        Assert.Equal("team.not-yourself", (await DoAsync(host.CaseOfficer, id, "team", new { end = new[] { new { actor = "case-officer", role = "case-officer" } } }, added.ETag)).Code);
        await DoneAsync(host.TriageOfficer, id, "team", new { end = new[] { new { actor = "specialist", role = "risk-assessor" } } }, added.ETag!);
        Assert.Equal((unknown.Status, unknown.Text), ((await ReadAsync(specialist, id)) is var after ? (after.Status, after.Text) : default));
        Assert.DoesNotContain("specialist", (await ReadAsync(host.CaseOfficer, id)).Json["team"]!.AsArray().Select(member => (string?)member!["actor"]));
    }

    [Fact]
    public async Task A_team_grows_by_whoever_takes_what_waits_for_triage_and_by_nobody_who_acts_in_another_role()
    {
        var (id, etag) = await host.ArriveAsync("in-assessment");
        using var onDutyToo = host.Service.As(Unit, "case-officer", Scopes.ReferralsCasework, Scopes.ReferralsTriage);
        await DoneAsync(onDutyToo, id, "entitlements", new { enhanced = false }, etag);
        Assert.Equal(["case-officer"], await RolesAsync(onDutyToo, id, "case-officer"));

        var waiting = await host.SubmittedAsync();
        await host.RowsAsync("insert into case_member (id, unit, actor, role, added_by, since, referral_id) values (gen_random_uuid(), $1, 'case-officer', 'case-officer', 'test', now(), $2)", Unit, Guid.Parse(waiting));
        await DoneAsync(host.CaseOfficer, waiting, "interim-protection", new { measures = new[] { "safe-accommodation" } }, "\"1\"");
        Assert.Equal(["case-officer"], await RolesAsync(host.CaseOfficer, waiting, "case-officer"));
        Assert.Empty(await RolesAsync(host.CaseOfficer, waiting, "triage-officer"));

        var taken = await host.SubmittedAsync();
        await DoneAsync(host.TriageOfficer, taken, "acknowledgement", new { }, "\"1\"");
        Assert.Equal(["triage-officer"], await RolesAsync(host.TriageOfficer, taken, "triage-officer"));

        static async Task<IEnumerable<string?>> RolesAsync(HttpClient client, string id, string actor) =>
            (await ReadAsync(client, id)).Json["team"]!.AsArray().Where(member => (string?)member!["actor"] == actor).Select(member => (string?)member!["role"]);
    }

    [Fact]
    public async Task A_referrer_is_told_of_a_status_once_and_not_again_with_each_change_that_leaves_the_case_in_it()
    {
        var (id, etag) = await host.ArriveAsync("accepted");
        etag = (await DoneAsync(host.CaseOfficer, id, "team", new { add = new[] { new { actor = "another", role = "case-officer" } } }, etag)).ETag!;
        await DoneAsync(host.CaseOfficer, id, "entitlements", new { enhanced = false }, etag);

        Assert.Equal(["submitted", "accepted"], (await host.RowsAsync("select status from referrer_update where referral_id = $1 order by id", Guid.Parse(id))).Select(row => (string)row[0]!));
    }

    [Fact]
    public async Task A_case_from_before_there_were_clocks_and_entitlements_is_read_listed_and_goes_on()
    {
        var (id, etag) = await host.ArriveAsync("in-triage");
        await host.RowsAsync("update referral set clocks = null, entitlements = null, next_clock_at = null where id = $1", Guid.Parse(id));

        Assert.Empty((await ReadAsync(host.TriageOfficer, id)).Json["clocks"]!.AsArray());
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(host.TriageOfficer, "/referrals/v1/worklist?limit=100")).Status);
        Assert.Equal("in-assessment", (await DoneAsync(host.TriageOfficer, id, "triage", ToAssessment, etag))["status"]);
    }

    [Fact]
    public async Task Protection_is_counted_as_put_in_place_once_and_a_closed_case_by_the_end_it_was_closed_from()
    {
        var before = await FactsAsync();
        var (id, etag) = await host.ArriveAsync("active");
        await DoneAsync(host.CaseOfficer, id, "arrangements", new { arrangements = new[] { new { type = "monitoring", provider = Unit } } }, etag);
        await host.CaseInAsync("closed");
        foreach (var end in new[] { "withdrawn", "declined" })
        {
            var (ended, tag) = await host.ArriveAsync(end);
            await DoneAsync(host.TriageOfficer, ended, "closure", new { reason = "no-further-action" }, tag);
        }

        var after = await FactsAsync();
        Assert.Equal(
            new Dictionary<string, int> { ["activated"] = 2, ["exited"] = 1, ["withdrawn"] = 1, ["declined"] = 1, ["closed"] = 0 },
            after.ToDictionary(each => each.Key, each => each.Value - before[each.Key]));

        async Task<Dictionary<string, int>> FactsAsync()
        {
            await Eventually.TrueAsync(async () => await host.CountAsync("select count(*) from outbox_message") == 0, "the outbox is empty");
            var published = await host.PublishedAsync();
            var counts = new[] { "exited", "withdrawn", "declined", "closed" }.ToDictionary(end => end, end => published.Count(message =>
                message.Contains("referral.closed.v1", StringComparison.Ordinal) && System.Text.RegularExpressions.Regex.IsMatch(message, $"\"outcome\":\\s*\"{end}\"")));
            counts["activated"] = published.Count(message => message.Contains("referral.activated.v1", StringComparison.Ordinal));
            return counts;
        }
    }

    [Fact]
    public async Task An_override_of_the_tools_band_needs_band_reason_and_text_and_is_shown_beside_the_score()
    {
        var id = await host.CaseInAsync("in-assessment");
        foreach (var incomplete in new object[]
        {
            new { band = "standard", reason = "vulnerability", text = "Same band as the tool." },
            new { band = "urgent", reason = "vulnerability", text = " " },
            new { band = "urgent", reason = "no-such-reason", text = "Text." },
            new { reason = "vulnerability", text = "Text." },
        })
        {
            Assert.Equal("assessment.override-incomplete",
                (await DoAsync(host.Assessor, id, "assessment", new { tool = "protection-risk-2", score = 5, band = "standard", @override = incomplete }, "\"2\"")).Code);
        }

        await DoneAsync(host.Assessor, id, "assessment",
            new { tool = "protection-risk-2", score = 5, band = "standard", @override = new { band = "urgent", reason = "vulnerability", text = "Synthetic reasoning." } }, "\"2\"");

        var read = (await ReadAsync(host.Assessor, id)).Json;
        Assert.Equal(("urgent", 5, "urgent", "Synthetic reasoning."), ((string?)read["priority"], (int)read["assessments"]![0]!["score"]!,
            (string?)read["assessments"]![0]!["band"], (string?)read["assessments"]![0]!["override"]!["text"]));
    }

    [Fact]
    public async Task Over_HTTP_too_every_status_answers_every_verb_as_the_actions_it_offers_say()
    {
        using var everything = host.Service.As(Unit, "triage-officer", [.. Scopes.All]);
        foreach (var status in Enum.GetValues<ReferralStatus>().Select(Codes.Of))
        {
            var (id, etag) = await host.ArriveAsync(status);
            await host.RowsAsync(
                "insert into case_member (id, unit, actor, role, added_by, since, referral_id) select gen_random_uuid(), $1, 'triage-officer', role, 'test', now(), $2 "
                + "from unnest(array['triage-officer', 'case-officer', 'risk-assessor', 'authorising-officer', 'review-officer', 'transfer-coordinator']) role on conflict do nothing",
                Unit, Guid.Parse(id));
            var offered = (await ReadAsync(everything, id)).Json["allowedActions"]!.AsArray().Select(action => (string)action!).ToHashSet();
            foreach (var (path, body) in AccessTests.Bodies.Where(verb => verb.Key is not ("resubmission" or "transfer-acceptance" or "transfer-refusal" or "entitlement-outcome" or "clock-resumption" or "breach-reason")))
            {
                var answer = await DoAsync(everything, id, path, body, offered.Contains(path) ? "\"0\"" : etag);
                Assert.Equal(
                    (status, path, offered.Contains(path) ? "precondition.failed" : "referral.not-in-this-status"), (status, path, answer.Code));
            }
        }
    }
}
