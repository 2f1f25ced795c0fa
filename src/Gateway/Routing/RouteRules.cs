using Yarp.ReverseProxy.Configuration;

namespace Soc.Gateway.Routing;

/// <summary>What every route must be, whatever the configuration says. A route that breaks it keeps the gateway from starting.</summary>
internal sealed class RouteRules : IProxyConfigFilter
{
    public ValueTask<ClusterConfig> ConfigureClusterAsync(ClusterConfig cluster, CancellationToken cancel) => ValueTask.FromResult(cluster);

    /// <exception cref="InvalidOperationException">The route has no policy or no methods, forwards any path, or leads to an internal path.</exception>
    public ValueTask<RouteConfig> ConfigureRouteAsync(RouteConfig route, ClusterConfig? cluster, CancellationToken cancel)
    {
        var path = route.Match.Path ?? "";
        var fault = string.IsNullOrEmpty(route.AuthorizationPolicy) ? "names no policy"
            : route.Match.Methods is not { Count: > 0 } ? "names no methods"
            : path.Contains('*', StringComparison.Ordinal) ? "forwards any path"
            : path.Contains("/internal", StringComparison.OrdinalIgnoreCase) || path.StartsWith("/health", StringComparison.OrdinalIgnoreCase) ? "leads to an internal path"
            : null;
        return fault is null
            ? ValueTask.FromResult(route)
            : throw new InvalidOperationException($"The gateway's route '{route.RouteId}' {fault}.");
    }
}
