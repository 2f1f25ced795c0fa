using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Aspire.Hosting.Testing;
using Soc.TestKit;

namespace Soc.Platform.Tests;

/// <summary>Whatever ends an organisation's access: its next call is refused within two seconds by the gateway and by the service behind it, and by either when it starts anew.</summary>
public sealed class CutOffTests(PlatformFixture platform)
{
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData("suspension")]
    [InlineData("key revocation")]
    [InlineData("agreement ended by a party")]
    [InlineData("agreement ended by the clock")]
    public async Task A_good_token_is_refused_within_two_seconds_by_the_gateway_and_by_the_service(string cause)
    {
        using var registrar = await platform.AsAsync("home-office-registrar");
        using var officer = await platform.AsAsync("home-office-security-a");
        var joined = await JourneyTests.JoinAsync(platform, registrar);
        var token = await joined.Client.TokenAsync(platform.Gateway);
        using var gateway = With(token, platform.App.CreateHttpClient("gateway"));
        using var service = With(token, platform.App.CreateHttpClient("referrals"));
        foreach (var way in new[] { gateway, service })
        {
            using var good = await way.GetAsync(Updates);
            await good.BodyAsync();
        }

        var later = TimeSpan.Zero;
        switch (cause)
        {
            case "suspension":
                await DoAsync(officer, $"/partners/v1/organisations/{joined.Organisation}", "/suspension", new { reason = "security-incident" });
                break;
            case "key revocation":
                await DoAsync(officer, $"/partners/v1/organisations/{joined.Organisation}/clients/{joined.ClientId}", "/keys/first/revocation", new { reason = "key-compromise" });
                break;
            case "agreement ended by a party":
                await DoAsync(registrar, $"/partners/v1/agreements/{joined.Agreement}", "/termination", new { reason = "party-withdraws" });
                break;
            default:
                later = TimeSpan.FromSeconds(4);
                await DoAsync(registrar, $"/partners/v1/agreements/{joined.Agreement}", "/termination", new { reason = "party-withdraws", effective = DateTimeOffset.UtcNow + later });
                break;
        }

        await Task.WhenAll(new[] { gateway, service }.Select(way =>
            Eventually.TrueAsync(async () => await AnswerAsync(way, Updates) == "401 access.cut-off", "the next call is refused", later + Promised)));
    }

    [Fact]
    public async Task A_member_that_is_removed_from_a_sharing_group_finds_it_gone_at_its_next_call()
    {
        using var registrar = await platform.AsAsync("home-office-registrar");
        var joined = await JourneyTests.JoinAsync(platform, registrar);
        using var formed = await registrar.CreateAsync(
            "/partners/v1/sharing-groups", new { name = "Example Exchange", purpose = "Early warning about people at risk", agreement = joined.Agreement });
        var group = $"/partners/v1/sharing-groups/{(await formed.BodyAsync(HttpStatusCode.Created)).GetProperty("id").GetString()}";
        await DoAsync(registrar, group, "/members", new { organisation = joined.Organisation });
        using var member = With(await joined.Client.TokenAsync(platform.Gateway), platform.App.CreateHttpClient("gateway"));
        using var seen = await member.GetAsync(new Uri(group, UriKind.Relative));
        await seen.BodyAsync();

        await DoAsync(registrar, group, $"/members/{joined.Organisation}/removal");

        Assert.Equal("404 sharing-group.not-found", await AnswerAsync(member, new Uri(group, UriKind.Relative)));
    }

    [Fact]
    public async Task A_token_that_was_cut_off_is_refused_by_every_process_that_starts_anew()
    {
        using var registrar = await platform.AsAsync("home-office-registrar");
        using var officer = await platform.AsAsync("home-office-security-a");
        var joined = await JourneyTests.JoinAsync(platform, registrar);
        var token = await joined.Client.TokenAsync(platform.Gateway);
        await DoAsync(officer, $"/partners/v1/organisations/{joined.Organisation}", "/suspension", new { reason = "security-incident" });
        var processes = new[]
        {
            ("gateway", "/referrals/v1/updates"), ("partners", "/partners/v1/webhooks"), ("referrals", "/referrals/v1/updates"), ("strategy", "/strategy/v1/strategies"),
            ("reporting", "/reporting/v1/statistics/referrals/2026"),
        };
        foreach (var (name, path) in processes)
        {
            using var http = With(token, platform.App.CreateHttpClient(name));
            var asked = new Uri(path, UriKind.Relative);
            await Eventually.TrueAsync(async () => await AnswerAsync(http, asked) == "401 access.cut-off", name + " refuses the token", Promised);

            var killed = Pid(name);
            using (var process = Process.GetProcessById(killed))
            {
                process.Kill();
                await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            }

            // Until it is there again there is no answer or 5xx; its first word about the token is that it is refused.
            var answers = new List<string>();
            await Eventually.TrueAsync(
                async () =>
                {
                    answers.Add(await AnswerAsync(http, asked));
                    return answers[^1] == "401 access.cut-off";
                },
                name + " is back and refuses the token", TimeSpan.FromSeconds(90));
            Assert.DoesNotContain(answers, answer => answer[0] is '2' || answer.StartsWith("403", StringComparison.Ordinal));
            Assert.NotEqual(killed, Pid(name));
        }
    }

    private static Uri Updates => new("/referrals/v1/updates", UriKind.Relative);

    private static HttpClient With(string token, HttpClient http)
    {
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    /// <summary>The status and the problem's code, or why there was no answer.</summary>
    private static async Task<string> AnswerAsync(HttpClient http, Uri path)
    {
        try
        {
            using var answer = await http.GetAsync(path);
            return $"{(int)answer.StatusCode} {await answer.ProblemCodeAsync()}".TrimEnd();
        }
        catch (HttpRequestException)
        {
            return "none";
        }
    }

    /// <summary>One verb on what was just read.</summary>
    private static async Task DoAsync(HttpClient caller, string resource, string verb, object? body = null)
    {
        using var read = await caller.GetAsync(new Uri(resource, UriKind.Relative));
        await read.BodyAsync();
        using var done = await caller.ChangeAsync(resource + verb, read.Headers.ETag, body);
        await done.BodyAsync();
    }

    /// <summary>The running process of this platform, of which there may be several on the machine: it knows its issuer's address.</summary>
    private int Pid(string name)
    {
        var (program, issuer) = ($"Soc.{char.ToUpperInvariant(name[0])}{name[1..]}.dll", $"{platform.Gateway.BaseAddress!.GetLeftPart(UriPartial.Authority)}/partners");
        return Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(entry => int.TryParse(entry, out _))
            .Where(pid => Read(pid!, "cmdline").Split('\0') is var line && line.Any(part => Path.GetFileName(part) == program) && !line.Contains("migrate")
                && Read(pid!, "environ").Contains(issuer, StringComparison.Ordinal))
            .Select(pid => int.Parse(pid!, CultureInfo.InvariantCulture)).Single();
    }

    private static string Read(string pid, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/{file}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return ""; // It has ended meanwhile.
        }
    }
}
