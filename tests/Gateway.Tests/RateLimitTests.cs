using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Soc.Contracts;
using Soc.TestKit;

namespace Soc.Gateway.Tests;

public sealed partial class RateLimitTests
{
    private static readonly Uri Updates = new("/referrals/v1/updates", UriKind.Relative);

    private static readonly Dictionary<string, string?> Small = new()
    {
        ["RateLimits:Organisation:Burst"] = "20",
        ["RateLimits:Organisation:PerSecond"] = "1",
        ["RateLimits:Organisation:Concurrent"] = "3",
        ["RateLimits:Address:Burst"] = "1000",
        ["RateLimits:Address:PerSecond"] = "1",
        ["RateLimits:Address:Concurrent"] = "100",
    };

    [Fact]
    public async Task An_organisation_gets_what_it_is_allowed_and_is_told_what_is_left_and_another_is_not_touched()
    {
        await using var gateway = await GatewayHost.StartAsync(Small);
        var organisation = Guid.CreateVersion7();
        using var client = gateway.As(organisation, Scopes.ReferralsUpdates);
        using var sibling = gateway.As(organisation, Scopes.ReferralsUpdates);
        var allowed = 0;
        var before = DateTimeOffset.UtcNow;
        for (var i = 0; i < 40; i++)
        {
            // Two clients of one organisation share what it is allowed.
            using var response = await (i % 2 == 0 ? client : sibling).GetAsync(Updates, TestContext.Current.CancellationToken);
            Assert.Equal("\"organisation\";q=20;w=20", response.Headers.GetValues("RateLimit-Policy").Single());
            var limit = RateLimit().Match(response.Headers.GetValues("RateLimit").Single());
            Assert.True(limit.Success);
            if (response.StatusCode == HttpStatusCode.OK)
            {
                allowed++;
                continue;
            }

            await response.AssertProblemAsync(HttpStatusCode.TooManyRequests, "request.rate-limited");
            Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter?.Delta);
            Assert.Equal(0, int.Parse(limit.Groups[1].Value, CultureInfo.InvariantCulture));
        }

        // What was refilled meanwhile, one a second, on a machine that may be slow.
        var refilled = (int)(DateTimeOffset.UtcNow - before).TotalSeconds;
        Assert.InRange(allowed, 20, 21 + refilled);
        using var other = gateway.As(Guid.CreateVersion7(), Scopes.ReferralsUpdates);
        using var served = await other.GetAsync(Updates, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
        Assert.Equal("\"organisation\";r=19;t=1", served.Headers.GetValues("RateLimit").Single());
    }

    [Fact]
    public async Task No_more_requests_of_an_organisation_are_under_way_at_once_than_allowed()
    {
        await using var gateway = await GatewayHost.StartAsync(Small);
        using var client = gateway.As(Guid.CreateVersion7(), Scopes.ReferralsUpdates);
        var held = Enumerable.Range(0, 3).Select(_ => client.GetAsync(new Uri(Updates + "?do=hold", UriKind.Relative), TestContext.Current.CancellationToken)).ToList();
        await Soc.TestKit.Eventually.TrueAsync(() => Task.FromResult(gateway.Upstream.Requests.Count == 3), "three are under way");
        using (var fourth = await client.GetAsync(Updates, TestContext.Current.CancellationToken))
        {
            await fourth.AssertProblemAsync(HttpStatusCode.TooManyRequests, "request.rate-limited");
        }

        gateway.Upstream.Gate.SetResult();
        foreach (var response in await Task.WhenAll(held))
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            response.Dispose();
        }

        using var after = await client.GetAsync(Updates, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
    }

    [Fact]
    public async Task An_address_with_bad_tokens_is_limited_as_an_address_and_health_is_exempt()
    {
        await using var gateway = await GatewayHost.StartAsync(new Dictionary<string, string?>(Small) { ["RateLimits:Address:Burst"] = "10" });
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 14; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Updates);
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer rubbish" + i);
            using var response = await gateway.Anonymous.SendAsync(request, TestContext.Current.CancellationToken);
            statuses.Add(response.StatusCode);
        }

        Assert.Contains(HttpStatusCode.Unauthorized, statuses);
        Assert.Contains(HttpStatusCode.TooManyRequests, statuses);
        Assert.True(await gateway.IsReadyAsync());
    }

    [Fact]
    public async Task Nobody_escapes_the_limit_by_naming_another_address()
    {
        await using var gateway = await GatewayHost.StartAsync(new Dictionary<string, string?>(Small) { ["RateLimits:Address:Burst"] = "10" });
        Assert.Contains(HttpStatusCode.TooManyRequests, await AskFromAsync(gateway, i => $"203.0.113.{i}"));
    }

    [Fact]
    public async Task Behind_a_known_proxy_the_address_it_names_is_the_one_limited()
    {
        await using var gateway = await GatewayHost.StartAsync(new Dictionary<string, string?>(Small) { ["RateLimits:Address:Burst"] = "10", ["KnownProxies:0"] = "127.0.0.0/8" });
        Assert.DoesNotContain(HttpStatusCode.TooManyRequests, await AskFromAsync(gateway, i => $"203.0.113.{i}"));
        // One subscriber's addresses of IPv6 are one network.
        Assert.Contains(HttpStatusCode.TooManyRequests, await AskFromAsync(gateway, i => $"2001:db8::{i + 1:x}"));
        // Only the address that the proxy itself added counts, the last.
        Assert.Contains(HttpStatusCode.TooManyRequests, await AskFromAsync(gateway, i => $"198.51.100.{i}, 198.51.100.200"));
    }

    [Fact]
    public async Task Strict_transport_security_is_promised_where_the_proxy_says_https()
    {
        await using var gateway = await GatewayHost.StartAsync(new Dictionary<string, string?> { ["KnownProxies:0"] = "127.0.0.1/32" });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/reports");
        request.Headers.Add("X-Forwarded-Proto", "https");
        request.Headers.Add("X-Forwarded-For", "203.0.113.1");
        using var response = await gateway.Anonymous.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.StartsWith("max-age=31536000", response.Headers.GetValues("Strict-Transport-Security").Single(), StringComparison.Ordinal);
    }

    private static async Task<List<HttpStatusCode>> AskFromAsync(GatewayHost gateway, Func<int, string> address)
    {
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 15; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/reports");
            request.Headers.Add("X-Forwarded-For", address(i));
            using var response = await gateway.Anonymous.SendAsync(request, TestContext.Current.CancellationToken);
            statuses.Add(response.StatusCode);
        }

        return statuses;
    }

    [GeneratedRegex("""^"organisation";r=(\d+);t=(\d+)$""")]
    private static partial Regex RateLimit();
}
