extern alias partners;
extern alias referrals;
extern alias reporting;
extern alias strategy;

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Soc.TestKit;
using Yarp.ReverseProxy;

namespace Soc.Gateway.Tests;

/// <summary>The gateway's list of routes is written by hand; this holds it to what the services have, route by route and policy by policy.</summary>
public sealed class RouteListTests
{
    /// <summary>Routes that the services have and the gateway must not.</summary>
    private static readonly string[] Inside = ["GET /internal/", "GET /health/", "POST /internal/", "DELETE /internal/"];

    [Fact]
    public async Task The_gateway_has_every_public_route_of_every_service_with_the_same_policy_and_no_other()
    {
        await using var issuer = await TestIssuer.StartAsync();
        var wanted = Endpoints<partners::Program>(issuer, "partners")
            .Concat(Endpoints<strategy::Program>(issuer, "strategy"))
            .Concat(Endpoints<referrals::Program>(issuer, "referrals"))
            .Concat(Endpoints<reporting::Program>(issuer, "reporting"))
            .Where(line => !Array.Exists(Inside, inside => line.StartsWith(inside, StringComparison.Ordinal)))
            .Order(StringComparer.Ordinal).ToList();

        await using var gateway = await GatewayHost.StartAsync(waitUntilReady: false);
        var routes = gateway.Services.GetRequiredService<IProxyStateLookup>().GetRoutes().Select(route => route.Config)
            .SelectMany(route => route.Match.Methods!.Select(method => $"{method} {EndpointPolicies.Path(route.Match.Path)} {route.AuthorizationPolicy} -> {route.ClusterId}"))
            .Order(StringComparer.Ordinal).ToList();

        Assert.Equal(string.Join('\n', wanted), string.Join('\n', routes));
        Assert.True(routes.Count > 30, "the services' endpoints were found");
    }

    private static List<string> Endpoints<TProgram>(TestIssuer issuer, string service)
        where TProgram : class
    {
        using var application = new Application<TProgram>(issuer, service);
        return [.. EndpointPolicies.All(application.Services).Select(each => $"{each.Name} {Policy(each.Endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null, EndpointPolicies.Of(each.Endpoint))} -> {service}")];
    }

    private static string Policy(bool isAnonymous, IReadOnlyList<string> policies) => isAnonymous ? "Anonymous" : string.Join(',', policies);

    /// <summary>A service built as it is, but with nothing running in it: its endpoints can be read without its database and broker.</summary>
    private sealed class Application<TProgram>(TestIssuer issuer, string service) : WebApplicationFactory<TProgram>
        where TProgram : class
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            builder.UseContentRoot(Path.Combine(Repository.Root, "src", char.ToUpperInvariant(service[0]) + service[1..]));
            foreach (var (key, value) in issuer.Settings)
            {
                builder.UseSetting(key, value);
            }

            builder.UseSetting("ConnectionStrings:" + service, $"Host=127.0.0.1;Port=9;Database={service};Username=nobody");
            builder.UseSetting("ConnectionStrings:rabbitmq", "amqp://nobody:nothing@127.0.0.1:9/");
            builder.UseSetting("KeyEncryption:Directory", Path.Combine(Path.GetTempPath(), "soc-no-such-keys"));
            builder.ConfigureTestServices(services =>
            {
                foreach (var hosted in services.Where(each => each.ServiceType == typeof(IHostedService) && each.ImplementationType?.Name != "GenericWebHostService").ToList())
                {
                    services.Remove(hosted);
                }
            });
        }
    }
}
