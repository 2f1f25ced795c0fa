using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Soc.Contracts;

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
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddProblemDetails();
        builder.Services.AddAuthentication();
        var authorization = builder.Services.AddAuthorizationBuilder();
        foreach (var scope in Scopes.All)
        {
            authorization.AddPolicy(scope, policy => policy.RequireAuthenticatedUser().RequireAssertion(context =>
                context.User.FindFirst("scope")?.Value.Split(' ').Contains(scope) == true));
        }

        return builder;
    }

    /// <summary>Puts the defaults' middleware and health routes into the pipeline; call it before mapping endpoints.</summary>
    /// <param name="app">The application.</param>
    /// <returns>The same application.</returns>
    public static WebApplication UseServiceDefaults(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseAuthentication();
        app.UseAuthorization();
        return app;
    }
}
