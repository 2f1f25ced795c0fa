using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Soc.Platform.Tests;

/// <summary>What a careless or hostile caller sends through the gateway: a coded problem, never a 500, never the input given back.</summary>
public sealed class BadInputTests(PlatformFixture platform)
{
    private const string Canary = "zx-canary-of-a-person-zx";

    public static TheoryData<string, string, int> Submissions => new()
    {
        { "not JSON", $"{{ \"narrative\": \"{Canary}\"", 400 },
        { "JSON of another shape", $"[\"{Canary}\"]", 400 },
        { "a wrong type", $$$"""{"region":"ENG-NW","priority":"urgent","narrative":{"text":"{{{Canary}}}"}}""", 400 },
        { "an unknown member", $$"""{"region":"ENG-NW","priority":"urgent","threatCategory":"drugs","{{Canary}}":"x"}""", 400 },
        { "a code that is not in the list", $$"""{"region":"{{Canary}}","priority":"urgent","threatCategory":"drugs"}""", 400 },
        { "an impossible date", $$$"""{"region":"ENG-NW","priority":"urgent","threatCategory":"drugs","subject":{"name":"{{{Canary}}}","dateOfBirth":"2021-02-30"}}""", 400 },
        { "nothing at all", "", 400 },
        { "null", "null", 400 },
    };

    [Theory]
    [MemberData(nameof(Submissions))]
    public async Task A_bad_submission_is_refused_with_a_code_and_without_an_echo(string what, string body, int status)
    {
        using var referrer = await platform.AsAsync("harbour-trust");
        using var request = Post("/referrals/v1/referrals", body);
        request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());

        using var answer = await referrer.SendAsync(request);

        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == status, $"{what}: {(int)answer.StatusCode} {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.False(string.IsNullOrEmpty(JsonDocument.Parse(text).RootElement.GetProperty("code").GetString()));
        Assert.DoesNotContain(Canary, text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_body_over_one_mebibyte_is_refused_with_413()
    {
        using var referrer = await platform.AsAsync("harbour-trust");
        using var request = Post("/referrals/v1/referrals", $$"""{"narrative":"{{new string('x', 1 << 20)}}"}""");
        request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());

        using var answer = await referrer.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal("request.too-large", await answer.ProblemCodeAsync());
    }

    [Theory]
    [InlineData("/referrals/v1/referrals/not-an-id")]
    [InlineData("/referrals/v1/referrals/01900000-0000-7000-8000-00000000ffff")]
    [InlineData("/partners/v1/organisations/not-an-id")]
    [InlineData("/internal/cut-offs")]
    [InlineData("/partners/internal/cut-offs")]
    [InlineData("/nowhere")]
    public async Task What_does_not_exist_or_is_not_for_the_caller_is_a_404_problem(string path)
    {
        using var officer = await platform.AsAsync("ukpps-triage");
        using var answer = await officer.GetAsync(new Uri(path, UriKind.Relative));

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.NotNull(await answer.ProblemCodeAsync());
    }

    [Theory]
    [InlineData(null, "access.token-missing")]
    [InlineData("Bearer nonsense", "access.token-invalid")]
    [InlineData("Bearer eyJhbGciOiJub25lIn0.e30.", "access.token-invalid")]
    public async Task Without_a_token_of_the_platform_s_issuer_a_protected_route_answers_401(string? authorization, string code)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/referrals/v1/updates");
        if (authorization is not null)
        {
            request.Headers.Authorization = AuthenticationHeaderValue.Parse(authorization);
        }

        using var answer = await platform.Gateway.SendAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(code, await answer.ProblemCodeAsync());
    }

    private static HttpRequestMessage Post(string path, string body) =>
        new(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
}
