using System.Net;
using Soc.Contracts;
using Soc.TestKit;
using static Soc.Referrals.Tests.ReferralsHost;

namespace Soc.Referrals.Tests.Journeys;

[Collection(OneService.Name)]
public sealed class AccessTests(ReferralsHost host)
{
    private static readonly string[] Officers =
        [Scopes.ReferralsTriage, Scopes.ReferralsAssess, Scopes.ReferralsDecide, Scopes.ReferralsCasework, Scopes.ReferralsReview, Scopes.ReferralsTransfer];

    private static readonly string[] Leads = [Scopes.ReferralsTriage, Scopes.ReferralsCasework];

    private static readonly Dictionary<string, string[]> ScopesOfRoutes = new()
    {
        ["POST /referrals/v1/referrals"] = [Scopes.ReferralsSubmit],
        ["GET /referrals/v1/referrals/{id}"] = Officers,
        ["POST /referrals/v1/referrals/{id}/acknowledgement"] = [Scopes.ReferralsTriage],
        ["POST /referrals/v1/referrals/{id}/arrangements"] = [Scopes.ReferralsCasework],
        ["POST /referrals/v1/referrals/{id}/breach-reason"] = Leads,
        ["POST /referrals/v1/referrals/{id}/clock-pause"] = Leads,
        ["POST /referrals/v1/referrals/{id}/clock-resumption"] = Leads,
        ["POST /referrals/v1/referrals/{id}/closure"] = Leads,
        ["POST /referrals/v1/referrals/{id}/entitlements"] = [Scopes.ReferralsCasework],
        ["POST /referrals/v1/referrals/{id}/entitlement-outcome"] = [Scopes.ReferralsCasework],
        ["POST /referrals/v1/drafts"] = [Scopes.ReferralsSubmit],
        ["GET /referrals/v1/drafts"] = [Scopes.ReferralsSubmit],
        ["GET /referrals/v1/drafts/{id}"] = [Scopes.ReferralsSubmit],
        ["PUT /referrals/v1/drafts/{id}"] = [Scopes.ReferralsSubmit],
        ["DELETE /referrals/v1/drafts/{id}"] = [Scopes.ReferralsSubmit],
        ["POST /referrals/v1/drafts/{id}/submission"] = [Scopes.ReferralsSubmit],
        ["POST /referrals/v1/break-glass"] = Officers,
        ["GET /referrals/v1/break-glass"] = [.. Officers, Scopes.ReferralsPrivacy],
        ["GET /referrals/v1/break-glass/{id}"] = [.. Officers, Scopes.ReferralsPrivacy],
        ["POST /referrals/v1/break-glass/{id}/approval"] = Officers,
        ["POST /referrals/v1/break-glass/{id}/review"] = [Scopes.ReferralsPrivacy],
        ["GET /referrals/v1/break-glass/{id}/referral"] = Officers,
        ["POST /referrals/v1/threat-notices"] = Leads,
        ["GET /referrals/v1/threat-notices"] = Leads,
        ["POST /referrals/v1/referrals/{id}/exit"] = [Scopes.ReferralsCasework],
        ["POST /referrals/v1/referrals/{id}/exit-plan"] = [Scopes.ReferralsCasework],
        ["POST /referrals/v1/referrals/{id}/interim-protection"] = Leads,
        ["POST /referrals/v1/referrals/{id}/resubmission"] = [Scopes.ReferralsSubmit],
        ["POST /referrals/v1/referrals/{id}/retention"] = Leads,
        ["POST /referrals/v1/referrals/{id}/return"] = [Scopes.ReferralsTriage],
        ["POST /referrals/v1/referrals/{id}/review"] = [Scopes.ReferralsReview],
        ["POST /referrals/v1/referrals/{id}/review-conclusion"] = [Scopes.ReferralsReview],
        ["POST /referrals/v1/referrals/{id}/team"] = Leads,
        ["POST /referrals/v1/referrals/{id}/withdrawal"] = Leads,
        ["POST /referrals/v1/referrals/{id}/transfer"] = [Scopes.ReferralsTransfer],
        ["POST /referrals/v1/referrals/{id}/transfer-acceptance"] = [Scopes.ReferralsTransfer],
        ["POST /referrals/v1/referrals/{id}/transfer-cancellation"] = [Scopes.ReferralsTransfer],
        ["POST /referrals/v1/referrals/{id}/transfer-refusal"] = [Scopes.ReferralsTransfer],
        ["GET /referrals/v1/transfers"] = [Scopes.ReferralsTransfer],
        ["POST /referrals/v1/bulk-transfers"] = [Scopes.ReferralsTransfer],
        ["GET /referrals/v1/bulk-transfers/{id}"] = [Scopes.ReferralsTransfer],
        ["GET /referrals/v1/bulk-transfers/{id}/report"] = [Scopes.ReferralsTransfer],
        ["POST /referrals/v1/bulk-transfers/{id}/acceptance"] = [Scopes.ReferralsTransfer],
        ["POST /referrals/v1/bulk-transfers/{id}/cancellation"] = [Scopes.ReferralsTransfer],
        ["POST /referrals/v1/referrals/{id}/triage"] = [Scopes.ReferralsTriage],
        ["POST /referrals/v1/referrals/{id}/assessment"] = [Scopes.ReferralsAssess],
        ["POST /referrals/v1/referrals/{id}/decision"] = [Scopes.ReferralsDecide],
        ["GET /referrals/v1/vocabulary"] = [.. Officers, Scopes.ReferralsSubmit, Scopes.ReferralsUpdates, Scopes.ReferralsPrivacy],
        ["GET /referrals/v1/worklist"] = Officers,
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
    public async Task A_case_of_another_unit_or_team_and_a_random_id_and_no_id_get_the_same_answer_to_the_byte()
    {
        var id = await host.CaseInAsync("decision-pending");
        string[] officer = [.. Officers, Scopes.ReferralsSubmit, Scopes.ReferralsPrivacy];
        using var foreign = host.Service.As(OtherUnit, "foreign-officer", officer);
        using var referrerAsOfficer = host.Service.As(Trust, "referrer", officer);
        using var colleague = host.Service.As(Unit, "colleague-off-the-team", officer); // every scope of the same unit, and not on the team
        foreach (var route in ScopesOfRoutes.Keys.Where(route => route.Contains("/referrals/{id}", StringComparison.Ordinal)))
        {
            var expected = Comparable(await CallAsync(foreign, route, Guid.CreateVersion7().ToString()));
            Assert.StartsWith("NotFound", expected, StringComparison.Ordinal);
            foreach (var client in (HttpClient[])[foreign, referrerAsOfficer, colleague])
            {
                if (client == referrerAsOfficer && route.EndsWith("/resubmission", StringComparison.Ordinal))
                {
                    continue; // its own: refused by its status
                }

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
        ["DELETE", var path] => SendAsync(client, HttpMethod.Delete, path.Replace("{id}", id, StringComparison.Ordinal), null, "\"1\""),
        ["PUT", var path] => SendAsync(client, HttpMethod.Put, path.Replace("{id}", id, StringComparison.Ordinal), Told(), "\"1\""),
        [_, "/referrals/v1/drafts"] => PostAsync(client, "/referrals/v1/drafts", Told()),
        [_, "/referrals/v1/break-glass"] => PostAsync(client, "/referrals/v1/break-glass", new { reference = "2222-2222-2222", reason = "safeguarding", text = "Synthetic." }),
        [_, "/referrals/v1/threat-notices"] => PostAsync(client, "/referrals/v1/threat-notices", new { kind = "disruption-notice", region = "NIR" }),
        [_, var path] when !path.StartsWith("/referrals/v1/referrals/", StringComparison.Ordinal) && !path.StartsWith("/referrals/v1/bulk", StringComparison.Ordinal) => PostAsync(
            client, path.Replace("{id}", id, StringComparison.Ordinal), path.EndsWith("review", StringComparison.Ordinal) ? new { outcome = "justified" } : new { }),
        [_, "/referrals/v1/bulk-transfers"] => PostAsync(client, "/referrals/v1/bulk-transfers", new { toUnit = OtherUnit, reason = "capacity" }),
        [_, var path] when path.StartsWith("/referrals/v1/bulk", StringComparison.Ordinal) => PostAsync(
            client, path.Replace("{id}", id, StringComparison.Ordinal), path.EndsWith("acceptance", StringComparison.Ordinal) ? Bodies["transfer-acceptance"] : new { }),
        [_, var path] when path.EndsWith("/resubmission", StringComparison.Ordinal) => CreateAsync(client, id, "resubmission", Bodies["resubmission"]),
        [_, var path] => DoAsync(client, id, path[(path.LastIndexOf('/') + 1)..], Bodies[path[(path.LastIndexOf('/') + 1)..]], "\"3\""),
        _ => throw new ArgumentOutOfRangeException(nameof(route)),
    };

    internal static readonly Dictionary<string, object> Bodies = new()
    {
        ["acknowledgement"] = new { },
        ["entitlements"] = new { enhanced = false },
        ["entitlement-outcome"] = new { right = 4 },
        ["transfer"] = new { toUnit = OtherUnit, reason = "capacity" },
        ["transfer-acceptance"] = new { team = new[] { new { actor = "another", role = "case-officer" } } },
        ["transfer-refusal"] = new { reason = "no-capacity" },
        ["transfer-cancellation"] = new { },
        ["breach-reason"] = new { clock = "acknowledge", reason = "complex-case" },
        ["clock-pause"] = new { clock = "decision", reason = "awaiting-court" },
        ["clock-resumption"] = new { clock = "decision" },
        ["review"] = new { },
        ["exit"] = new { },
        ["triage"] = new { route = "assessment", reason = "threat-to-life" },
        ["assessment"] = new { tool = "protection-risk-2", score = 55, band = "urgent" },
        ["decision"] = new { outcome = "declined", factors = Findings },
        ["return"] = new { requests = new[] { "identity-details" } },
        ["resubmission"] = new { narrative = "Synthetic addition." },
        ["interim-protection"] = new { measures = new[] { "safe-accommodation" } },
        ["withdrawal"] = new { reason = "person-declines" },
        ["arrangements"] = new { arrangements = new[] { new { type = "relocation", provider = Unit } } },
        ["review-conclusion"] = new { outcome = "continue" },
        ["exit-plan"] = new { reason = "risk-has-ended" },
        ["closure"] = new { reason = "path-complete" },
        ["retention"] = new { rule = "protected-person" },
        ["team"] = new { add = new[] { new { actor = "another", role = "case-officer" } } },
    };
}
