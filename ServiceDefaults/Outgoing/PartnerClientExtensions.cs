using System.Diagnostics.Metrics;
using System.Net;
using System.Security.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Soc.ServiceDefaults;

/// <summary>Clients for calling addresses that partners give us.</summary>
public static class PartnerClientExtensions
{
    /// <summary>
    /// Adds a named HttpClient for addresses of partners: only https to public addresses (<see cref="PartnerAddresses"/>, which this registers too), no redirect
    /// followed, no proxy, cookies or decompression, 10 seconds for the whole call and 64 KiB of answer. Nothing is tried again: that is the caller's matter.
    /// </summary>
    /// <remarks>
    /// A refused address is an <see cref="HttpRequestException"/> whose inner exception is an <see cref="AddressRefusedException"/>. The limits hold for answers that
    /// are read whole; with <see cref="HttpCompletionOption.ResponseHeadersRead"/> the caller limits its own reading. Calls leave no span, no metric and no log line, and
    /// carry no trace header: a partner's address may hold a secret, and its host says who is called.
    /// </remarks>
    /// <param name="services">The services.</param>
    /// <param name="name">The client's name for IHttpClientFactory.</param>
    /// <returns>The client's builder.</returns>
    public static IHttpClientBuilder AddPartnerHttpClient(this IServiceCollection services, string name)
    {
        services.AddOptions<OutgoingSettings>().BindConfiguration("Outgoing")
            .Validate<IHostEnvironment>(
                (settings, environment) => !settings.AllowPrivateAddresses || environment.IsDevelopment(), "Outgoing:AllowPrivateAddresses is for development only.")
            .ValidateOnStart();
        services.TryAddSingleton(provider => new PartnerAddresses(provider.GetRequiredService<IOptions<OutgoingSettings>>()));
        return services
            .AddHttpClient(name, client => (client.Timeout, client.MaxResponseContentBufferSize) = (TimeSpan.FromSeconds(10), 64 * 1024))
            .ConfigurePrimaryHttpMessageHandler(provider => Handler(provider.GetRequiredService<PartnerAddresses>()))
            .RemoveAllLoggers();
    }

    internal static SocketsHttpHandler Handler(PartnerAddresses addresses) => new()
    {
        ConnectCallback = addresses.ConnectAsync,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = false,
        MaxConnectionsPerServer = 64,
        MaxResponseHeadersLength = 16,
        MaxResponseDrainSize = 16 * 1024,
        ResponseDrainTimeout = TimeSpan.FromSeconds(1),
        SslOptions = { EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13 },
        ActivityHeadersPropagator = null, // which also leaves out the handler that makes the span
        MeterFactory = new Unmeasured(),
    };

    /// <summary>Makes meters under a name that nobody collects.</summary>
    private sealed class Unmeasured : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new("Unmeasured");

        public void Dispose()
        {
        }
    }
}
