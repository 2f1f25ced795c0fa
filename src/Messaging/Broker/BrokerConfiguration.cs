using System.Net.Security;
using System.Security.Authentication;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Soc.Messaging.Parking;

namespace Soc.Messaging.Broker;

internal static class BrokerConfiguration
{
    /// <summary>Where the broker puts what killed its consumer's process too often.</summary>
    public const string DeadSuffix = "_dead";

    public static void Configure<TDb>(IRabbitMqBusFactoryConfigurator bus, IBusRegistrationContext context, string service, MessagingOptions options)
        where TDb : DbContext
    {
        var settings = context.GetRequiredService<IOptions<MessagingSettings>>().Value;
        Connect(bus, BrokerAddress.From(context.GetRequiredService<IConfiguration>()));
        bus.DeployTopologyOnly = context.GetRequiredService<BrokerTopology>().DeployOnly;
        options.NameEntities(bus);
        if (options.Consumptions.Count == 0)
        {
            return;
        }

        var store = context.GetRequiredService<ParkingStore>();

        // Nothing is consumed here by type: what arrives goes straight to the table of parked messages.
        bus.ReceiveEndpoint(service + DeadSuffix, endpoint =>
        {
            endpoint.SetQuorumQueue(settings.QueueReplicas);
            endpoint.ConfigureConsumeTopology = false;
            endpoint.PublishFaults = false;
            endpoint.PrefetchCount = 10;
            Park(endpoint, new ParkingFilter(store, service, "delivery-limit"));
        });

        bus.ReceiveEndpoint(service, endpoint =>
        {
            endpoint.SetQuorumQueue(settings.QueueReplicas);
            endpoint.SetQueueArgument("x-delivery-limit", settings.DeliveryLimit);
            endpoint.SetQueueArgument("x-dead-letter-exchange", "");
            endpoint.SetQueueArgument("x-dead-letter-routing-key", service + DeadSuffix);
            endpoint.SetQueueArgument("x-dead-letter-strategy", "at-least-once");
            endpoint.SetQueueArgument("x-overflow", "reject-publish");
            endpoint.PrefetchCount = settings.Prefetch;
            endpoint.ConcurrentMessageLimit = settings.Concurrency;

            // A Fault<T> would carry the exception's text, and with it perhaps what the message says.
            endpoint.PublishFaults = false;
            Park(endpoint, new ParkingFilter(store, service, null));
            foreach (var consumption in options.Consumptions)
            {
                consumption.Configure<TDb>(endpoint, context);
            }
        });
    }

    private static void Connect(IRabbitMqBusFactoryConfigurator bus, BrokerAddress address) =>
        bus.Host(address.Host, address.Port, address.VirtualHost, host =>
        {
            host.Username(address.User);
            host.Password(address.Password);
            host.Heartbeat(TimeSpan.FromSeconds(10));
            host.PublisherConfirmation = true;
            if (address.Secure)
            {
                // MassTransit's own defaults accept any chain, and any name when none is given.
                host.UseSsl(tls =>
                {
                    tls.ServerName = address.Host;
                    tls.Protocol = SslProtocols.Tls12 | SslProtocols.Tls13;
                    tls.EnforcePolicyErrors(SslPolicyErrors.RemoteCertificateChainErrors | SslPolicyErrors.RemoteCertificateNameMismatch
                        | SslPolicyErrors.RemoteCertificateNotAvailable);
                });
            }
        });

    private static void Park(IReceiveEndpointConfigurator endpoint, ParkingFilter filter)
    {
        // In place of the transport's _skipped and _error queues, whose headers would hold the exception's text.
        endpoint.ConfigureDeadLetter(pipe => pipe.UseFilter(filter));
        endpoint.ConfigureError(pipe => pipe.UseFilter(filter));
    }
}

/// <summary><c>ConnectionStrings:rabbitmq</c>, taken apart.</summary>
internal sealed record BrokerAddress(string Host, ushort Port, string VirtualHost, string User, string Password, bool Secure)
{
    public static BrokerAddress From(IConfiguration configuration)
    {
        var uri = new Uri(configuration.GetConnectionString("rabbitmq")
            ?? throw new InvalidOperationException("ConnectionStrings:rabbitmq is not set."));
        var secure = uri.Scheme == "amqps";
        var user = uri.UserInfo.Split(':', 2);
        return new(
            uri.Host,
            (ushort)(uri.Port > 0 ? uri.Port : secure ? 5671 : 5672),
            uri.AbsolutePath.Length > 1 ? Uri.UnescapeDataString(uri.AbsolutePath[1..]) : "/",
            Uri.UnescapeDataString(user[0]),
            Uri.UnescapeDataString(user.ElementAtOrDefault(1) ?? ""),
            secure);
    }

    /// <summary>Without the password, which the generated text would hold.</summary>
    public override string ToString() => $"{Host}:{Port}{VirtualHost}";
}

/// <summary>Whether this process only declares queues and bindings: the migration step, before any event can be published past them.</summary>
internal sealed class BrokerTopology
{
    public bool DeployOnly { get; set; }
}
