using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Soc.Contracts;
using Soc.TestKit;

namespace Soc.ServiceDefaults.Tests.Telemetry;

public sealed class TelemetryTests
{
    [Fact]
    public async Task A_span_is_named_by_its_route_and_holds_nothing_from_the_query_or_the_headers_and_health_is_not_traced()
    {
        await using var issuer = await TestIssuer.StartAsync();
        var spans = new Spans();
        string port;
        var settings = new Dictionary<string, string?>(issuer.Settings) { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:9", ["OTEL_SERVICE_NAME"] = "test" };
        await using (var service = await TestService.StartAsync(settings, builder => builder.Services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddProcessor(spans))))
        {
            port = service.Address.Port.ToString(CultureInfo.InvariantCulture);
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/things/{Guid.Empty}?name=Fictional-Frieda");
            request.Headers.UserAgent.ParseAdd("Frieda/1.0");
            request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
            using var response = await service.Client.SendAsync(request, TestContext.Current.CancellationToken);
            using var refused = await service.GetAsync("/caller", issuer.Token(Guid.NewGuid(), "test-client", Scopes.StrategyRead));
            using var health = await service.GetAsync("/health/live");
        }

        // Other tests' servers share the process, and so the sources.
        var server = spans.Ended.Where(span => span.Kind == ActivityKind.Server && span.GetTagItem("server.port")?.ToString() == port).ToList();
        var thing = Assert.Single(server, span => span.DisplayName == "GET /things/{id:guid}");
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", thing.TraceId.ToHexString());
        Assert.Equal("200", thing.GetTagItem("http.response.status_code")?.ToString());
        Assert.Equal("403", Assert.Single(server, span => span.DisplayName == "GET /caller").GetTagItem("http.response.status_code")?.ToString());
        Assert.DoesNotContain(server, span => span.DisplayName.Contains("health", StringComparison.Ordinal));
        foreach (var span in server)
        {
            Assert.DoesNotContain(span.TagObjects, tag => tag.Value?.ToString() is { } value
                && (value.Contains("Frieda", StringComparison.Ordinal) || value.Contains("eyJ", StringComparison.Ordinal)));
        }
    }

    [Theory]
    [InlineData("/named/Fictional-Frieda", "/named/{name}")]
    [InlineData("/things/Fictional-Frieda", null)]
    [InlineData("/nowhere/Fictional%2DFrieda?name=Frieda#Frieda", null)]
    public async Task What_somebody_types_into_a_path_is_in_no_span_of_the_server_or_of_a_client_and_in_no_log_line(string path, string? route)
    {
        await using var issuer = await TestIssuer.StartAsync();
        var spans = new Spans();
        var settings = new Dictionary<string, string?>(issuer.Settings) { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:9", ["OTEL_SERVICE_NAME"] = "test" };
        var trace = ActivityTraceId.CreateRandom();
        await using (var service = await TestService.StartAsync(settings, builder => builder.Services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddProcessor(spans))))
        {
            // As the gateway calls a service: the client's span is inside the trace, and so is the server's.
            using var caller = new Activity("caller").SetParentId(trace, ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded).Start();
            using var response = await service.GetAsync(path);
            Assert.DoesNotContain(service.Log.Lines, line => line.Contains("Frieda", StringComparison.Ordinal));
        }

        var ended = spans.Ended.Where(span => span.TraceId == trace).ToList();
        var server = Assert.Single(ended, span => span.Kind == ActivityKind.Server);
        var client = Assert.Single(ended, span => span.Kind == ActivityKind.Client);
        Assert.Equal(route, server.GetTagItem("url.path"));
        Assert.Matches(@"^http://127\.0\.0\.1:\d+/$", client.GetTagItem("url.full")?.ToString());
        Assert.All(ended, span => Assert.DoesNotContain("Frieda", string.Join(' ', [span.DisplayName, span.StatusDescription, .. span.TagObjects.Select(tag => tag.Value)]), StringComparison.Ordinal));
    }

    private sealed class Spans : BaseProcessor<Activity>
    {
        public ConcurrentQueue<Activity> Ended { get; } = new();

        public override void OnEnd(Activity data)
        {
            if (data.Recorded)
            {
                Ended.Enqueue(data);
            }
        }
    }
}
