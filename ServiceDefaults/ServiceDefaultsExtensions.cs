using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Soc.ServiceDefaults;

/// <summary>What every process of the platform gets: telemetry, health, problem details, authentication and outgoing resilience.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>Adds the defaults to the builder of a service or the gateway.</summary>
    /// <param name="builder">The application's builder.</param>
    /// <returns>The same builder.</returns>
    public static WebApplicationBuilder AddServiceDefaults(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.AddHosting();
        builder.AddTelemetry();
        builder.Services.AddProblems();
        builder.Services.AddOutgoing();
        builder.Services.AddHealth();
        builder.AddAccess();

        return builder;
    }

    /// <summary>
    /// Puts the defaults' middleware and health routes into the pipeline; call it before mapping endpoints. Every endpoint mapped after it names its
    /// policy or is anonymous by name: the fallback refuses.
    /// </summary>
    /// <param name="app">The application.</param>
    /// <param name="beforeAuthorization">Middleware that needs to know the caller but comes before the decision, such as rate limits.</param>
    /// <returns>The same application.</returns>
    public static WebApplication UseServiceDefaults(this WebApplication app, Action<IApplicationBuilder>? beforeAuthorization = null)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseMiddleware<TraceMiddleware>();
        app.UseMiddleware<ProblemMiddleware>();
        app.UseRouting();
        app.UseAuthentication();
        beforeAuthorization?.Invoke(app);
        app.UseAuthorization();
        app.UseKnownQueryParameters();
        app.MapHealth();
        return app;
    }
}
