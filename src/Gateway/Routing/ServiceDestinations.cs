using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.ServiceDiscovery;

namespace Soc.Gateway.Routing;

/// <summary>Finds the replicas of a service by its name, as every process of the platform does.</summary>
internal sealed class ServiceDestinations(ServiceDefaults.ServiceDiscovery discovery) : IDestinationResolver
{
    public ValueTask<ResolvedDestinationCollection> ResolveDestinationsAsync(
        IReadOnlyDictionary<string, DestinationConfig> destinations, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new ResolvedDestinationCollection(
            destinations.SelectMany(destination => discovery.Resolve(new Uri(destination.Value.Address))
                    .Select((address, replica) => ($"{destination.Key}-{replica}", destination.Value with { Address = address.ToString() })))
                .ToDictionary(destination => destination.Item1, destination => destination.Item2, StringComparer.OrdinalIgnoreCase),
            changeToken: null));
}
