using System.Diagnostics;
using System.Globalization;
using Soc.TestKit;

namespace Soc.LocalHosting.Tests;

public sealed class LifetimeTests
{
    [Fact]
    public async Task Nothing_is_left_when_the_host_is_killed_at_once()
    {
        await using var host = RunningHost.Start("--servers=true");
        using var caller = await host.ClientAsync("caller");
        // The host, the orchestrator, two servers' scripts and the servers, two projects.
        Assert.True(host.Processes().Count >= 8, string.Join('\n', host.Processes()));

        host.Signal("KILL");

        await host.NothingIsLeftAsync();
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task A_signal_to_the_host_ends_everything_in_order_and_the_host_well(string signal)
    {
        await using var host = RunningHost.Start();
        using var caller = await host.ClientAsync("caller");

        host.Signal(signal);

        Assert.Equal(0, await host.EndedAsync());
        await host.SaysAsync("platform | stopped");
        await host.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_process_that_dies_is_said_so_and_started_again_at_the_same_address_after_growing_pauses()
    {
        await using var host = RunningHost.Start();
        using var web = await host.ClientAsync("web");
        foreach (var pause in new[] { 1, 2 })
        {
            var first = await web.GetStringAsync(new Uri("/process", UriKind.Relative));
            using (var process = Process.GetProcessById(int.Parse(first, CultureInfo.InvariantCulture)))
            {
                process.Kill();
            }

            await host.SaysAsync($"platform | web: ended with code -1, restarting in {pause} s");
            await Eventually.TrueAsync(async () => await TryGetAsync(web, "/process") is { Length: > 0 } second && second != first, "another process answers", TimeSpan.FromSeconds(60));
        }
    }

    [Fact]
    public async Task A_failed_migration_is_said_so_and_nothing_that_waits_for_it_starts()
    {
        await using var host = RunningHost.Start("--exit-code=3");

        await host.SaysAsync("platform | failed: migrations ended with code 3");
        await host.SaysAsync("platform | failed: web is not started because of migrations");
        await host.SaysAsync("platform | failed: caller is not started because of web");

        Assert.DoesNotContain("serving", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_hosts_run_side_by_side_each_with_its_own_ports_and_secrets()
    {
        await using var one = RunningHost.Start();
        await using var other = RunningHost.Start();
        using var oneWeb = await one.ClientAsync("web");
        using var otherWeb = await other.ClientAsync("web");

        Assert.NotEqual(oneWeb.BaseAddress, otherWeb.BaseAddress);
        Assert.NotEqual(
            await oneWeb.GetStringAsync(new Uri("/variables/SECRET", UriKind.Relative)), await otherWeb.GetStringAsync(new Uri("/variables/SECRET", UriKind.Relative)));
    }

    [Fact]
    public async Task Replicas_share_one_address()
    {
        await using var host = RunningHost.Start("--replicas=2");
        using var web = await host.ClientAsync("web");
        var processes = new HashSet<string>();

        await Eventually.TrueAsync(async () =>
        {
            // A connection stays with its replica: each question comes on a new one.
            using var client = new HttpClient { BaseAddress = web.BaseAddress };
            if (await TryGetAsync(client, "/process") is { Length: > 0 } process)
            {
                processes.Add(process);
            }

            return processes.Count == 2;
        }, "both replicas answer", TimeSpan.FromSeconds(60));
    }

    private static async Task<string?> TryGetAsync(HttpClient client, string path)
    {
        try
        {
            return await client.GetStringAsync(new Uri(path, UriKind.Relative));
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}
