using Microsoft.AspNetCore.HttpOverrides;

namespace Soc.Gateway.Answers;

internal static class KnownProxies
{
    /// <summary>
    /// Believes X-Forwarded-For and X-Forwarded-Proto from the networks in <c>KnownProxies:0</c> and on (such as <c>10.1.2.0/24</c>), and from nobody where
    /// there are none.
    /// </summary>
    public static void AddKnownProxies(this WebApplicationBuilder builder)
    {
        var networks = builder.Configuration.GetSection("KnownProxies").Get<string[]>() ?? [];
        builder.Services.Configure<ForwardedHeadersOptions>(options =>
        {
            options.ForwardedHeaders = networks.Length > 0 ? ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto : ForwardedHeaders.None;
            options.ForwardLimit = 1;

            // The framework's defaults would believe everything on this machine.
            options.KnownProxies.Clear();
            options.KnownIPNetworks.Clear();
            foreach (var network in networks)
            {
                options.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(network));
            }
        });
    }
}
