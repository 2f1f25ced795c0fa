using Microsoft.Extensions.Configuration;

namespace Soc.ServiceDefaults;

/// <summary>
/// Finds the addresses of a service by its name: configuration <c>services:&lt;name&gt;:&lt;scheme&gt;:0</c> and on, as the application host sets them.
/// A host that has no such configuration is an address already (in Kubernetes the service's DNS name).
/// </summary>
/// <param name="configuration">The process's configuration.</param>
public sealed class ServiceDiscovery(IConfiguration configuration)
{
    private uint turn;

    /// <summary>Every address of the service that the logical address names.</summary>
    /// <param name="logical">Such as <c>http://partners</c>.</param>
    /// <returns>The addresses, with the logical address's path and query; the logical address itself where the name is not configured.</returns>
    public IReadOnlyList<Uri> Resolve(Uri logical)
    {
        ArgumentNullException.ThrowIfNull(logical);
        var addresses = configuration.GetSection($"services:{logical.Host}:{logical.Scheme}").GetChildren()
            .Where(child => child.Value is not null).Select(child => Address(logical, child.Value!)).ToList();
        return addresses.Count > 0 ? addresses : [logical];
    }

    internal Uri Next(Uri logical)
    {
        var addresses = Resolve(logical);
        return addresses[(int)(Interlocked.Increment(ref turn) % (uint)addresses.Count)];
    }

    private static Uri Address(Uri logical, string configured)
    {
        var at = new Uri(configured);
        return new UriBuilder(logical) { Scheme = at.Scheme, Host = at.Host, Port = at.Port }.Uri;
    }
}
