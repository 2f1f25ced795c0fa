using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using Aspire.Hosting.Testing;
using Npgsql;
using Soc.Contracts;
using Soc.TestKit;

namespace Soc.Platform.Tests;

/// <summary>What an operator sees in the Aspire dashboard, asked through its telemetry API.</summary>
public sealed class TraceTests(PlatformFixture platform)
{
    private const string Fact = "soc.referrals.referral.submitted.v1";

    /// <summary>Events that no request brings about at once, and why.</summary>
    private static readonly Dictionary<string, string> WithoutARequest = new()
    {
        ["soc.partners.application.reminded.v1"] = "the clock",
        ["soc.partners.isa.reviewdue.v1"] = "the clock",
        ["soc.partners.isa.expired.v1"] = "the clock",
        ["soc.partners.attestation.overdue.v1"] = "the clock",
        ["soc.partners.attestation.made.v1"] = "an organisation has its first to make a quarter after it went live",
        ["soc.partners.credential.expiring.v1"] = "the clock",
        ["soc.partners.revocation.overdue.v1"] = "the clock",
        ["soc.partners.organisation.closed.v1"] = "the clock, at the end of offboarding",
        ["soc.partners.webhook.disabled.v1"] = "a receiver that is gone",
    };

    [Fact]
    public async Task Every_event_that_may_be_linked_is_in_one_trace_from_the_gateway_through_its_service_and_the_broker_to_its_consumer()
    {
        using var dashboard = Dashboard();
        var seen = new HashSet<string>();
        await InOneTraceAsync(dashboard, seen, "partners", PartnersAsync, "home-office-registrar");
        await InOneTraceAsync(dashboard, seen, "strategy", StrategyAsync, "home-office-strategy");

        var linkable = typeof(EventAttribute).Assembly.GetTypes().Select(type => type.GetCustomAttribute<EventAttribute>()).OfType<EventAttribute>()
            .Where(contract => contract.Linkable).Select(contract => contract.Type);
        Assert.Equal(linkable.Except(WithoutARequest.Keys).Order(), seen.Order());
    }

    [Fact]
    public async Task A_statistical_fact_of_a_referral_is_not_in_the_trace_of_its_submission()
    {
        using var referrer = await platform.AsAsync("harbour-trust");
        var trace = Begin(referrer);
        using var dashboard = Dashboard();
        await platform.AllHasLeftAsync();
        var before = Consumed(await SpansAsync(dashboard));
        using var submitted = await referrer.CreateAsync("/referrals/v1/referrals", new { region = "SCT", priority = "standard", threatCategory = "firearms" });
        await submitted.BodyAsync(HttpStatusCode.Created);

        await Eventually.TrueAsync(
            async () => (await SpansAsync(dashboard, trace)).Select(span => span.Service).ToHashSet().IsSupersetOf(["gateway", "referrals"]),
            "the trace of the submission is there");
        await Eventually.TrueAsync(async () => Consumed(await SpansAsync(dashboard)).Except(before).Any(), "one more fact has been consumed");
        Assert.DoesNotContain(
            await SpansAsync(dashboard, trace), span => span.Service == "reporting" || span.Name.StartsWith(Fact, StringComparison.Ordinal));
    }

    /// <summary>A partner joins, changes its key, shares in a group and a forum, is suspended and reinstated.</summary>
    private async Task<string[]> PartnersAsync(HttpClient registrar)
    {
        var organisation = (await JourneyTests.JoinAsync(platform, registrar)).Organisation;
        var path = $"/partners/v1/organisations/{organisation}";
        var client = $"{path}/clients/example-lantern-{organisation[^12..]}";
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await ChangeAsync(registrar, client, "keys", new { jwk = PartnerClient.PublicJwk(key, "second") });
        await ChangeAsync(registrar, client, "keys/second/revocation", new { reason = "superseded" });

        var today = DateOnly.FromDateTime(DateTime.UtcNow);
        using var forum = await registrar.CreateAsync(
            "/partners/v1/forums", new { kind = "sector-forum", name = "Example forum", area = Array.Empty<string>(), from = today });
        await forum.BodyAsync(HttpStatusCode.Created);
        var forumPath = forum.Headers.Location!.ToString();
        var joined = await ChangeAsync(registrar, forumPath, "members", new { organisation, role = "member", from = today });
        var member = joined.GetProperty("members")[0].GetProperty("id").GetString();
        await ChangeAsync(registrar, forumPath, $"members/{member}/departure", new { until = today });
        await ChangeAsync(registrar, forumPath, "closure", new { until = today });

        var agreement = await AgreementOfAsync(organisation);
        using var group = await registrar.CreateAsync("/partners/v1/sharing-groups", new
        {
            name = "Example group",
            purpose = "Sharing between the parties of one agreement",
            agreement,
        });
        await group.BodyAsync(HttpStatusCode.Created);
        var groupPath = group.Headers.Location!.ToString();
        await ChangeAsync(registrar, groupPath, "members", new { organisation });
        await ChangeAsync(registrar, groupPath, $"members/{organisation}/removal", null);

        var agreementPath = $"/partners/v1/agreements/{agreement}";
        await ChangeAsync(registrar, agreementPath, "review", new { reviewDate = today.AddMonths(18) });
        await ChangeAsync(registrar, agreementPath, "termination", new { reason = "purpose-fulfilled" });

        using var suspending = await OfficerAsync("a");
        await ChangeAsync(suspending, path, "suspension", new { reason = "security-incident" });
        using var orders = await suspending.GetAsync(new Uri("/partners/v1/revocation-orders", UriKind.Relative));
        var order = (await orders.BodyAsync()).GetProperty("items").EnumerateArray()
            .First(each => each.GetProperty("organisation").GetString() == organisation && each.GetProperty("cause").GetString() == "suspension");
        await ChangeAsync(
            suspending, $"/partners/v1/revocation-orders/{order.GetProperty("id").GetString()}", "acknowledgement",
            new { action = "destroyed", documentReference = "LETTER-1" });
        using var reinstating = await OfficerAsync("b");
        await ChangeAsync(reinstating, path, "reinstatement", null);
        return
        [
            "soc.partners.organisation.registered.v1", "soc.partners.organisation.changed.v1", "soc.partners.organisation.suspended.v1",
            "soc.partners.organisation.reinstated.v1", "soc.partners.isa.activated.v1", "soc.partners.isa.reviewed.v1", "soc.partners.isa.terminated.v1", "soc.partners.client.approved.v1",
            "soc.partners.credential.rotated.v1", "soc.partners.credential.revoked.v1", "soc.partners.forum.created.v1",
            "soc.partners.forum.memberjoined.v1", "soc.partners.forum.memberleft.v1", "soc.partners.forum.closed.v1",
            "soc.partners.sharinggroup.memberadded.v1", "soc.partners.sharinggroup.memberremoved.v1", "soc.partners.revocation.issued.v1",
            "soc.partners.revocation.acknowledged.v1",
        ];

        async Task<HttpClient> OfficerAsync(string which)
        {
            var officer = await platform.AsAsync("home-office-security-" + which);
            officer.DefaultRequestHeaders.Add("traceparent", registrar.DefaultRequestHeaders.GetValues("traceparent"));
            return officer;
        }
    }

    private async Task<string> AgreementOfAsync(string organisation)
    {
        await using var partners = NpgsqlDataSource.Create((await platform.App.GetConnectionStringAsync("partners-database"))!);
        await using var agreement = partners.CreateCommand("select agreement_id::text from agreement_party where organisation_id = $1::uuid");
        agreement.Parameters.Add(new NpgsqlParameter { Value = organisation });
        return (string)(await agreement.ExecuteScalarAsync())!;
    }

    /// <summary>Changes something as it now is.</summary>
    private static async Task<JsonElement> ChangeAsync(HttpClient caller, string path, string verb, object? body)
    {
        using var read = await caller.GetAsync(new Uri(path, UriKind.Relative));
        using var changed = await caller.ChangeAsync($"{path}/{verb}", read.Headers.ETag, body);
        return await changed.BodyAsync(changed.IsSuccessStatusCode ? changed.StatusCode : HttpStatusCode.OK);
    }

    /// <summary>A strategy is published, something comes of it, and it is reported on.</summary>
    private static async Task<string[]> StrategyAsync(HttpClient owner)
    {
        using var published = await owner.CreateAsync("/strategy/v1/strategies", new
        {
            code = "test-" + Guid.NewGuid().ToString("N")[..12],
            title = "A strategy for tests",
            published = "2020-03",
            objectives = new[] { new { number = 1, title = "First" } },
        });
        await published.BodyAsync(HttpStatusCode.Created);
        var (path, etag) = (published.Headers.Location!.ToString(), published.Headers.ETag);
        foreach (var (what, body) in new (string, object)[]
        {
            ("developments", new { kind = "plan", title = "A plan", mappedBy = "platform", objectives = new[] { 1 } }),
            ("annual-reports", new { year = 2021, published = "2022-03-01", minister = "A Minister" }),
            ("written-answers", new { asked = "2021-05-01", answered = "2021-05-06", department = "Home Office", heading = "A heading", minister = "A Minister", asks = "what steps are taken" }),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{path}/{what}") { Content = JsonContent.Create(body) };
            request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
            request.Headers.IfMatch.Add(etag!);
            using var recorded = await owner.SendAsync(request);
            await recorded.BodyAsync(HttpStatusCode.Created);
            etag = recorded.Headers.ETag;
        }

        return
        [
            "soc.strategy.strategy.published.v1", "soc.strategy.development.recorded.v1", "soc.strategy.annualreport.published.v1",
            "soc.strategy.writtenquestion.answered.v1",
        ];
    }

    private async Task InOneTraceAsync(HttpClient dashboard, HashSet<string> seen, string service, Func<HttpClient, Task<string[]>> act, string client)
    {
        using var caller = await platform.AsAsync(client);
        var trace = Begin(caller);
        var events = await act(caller);
        await Eventually.TrueAsync(
            async () =>
            {
                var spans = await SpansAsync(dashboard, trace);
                return spans.Exists(span => span.Service == "gateway") && Array.TrueForAll(events, name =>
                    spans.Exists(sent => sent.Service == service && sent.Name.StartsWith(name, StringComparison.Ordinal)
                        && spans.Exists(received => received.Service != service && received.Parent == sent.Id)));
            },
            $"the trace has the gateway, and {service} and a consumer for each of {string.Join(", ", events)}");
        seen.UnionWith(events);
    }

    /// <summary>Gives the caller a trace of its own, to which everything it asks for belongs.</summary>
    private static string Begin(HttpClient caller)
    {
        var trace = ActivityTraceId.CreateRandom().ToHexString();
        caller.DefaultRequestHeaders.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom().ToHexString()}-01");
        return trace;
    }

    /// <summary>The traces in which a fact was sent and consumed, among the latest: the dashboard's API does not give all.</summary>
    private static HashSet<string> Consumed(List<Span> spans) =>
    [
        .. from trace in spans.GroupBy(span => span.Trace)
           where trace.Any(span => span.Name.StartsWith(Fact, StringComparison.Ordinal)) && trace.Any(span => span.Service == "reporting")
           select trace.Key,
    ];

    private HttpClient Dashboard()
    {
        Assert.SkipUnless(PlatformFixture.HasDashboard, "The Aspire dashboard is not installed: nothing was asserted about traces.");
        return platform.App.CreateHttpClient("aspire-dashboard");
    }

    private static async Task<List<Span>> SpansAsync(HttpClient dashboard, string? trace = null)
    {
        using var answer = await dashboard.GetAsync(new Uri("/api/telemetry/traces" + (trace is null ? "" : "/" + trace), UriKind.Relative));
        if (answer.StatusCode == HttpStatusCode.NotFound)
        {
            return []; // nothing of this trace has arrived
        }

        var telemetry = await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
        var resources = telemetry.TryGetProperty("data", out var data) ? data : telemetry;
        return
        [
            .. from resource in resources.GetProperty("resourceSpans").EnumerateArray()
               let service = resource.GetProperty("resource").GetProperty("attributes").EnumerateArray()
                   .First(attribute => attribute.GetProperty("key").GetString() == "service.name").GetProperty("value").GetProperty("stringValue").GetString()
               from scope in resource.GetProperty("scopeSpans").EnumerateArray()
               from span in scope.GetProperty("spans").EnumerateArray()
               select new Span(
                   service, span.GetProperty("name").GetString()!, span.GetProperty("traceId").GetString()!, span.GetProperty("spanId").GetString()!,
                   span.TryGetProperty("parentSpanId", out var parent) ? parent.GetString() : null),
        ];
    }

    private sealed record Span(string Service, string Name, string Trace, string Id, string? Parent);
}
