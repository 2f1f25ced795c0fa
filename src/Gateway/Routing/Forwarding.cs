using Soc.ServiceDefaults;
using Yarp.ReverseProxy.ServiceDiscovery;
using Yarp.ReverseProxy.Transforms;

namespace Soc.Gateway.Routing;

/// <summary>The forwarding of the routes in the configuration section <c>ReverseProxy</c>, an explicit list, to the services.</summary>
internal static class Forwarding
{
    /// <summary>
    /// What a service may see of a request. Everything else stays outside: the platform's key, headers that claim an identity or an address, cookies.
    /// traceparent is not copied but made anew from the gateway's own span; a certificate's header is the gateway's own, see ClientCertificates.
    /// </summary>
    private static readonly string[] RequestHeaders =
    [
        "Accept", "Accept-Language", "Authorization", "Content-Encoding", "Content-Length", "Content-Type", "Idempotency-Key", "If-Match",
        "If-Modified-Since", "If-None-Match", "Origin", CertificateVoucher.Header,
    ];

    public static void AddForwarding(this WebApplicationBuilder builder)
    {
        builder.Services.AddReverseProxy()
            .LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"))
            .AddConfigFilter<RouteRules>()
            .ConfigureHttpClient((_, handler) =>
            {
                handler.ConnectTimeout = TimeSpan.FromSeconds(2);
                handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
            })
            .AddTransforms(context =>
            {
                context.UseDefaultForwarders = false;
                context.AddRequestHeadersAllowed(RequestHeaders);
                context.AddResponseHeaderRemove("Server", ResponseCondition.Always);
            });
        builder.Services.AddSingleton<IDestinationResolver, ServiceDestinations>();

        // It logs each failure with the whole exception; ForwardingFailures writes one line.
        builder.Logging.AddFilter("Yarp.ReverseProxy.Forwarder.HttpForwarder", LogLevel.None);
        builder.Services.AddHealthChecks().AddCheck<ServicesCheck>("services", tags: ["ready"]);
    }

    public static void MapForwarding(this WebApplication app) => app.MapReverseProxy(pipeline =>
    {
        pipeline.Use(RefuseEncodedSlash);
        pipeline.UseLoadBalancing();
        pipeline.UsePassiveHealthChecks();
    });

    /// <summary>
    /// An encoded slash is one segment here and may be two to whoever decodes once more: none of our identifiers has one. The server decodes everything else.
    /// </summary>
    private static Task RefuseEncodedSlash(HttpContext context, RequestDelegate next) =>
        context.Request.Path.Value!.Contains("%2F", StringComparison.OrdinalIgnoreCase)
            ? PlatformProblems.RouteNotFound.ToResult().ExecuteAsync(context)
            : next(context);
}
