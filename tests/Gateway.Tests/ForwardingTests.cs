using System.Net;
using System.Net.Http.Json;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Soc.Contracts;
using Soc.ServiceDefaults;
using Soc.TestKit;
using Yarp.ReverseProxy;

namespace Soc.Gateway.Tests;

public sealed class ForwardingTests(ForwardingTests.Servers servers) : IClassFixture<ForwardingTests.Servers>
{
    private const string Submit = "/referrals/v1/referrals";
    private static readonly Guid Organisation = Guid.CreateVersion7();

    private GatewayHost Gateway => servers.Gateway;

    [Fact]
    public async Task A_good_request_reaches_the_service_with_its_token_trace_and_conditions_and_nothing_that_claims_an_identity()
    {
        using var client = Gateway.As(Organisation, Scopes.ReferralsSubmit);
        using var request = new HttpRequestMessage(HttpMethod.Post, Submit + "?do=answer") { Content = JsonContent.Create(new { a = 1 }) };
        request.Headers.Add("Idempotency-Key", "0123456789abcdef");
        request.Headers.TryAddWithoutValidation("If-Match", "\"3\"");
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        string[] forbidden =
        [
            "X-Platform-Key", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "Forwarded", "X-Real-IP", "X-Original-URL",
            "X-Rewrite-URL", "X-HTTP-Method-Override", "X-Client-Cert", "X-User", "X-Organisation", "X-Correlation-Id", "Cookie", "Via", "Proxy-Authorization",
            "Connection", "Upgrade", "TE", "Expect-CT",
        ];
        foreach (var header in forbidden)
        {
            request.Headers.TryAddWithoutValidation(header, header == "Connection" ? "X-Hop" : "spoofed");
        }

        request.Headers.TryAddWithoutValidation("X-Hop", "spoofed");
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var received = Gateway.Upstream.Requests.Last(each => each.Headers.ContainsKey("Idempotency-Key"));
        Assert.Equal(("POST", Submit), (received.Method, received.Path));
        Assert.Equal("\"3\"", received.Headers["If-Match"]);
        Assert.StartsWith("Bearer ey", received.Headers["Authorization"], StringComparison.Ordinal);
        Assert.StartsWith("00-0af7651916cd43dd8448eb211c80319c-", received.Headers["traceparent"], StringComparison.Ordinal);
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", Assert.Single(response.Headers.GetValues("X-Correlation-Id")));
        Assert.DoesNotContain(received.Headers.Values, value => value.Contains("spoofed", StringComparison.Ordinal));
        Assert.Empty(received.Headers.Keys.Intersect(forbidden, StringComparer.OrdinalIgnoreCase));
        Assert.DoesNotContain("Server", response.Headers.Select(header => header.Key));
    }

    [Theory]
    [InlineData("GET", "/")]
    [InlineData("GET", "/internal/cut-offs")]
    [InlineData("GET", "/partners/internal/cut-offs")]
    [InlineData("GET", "/partners/health/ready")]
    [InlineData("GET", "/partners/../internal/cut-offs")]
    [InlineData("GET", "/partners/%2e%2e/internal/cut-offs")]
    [InlineData("GET", "/reports/annual/..%2f..%2finternal%2fcut-offs")]
    [InlineData("GET", "//internal/cut-offs")]
    [InlineData("GET", "/referrals/v1/referrals/1/subject")]
    [InlineData("GET", "/partners/v1/organisations/not-an-id")]
    public async Task What_is_not_in_the_list_is_not_forwarded(string method, string path)
    {
        var before = Gateway.Upstream.Requests.Count;
        using var client = Gateway.As(Organisation, [.. Scopes.All]);
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(client.BaseAddress + path[1..], new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        await response.AssertProblemAsync(HttpStatusCode.NotFound, "route.not-found");
        Assert.Equal(before, Gateway.Upstream.Requests.Count);
    }

    [Theory]
    [InlineData("keep", "max-age=3600, private")]
    [InlineData("share", "no-store")]
    [InlineData("answer", "no-store")]
    public async Task What_a_caller_is_answered_is_kept_nowhere_but_where_the_service_allows_it_to_the_callers_own_cache(string answer, string expected)
    {
        using var client = Gateway.As(Organisation, Scopes.ReferralsSubmit);
        using var response = await client.GetAsync(new Uri("/referrals/v1/vocabulary?do=" + answer, UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(expected, response.Headers.CacheControl?.ToString());
    }

    [Fact]
    public async Task A_method_that_a_route_does_not_have_is_405_and_not_forwarded()
    {
        using var client = Gateway.As(Organisation, [.. Scopes.All]);
        using var response = await client.DeleteAsync(new Uri(Submit, UriKind.Relative), TestContext.Current.CancellationToken);
        await response.AssertProblemAsync(HttpStatusCode.MethodNotAllowed, "request.method-not-allowed");
    }

    [Fact]
    public async Task Every_route_but_the_anonymous_ones_refuses_a_request_without_a_token_and_one_with_every_scope_but_its_own()
    {
        var routes = Gateway.Services.GetRequiredService<IProxyStateLookup>().GetRoutes().Select(route => route.Config).ToList();
        Assert.Equal(
            ["/partners/.well-known/jwks.json", "/partners/.well-known/oauth-authorization-server", "/partners/oauth/token", "/reports", "/reports/annual/{year}", "/reports/answers/{day}", "/reports/assets/{name}"],
            routes.Where(route => route.AuthorizationPolicy == "Anonymous").Select(route => route.Match.Path!).Order(StringComparer.Ordinal));
        foreach (var route in routes.Where(route => route.AuthorizationPolicy != "Anonymous"))
        {
            var path = Sample(route.Match.Path!);
            var method = new HttpMethod(route.Match.Methods![0]);
            using var anonymous = await Gateway.Anonymous.SendAsync(new HttpRequestMessage(method, path), TestContext.Current.CancellationToken);
            await anonymous.AssertProblemAsync(HttpStatusCode.Unauthorized, "access.token-missing");

            string[] wanted = route.AuthorizationPolicy switch
            {
                "referrals.case-officer" =>
                    [Scopes.ReferralsTriage, Scopes.ReferralsAssess, Scopes.ReferralsDecide, Scopes.ReferralsCasework, Scopes.ReferralsReview, Scopes.ReferralsTransfer],
                "referrals.case-lead" => [Scopes.ReferralsTriage, Scopes.ReferralsCasework],
                "clients.read" => [Scopes.OrganisationsRead, Scopes.IntegrationManage],
                "clients.manage" => [Scopes.OrganisationsRegister, Scopes.IntegrationManage],
                "credentials.revoke" => [Scopes.OrganisationsRegister, Scopes.IntegrationManage, Scopes.OrganisationsSuspend],
                _ => Policies.AnyOf.GetValueOrDefault(route.AuthorizationPolicy!) ?? [route.AuthorizationPolicy!],
            };
            using var others = Gateway.As(Organisation, [.. Scopes.All.Except(wanted)]);
            using var refused = await others.SendAsync(new HttpRequestMessage(method, path), TestContext.Current.CancellationToken);
            await refused.AssertProblemAsync(HttpStatusCode.Forbidden, "access.scope-missing");

            using var holder = Gateway.As(Organisation, wanted[0]);
            using var served = await holder.SendAsync(new HttpRequestMessage(method, path), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, served.StatusCode);
        }
    }

    [Fact]
    public async Task An_organisation_that_is_cut_off_is_refused_at_the_gateway()
    {
        var organisation = Guid.CreateVersion7();
        using var client = Gateway.As(organisation, Scopes.ReferralsUpdates);
        using (var before = await client.GetAsync(new Uri("/referrals/v1/updates", UriKind.Relative), TestContext.Current.CancellationToken))
        {
            Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        }

        Gateway.Issuer.CutOff(organisation);
        await Eventually.TrueAsync(
            async () =>
            {
                using var after = await client.GetAsync(new Uri("/referrals/v1/updates", UriKind.Relative));
                return after.StatusCode == HttpStatusCode.Unauthorized;
            },
            "the cut-off bites");
        using var refused = await client.GetAsync(new Uri("/referrals/v1/updates", UriKind.Relative), TestContext.Current.CancellationToken);
        await refused.AssertProblemAsync(HttpStatusCode.Unauthorized, "access.cut-off");
    }

    [Theory]
    [InlineData(0, false, HttpStatusCode.OK)]
    [InlineData(1, false, HttpStatusCode.RequestEntityTooLarge)]
    [InlineData(-1024, true, HttpStatusCode.OK)] // The framing of the chunks counts too.
    [InlineData(1, true, HttpStatusCode.RequestEntityTooLarge)]
    public async Task A_body_may_have_one_mebibyte_and_not_a_byte_more(int over, bool chunked, HttpStatusCode expected)
    {
        using var client = Gateway.As(Organisation, Scopes.ReferralsSubmit);
        using var request = new HttpRequestMessage(HttpMethod.Post, Submit);
        request.Content = new StringContent(new string('x', (1024 * 1024) + over), Encoding.UTF8, "application/json");
        request.Headers.TransferEncodingChunked = chunked;
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        if (expected == HttpStatusCode.OK)
        {
            Assert.Equal(expected, response.StatusCode);
        }
        else
        {
            await response.AssertProblemAsync(expected, "request.too-large");
        }
    }

    [Fact]
    public async Task An_exchange_that_a_service_breaks_off_is_502_with_a_time_to_try_again()
    {
        using var response = await Gateway.Anonymous.GetAsync(new Uri("/reports?do=break", UriKind.Relative), TestContext.Current.CancellationToken);
        await response.AssertProblemAsync(HttpStatusCode.BadGateway, "service.unreachable");
        Assert.NotNull(response.Headers.RetryAfter);
    }

    [Fact]
    public async Task An_error_without_a_body_from_a_service_gets_one()
    {
        using var response = await Gateway.Anonymous.GetAsync(new Uri("/reports?do=empty", UriKind.Relative), TestContext.Current.CancellationToken);
        await response.AssertProblemAsync(HttpStatusCode.ServiceUnavailable, "service.unavailable");
    }

    [Fact]
    public async Task Answers_carry_the_headers_that_bind_a_browser_and_are_not_stored_where_the_caller_is_known()
    {
        using var page = await Gateway.Anonymous.GetAsync(new Uri("/reports?do=page", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Contains("style-src 'self'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("nosniff", page.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-referrer", page.Headers.GetValues("Referrer-Policy").Single());
        Assert.False(page.Headers.Contains("Strict-Transport-Security"));
        using var client = Gateway.As(Organisation, Scopes.ReferralsUpdates);
        using var data = await client.GetAsync(new Uri("/referrals/v1/updates", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal("default-src 'none'; frame-ancestors 'none'", data.Headers.GetValues("Content-Security-Policy").Single());
        Assert.True(data.Headers.CacheControl?.NoStore);
        using var missing = await Gateway.Anonymous.GetAsync(new Uri("/nowhere", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal("nosniff", missing.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Fact]
    public async Task Nothing_of_a_request_is_in_the_log()
    {
        using var client = Gateway.As(Organisation, Scopes.ReferralsUpdates);
        using var served = await client.GetAsync(new Uri("/referrals/v1/updates?after=Fictional-Frieda", UriKind.Relative), TestContext.Current.CancellationToken);
        using var refused = await Gateway.Anonymous.GetAsync(new Uri("/referrals/v1/updates?after=Fictional-Frieda", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.DoesNotContain(Gateway.Log.Lines, line => line.Contains("Frieda", StringComparison.Ordinal) || line.Contains("eyJ", StringComparison.Ordinal));
    }

    private static Uri Sample(string pattern)
    {
        var filled = System.Text.RegularExpressions.Regex.Replace(pattern, @"\{[a-zA-Z]+(:guid)?\}", match => match.Value.Contains(":guid", StringComparison.Ordinal) ? Guid.Empty.ToString() : "2014");
        return new Uri(filled, UriKind.Relative);
    }

    public sealed class Servers : IAsyncLifetime
    {
        public GatewayHost Gateway { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Gateway = await GatewayHost.StartAsync();

        public ValueTask DisposeAsync() => Gateway.DisposeAsync();
    }
}
