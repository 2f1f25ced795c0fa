using System.Text.Json;
using Soc.Contracts;
using Soc.Contracts.Partners;
using Soc.Contracts.Referrals;
using Soc.TestKit;

namespace Soc.Reporting.Tests;

/// <summary>A service of its own for the tests of statistics; each test counts in years or sectors of its own.</summary>
public sealed class EmptyReporting : IAsyncLifetime
{
    internal ReportingApi Api { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Api = await ReportingApi.StartAsync();

    public ValueTask DisposeAsync() => Api.DisposeAsync();
}

public sealed class StatisticsTests(EmptyReporting empty) : IClassFixture<EmptyReporting>
{
    private const string Of2026 = "/reporting/v1/statistics/referrals/2026";
    private const string Partners = "/reporting/v1/partners";

    [Fact]
    public async Task Referrals_are_counted_in_the_year_of_their_week_and_published_under_the_policy()
    {
        await Api.ConsumeAsync([.. Submitted(12, "2026-W47"), .. Submitted(1, "2025-W52"), .. Triaged(9)], 22);
        Assert.Equal(["submitted 10", "triaged [c]", "decided [c]"], await ShownAsync(Api, Of2026));
        Assert.Equal(["submitted [c]", "triaged [c]", "decided [c]"], await ShownAsync(Api, "/reporting/v1/statistics/referrals/2025"));

        await Api.ConsumeAsync([.. Submitted(5, "2026-W48"), .. Triaged(1)], 6);
        Assert.Equal(["submitted 15", "triaged 10", "decided [c]"], await ShownAsync(Api, Of2026));

        var statistics = await Api.JsonAsync(Of2026, Api.Analyst);
        Assert.Equal("protected", statistics.GetProperty("policy").GetProperty("name").GetString());
        Assert.Equal((10, 5), (statistics.GetProperty("policy").GetProperty("threshold").GetInt32(), statistics.GetProperty("policy").GetProperty("roundingBase").GetInt32()));
        Assert.Equal(JsonValueKind.Null, statistics.GetProperty("measures")[2].GetProperty("count").ValueKind);
        Assert.DoesNotContain("17", statistics.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fact_is_counted_once_by_its_token_even_in_another_message()
    {
        var received = await Api.CountAsync("select count(*) from inbox_message");
        var facts = Submitted(10, "2027-W01").ToList();
        await Api.ConsumeAsync([.. facts, .. facts.Select(sent => SentEvent.Fact(sent.Message))], 10);
        await Eventually.TrueAsync(
            async () => await Api.CountAsync("select count(*) from inbox_message") >= received + 20, "the repetitions were consumed too");
        Assert.Equal(10, await Api.CountAsync("select count from referral_count where measure = 'submitted' and year = 2027"));
    }

    [Fact]
    public async Task The_log_of_facts_keeps_neither_a_time_nor_a_message_nor_a_sequence()
    {
        Assert.Equal(
            0,
            await Api.CountAsync("select count(*) from information_schema.columns where table_name = 'fact_log' and column_name not in ('token', 'type', 'body')"));
    }

    [Fact]
    public async Task Partners_are_counted_by_sector_and_status()
    {
        var (one, two, three, agreement, ended) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        var today = DateOnly.FromDateTime(DateTime.UtcNow);
        await Api.ConsumeAsync(
            [
                SentEvent.Of(new OrganisationRegistered(one, "voluntary"), one, 1),
                SentEvent.Of(new OrganisationChanged(one, "live"), one, 2),
                SentEvent.Of(new OrganisationRegistered(two, "voluntary"), two, 1),
                SentEvent.Of(new OrganisationChanged(two, "live"), two, 2),
                SentEvent.Of(new OrganisationRegistered(three, "public"), three, 1),
                SentEvent.Of(new OrganisationSuspended(three, DateTimeOffset.UnixEpoch), three, 2),
                SentEvent.Of(new AgreementActivated(agreement, [one, two], ["referral"], today.AddMonths(1)), agreement, 1),
                SentEvent.Of(new AgreementActivated(ended, [one, two], ["referral"], today.AddDays(-2)), ended, 1),
            ],
            8);
        var partners = await Api.JsonAsync(Partners, Api.Analyst);
        Assert.Equal("none", partners.GetProperty("policy").GetString());
        Assert.Equal(1, partners.GetProperty("activeAgreements").GetInt32());
        Assert.Equal(
            ["public suspended 1", "voluntary live 2"],
            partners.GetProperty("partners").EnumerateArray()
                .Select(p => $"{p.GetProperty("sector").GetString()} {p.GetProperty("status").GetString()} {p.GetProperty("count").GetInt32()}"));
    }

    [Fact]
    public async Task Statistics_are_for_analysts_only_and_every_endpoint_says_who_may_call_it()
    {
        using var other = Api.Host.As(Guid.NewGuid(), "other", [.. Scopes.All.Except([Scopes.ReportsStatistics])]);
        foreach (var path in new[] { Of2026, Partners })
        {
            await Api.RefusedAsync(401, "access.token-missing", path);
            await Api.RefusedAsync(403, "access.scope-missing", path, other);
        }

        foreach (var year in new[] { "26", "-026", "twenty", "20260" })
        {
            await Api.RefusedAsync(400, "statistics.year-invalid", "/reporting/v1/statistics/referrals/" + year, Api.Analyst);
        }

        const string Public = "the published reports are for everybody";
        const string Asset = "the published pages' style";
        Assert.Empty(EndpointPolicies.Faults(Api.Host.Services, new Dictionary<string, string>
        {
            ["GET /reports"] = Public, ["HEAD /reports"] = Public,
            ["GET /reports/annual/{year}"] = Public, ["HEAD /reports/annual/{year}"] = Public,
            ["GET /reports/answers/{day}"] = Public, ["HEAD /reports/answers/{day}"] = Public,
            ["GET /reports/assets/{name}"] = Asset, ["HEAD /reports/assets/{name}"] = Asset,
        }));
    }

    private ReportingApi Api => empty.Api;

    private static IEnumerable<SentEvent> Submitted(int count, string week) =>
        Enumerable.Range(0, count).Select(_ => SentEvent.Fact(new ReferralSubmitted(Guid.NewGuid(), "ENG-NW", "standard", week)));

    private static IEnumerable<SentEvent> Triaged(int count) =>
        Enumerable.Range(0, count).Select(_ => SentEvent.Fact(new ReferralTriaged(Guid.NewGuid(), "WLS", "assessment", "2026-W47")));

    private static async Task<IEnumerable<string>> ShownAsync(ReportingApi api, string path) =>
        (await api.JsonAsync(path, api.Analyst)).GetProperty("measures").EnumerateArray()
            .Select(measure => $"{measure.GetProperty("measure").GetString()} {measure.GetProperty("shown").GetString()}");
}
