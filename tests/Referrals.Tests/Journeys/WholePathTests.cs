using System.Net;
using System.Text.Json.Nodes;
using Soc.Contracts;
using static Soc.Referrals.Tests.ReferralsHost;

namespace Soc.Referrals.Tests.Journeys;

[Collection(OneService.Name)]
public sealed class WholePathTests(ReferralsHost host)
{
    [Fact]
    public async Task A_referral_goes_from_submission_to_acceptance_and_its_referrer_hears_of_receipt_and_outcome()
    {
        using var referrer = host.Service.As(Guid.CreateVersion7(), "another-referrer", Scopes.ReferralsSubmit, Scopes.ReferralsUpdates);
        var submitted = await SubmitAsync(referrer, new
        {
            region = "WAL-S",
            priority = "immediate",
            threatCategory = "drugs",
            narrative = "Zoë said: \U0001F512 “they know”",
            subject = new { name = "Example Person 1", aliases = new[] { "Exemplar", "Ex" }, dateOfBirth = "1990-02-28", contact = "by day only", location = "1 Example Street" },
        });
        Assert.Equal(HttpStatusCode.Created, submitted.Status);
        var id = submitted["id"];
        Assert.Equal($"/referrals/v1/referrals/{id}", submitted.Headers["Location"]);
        Assert.Equal(["id", "reference", "status"], submitted.Json.AsObject().Select(member => member.Key));

        var read = await ReadAsync(host.TriageOfficer, id);
        Assert.Equal((HttpStatusCode.OK, "\"1\"", "no-store"), (read.Status, read.ETag, read.Headers["Cache-Control"]));
        Assert.Equal("Zoë said: \U0001F512 “they know”", read["narrative"]);
        Assert.Equal(
            """{"name":"Example Person 1","aliases":["Exemplar","Ex"],"dateOfBirth":"1990-02-28","contact":"by day only","location":"1 Example Street"}""",
            read.Json["subject"]!.ToJsonString());
        Assert.Equal(["acknowledgement", "triage", "interim-protection", "withdrawal", "team"], Strings(read.Json["allowedActions"]));

        Assert.Equal("triage.interim-protection-first", (await DoAsync(host.TriageOfficer, id, "triage", ToAssessment, read.ETag)).Code);
        var met = await DoneAsync(host.TriageOfficer, id, "interim-protection", new { measures = new[] { "safe-accommodation" }, basis = "Synthetic basis" }, read.ETag!);
        var triaged = await DoneAsync(host.TriageOfficer, id, "triage", ToAssessment, met.ETag!);
        Assert.Equal(("in-assessment", "\"3\""), (triaged["status"], triaged.ETag));
        var assessed = await DoneAsync(host.Assessor, id, "assessment", new { tool = "protection-risk-2", score = 88, band = "immediate" }, triaged.ETag!);
        Assert.Equal(("decision-pending", "\"4\""), (assessed["status"], assessed.ETag));
        var decided = await DoneAsync(host.Authoriser, id, "decision", new { outcome = "accepted", factors = Findings, cooperation = new { recorded = true } }, assessed.ETag!);
        Assert.Equal(("accepted", "\"5\""), (decided["status"], decided.ETag));
        Assert.Empty(Strings(decided.Json["allowedActions"]));

        var closed = await ReadAsync(host.Authoriser, id);
        Assert.Equal("Synthetic finding d", (string?)closed.Json["decision"]!["factors"]!["witness"]!["finding"]);
        Assert.Equal(["authoriser", "accepted"], [(string)closed.Json["decision"]!["authoriser"]!, (string)closed.Json["decision"]!["outcome"]!]);
        Assert.Equal("assessor", (string?)closed.Json["assessments"]![0]!["assessor"]);

        var updates = await GetAsync(referrer, "/referrals/v1/updates");
        var items = updates.Json["items"]!.AsArray();
        Assert.Equal(["submitted", "accepted"], items.Select(item => (string)item!["status"]!));
        Assert.Equal(["name-a-point-of-contact"], Strings(items[1]!["requests"]));
        Assert.All(items, item => Assert.Equal(["id", "referralId", "reference", "status", "requests", "at", "redirectTo"], item!.AsObject().Select(member => member.Key)));
        Assert.All(items, item => Assert.Equal(submitted["reference"], (string?)item!["reference"]));
    }

    [Theory]
    [InlineData("redirected", "multi-agency-risk-assessment-conference", "refer-to-named-service", "domestic-abuse-conference")]
    [InlineData("not-for-this-service", "risk-below-threshold", "keep-own-safeguarding", null)]
    public async Task A_referral_that_triage_does_not_take_ends_there_and_its_referrer_is_told_what_is_asked_and_of_whom(string route, string reason, string request, string? redirectTo)
    {
        var id = await host.CaseInAsync("submitted");

        var triaged = await DoneAsync(host.TriageOfficer, id, "triage", new { route, reason, redirectTo }, "\"1\"");

        Assert.Equal(route, triaged["status"]);
        var update = (await AllUpdatesAsync(host.Referrer)).Last(item => (string?)item["referralId"] == id);
        Assert.Equal(route, (string?)update["status"]);
        Assert.Contains(request, Strings(update["requests"]));
        Assert.Equal(redirectTo, (string?)update["redirectTo"]);
        Assert.DoesNotContain(reason, update.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(redirectTo, (string?)(await ReadAsync(host.TriageOfficer, id)).Json["triage"]!["redirectTo"]);
        Assert.Equal("referral.not-found", (await DoAsync(host.Assessor, id, "assessment", new { tool = "protection-risk-2", score = 1, band = "standard" }, "\"2\"")).Code);
    }

    [Fact]
    public async Task Almost_nothing_known_is_accepted_and_read_back_as_it_is()
    {
        var id = await host.SubmittedAsync(new { region = "NIR", priority = "immediate", threatCategory = "firearms" });

        var read = await ReadAsync(host.TriageOfficer, id);

        Assert.Null(read.Json["narrative"]);
        Assert.Equal("firearms", read["threatCategory"]);
        Assert.Empty(read.Json["subject"]!["aliases"]!.AsArray());
    }

    [Fact]
    public async Task The_assessor_and_the_referrer_may_not_decide_and_the_refusal_names_the_rule()
    {
        using var both = host.Service.As(Unit, "assessor", Scopes.ReferralsDecide);
        using var selfReferrer = host.Service.As(Unit, "self-referrer", Scopes.ReferralsSubmit, Scopes.ReferralsDecide, Scopes.ReferralsAssess);
        var byTrust = await host.CaseInAsync("in-assessment");
        await DoneAsync(host.TriageOfficer, byTrust, "team", new { add = new[] { new { actor = "assessor", role = "authorising-officer" } } }, "\"2\"");
        await DoneAsync(host.Assessor, byTrust, "assessment", new { tool = "protection-risk-2", score = 55, band = "urgent" }, "\"3\"");
        var own = (await SubmitAsync(selfReferrer, Told()))["id"];
        await DoneAsync(host.TriageOfficer, own, "triage", new
        {
            route = "assessment",
            reason = "threat-to-life",
            team = new[]
            {
                new { actor = "self-referrer", role = "authorising-officer" }, new { actor = "self-referrer", role = "risk-assessor" },
                new { actor = "assessor", role = "risk-assessor" }, new { actor = "authoriser", role = "authorising-officer" },
            },
        }, "\"1\"");
        await DoneAsync(host.Assessor, own, "assessment", new { tool = "protection-risk-2", score = 55, band = "urgent" }, "\"2\"");
        var decision = new { outcome = "declined", factors = Findings };

        foreach (var refused in (Answer[])[await DoAsync(both, byTrust, "decision", decision, "\"4\""), await DoAsync(selfReferrer, own, "decision", decision, "\"3\"")])
        {
            Assert.Equal((HttpStatusCode.Forbidden, "decision.authoriser-not-independent"), (refused.Status, refused.Code));
        }

        Assert.Equal(["assessment"], Strings((await ReadAsync(selfReferrer, own)).Json["allowedActions"]));
        Assert.Equal("decision-pending", (await ReadAsync(host.Authoriser, own))["status"]);
    }

    [Fact]
    public async Task A_decision_without_a_statutory_factor_is_refused_with_the_rule_and_leaves_nothing()
    {
        var id = await host.CaseInAsync("decision-pending");

        var refused = await DoAsync(host.Authoriser, id, "decision", new
        {
            outcome = "accepted",
            factors = new { riskToSafety = "Synthetic finding", abilityToAdjust = "Synthetic finding", witness = new { isOrMightBeWitness = false } },
            cooperation = new { recorded = true },
        }, "\"3\"");

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "decision.factor-missing"), (refused.Status, refused.Code));
        Assert.Contains("Section 82(4)(b)", refused["detail"], StringComparison.Ordinal);
        Assert.Equal("\"3\"", (await ReadAsync(host.Authoriser, id)).ETag);
        Assert.Equal(0, await host.CountAsync("select count(*) from sealed_field where referral_id = $1 and field like 'decision.%'", Guid.Parse(id)));
    }

    private static async Task<List<JsonNode>> AllUpdatesAsync(HttpClient client)
    {
        var (all, path) = (new List<JsonNode>(), "/referrals/v1/updates");
        for (var more = true; more;)
        {
            var page = (await GetAsync(client, path)).Json;
            all.AddRange(page["items"]!.AsArray().Select(item => item!));
            (more, path) = ((bool)page["more"]!, $"/referrals/v1/updates?after={page["next"]}");
        }

        return all;
    }

    private static string[] Strings(JsonNode? array) => [.. array!.AsArray().Select(item => (string)item!)];
}
