using System.Net;
using Soc.TestKit;

namespace Soc.Gateway.Tests;

public sealed class UpstreamTests
{
    private static readonly Uri Reports = new("/reports", UriKind.Relative);

    [Fact]
    public async Task A_service_that_is_down_is_503_with_a_time_to_try_again_and_served_again_once_it_is_back()
    {
        await using var gateway = await GatewayHost.StartAsync();
        var address = gateway.Upstream.Address;
        await gateway.Upstream.StopAsync();
        using (var down = await gateway.Anonymous.GetAsync(Reports, TestContext.Current.CancellationToken))
        {
            await down.AssertProblemAsync(HttpStatusCode.ServiceUnavailable, "service.unavailable");
            Assert.NotNull(down.Headers.RetryAfter);
            Assert.True(down.Headers.Contains("RateLimit"));
        }

        await Eventually.TrueAsync(async () => !await gateway.IsReadyAsync(), "the gateway sees that a service is down");
        using (var serving = await gateway.Anonymous.GetAsync(new Uri("/health/serving", UriKind.Relative), TestContext.Current.CancellationToken))
        {
            Assert.Equal(HttpStatusCode.OK, serving.StatusCode);
        }

        await using var back = await EchoService.StartAsync(address);
        await Eventually.TrueAsync(gateway.IsReadyAsync, "the gateway sees that it is back");
        using var served = await gateway.Anonymous.GetAsync(Reports, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
    }

    [Fact]
    public async Task A_service_that_is_not_ready_makes_the_platform_unready_but_is_still_asked_where_it_has_no_other_replica()
    {
        await using var gateway = await GatewayHost.StartAsync();
        gateway.Upstream.IsReady = false;
        await Eventually.TrueAsync(async () => !await gateway.IsReadyAsync(), "unready");
        using var response = await gateway.Anonymous.GetAsync(Reports, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_replica_that_is_not_ready_gets_no_requests_while_another_is()
    {
        await using var other = await EchoService.StartAsync();
        await using var gateway = await GatewayHost.StartAsync(new Dictionary<string, string?> 
        {
            ["services:reporting:http:1"] = other.Address,
            ["RateLimits:Address:Burst"] = "100000",
        });
        gateway.Upstream.IsReady = false;
        await Eventually.TrueAsync(
            async () =>
            {
                var before = gateway.Upstream.Requests.Count;
                for (var i = 0; i < 10; i++)
                {
                    using var response = await gateway.Anonymous.GetAsync(Reports);
                    Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                }

                return gateway.Upstream.Requests.Count == before;
            },
            "all requests go to the ready replica");
    }

    [Fact]
    public async Task A_service_that_does_not_answer_in_time_is_504()
    {
        await using var gateway = await GatewayHost.StartAsync(new Dictionary<string, string?> { ["ReverseProxy:Clusters:reporting:HttpRequest:ActivityTimeout"] = "00:00:00.2" });
        using var response = await gateway.Anonymous.GetAsync(new Uri("/reports?do=hold", UriKind.Relative), TestContext.Current.CancellationToken);
        await response.AssertProblemAsync(HttpStatusCode.GatewayTimeout, "service.timed-out");
        Assert.NotNull(response.Headers.RetryAfter);
    }

    [Theory]
    [InlineData("AuthorizationPolicy", null, "names no policy")]
    [InlineData("Match:Path", "/partners/{**rest}", "forwards any path")]
    [InlineData("Match:Path", "/internal/cut-offs", "leads to an internal path")]
    [InlineData("Match:Path", "/health/live", "leads to an internal path")]
    public async Task A_route_that_breaks_the_rules_keeps_the_gateway_from_starting(string key, string? value, string fault)
    {
        var settings = new Dictionary<string, string?> { ["ReverseProxy:Routes:reports:" + key] = value ?? "" };
        var exception = await Assert.ThrowsAnyAsync<Exception>(() => GatewayHost.StartAsync(settings, waitUntilReady: false));
        Assert.Contains(fault, exception.ToString(), StringComparison.Ordinal);
    }
}
