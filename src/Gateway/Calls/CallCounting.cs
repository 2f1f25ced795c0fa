using Microsoft.Extensions.Options;
using Soc.ServiceDefaults;
using Yarp.ReverseProxy.Model;

namespace Soc.Gateway.Calls;

/// <summary>
/// Counts what an organisation was answered, refusals of the gateway itself among it; a request that shows no token of this platform is nobody's. It stands after
/// authentication and around everything that may refuse.
/// </summary>
internal sealed class CallCounting(RequestDelegate next, CallCounts counts, TimeProvider clock)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch
        {
            Count(context, StatusCodes.Status500InternalServerError);
            throw;
        }

        Count(context, context.Response.StatusCode);
    }

    private void Count(HttpContext context, int status)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>()?.Config is { } route && IdentifiedOrganisation.Find(context) is { } organisation)
        {
            counts.Add(organisation, route.ClusterId!, route.RouteId, status, clock.GetUtcNow());
        }
    }
}

internal static class CallCountingExtensions
{
    public static void AddCallCounts(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<CallCountSettings>().BindConfiguration("CallCounts").ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton(provider => new CallCounts(provider.GetRequiredService<IOptions<CallCountSettings>>().Value.Capacity));
        builder.Services.AddPlatformHttpClient(CallCountSender.Service);
        builder.Services.AddHostedService<CallCountSender>();
    }
}
