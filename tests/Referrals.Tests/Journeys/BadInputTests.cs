using System.Net;
using System.Net.Http.Headers;
using System.Text;
using static Soc.Referrals.Tests.ReferralsHost;

namespace Soc.Referrals.Tests.Journeys;

[Collection(OneService.Name)]
public sealed class BadInputTests(ReferralsHost host)
{
    private const string Marker = "Zx9Marker";

    public static TheoryData<string, string> Submissions => new()
    {
        { "", "request.malformed" },
        { "null", "request.malformed" },
        { "[]", "request.malformed" },
        { "\"Zx9Marker\"", "request.malformed" },
        { "{\"narrative\":\"Zx9Marker\"", "request.malformed" },
        { "{\"region\":\"ENG-NW\",\"priority\":\"urgent\",\"narrative\":\"Zx9Marker\",\"surname\":\"Zx9Marker\"}", "request.malformed" },
        { "{\"region\":\"ENG-NW\",\"priority\":\"urgent\",\"narrative\":\"x\",\"subject\":{\"Zx9Marker\":1}}", "request.malformed" },
        { "{\"region\":\"ENG-NW\",\"priority\":\"urgent\",\"narrative\":\"x\",\"narrative\":\"Zx9Marker\"}", "request.malformed" },
        { "{\"region\":\"ENG-NW\",\"priority\":\"urgent\",\"narrative\":12}", "request.malformed" },
        { "{\"region\":\"ENG-NW\",\"priority\":\"urgent\",\"narrative\":{\"a\":\"Zx9Marker\"}}", "request.malformed" },
        { "{\"region\":\"ENG-NW\",\"priority\":\"urgent\",\"narrative\":\"x\",\"subject\":{\"aliases\":\"Zx9Marker\"}}", "request.malformed" },
        { "{\"region\":\"ENG-NW\",\"priority\":\"urgent\",\"narrative\":\"x\",\"subject\":{\"aliases\":[1]}}", "request.malformed" },
        { "{\"region\":\"ENG-NW\",\"priority\":\"urgent\",\"narrative\":\"x\",\"subject\":\"Zx9Marker\"}", "request.malformed" },
        { "{\"region\":\"ENG-NW\",\"priority\":\"urgent\",\"narrative\":\"Zx9Marker\\ud800\"}", "request.malformed" },
        { "{\"region\":\"Zx9Marker\",\"priority\":\"urgent\",\"narrative\":\"x\"}", "referral.not-in-list" },
        { "{\"region\":\"ENG-NW\",\"priority\":\"Zx9Marker\",\"narrative\":\"x\"}", "referral.not-in-list" },
        { "{\"region\":\"ENG-NW\",\"priority\":\"urgent\",\"threatCategory\":\"Zx9Marker\"}", "referral.not-in-list" },
        { "{\"region\":\"ENG-NW\",\"priority\":\"urgent\",\"narrative\":\"x\",\"subject\":{\"dateOfBirth\":\"Zx9Marker\"}}", "referral.date-invalid" },
        { "{\"region\":\"ENG-NW\",\"priority\":\"urgent\",\"narrative\":\"x\",\"subject\":{\"dateOfBirth\":\"2999-01-01\"}}", "referral.date-invalid" },
        { "{}", "referral.not-in-list" },
    };

    [Theory]
    [MemberData(nameof(Submissions))]
    public async Task A_bad_submission_is_a_problem_that_never_repeats_it_and_leaves_nothing(string body, string code)
    {
        var before = await host.CountAsync("select count(*) from referral where referrer = 'bad-referrer'");
        using var referrer = host.Service.As(Trust, "bad-referrer", Contracts.Scopes.ReferralsSubmit);

        var answer = await PostAsync(referrer, "/referrals/v1/referrals", Encoding.UTF8.GetBytes(body));

        Assert.Equal((HttpStatusCode.BadRequest, code), (answer.Status, answer.Code));
        Assert.Equal("application/problem+json", answer.Headers["Content-Type"]);
        Assert.DoesNotContain(Marker, answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(host.Service.Logs, line => line.Contains(Marker, StringComparison.Ordinal));
        Assert.Equal(before, await host.CountAsync("select count(*) from referral where referrer = 'bad-referrer'"));
    }

    [Fact]
    public async Task Bytes_that_are_no_text_and_bodies_that_are_too_large_or_no_JSON_are_refused()
    {
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(host.Referrer, "/referrals/v1/referrals", [0x22, 0xff, 0xfe, 0x22])).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(host.Referrer, "/referrals/v1/referrals", Encoding.UTF8.GetBytes(new string('[', 5000)))).Status);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await PostAsync(host.Referrer, "/referrals/v1/referrals", Encoding.UTF8.GetBytes("a=b"), "application/x-www-form-urlencoded")).Status);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await PostAsync(host.Referrer, "/referrals/v1/referrals", new byte[2 * 1024 * 1024])).Status);
    }

    [Theory]
    [InlineData("triage", "{\"route\":\"assessment\",\"reason\":\"witness-care\"}", "referral.not-in-list")]
    [InlineData("triage", "{\"route\":\"Zx9Marker\",\"reason\":\"witness-care\"}", "referral.not-in-list")]
    [InlineData("triage", "{\"route\":\"redirected\",\"reason\":\"witness-care\"}", "triage.redirect-to-invalid")]
    [InlineData("triage", "{\"route\":\"redirected\",\"reason\":\"witness-care\",\"redirectTo\":\"Zx9Marker\"}", "triage.redirect-to-invalid")]
    [InlineData("triage", "{\"route\":\"not-for-this-service\",\"reason\":\"already-protected\",\"redirectTo\":\"other\"}", "triage.redirect-to-invalid")]
    [InlineData("triage", "{\"route\":\"assessment\",\"reason\":\"threat-to-life\",\"redirectTo\":\"other\"}", "triage.redirect-to-invalid")]
    [InlineData("triage", "{\"route\":\"assessment\"}", "request.malformed")]
    [InlineData("triage", "{\"route\":1,\"reason\":\"witness-care\"}", "request.malformed")]
    [InlineData("triage", "", "request.malformed")]
    [InlineData("assessment", "{\"tool\":\"Zx9Marker\",\"score\":1,\"band\":\"standard\"}", "referral.not-in-list")]
    [InlineData("assessment", "{\"tool\":\"protection-risk-2\",\"score\":101,\"band\":\"immediate\"}", "assessment.score-out-of-range")]
    [InlineData("assessment", "{\"tool\":\"protection-risk-2\",\"score\":-1,\"band\":\"standard\"}", "assessment.score-out-of-range")]
    [InlineData("assessment", "{\"tool\":\"protection-risk-2\",\"band\":\"standard\"}", "request.malformed")]
    [InlineData("assessment", "{\"tool\":\"protection-risk-2\",\"score\":1.5,\"band\":\"standard\"}", "request.malformed")]
    [InlineData("assessment", "{\"tool\":\"protection-risk-2\",\"score\":99999999999,\"band\":\"standard\"}", "request.malformed")]
    [InlineData("assessment", "{\"tool\":\"protection-risk-2\",\"score\":\"1\",\"band\":\"standard\"}", "request.malformed")]
    [InlineData("assessment", "{\"tool\":\"protection-risk-2\",\"score\":1,\"band\":\"Zx9Marker\"}", "referral.not-in-list")]
    [InlineData("assessment", "{\"tool\":\"protection-risk-2\",\"score\":1,\"band\":\"immediate\"}", "assessment.band-does-not-follow")]
    [InlineData("decision", "{\"outcome\":\"Zx9Marker\"}", "referral.not-in-list")]
    [InlineData("decision", "{\"outcome\":\"accepted\",\"factors\":[]}", "request.malformed")]
    [InlineData("decision", "{\"outcome\":\"accepted\",\"factors\":{\"witness\":\"no\"}}", "request.malformed")]
    [InlineData("decision", "{\"outcome\":\"accepted\",\"Zx9Marker\":1}", "request.malformed")]
    public async Task A_bad_change_is_a_problem_that_never_repeats_it(string verb, string body, string code)
    {
        var client = verb switch { "triage" => host.TriageOfficer, "assessment" => host.Assessor, _ => host.Authoriser };

        var answer = await PostAsync(client, $"/referrals/v1/referrals/{Guid.CreateVersion7()}/{verb}", Encoding.UTF8.GetBytes(body));

        Assert.Equal(code, answer.Code);
        Assert.InRange((int)answer.Status, 400, 422);
        Assert.DoesNotContain(Marker, answer.Text, StringComparison.Ordinal);
    }

    /// <summary>Bodies in which more than one field is wrong: what is posted where, and every one of those fields.</summary>
    public static TheoryData<string, string, string> Wrong => new()
    {
        { "referrals", "{\"region\":\"Zx9Marker\",\"priority\":\"Zx9Marker\",\"threatCategory\":\"Zx9Marker\",\"subject\":{\"dateOfBirth\":\"Zx9Marker\"}}", "priority region subject.dateOfBirth threatCategory" },
        { "referrals", "{}", "narrative priority region" },
        { "referrals", "{\"region\":\"SCT\",\"priority\":\"urgent\",\"narrative\":\"LONG\",\"subject\":{\"name\":\"LONG\",\"aliases\":[\"LONG\",\"LONG\"],\"contact\":\"LONG\",\"location\":\"LONG\"}}", "narrative subject.aliases subject.contact subject.location subject.name" },
        { "drafts", "{\"narrative\":\"LONG\",\"subject\":{\"name\":\"LONG\"}}", "narrative subject.name" },
        { "break-glass", "{\"reference\":\"\",\"reason\":\"Zx9Marker\",\"text\":\" \"}", "reason reference text" },
        { "threat-notices", "{\"kind\":\"Zx9Marker\",\"region\":\"Zx9Marker\"}", "kind region" },
        { "bulk-transfers", "{\"toUnit\":null,\"reason\":\"Zx9Marker\",\"effectiveAt\":null}", "effectiveAt reason toUnit" },
        { "referrals/{id}/resubmission", "{\"narrative\":\"LONG\",\"subject\":{\"dateOfBirth\":\"Zx9Marker\"}}", "narrative subject.dateOfBirth" },
        { "referrals/{id}/triage", "{\"route\":\"redirected\",\"reason\":\"Zx9Marker\",\"team\":[{\"actor\":\"\",\"role\":\"Zx9Marker\"}]}", "reason redirectTo team" },
        { "referrals/{id}/interim-protection", "{\"measures\":[\"Zx9Marker\"],\"basis\":\"LONG\"}", "basis measures" },
        { "referrals/{id}/assessment", "{\"tool\":\"protection-risk-2\",\"score\":101,\"band\":\"Zx9Marker\"}", "band score" },
        { "referrals/{id}/assessment", "{\"tool\":\"protection-risk-2\",\"score\":10,\"band\":\"urgent\",\"override\":{\"band\":\"urgent\"}}", "band override" },
        { "referrals/{id}/decision", "{\"outcome\":\"Zx9Marker\",\"factors\":{\"riskToSafety\":\"LONG\"}}", "factors.riskToSafety outcome" },
        { "referrals/{id}/arrangements", "{\"arrangements\":[],\"nextReview\":\"Zx9Marker\"}", "arrangements nextReview" },
        { "referrals/{id}/review-conclusion", "{\"outcome\":\"Zx9Marker\",\"note\":\"LONG\",\"nextReview\":\"Zx9Marker\"}", "nextReview note outcome" },
        { "referrals/{id}/breach-reason", "{\"clock\":\"Zx9Marker\",\"reason\":\"Zx9Marker\"}", "clock reason" },
        { "referrals/{id}/transfer", "{\"toUnit\":null,\"reason\":\"Zx9Marker\"}", "reason toUnit" },
        { "referrals/{id}/team", "{\"add\":[{\"actor\":\"\",\"role\":\"case-officer\"}],\"end\":[{\"actor\":\"officer\",\"role\":\"case-officer\"}]}", "add end" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Every_wrong_field_is_named_at_once_and_none_of_its_content(string path, string body, string fields)
    {
        using var officer = host.Service.As(Unit, "officer", [.. Contracts.Scopes.All]);
        path = path.Replace("{id}", Guid.CreateVersion7().ToString(), StringComparison.Ordinal);

        var answer = await PostAsync(officer, "/referrals/v1/" + path, Encoding.UTF8.GetBytes(body.Replace("LONG", new string('x', 20_001), StringComparison.Ordinal)));

        Assert.Contains(answer.Status, (HttpStatusCode[])[HttpStatusCode.BadRequest, HttpStatusCode.UnprocessableEntity]);
        var errors = answer.Json["errors"]!.AsObject();
        Assert.Equal(fields, string.Join(' ', errors.Select(error => error.Key).Order(StringComparer.Ordinal)));
        Assert.All(errors, error => Assert.NotEmpty((string)Assert.Single(error.Value!.AsArray())!));
        Assert.Contains((string)answer.Json["detail"]!, errors.Select(error => (string)error.Value![0]!));
        Assert.DoesNotContain(Marker, answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("xxx", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_draft_that_cannot_be_submitted_and_a_decision_without_findings_name_all_that_is_missing()
    {
        var draft = await ReferralsHost.PostAsync(host.Referrer, "/referrals/v1/drafts", new { });
        var submitted = await ReferralsHost.PostAsync(host.Referrer, $"/referrals/v1/drafts/{draft["id"]}/submission", new { });
        Assert.Equal(["narrative", "priority", "region"], submitted.Json["errors"]!.AsObject().Select(error => error.Key).Order(StringComparer.Ordinal));

        var (id, etag) = await host.ArriveAsync("decision-pending");
        var decided = await DoAsync(host.Authoriser, id, "decision", new { outcome = "declined", factors = new { costOfArrangements = "Synthetic finding" } }, etag);
        Assert.Equal("decision.factor-missing", decided.Code);
        Assert.Equal(
            ["factors.abilityToAdjust", "factors.riskToSafety", "factors.witness"], decided.Json["errors"]!.AsObject().Select(error => error.Key).Order(StringComparer.Ordinal));
    }

    public static TheoryData<string, string, int> Limits => new()
    {
        { "interim-protection", "basis", 10_000 },
        { "decision", "factors.riskToSafety", 10_000 },
        { "decision", "factors.costOfArrangements", 10_000 },
        { "decision", "factors.abilityToAdjust", 10_000 },
        { "decision", "factors.witness.finding", 10_000 },
        { "decision", "cooperation.basisWithout", 10_000 },
        { "review-conclusion", "note", 10_000 },
        { "assessment", "override.text", 10_000 },
        { "resubmission", "subject.contact", 500 },
        { "resubmission", "subject.location", 500 },
        { "resubmission", "subject.aliases", 200 },
    };

    [Theory]
    [MemberData(nameof(Limits))]
    public async Task A_text_over_its_limit_is_refused_by_its_field_and_one_of_the_limit_is_not(string verb, string field, int limit)
    {
        using var officer = host.Service.As(Unit, "officer", [.. Contracts.Scopes.All]);

        var (most, over) = (await TellAsync(limit), await TellAsync(limit + 1));

        Assert.Equal(("referral.not-found", "referral.text-too-long"), (most.Code, over.Code));
        Assert.Equal($"The field {field} holds at most {limit} characters.", (string?)over.Json["detail"]);

        Task<Answer> TellAsync(int length)
        {
            var text = new string('x', length);
            object factors = new
            {
                riskToSafety = field.EndsWith("riskToSafety", StringComparison.Ordinal) ? text : "f",
                costOfArrangements = field.EndsWith("costOfArrangements", StringComparison.Ordinal) ? text : "f",
                abilityToAdjust = field.EndsWith("abilityToAdjust", StringComparison.Ordinal) ? text : "f",
                witness = new { isOrMightBeWitness = true, finding = field.EndsWith("finding", StringComparison.Ordinal) ? text : "f" },
            };
            object body = verb switch
            {
                "interim-protection" => new { measures = new[] { "safe-accommodation" }, basis = text },
                "decision" => new { outcome = "declined", factors, cooperation = new { basisWithout = field.StartsWith("cooperation", StringComparison.Ordinal) ? text : "b" } },
                "review-conclusion" => new { outcome = "continue", note = text },
                "assessment" => new { tool = "protection-risk-2", score = 5, band = "standard", @override = new { band = "urgent", reason = "vulnerability", text } },
                _ => field == "subject.aliases" ? new { subject = new { aliases = new[] { text } } }
                    : field == "subject.contact" ? new { subject = new { contact = text } } : (object)new { subject = new { location = text } },
            };
            return CreateAsync(officer, Guid.CreateVersion7().ToString(), verb, body);
        }
    }

    [Fact]
    public async Task Lists_have_their_limits_and_reasons_their_lists()
    {
        using var officer = host.Service.As(Unit, "officer", [.. Contracts.Scopes.All]);
        var id = Guid.CreateVersion7().ToString();

        Assert.Equal(("referral.not-found", "referral.too-many-aliases"), (await CodeAsync("resubmission", Aliases(20)), await CodeAsync("resubmission", Aliases(21))));
        Assert.Equal(("referral.not-found", "team.invalid"), (await CodeAsync("team", Added(20)), await CodeAsync("team", Added(21))));
        Assert.Equal(("referral.not-found", "referral.not-in-list"),
            (await CodeAsync("entitlements", new { enhanced = true, enhancedReason = "persistently-targeted" }), await CodeAsync("entitlements", new { enhanced = true, enhancedReason = "because" })));

        async Task<string?> CodeAsync(string verb, object body) => (await CreateAsync(officer, id, verb, body)).Code;
        static object Aliases(int count) => new { subject = new { aliases = Enumerable.Range(1, count).Select(number => $"Alias {number}") } };
        static object Added(int count) => new { add = Enumerable.Range(1, count).Select(number => new { actor = $"member-{number}", role = "case-officer" }) };
    }

    [Theory]
    [InlineData("/referrals/v1/updates?after=Zx9Marker", "cursor.invalid")]
    [InlineData("/referrals/v1/updates?after=", "cursor.invalid")]
    [InlineData("/referrals/v1/updates?after=%00", "cursor.invalid")]
    [InlineData("/referrals/v1/updates?after=OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "cursor.invalid")]
    [InlineData("/referrals/v1/worklist?cursor=Zx9Marker", "cursor.invalid")]
    [InlineData("/referrals/v1/worklist?cursor=MS85OTk5OTk5OTk5OTk5OTk5OTk5L3g", "cursor.invalid")]
    [InlineData("/referrals/v1/worklist?limit=0", "limit.invalid")]
    [InlineData("/referrals/v1/worklist?limit=101", "limit.invalid")]
    [InlineData("/referrals/v1/worklist?limit=Zx9Marker", "request.malformed")]
    public async Task A_bad_query_is_a_problem(string path, string code)
    {
        var client = path.Contains("updates", StringComparison.Ordinal) ? host.Referrer : host.TriageOfficer;

        var answer = await GetAsync(client, path);

        Assert.Equal((HttpStatusCode.BadRequest, code), (answer.Status, answer.Code));
        Assert.DoesNotContain(Marker, answer.Text, StringComparison.Ordinal);
    }

    private static async Task<Answer> PostAsync(HttpClient client, string path, byte[] body, string type = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
        request.Headers.TryAddWithoutValidation("If-Match", "\"1\"");
        return await Answer.FromAsync(client, request);
    }
}
