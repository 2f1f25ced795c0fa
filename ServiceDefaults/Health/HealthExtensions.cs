using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Soc.ServiceDefaults;

/// <summary>The routes by which an orchestrator asks after a process. They answer a word, never a detail, in every environment.</summary>
internal static class HealthExtensions
{
    /// <summary>Checks with this tag decide whether requests are sent here.</summary>
    public const string Ready = "ready";

    /// <summary>
    /// Checks with this tag are about the process alone. Only the gateway has others: its readiness is the whole platform's, and one service that is down
    /// is no reason to take the gateway to all the others out of service.
    /// </summary>
    public const string Serving = "serving";

    public static void AddHealth(this IServiceCollection services) => services.AddHealthChecks()
        .AddCheck<StoppingCheck>("stopping", tags: [Ready, Serving])
        .AddCheck<CutOffsCheck>("cut-offs", tags: [Ready, Serving]);

    public static void MapHealth(this WebApplication app)
    {
        Map("/health/live", _ => false);
        Map("/health/ready", check => check.Tags.Contains(Ready));
        Map("/health/serving", check => check.Tags.Contains(Serving));
        app.MapGet("/health/startup", (IHostApplicationLifetime lifetime) => lifetime.ApplicationStarted.IsCancellationRequested
            ? Results.Text("Healthy")
            : Results.Text("Starting", statusCode: StatusCodes.Status503ServiceUnavailable)).AllowAnonymous().ExcludeFromDescription();

        void Map(string path, Func<HealthCheckRegistration, bool> which) =>
            app.MapHealthChecks(path, new() { Predicate = which }).AllowAnonymous().DisableHttpMetrics();
    }

    private sealed class StoppingCheck(IHostApplicationLifetime lifetime) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(lifetime.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy() : HealthCheckResult.Healthy());
    }

    private sealed class CutOffsCheck(CutOffList cutOffs) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(cutOffs.IsKnown ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
    }
}
