using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Soc.TestKit;

/// <summary>Walks the live endpoints of a service for the test that each of them says who may call it.</summary>
public static class EndpointPolicies
{
    /// <summary>Why the health routes, which every process has, are anonymous.</summary>
    private static readonly Dictionary<string, string> Everywhere = new(StringComparer.Ordinal)
    {
        ["GET /health/live"] = "asked by an orchestrator, which has no token",
        ["GET /health/ready"] = "asked by an orchestrator, which has no token",
        ["GET /health/serving"] = "asked by an orchestrator, which has no token",
        ["GET /health/startup"] = "asked by an orchestrator, which has no token",
    };

    /// <summary>What is wrong: empty for a service whose endpoints are all in order.</summary>
    /// <param name="services">The running service's container.</param>
    /// <param name="anonymous">The anonymous endpoints, as <c>GET /path</c>, each with the reason why; health routes need not be named.</param>
    /// <returns>A sentence for each endpoint without a named policy, each anonymous one not on the list, and each line of the list without an endpoint.</returns>
    public static IReadOnlyList<string> Faults(IServiceProvider services, IReadOnlyDictionary<string, string>? anonymous = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var allowed = new Dictionary<string, string>(anonymous ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        var unused = allowed.Keys.ToHashSet(StringComparer.Ordinal);
        var faults = allowed.Where(line => string.IsNullOrWhiteSpace(line.Value)).Select(line => $"{line.Key} is on the list without a reason.").ToList();
        foreach (var (name, endpoint) in All(services))
        {
            if (endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            {
                unused.Remove(name);
                if (!allowed.ContainsKey(name) && !Everywhere.ContainsKey(name))
                {
                    faults.Add($"{name} is anonymous and not on the list.");
                }
            }
            else if (!endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Any(data => !string.IsNullOrEmpty(data.Policy)))
            {
                faults.Add($"{name} names no policy.");
            }
        }

        return [.. faults, .. unused.Select(name => $"{name} is on the list and does not exist or is not anonymous.")];
    }

    /// <summary>Every endpoint as <c>METHOD /path</c>, route constraints left out: two that differ in nothing else have the same name, and both are here.</summary>
    public static IReadOnlyList<(string Name, RouteEndpoint Endpoint)> All(IServiceProvider services) =>
    [
        .. services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .SelectMany(endpoint => Methods(endpoint).Select(method => ($"{method} {Path(endpoint.RoutePattern.RawText)}", endpoint)))
            .Distinct()
            .OrderBy(each => each.Item1, StringComparer.Ordinal),
    ];

    /// <summary>The policies that an endpoint names.</summary>
    public static IReadOnlyList<string> Of(RouteEndpoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        return [.. endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(data => data.Policy).OfType<string>()];
    }

    /// <summary>A route's path in one form: a slash before, none behind, parameters without constraints.</summary>
    public static string Path(string? pattern) =>
        "/" + System.Text.RegularExpressions.Regex.Replace(pattern ?? "", @"\{(\**[A-Za-z_][A-Za-z0-9_]*)[:?=][^}]*\}", "{$1}").Trim('/');

    private static IEnumerable<string> Methods(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods is { Count: > 0 } methods ? methods
        : endpoint.RoutePattern.RawText?.StartsWith("/health/", StringComparison.Ordinal) == true ? ["GET"]
        : ["ANY"];
}
