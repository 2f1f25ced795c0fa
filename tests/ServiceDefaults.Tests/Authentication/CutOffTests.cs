using System.Net;
using Microsoft.IdentityModel.JsonWebTokens;
using Soc.Contracts;
using Soc.TestKit;

namespace Soc.ServiceDefaults.Tests.Authentication;

public sealed class CutOffTests
{
    private static readonly Guid Organisation = Guid.CreateVersion7();

    [Fact]
    public async Task An_organisation_that_is_cut_off_is_refused_though_its_token_has_not_expired_and_another_is_not()
    {
        await using var issuer = await TestIssuer.StartAsync();
        await using var service = await TestService.StartAsync(issuer.Settings);
        var token = issuer.Token(Organisation, "test-client", Scopes.ReferralsSubmit);
        using (var before = await service.GetAsync("/caller", token))
        {
            Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        }

        issuer.CutOff(Organisation);

        await Eventually.TrueAsync(
            async () =>
            {
                using var after = await service.GetAsync("/caller", token);
                return after.StatusCode != HttpStatusCode.OK;
            },
            "the cut-off is obeyed");
        using var refused = await service.GetAsync("/caller", token);
        await refused.AssertProblemAsync(HttpStatusCode.Unauthorized, "access.cut-off");
        using var other = await service.GetAsync("/caller", issuer.Token(Guid.CreateVersion7(), "other-client", Scopes.ReferralsSubmit));
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task A_cut_off_is_known_before_the_first_request_after_a_restart()
    {
        await using var issuer = await TestIssuer.StartAsync();
        var token = issuer.Token(Organisation, "test-client", Scopes.ReferralsSubmit);
        issuer.CutOff(Organisation);
        await using var service = await TestService.StartAsync(issuer.Settings, waitUntilReady: false);

        // Unready or refused, never served.
        using var first = await service.GetAsync("/caller", token);
        Assert.Contains(first.StatusCode, new[] { HttpStatusCode.ServiceUnavailable, HttpStatusCode.Unauthorized });
        await Eventually.TrueAsync(service.IsReadyAsync, "ready");
        using var then = await service.GetAsync("/caller", token);
        await then.AssertProblemAsync(HttpStatusCode.Unauthorized, "access.cut-off");
    }

    [Fact]
    public async Task Without_a_list_of_cut_offs_the_process_is_not_ready_and_answers_503_to_those_with_a_token_only()
    {
        await using var issuer = await TestIssuer.StartAsync();
        var settings = new Dictionary<string, string?>(issuer.Settings) { ["CutOffs:Uri"] = "http://127.0.0.1:9/cut-offs" };
        await using var service = await TestService.StartAsync(settings, waitUntilReady: false);

        Assert.False(await service.IsReadyAsync());
        using var live = await service.GetAsync("/health/live");
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        using var open = await service.GetAsync("/open");
        Assert.Equal(HttpStatusCode.OK, open.StatusCode);
        using var response = await service.GetAsync("/caller", issuer.Token(Organisation, "test-client", Scopes.ReferralsSubmit));
        await response.AssertProblemAsync(HttpStatusCode.ServiceUnavailable, "access.unavailable");
        Assert.NotNull(response.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_list_that_can_no_longer_be_read_stays_in_force()
    {
        var issuer = await TestIssuer.StartAsync();
        var (cutOff, good) = (issuer.Token(Organisation, "a", Scopes.ReferralsSubmit), issuer.Token(Guid.CreateVersion7(), "b", Scopes.ReferralsSubmit));
        issuer.CutOff(Organisation);
        await using var service = await TestService.StartAsync(issuer.Settings);
        using (var warm = await service.GetAsync("/caller", good))
        {
            Assert.Equal(HttpStatusCode.OK, warm.StatusCode);
        }

        await issuer.DisposeAsync();
        await Eventually.TrueAsync(() => Task.FromResult(service.Log.Lines.Any(line => line.Contains("cut-offs cannot be read", StringComparison.Ordinal))), "a failed read");

        using var refused = await service.GetAsync("/caller", cutOff);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using var served = await service.GetAsync("/caller", good);
        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
    }

    [Fact]
    public async Task A_process_may_read_the_cut_offs_from_a_service_of_its_own()
    {
        await using var issuer = await TestIssuer.StartAsync();
        await using var service = await TestService.StartAsync(
            new Dictionary<string, string?>(issuer.Settings) { ["CutOffs:Uri"] = null },
            builder => builder.Services.AddCutOffsFrom<TimeProvider>((time, _) =>
                Task.FromResult<IReadOnlyList<CutOff>>([new CutOff(Organisation, time.GetUtcNow().AddMinutes(1))])));

        using var refused = await service.GetAsync("/caller", issuer.Token(Organisation, "a", Scopes.ReferralsSubmit));
        await refused.AssertProblemAsync(HttpStatusCode.Unauthorized, "access.cut-off");
    }

    [Theory]
    [InlineData(0, HttpStatusCode.Unauthorized)]
    [InlineData(-1, HttpStatusCode.OK)]
    public async Task A_token_of_the_very_second_of_the_cut_off_is_refused_and_one_of_the_next_is_good(int seconds, HttpStatusCode expected)
    {
        await using var issuer = await TestIssuer.StartAsync();
        var token = issuer.Token(Organisation, "a", Scopes.ReferralsSubmit);
        var cutOff = new DateTimeOffset(new JsonWebToken(token).IssuedAt, TimeSpan.Zero).AddSeconds(seconds);
        await using var service = await TestService.StartAsync(
            new Dictionary<string, string?>(issuer.Settings) { ["CutOffs:Uri"] = null },
            builder => builder.Services.AddCutOffsFrom<TimeProvider>((_, _) => Task.FromResult<IReadOnlyList<CutOff>>([new CutOff(Organisation, cutOff)])));

        using var answer = await service.GetAsync("/caller", token);

        Assert.Equal(expected, answer.StatusCode);
    }
}
