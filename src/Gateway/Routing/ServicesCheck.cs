using Microsoft.Extensions.Diagnostics.HealthChecks;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace Soc.Gateway.Routing;

/// <summary>The gateway is ready when each service has a replica that says it is: its readiness is the whole platform's.</summary>
internal sealed class ServicesCheck(IProxyStateLookup proxy) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(proxy.GetClusters().All(HasHealthyReplica) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());

    private static bool HasHealthyReplica(ClusterState cluster) => cluster.DestinationsState.AllDestinations
        .Any(destination => destination.Health is { Active: DestinationHealth.Healthy, Passive: not DestinationHealth.Unhealthy });
}
