using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Soc.TestKit;

namespace Soc.ServiceDefaults.Tests.Hosting;

public sealed class HostingTests
{
    [Fact]
    public async Task A_process_told_to_stop_says_it_is_not_ready_goes_on_serving_and_finishes_what_is_under_way()
    {
        await using var issuer = await TestIssuer.StartAsync();
        var gate = new TestService.Gate();
        var settings = new Dictionary<string, string?>(issuer.Settings) { ["Hosting:DrainDelay"] = "00:00:02" };
        await using var service = await TestService.StartAsync(settings, builder => builder.Services.AddSingleton(gate));
        var slow = service.GetAsync("/slow");
        await gate.Entered.Task.WaitAsync(TestContext.Current.CancellationToken);

        // As SIGTERM does.
        var lifetime = service.Services.GetRequiredService<IHostApplicationLifetime>();
        lifetime.StopApplication();
        var stopped = service.Application.WaitForShutdownAsync(TestContext.Current.CancellationToken);

        Assert.False(await service.IsReadyAsync());
        using (var other = await service.GetAsync("/open"))
        {
            Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        }

        using (var live = await service.GetAsync("/health/live"))
        {
            Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        }

        gate.Open.SetResult();
        using var finished = await slow;
        Assert.Equal(HttpStatusCode.OK, finished.StatusCode);
        await stopped;
    }

    [Theory]
    [InlineData("/health/live", "Healthy")]
    [InlineData("/health/ready", "Healthy")]
    [InlineData("/health/startup", "Healthy")]
    public async Task Health_routes_answer_a_word_without_a_token(string path, string word)
    {
        await using var issuer = await TestIssuer.StartAsync();
        await using var service = await TestService.StartAsync(issuer.Settings);
        using var response = await service.GetAsync(path);
        Assert.Equal((HttpStatusCode.OK, word), (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task A_failing_check_makes_the_process_unready_and_says_no_more()
    {
        await using var issuer = await TestIssuer.StartAsync();
        await using var service = await TestService.StartAsync(
            issuer.Settings,
            builder => builder.Services.AddHealthChecks().AddCheck("database", () => throw new InvalidOperationException("Host=secret"), tags: ["ready"]),
            waitUntilReady: false);
        using var response = await service.GetAsync("/health/ready");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Unhealthy"), (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }

    [Theory]
    [InlineData("Authentication:Audience", "")]
    [InlineData("Authentication:Issuers:0:JwksUri", "")]
    [InlineData("Authentication:Issuers:0:JwksUri", "not-absolute")]
    [InlineData("Platform:InternalKey", "short")]
    [InlineData("CutOffs:Uri", null)]
    public async Task A_process_that_could_not_decide_about_access_does_not_start(string key, string? value)
    {
        await using var issuer = await TestIssuer.StartAsync();
        var settings = new Dictionary<string, string?>(issuer.Settings) { [key] = value };
        await Assert.ThrowsAnyAsync<Exception>(() => TestService.StartAsync(settings, waitUntilReady: false));
    }

    [Theory]
    [InlineData("10.0.11", false)]
    [InlineData("10.0.12", true)]
    [InlineData("10.1.0", true)]
    [InlineData("9.0.99", false)]
    public void A_runtime_with_known_vulnerabilities_is_refused(string version, bool isGood)
    {
        var refusal = Record.Exception(() => HostingExtensions.RequireRuntime(Version.Parse(version)));
        Assert.Equal(isGood, refusal is null);
    }

    [Fact]
    public void The_runtime_at_hand_is_known() => Assert.Equal(10, HostingExtensions.AspNetCoreVersion().Major);

    [Fact]
    public async Task No_answer_names_the_server_and_headers_beyond_the_limit_are_refused()
    {
        await using var issuer = await TestIssuer.StartAsync();
        await using var service = await TestService.StartAsync(issuer.Settings);
        using var response = await service.GetAsync("/open");
        Assert.False(response.Headers.Contains("Server"));
        using var large = await service.GetAsync("/open", header: "Bearer " + new string('x', 64 * 1024));
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, large.StatusCode);
    }

    [Fact]
    public async Task Connections_beyond_the_limit_are_closed()
    {
        await using var issuer = await TestIssuer.StartAsync();
        var settings = new Dictionary<string, string?>(issuer.Settings) { ["Hosting:MaxConnections"] = "3" };
        await using var service = await TestService.StartAsync(settings);
        var clients = new List<TcpClient>();
        var answered = 0;
        for (var i = 0; i < 6; i++)
        {
            var client = new TcpClient();
            clients.Add(client);
            await client.ConnectAsync(service.Address.Host, service.Address.Port, TestContext.Current.CancellationToken);
            if (await AnswersAsync(client))
            {
                answered++;
            }
        }

        // One connection is that of the readiness poll.
        Assert.Equal(2, answered);
        clients.ForEach(client => client.Dispose());
    }

    private static async Task<bool> AnswersAsync(TcpClient client)
    {
        try
        {
            var stream = client.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes("GET /open HTTP/1.1\r\nHost: x\r\n\r\n"));
            return await stream.ReadAsync(new byte[1024]) > 0;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
