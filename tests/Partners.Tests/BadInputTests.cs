using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Soc.Partners.Tests;

public sealed class BadInputTests(PartnersService service)
{
    private static readonly string[] Codes = ["request.malformed", "request.invalid"];

    /// <summary>What the other tests, which run at the same time, never register.</summary>
    private const string Others = "select count(*) from organisation where name not like 'Example % Project'";

    public static TheoryData<string, string> BadOrganisations => new()
    {
        { "not JSON", "{" },
        { "nothing", "" },
        { "null", "null" },
        { "an array", "[]" },
        { "empty", "{}" },
        { "unknown member", """{"name":"Example","sector":"voluntary","kind":"charity","regions":["ENG-NW"],"status":"live"}""" },
        { "member twice", """{"name":"Example","name":"Example","sector":"voluntary","kind":"charity","regions":["ENG-NW"]}""" },
        { "name is a number", """{"name":1,"sector":"voluntary","kind":"charity","regions":["ENG-NW"]}""" },
        { "name is null", """{"name":null,"sector":"voluntary","kind":"charity","regions":["ENG-NW"]}""" },
        { "name is blank", """{"name":"   ","sector":"voluntary","kind":"charity","regions":["ENG-NW"]}""" },
        { "name holds a NUL", """{"name":"Exam\u0000ple","sector":"voluntary","kind":"charity","regions":["ENG-NW"]}""" },
        { "name is half a character", """{"name":"Exam\ud800ple","sector":"voluntary","kind":"charity","regions":["ENG-NW"]}""" },
        { "name is too long", $$"""{"name":"{{new string('a', 201)}}","sector":"voluntary","kind":"charity","regions":["ENG-NW"]}""" },
        { "unknown sector", """{"name":"Example","sector":"secret","kind":"charity","regions":["ENG-NW"]}""" },
        { "unknown kind", """{"name":"Example","sector":"voluntary","kind":"club","regions":["ENG-NW"]}""" },
        { "unknown region", """{"name":"Example","sector":"voluntary","kind":"charity","regions":["ENG-NW","ATLANTIS"]}""" },
        { "region twice", """{"name":"Example","sector":"voluntary","kind":"charity","regions":["ENG-NW","ENG-NW"]}""" },
        { "region is null", """{"name":"Example","sector":"voluntary","kind":"charity","regions":[null]}""" },
        { "no region", """{"name":"Example","sector":"voluntary","kind":"charity","regions":[]}""" },
    };

    [Theory]
    [MemberData(nameof(BadOrganisations))]
    public async Task A_bad_registration_is_a_problem_with_a_code_and_registers_nothing(string what, string body)
    {
        var count = await service.QueryAsync(Others);

        var refused = await PostAsync("/partners/v1/organisations", body);

        Assert.True(refused.Status == HttpStatusCode.BadRequest, $"{what}: {refused.Status} {refused.Text}");
        Assert.Contains(refused.Code, Codes);
        Assert.Equal(count, await service.QueryAsync(Others));
    }

    [Theory]
    [InlineData("parties", """["not-a-guid","x"]""")]
    [InlineData("purpose", "\"short\"")]
    [InlineData("legalGateway", "null")]
    [InlineData("dataCategories", """["everything"]""")]
    [InlineData("dataCategories", "[]")]
    [InlineData("markingCeiling", "\"TOP SECRET\"")]
    [InlineData("retentionMonths", "0")]
    [InlineData("retentionMonths", "\"84\"")]
    [InlineData("reviewDate", "\"31/12/2026\"")]
    [InlineData("dpiaReference", "\"<script>\"")]
    public async Task A_bad_agreement_is_a_problem_with_a_code(string member, string value)
    {
        var terms = JsonNode.Parse(System.Text.Json.JsonSerializer.Serialize(PartnersService.Agreement(Guid.CreateVersion7(), Guid.CreateVersion7())))!;
        terms[member] = JsonNode.Parse(value);

        var refused = (await PostAsync("/partners/v1/agreements", terms.ToJsonString())).Expect(HttpStatusCode.BadRequest);

        Assert.Contains(refused.Code, Codes);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"reason":"because"}""")]
    [InlineData("""{"reason":"own-request","until":"tomorrow"}""")]
    public async Task A_bad_suspension_is_a_problem_with_a_code(string body)
    {
        var organisation = await service.ApprovedAsync();
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        var refused = await service.OfficerA.SendAsync($"/partners/v1/organisations/{organisation}/suspension", content, ("If-Match", "\"2\""));

        refused.Expect(HttpStatusCode.BadRequest);
        Assert.Contains(refused.Code, Codes);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"name":"Capital","scopes":["organisations.read"],"jwk":{}}""")]
    [InlineData("""{"name":"a-client","scopes":["everything"],"jwk":{}}""")]
    [InlineData("""{"name":"a-client","scopes":[],"jwk":{}}""")]
    [InlineData("""{"name":"a-client","scopes":["organisations.read"]}""")]
    public async Task A_bad_client_is_a_problem_with_a_code(string body)
    {
        var refused = (await PostAsync($"/partners/v1/organisations/{await service.ApprovedAsync()}/clients", body)).Expect(HttpStatusCode.BadRequest);

        Assert.Contains(refused.Code, Codes);
    }

    [Fact]
    public async Task A_key_that_is_not_Unicode_is_refused_like_any_other_bad_key() => Assert.InRange(
        (int)(await PostAsync(
            $"/partners/v1/organisations/{await service.ApprovedAsync()}/clients",
            """{"name":"a-client","scopes":["organisations.read"],"jwk":{"kty":"EC","crv":"P-256","x":"\ud800","y":"\ud800"}}""")).Status,
        400, 422);

    [Theory]
    [InlineData("/partners/v1/organisations/not-a-guid")]
    [InlineData("/partners/v1/organisations/00000000")]
    [InlineData("/partners/v1/agreements/..%2f..%2fetc")]
    [InlineData("/partners/v1/nothing")]
    public async Task A_bad_id_is_not_found(string path)
    {
        var missing = (await service.Registrar.ReadAsync(path)).Expect(HttpStatusCode.NotFound);

        Assert.NotNull(missing.Code);
    }

    [Fact]
    public async Task An_oversized_body_is_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/partners/v1/organisations")
        {
            Content = new StringContent(new string(' ', 3 * 1024 * 1024) + "{}", Encoding.UTF8, "application/json"),
        };

        // The answer comes before the body is sent: who sends on regardless may find the connection closed instead.
        request.Headers.ExpectContinue = true;
        request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
        using var response = await service.Registrar.SendAsync(request);
        Assert.NotNull((await Answer.OfAsync(response)).Expect(HttpStatusCode.RequestEntityTooLarge).Code);
    }

    [Fact]
    public async Task Nothing_of_this_was_ever_a_fault_of_the_service()
    {
        foreach (var row in BadOrganisations)
        {
            await PostAsync("/partners/v1/organisations", row.Data.Item2);
        }

        Assert.DoesNotContain(service.Host.Logs, line => line.StartsWith("Error Soc.ServiceDefaults.ProblemMiddleware", StringComparison.Ordinal));
    }

    private async Task<Answer> PostAsync(string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await service.Registrar.SendAsync(path, content, ("Idempotency-Key", Guid.NewGuid().ToString()));
    }
}
