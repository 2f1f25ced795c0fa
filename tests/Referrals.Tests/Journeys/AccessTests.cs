using System.Net;
using Soc.Contracts;
using Soc.TestKit;
using static Soc.Referrals.Tests.ReferralsHost;

namespace Soc.Referrals.Tests.Journeys;

[Collection(OneService.Name)]
public sealed class AccessTests(ReferralsHost host)
{
    private static readonly Dictionary<string, string[]> ScopesOfRoutes = new()
    {
        ["POST /referrals/v1/referrals"] = [Scopes.ReferralsSubmit],
        ["GET /referrals/v1/referrals/{id}"] = [Scopes.ReferralsTriage, Scopes.ReferralsAssess, Scopes.ReferralsDecide],
        ["POST /referrals/v1/referrals/{id}/triage"] = [Scopes.ReferralsTriage],
        ["POST /referrals/v1/referrals/{id}/assessment"] = [Scopes.ReferralsAssess],
        ["POST /referrals/v1/referrals/{id}/decision"] = [Scopes.ReferralsDecide],
        ["GET /referrals/v1/worklist"] = [Scopes.ReferralsTriage, Scopes.ReferralsAssess, Scopes.ReferralsDecide],
        ["GET /referrals/v1/updates"] = [Scopes.ReferralsUpdates],
    };

    [Fact]
    public void Every_endpoint_names_its_policy_and_is_in_the_table_of_this_test()
    {
        Assert.Empty(EndpointPolicies.Faults(host.Service.Services));
        Assert.Equal(
            ScopesOfRoutes.Keys.Order(StringComparer.Ordinal),
            EndpointPolicies.All(host.Service.Services).Select(each => each.Name).Where(name => name.Contains("/referrals/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Every_route_takes_each_of_its_scopes_and_answers_any_other_with_403_and_no_token_with_401()
    {
        var id = await host.CaseInAsync("submitted");
        foreach (var (route, allowed) in ScopesOfRoutes)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await CallAsync(host.Service.Anonymous, route, id)).Status);
            foreach (var scope in Scopes.All.Except(allowed))
            {
                using var client = host.Service.As(Unit, "scope-tester", scope);
                var answer = await CallAsync(client, route, id);
                Assert.True(answer.Status == HttpStatusCode.Forbidden, $"{route} with {scope}: {answer.Status}");
            }

            foreach (var scope in allowed)
            {
                using var client = host.Service.As(Unit, "scope-tester", scope);
                Assert.NotEqual(HttpStatusCode.Forbidden, (await CallAsync(client, route, id)).Status);
            }

            using var everythingElse = host.Service.As(Unit, "scope-tester", [.. Scopes.All.Except(allowed)]);
            Assert.Equal(HttpStatusCode.Forbidden, (await CallAsync(everythingElse, route, id)).Status);
        }
    }

    [Fact]
    public async Task A_case_of_another_unit_and_a_random_id_and_no_id_get_the_same_answer_to_the_byte()
    {
        var id = await host.CaseInAsync("decision-pending");
        string[] officer = [Scopes.ReferralsTriage, Scopes.ReferralsAssess, Scopes.ReferralsDecide];
        using var foreign = host.Service.As(OtherUnit, "foreign-officer", officer);
        using var referrerAsOfficer = host.Service.As(Trust, "referrer", officer);
        foreach (var route in ScopesOfRoutes.Keys.Where(route => route.Contains("{id}", StringComparison.Ordinal)))
        {
            var expected = Comparable(await CallAsync(foreign, route, Guid.CreateVersion7().ToString()));
            Assert.StartsWith("NotFound", expected, StringComparison.Ordinal);
            foreach (var client in (HttpClient[])[foreign, referrerAsOfficer])
            {
                foreach (var asked in (string[])[id, id.ToUpperInvariant(), Guid.NewGuid().ToString(), Guid.Empty.ToString(), "1", "%27%20or%201=1", "no-id"])
                {
                    Assert.Equal(expected, Comparable(await CallAsync(client, route, asked)));
                }
            }
        }
    }

    [Fact]
    public async Task The_referring_organisation_sees_its_own_updates_and_nobody_elses()
    {
        var (first, second) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        using var one = host.Service.As(first, "one", Scopes.ReferralsSubmit, Scopes.ReferralsUpdates);
        using var two = host.Service.As(second, "two", Scopes.ReferralsSubmit, Scopes.ReferralsUpdates);
        var submitted = await SubmitAsync(one, Told());

        var own = await GetAsync(one, "/referrals/v1/updates");
        var other = await GetAsync(two, $"/referrals/v1/updates");

        Assert.Equal(submitted["id"], (string?)Assert.Single(own.Json["items"]!.AsArray())!["referralId"]);
        Assert.Empty(other.Json["items"]!.AsArray());
    }

    // What no two answers share: the date, and the correlation id, which is random.
    private static string Comparable(Answer answer) => $"{answer.Status}\n{answer.Text}\n" + string.Join('\n', answer.Headers
        .Where(header => header.Key is not ("Date" or "X-Correlation-Id")).OrderBy(header => header.Key, StringComparer.Ordinal).Select(header => $"{header.Key}: {header.Value}"));

    private static Task<Answer> CallAsync(HttpClient client, string route, string id) => route.Split(' ') switch
    {
        ["GET", var path] => GetAsync(client, path.Replace("{id}", id, StringComparison.Ordinal)),
        [_, "/referrals/v1/referrals"] => SubmitAsync(client, Told()),
        [_, var path] when path.EndsWith("triage", StringComparison.Ordinal) => DoAsync(client, id, "triage", new { route = "assessment", reason = "threat-to-life" }, "\"3\""),
        [_, var path] when path.EndsWith("assessment", StringComparison.Ordinal) => DoAsync(client, id, "assessment", new { tool = "protection-risk-2", score = 55, band = "urgent" }, "\"3\""),
        _ => DoAsync(client, id, "decision", new { outcome = "declined", factors = Findings }, "\"3\""),
    };
}
