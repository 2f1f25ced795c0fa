using Microsoft.Extensions.DependencyInjection;

namespace Soc.ServiceDefaults;

internal static class Outgoing
{
    /// <summary>The client for what a process reads again and again by itself (keys, cut-offs): found by name, no retries, nothing logged.</summary>
    public const string Internal = "soc-internal";

    public static void AddOutgoing(this IServiceCollection services)
    {
        services.AddSingleton<ServiceDiscovery>();
        services.AddTransient<ServiceDiscoveryHandler>();
        services.AddHttpClient(Internal)
            .ConfigurePrimaryHttpMessageHandler(Handler)
            .AddHttpMessageHandler<ServiceDiscoveryHandler>()
            .RemoveAllLoggers();
    }

    public static SocketsHttpHandler Handler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = TimeSpan.FromSeconds(2),
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        MaxConnectionsPerServer = 64,
    };
}

/// <summary>Sends a request for a service's name to one of its addresses, each in turn.</summary>
internal sealed class ServiceDiscoveryHandler(ServiceDiscovery discovery) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var logical = request.RequestUri!;
        request.RequestUri = discovery.Next(logical);
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        finally
        {
            request.RequestUri = logical;
        }
    }
}
