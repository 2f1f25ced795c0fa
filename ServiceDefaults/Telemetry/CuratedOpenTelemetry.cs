using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// What the package OpenTelemetry.Extensions.Hosting gives, which the curated feed lacks: the same names and signatures over the same SDK. Compiled only
/// there. The providers are made when the host starts and flushed when it disposes of them.
/// </summary>
internal static class CuratedOpenTelemetry
{
    public static OpenTelemetryBuilder AddOpenTelemetry(this IServiceCollection services)
    {
        // First, so that nothing of the other hosted services' start goes unseen.
        if (!services.Any(service => service.ImplementationType == typeof(TelemetryHostedService)))
        {
            services.Insert(0, ServiceDescriptor.Singleton<IHostedService, TelemetryHostedService>());
        }

        return new OpenTelemetryBuilder(services);
    }

    private sealed class TelemetryHostedService(IServiceProvider provider) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            _ = provider.GetService<MeterProvider>();
            _ = provider.GetService<TracerProvider>();
            _ = provider.GetService<LoggerProvider>();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

internal sealed class OpenTelemetryBuilder(IServiceCollection services) : IOpenTelemetryBuilder
{
    public IServiceCollection Services { get; } = services;

    public OpenTelemetryBuilder ConfigureResource(Action<ResourceBuilder> configure) => Then(OpenTelemetryBuilderSdkExtensions.ConfigureResource(this, configure));

    public OpenTelemetryBuilder WithTracing(Action<TracerProviderBuilder> configure) => Then(OpenTelemetryBuilderSdkExtensions.WithTracing(this, configure));

    public OpenTelemetryBuilder WithMetrics(Action<MeterProviderBuilder> configure) => Then(OpenTelemetryBuilderSdkExtensions.WithMetrics(this, configure));

    public OpenTelemetryBuilder WithLogging(Action<LoggerProviderBuilder>? configureBuilder, Action<OpenTelemetryLoggerOptions>? configureOptions) =>
        Then(OpenTelemetryBuilderSdkExtensions.WithLogging(this, configureBuilder, configureOptions));

    private static OpenTelemetryBuilder Then(IOpenTelemetryBuilder same) => (OpenTelemetryBuilder)same;
}
