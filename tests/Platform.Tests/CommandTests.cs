using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Soc.TestKit;

namespace Soc.Platform.Tests;

/// <summary>
/// What a developer types: a second platform by <c>./platform up</c>, beside the one of the other tests, whose servers and processes are then killed.
/// </summary>
public sealed class CommandTests(PlatformFixture other) : IAsyncLifetime
{
    private readonly string data = Directory.CreateTempSubdirectory("soc-command-").FullName;
    private readonly int port = Servers.FreePort();
    private readonly HttpClient gateway = new() { Timeout = TimeSpan.FromSeconds(30) };

    public ValueTask InitializeAsync()
    {
        gateway.BaseAddress = new Uri($"http://127.0.0.1:{port}");
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync("down", "--data", data);
        gateway.Dispose();
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task Up_token_and_down_do_what_they_say_and_what_was_answered_survives_every_process()
    {
        var up = await UpAsync();
        Assert.Contains($"http://127.0.0.1:{port}", up, StringComparison.Ordinal);
        using (var beside = await other.Gateway.GetAsync(new Uri("/health/ready", UriKind.Relative)))
        {
            Assert.Equal(HttpStatusCode.OK, beside.StatusCode);
        }

        await SignInAsync();
        Assert.Equal(0, (await RunAsync("doctor")).Code);
        Assert.NotEqual(0, (await RunAsync("token", "nobody", "--data", data)).Code);
        Assert.NotEqual(0, (await RunAsync("up", "--detach", "--port", $"{port}", "--data", data)).Code);

        await AWriteWithoutTheBrokerIsAcceptedAsync();
        await AWriteWithoutTheDatabaseIsRefusedUntilItIsBackAsync();

        var last = await SubmitAsync(Guid.NewGuid().ToString());
        var killed = Everything();
        killed.ForEach(Kill);
        Assert.True(killed.Count > 12, "servers, orchestrator, services and gateway were killed");
        await Eventually.TrueAsync(() => Task.FromResult(killed.TrueForAll(HasEnded)), "all of them are gone");
        await Eventually.TrueAsync(RefusedAsync, "the port is free: of a process that is gone some thread may still hold its files for a moment");
        Assert.Equal(HttpStatusCode.Created, last.StatusCode);
        var id = (await last.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();

        await UpAsync();
        await SignInAsync();
        Assert.Contains(id, await ReferralsAsync());

        Assert.Equal(0, (await RunAsync("down", "--data", data)).Code);
        Assert.Empty(Everything());
        await Assert.ThrowsAsync<HttpRequestException>(() => gateway.GetAsync(new Uri("/health/live", UriKind.Relative)));
        Assert.True(Directory.Exists(Path.Combine(data, "postgres")), "the data are kept");
    }

    private async Task<bool> RefusedAsync()
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private async Task AWriteWithoutTheBrokerIsAcceptedAsync()
    {
        var broker = Everything().Single(pid => CommandLine(pid).Contains("beam.smp", StringComparison.Ordinal));
        Kill(broker);
        using var accepted = await SubmitAsync(Guid.NewGuid().ToString());
        Assert.Equal(HttpStatusCode.Created, accepted.StatusCode);
        await Eventually.TrueAsync(
            () => Task.FromResult(Everything().Exists(pid => pid != broker && CommandLine(pid).Contains("beam.smp", StringComparison.Ordinal))),
            "the broker has been started again",
            TimeSpan.FromSeconds(60));
    }

    /// <summary>Every answer until the database is back is 503 with Retry-After; then the same request has its one effect.</summary>
    private async Task AWriteWithoutTheDatabaseIsRefusedUntilItIsBackAsync()
    {
        var before = (await ReferralsAsync()).Count;
        Everything().FindAll(pid => CommandLine(pid).Contains("postgres", StringComparison.Ordinal) && !CommandLine(pid).Contains("bash", StringComparison.Ordinal))
            .ForEach(Kill);
        var (key, refusals) = (Guid.NewGuid().ToString(), 0);
        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await SubmitAsync(key);
                if (answer.StatusCode == HttpStatusCode.Created)
                {
                    return true;
                }

                refusals++;
                Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
                Assert.NotNull(answer.Headers.RetryAfter);
                Assert.NotNull(await answer.ProblemCodeAsync());
                return false;
            },
            "the database is back and the write is accepted",
            TimeSpan.FromSeconds(90));
        Assert.True(refusals > 0, "a write met the absence of the database");
        Assert.Equal(before + 1, (await ReferralsAsync()).Count);
    }

    private async Task<string> UpAsync()
    {
        var (code, output) = await RunAsync("up", "--detach", "--no-dashboard", "--port", $"{port}", "--data", data);
        Assert.True(code == 0, output);
        return output;
    }

    private async Task SignInAsync()
    {
        var (code, token) = await RunAsync("token", "harbour-trust", "--data", data);
        Assert.True(code == 0, token);
        gateway.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Trim());
    }

    private Task<HttpResponseMessage> SubmitAsync(string key) =>
        gateway.CreateAsync("/referrals/v1/referrals", new { region = "SCT", priority = "standard", threatCategory = "drugs" }, key);

    /// <summary>Every referral that the organisation has had an update about.</summary>
    private async Task<HashSet<Guid>> ReferralsAsync() => [.. (await gateway.UpdatesAsync()).Select(update => update.GetProperty("referralId").GetGuid())];

    private static async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Repository.Root, "platform"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(6));
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, process.ExitCode == 0 ? await output : await output + await errors);
    }

    /// <summary>Every process of the platform under test: AppHost, which has the folder in its arguments, its orchestrator, and what that has started.</summary>
    private List<int> Everything()
    {
        var all = Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _))
            .Select(name => int.Parse(name!, CultureInfo.InvariantCulture)).Select(pid => (Pid: pid, Parent: Parent(pid), Line: CommandLine(pid))).ToList();
        var host = all.Find(process => process.Line.Contains("--data=" + data, StringComparison.Ordinal)).Pid;
        var found = new List<int>();
        var more = all.Where(process => process.Line.Contains(data, StringComparison.Ordinal)
            || (host != 0 && process.Line.Contains($"--monitor {host} ", StringComparison.Ordinal))).Select(process => process.Pid).ToList();
        while (more.Count > 0)
        {
            found.AddRange(more);
            more = [.. all.Where(process => found.Contains(process.Parent)).Select(process => process.Pid).Except(found)];
        }

        return found;
    }

    private static int Parent(int pid) => Read(pid, "stat") is { Length: > 0 } stat
        ? int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture)
        : 0;

    /// <summary>Only then are its ports free: a process that is ending gives up its memory first.</summary>
    private static bool HasEnded(int pid) => Read(pid, "stat") is not { Length: > 0 } stat || stat[stat.LastIndexOf(')') + 2] is 'Z' or 'X';

    private static string CommandLine(int pid) => Read(pid, "cmdline").Replace('\0', ' ');

    private static string Read(int pid, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/{file}");
        }
        catch (IOException)
        {
            return ""; // It has ended meanwhile.
        }
    }

    private static void Kill(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            process.Kill();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            // It has ended meanwhile.
        }
    }
}
