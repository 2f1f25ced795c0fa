using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting.Testing;
using Soc.TestKit;

namespace Soc.Platform.Tests;

/// <summary>What an operator sees in the Aspire dashboard, asked through its telemetry API.</summary>
public sealed class TraceTests(PlatformFixture platform)
{
    private const string Fact = "soc.referrals.referral.submitted.v1";

    [Fact]
    public async Task One_trace_runs_from_the_gateway_through_the_service_and_the_broker_to_the_consumer()
    {
        using var registrar = await platform.AsAsync("home-office-registrar");
        var trace = ActivityTraceId.CreateRandom().ToHexString();
        registrar.DefaultRequestHeaders.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom().ToHexString()}-01");

        using var registered = await registrar.CreateAsync(
            "/partners/v1/organisations", new { name = "Example Trace Bank", sector = "private", kind = "company", regions = new[] { "ENG-LON" } });
        await registered.BodyAsync(HttpStatusCode.Created);

        using var dashboard = Dashboard();
        await Eventually.TrueAsync(
            async () => (await ServicesOfAsync(dashboard, trace)).IsSupersetOf(["gateway", "partners", "reporting"]),
            "the trace has spans of the gateway, the service and the consumer");
    }

    [Fact]
    public async Task A_statistical_fact_of_a_referral_is_not_in_the_trace_of_its_submission()
    {
        using var referrer = await platform.AsAsync("harbour-trust");
        var trace = ActivityTraceId.CreateRandom().ToHexString();
        referrer.DefaultRequestHeaders.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom().ToHexString()}-01");

        using var dashboard = Dashboard();
        var before = Consumed(await SpansAsync(dashboard));
        using var submitted = await referrer.CreateAsync("/referrals/v1/referrals", new { region = "SCT", priority = "standard", threatCategory = "firearms" });
        await submitted.BodyAsync(HttpStatusCode.Created);

        await Eventually.TrueAsync(
            async () => (await ServicesOfAsync(dashboard, trace)).IsSupersetOf(["gateway", "referrals"]), "the trace of the submission is there");
        await Eventually.TrueAsync(async () => Consumed(await SpansAsync(dashboard)).Except(before).Any(), "one more fact has been consumed");
        var spans = (await SpansAsync(dashboard)).Where(span => span.Trace == trace).ToList();
        Assert.DoesNotContain(spans, span => span.Service == "reporting" || span.Name.StartsWith(Fact, StringComparison.Ordinal));
    }

    /// <summary>The traces in which a fact was sent and consumed, among the latest: the dashboard's API does not give all.</summary>
    private static HashSet<string> Consumed(List<(string Service, string Name, string Trace)> spans) =>
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

    private static async Task<HashSet<string>> ServicesOfAsync(HttpClient dashboard, string trace) =>
        [.. (await SpansAsync(dashboard)).Where(span => span.Trace == trace).Select(span => span.Service)];

    private static async Task<List<(string Service, string Name, string Trace)>> SpansAsync(HttpClient dashboard)
    {
        var telemetry = await dashboard.GetFromJsonAsync<JsonElement>("/api/telemetry/traces");
        var resources = telemetry.TryGetProperty("data", out var data) ? data : telemetry;
        return
        [
            .. from resource in resources.GetProperty("resourceSpans").EnumerateArray()
               let service = resource.GetProperty("resource").GetProperty("attributes").EnumerateArray()
                   .First(attribute => attribute.GetProperty("key").GetString() == "service.name").GetProperty("value").GetProperty("stringValue").GetString()
               from scope in resource.GetProperty("scopeSpans").EnumerateArray()
               from span in scope.GetProperty("spans").EnumerateArray()
               select (service, span.GetProperty("name").GetString()!, span.GetProperty("traceId").GetString()!),
        ];
    }
}
