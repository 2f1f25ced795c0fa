using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json;
using Aspire.Hosting.Testing;
using Soc.Contracts;
using Soc.TestKit;

namespace Soc.Platform.Tests;

/// <summary>What an operator sees in the Aspire dashboard, asked through its telemetry API.</summary>
public sealed class TraceTests(PlatformFixture platform)
{
    private const string Fact = "soc.referrals.referral.submitted.v1";

    /// <summary>Events that no request brings about at once, and why.</summary>
    private static readonly Dictionary<string, string> WithoutARequest = [];

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

    /// <summary>A partner joins, is suspended and reinstated.</summary>
    private async Task<string[]> PartnersAsync(HttpClient registrar)
    {
        var (organisation, _) = await JourneyTests.JoinAsync(registrar);
        foreach (var (officer, verb, body) in new[] { ("a", "suspension", (object?)new { reason = "security-incident" }), ("b", "reinstatement", null) })
        {
            using var client = await platform.AsAsync("home-office-security-" + officer);
            client.DefaultRequestHeaders.Add("traceparent", registrar.DefaultRequestHeaders.GetValues("traceparent"));
            using var read = await client.GetAsync(new Uri($"/partners/v1/organisations/{organisation}", UriKind.Relative));
            using var done = await client.ChangeAsync($"/partners/v1/organisations/{organisation}/{verb}", read.Headers.ETag, body);
            await done.BodyAsync();
        }

        return
        [
            "soc.partners.organisation.registered.v1", "soc.partners.organisation.changed.v1", "soc.partners.organisation.suspended.v1",
            "soc.partners.organisation.reinstated.v1", "soc.partners.isa.activated.v1",
        ];
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
