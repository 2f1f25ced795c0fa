using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Soc.LocalHosting;

/// <summary>The Aspire dashboard as one more process, and the variables that send every project's telemetry to it.</summary>
internal static class Dashboard
{
    public static void AddTo(DistributedApplicationBuilder builder, string program, IReadOnlyList<Resource> resources)
    {
        var dashboard = new ExecutableResource("aspire-dashboard", program, builder.Root);
        int? wanted = int.TryParse(builder.Configuration["dashboard-port"], CultureInfo.InvariantCulture, out var given) ? given : null;
        var http = new Endpoint("http", "http", wanted ?? (Ports.IsFree(18888) ? 18888 : null), null, proxied: false);
        var otlp = new Endpoint("otlp-grpc", "http", Ports.Free(), null, proxied: false);
        var otlpHttp = new Endpoint("otlp-http", "http", Ports.Free(), null, proxied: false);
        dashboard.Plan.Endpoints.AddRange([http, otlp, otlpHttp]);
        EndpointReference To(Endpoint endpoint) => new(dashboard, endpoint.Name);
        // Anonymous because it listens on loopback only.
        dashboard.Plan.Arguments.AddRange(["dashboard",
            ReferenceExpression.Create($"--ASPNETCORE_URLS={To(http)}"),
            ReferenceExpression.Create($"--ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL={To(otlp)}"),
            ReferenceExpression.Create($"--ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL={To(otlpHttp)}"),
            "--ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS=true", "--ASPIRE_DASHBOARD_API_ENABLED=true", "--Logging:LogLevel:Default=Error"]);
        dashboard.Plan.HealthCheck = token => HealthChecks.HttpAsync(http, "/api/telemetry/traces", 200, token);
        foreach (var project in resources.OfType<ProjectResource>())
        {
            project.Plan.Environment.AddRange([
                ("OTEL_EXPORTER_OTLP_ENDPOINT", To(otlp)), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_SERVICE_NAME", project.Name),
                // What Aspire sets: telemetry is seen within a second.
                ("OTEL_BLRP_SCHEDULE_DELAY", "1000"), ("OTEL_BSP_SCHEDULE_DELAY", "1000"), ("OTEL_METRIC_EXPORT_INTERVAL", "1000"),
                ("OTEL_METRICS_EXEMPLAR_FILTER", "trace_based")]);
        }

        builder.AddResource(dashboard);
    }
}
