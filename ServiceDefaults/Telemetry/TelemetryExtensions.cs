using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Soc.ServiceDefaults;

/// <summary>Traces, metrics and logs by OTLP, where an endpoint is configured. What the platform's libraries instrument themselves needs no package.</summary>
internal static class TelemetryExtensions
{
    private static readonly string[] Sources = ["Microsoft.AspNetCore", "System.Net.Http", "Npgsql", "MassTransit", "Soc.*"];
    private static readonly string[] Meters = ["Microsoft.AspNetCore.*", "System.Net.Http", "System.Runtime", "Npgsql", "MassTransit", "Soc.*"];

    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        if (string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            return;
        }

        // Before the host is built: only then does the framework's own server span carry method, route and status.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
        var name = builder.Configuration["OTEL_SERVICE_NAME"] ?? builder.Environment.ApplicationName;
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(name, autoGenerateServiceInstanceId: builder.Configuration["OTEL_RESOURCE_ATTRIBUTES"] is null))
            .WithTracing(tracing => tracing.AddSource(Sources).SetSampler(new QuietSampler()).AddProcessor(new QuietCalls()).AddProcessor(new NoAddresses()))
            .WithMetrics(metrics => metrics.AddMeter(Meters))
            .WithLogging(null, logging => (logging.IncludeScopes, logging.IncludeFormattedMessage) = (false, true))
            .UseOtlpExporter();
    }

    private static bool IsQuiet(string path) =>
        path.StartsWith("/health/", StringComparison.Ordinal) || path.Equals("/internal/cut-offs", StringComparison.Ordinal);

    /// <summary>Samples as the caller did, or everything; never what the platform asks itself all the time.</summary>
    internal sealed class QuietSampler : Sampler
    {
        private readonly ParentBasedSampler others = new(new AlwaysOnSampler());

        public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
        {
            foreach (var tag in samplingParameters.Tags ?? [])
            {
                if (tag.Key == "url.path" && tag.Value is string path && IsQuiet(path))
                {
                    return new SamplingResult(SamplingDecision.Drop);
                }
            }

            return others.ShouldSample(samplingParameters);
        }
    }

    /// <summary>Keeps out calls whose address is known only once they are under way, such as the gateway's health checks of the services.</summary>
    internal sealed class QuietCalls : BaseProcessor<Activity>
    {
        public override void OnEnd(Activity data)
        {
            if (data.Kind == ActivityKind.Client && data.GetTagItem("url.full") is string url
                && Uri.TryCreate(url, UriKind.Absolute, out var address) && IsQuiet(address.AbsolutePath))
            {
                data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
            }
        }
    }
    /// <summary>
    /// Keeps out what stands in an address: a path may hold the id of a case, or whatever somebody typed. A server span says its route instead, a client
    /// span whom it called. On the way out and for every span, so that it holds however the request ended; after <see cref="QuietCalls"/>, which needs
    /// the address.
    /// </summary>
    internal sealed class NoAddresses : BaseProcessor<Activity>
    {
        private static readonly string[] Tags = ["url.query", "url.fragment", "http.url", "http.target", "user_agent.original"];

        public override void OnEnd(Activity data)
        {
            var full = Uri.TryCreate(data.GetTagItem("url.full") as string, UriKind.Absolute, out var address) ? address.GetLeftPart(UriPartial.Authority) + "/" : null;
            data.SetTag("url.full", full);
            data.SetTag("url.path", data.GetTagItem("http.route"));
            foreach (var tag in Tags)
            {
                data.SetTag(tag, null);
            }
        }
    }
}
