using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Soc.Contracts;
using static Soc.Referrals.Tests.ReferralsHost;

namespace Soc.Referrals.Tests.Journeys;

/// <summary>Text that JSON can hold and PostgreSQL's text cannot (U+0000), and what only looks like text (half of a surrogate pair), in every place that takes any.</summary>
[Collection(OneService.Name)]
public sealed class OddTextTests(ReferralsHost host)
{
    private const string Nul = "Zx9\0Marker";

    /// <summary>Where text is sealed: the status that the case is in, who tells it, what is posted and where it is read again.</summary>
    public static TheoryData<string, string, string, string, string> Sealed => new()
    {
        { "returned", "resubmission", "referrer", """{"narrative":"TEXT","subject":{"name":"TEXT","aliases":["TEXT"],"contact":"TEXT","location":"TEXT"}}""", "narrative subject.name subject.contact subject.location subject.aliases.0" },
        { "submitted", "interim-protection", "triage", """{"measures":["safe-accommodation"],"basis":"TEXT"}""", "interimProtections.0.basis" },
        { "in-assessment", "assessment", "assessor", """{"tool":"protection-risk-2","score":5,"band":"standard","override":{"band":"urgent","reason":"vulnerability","text":"TEXT"}}""", "assessments.0.override.text" },
        { "decision-pending", "decision", "authoriser", """{"outcome":"accepted","factors":{"riskToSafety":"TEXT","costOfArrangements":"TEXT","abilityToAdjust":"TEXT","witness":{"isOrMightBeWitness":true,"finding":"TEXT"}},"cooperation":{"basisWithout":"TEXT"}}""", "decision.factors.riskToSafety decision.factors.costOfArrangements decision.factors.abilityToAdjust decision.factors.witness.finding decision.cooperation.basisWithout" },
        { "in-review", "review-conclusion", "reviewer", """{"outcome":"continue","note":"TEXT"}""", "reviews.0.note" },
    };

    [Theory]
    [MemberData(nameof(Sealed))]
    public async Task What_is_sealed_keeps_any_character_and_half_a_character_is_refused(string status, string verb, string by, string body, string places)
    {
        var (id, etag) = await host.ArriveAsync(status);
        var client = by switch { "referrer" => host.Referrer, "triage" => host.TriageOfficer, "assessor" => host.Assessor, "authoriser" => host.Authoriser, _ => host.ReviewOfficer };

        var half = await SendAsync(client, $"/referrals/v1/referrals/{id}/{verb}", body.Replace("TEXT", "Zx9\\ud800Marker", StringComparison.Ordinal), etag);
        var kept = await SendAsync(client, $"/referrals/v1/referrals/{id}/{verb}", body.Replace("TEXT", "Zx9\\u0000Marker", StringComparison.Ordinal), etag);

        Assert.Equal((HttpStatusCode.BadRequest, "request.malformed"), (half.Status, half.Code));
        Assert.Equal(HttpStatusCode.OK, kept.Status);
        using var reader = host.Service.As(Unit, by == "reviewer" ? "review-officer" : by is "assessor" or "authoriser" ? by : "triage-officer", [.. Scopes.All]);
        var read = await ReadAsync(reader, id);
        Assert.All(places.Split(' '), place => Assert.Equal(Nul, (string?)place.Split('.').Aggregate(
            (JsonNode?)read.Json, (node, step) => int.TryParse(step, out var index) ? node![index] : node![step])));
    }

    [Fact]
    public async Task A_submission_and_a_draft_keep_any_character()
    {
        var body = """{"region":"SCT","priority":"urgent","narrative":"Zx9\u0000Marker","subject":{"name":"Zx9\u0000Marker"}}""";
        var draft = await SendAsync(host.Referrer, "/referrals/v1/drafts", body, null);
        var submitted = await SendAsync(host.Referrer, "/referrals/v1/referrals", body, null);

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (draft.Status, submitted.Status));
        Assert.Equal(Nul, (await GetAsync(host.Referrer, "/referrals/v1/drafts/" + draft["id"]))["narrative"]);
        Assert.Equal(Nul, (await ReadAsync(host.TriageOfficer, submitted["id"]))["narrative"]);
    }

    /// <summary>Where text is compared, or kept in the clear.</summary>
    public static TheoryData<string, string, string> InTheClear => new()
    {
        { "referrals", """{"region":"TEXT","priority":"TEXT","threatCategory":"TEXT","narrative":"x","subject":{"dateOfBirth":"TEXT"}}""", "referral.not-in-list" },
        { "drafts", """{"region":"TEXT","priority":"TEXT","threatCategory":"TEXT","subject":{"dateOfBirth":"TEXT"}}""", "" }, // sealed as a whole
        { "break-glass", """{"reference":"TEXT","reason":"safeguarding","text":"x"}""", "break-glass.incomplete" },
        { "break-glass", """{"reference":"2222-2222-2222","reason":"TEXT","text":"x"}""", "referral.not-in-list" },
        { "break-glass", """{"reference":"2222-2222-2222","reason":"safeguarding","text":"TEXT"}""", "" }, // sealed
        { "threat-notices", """{"kind":"TEXT","region":"TEXT"}""", "referral.not-in-list" },
        { "bulk-transfers", """{"toUnit":"01900000-0000-7000-8000-0000000000f1","reason":"TEXT","effectiveAt":"2999-01-01T00:00:00Z"}""", "referral.not-in-list" },
        { "bulk-transfers/{id}/acceptance", """{"team":[{"actor":"TEXT","role":"case-officer"}]}""", "team.invalid" },
        { "referrals/{id}/triage", """{"route":"assessment","reason":"threat-to-life","team":[{"actor":"TEXT","role":"case-officer"}]}""", "team.invalid" },
        { "referrals/{id}/triage", """{"route":"redirected","reason":"witness-care","redirectTo":"TEXT"}""", "triage.redirect-to-invalid" },
        { "referrals/{id}/return", """{"requests":["TEXT"]}""", "referral.not-in-list" },
        { "referrals/{id}/team", """{"add":[{"actor":"TEXT","role":"case-officer"}]}""", "team.invalid" },
        { "referrals/{id}/team", """{"add":[{"actor":"any","role":"TEXT"}]}""", "team.invalid" },
        { "referrals/{id}/team", """{"end":[{"actor":"TEXT","role":"case-officer"}]}""", "team.invalid" },
        { "referrals/{id}/transfer-acceptance", """{"team":[{"actor":"TEXT","role":"case-officer"}]}""", "team.invalid" },
        { "referrals/{id}/assessment", """{"tool":"TEXT","score":1,"band":"TEXT"}""", "referral.not-in-list" },
        { "referrals/{id}/arrangements", """{"arrangements":[{"type":"TEXT","provider":"01900000-0000-7000-8000-0000000000f1"}],"nextReview":"TEXT"}""", "referral.not-in-list" },
        { "referrals/{id}/withdrawal", """{"reason":"TEXT"}""", "referral.not-in-list" },
        { "referrals/{id}/retention", """{"rule":"TEXT"}""", "referral.not-in-list" },
        { "referrals/{id}/entitlements", """{"enhanced":true,"enhancedReason":"TEXT"}""", "referral.not-in-list" },
        { "referrals/{id}/entitlement-outcome", """{"right":1,"notDoneReason":"TEXT"}""", "referral.not-in-list" },
        { "referrals/{id}/clock-pause", """{"clock":"TEXT","reason":"TEXT"}""", "referral.not-in-list" },
        { "referrals/{id}/breach-reason", """{"clock":"TEXT","reason":"TEXT"}""", "referral.not-in-list" },
    };

    [Theory]
    [MemberData(nameof(InTheClear))]
    public async Task What_is_compared_or_kept_in_the_clear_is_refused_by_name_and_never_fails(string path, string body, string code)
    {
        var id = await host.CaseInAsync("submitted");
        using var officer = host.Service.As(Unit, "triage-officer", [.. Scopes.All]);
        path = "/referrals/v1/" + path.Replace("{id}", id, StringComparison.Ordinal);

        var nul = await SendAsync(officer, path, body.Replace("TEXT", "Zx9\\u0000Marker", StringComparison.Ordinal), "\"1\"");
        var half = await SendAsync(officer, path, body.Replace("TEXT", "Zx9\\udfffMarker", StringComparison.Ordinal), "\"1\"");

        Assert.Equal(code.Length == 0 ? (HttpStatusCode.Created, "") : (HttpStatusCode.BadRequest, code), (nul.Status, nul.Code ?? ""));
        Assert.Equal((HttpStatusCode.BadRequest, "request.malformed"), (half.Status, half.Code));
    }

    [Theory]
    [InlineData("worklist?role=%00")]
    [InlineData("worklist?attention=%00")]
    [InlineData("worklist?cursor=AA")]
    [InlineData("transfers?cursor=AA")]
    [InlineData("drafts?cursor=%00")]
    [InlineData("updates?after=AA")]
    public async Task A_query_with_it_is_refused_by_name(string path)
    {
        using var officer = host.Service.As(Unit, "triage-officer", [.. Scopes.All]);
        Assert.Equal(HttpStatusCode.BadRequest, (await GetAsync(officer, "/referrals/v1/" + path)).Status);
    }

    private static async Task<Answer> SendAsync(HttpClient client, string path, string body, string? ifMatch)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        return await Answer.FromAsync(client, request);
    }
}
