using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Soc.Messaging.Broker;
using Soc.Messaging.Database;
using Soc.Messaging.Inbox;
using Soc.Messaging.Outbox;
using Soc.Messaging.Parking;

namespace Soc.Messaging;

/// <summary>Adds the outbox, the inbox and the broker to a service.</summary>
public static class MessagingExtensions
{
    /// <summary>Adds messaging over the service's own database and <c>ConnectionStrings:rabbitmq</c>.</summary>
    /// <typeparam name="TDb">The service's DbContext, whose model calls <see cref="AddMessagingTables"/>; added before by <see cref="DatabaseExtensions.AddDatabase{TDb}"/>.</typeparam>
    /// <param name="builder">The application's builder.</param>
    /// <param name="service">The service's name: its queue, and what its tables of parked messages say.</param>
    /// <param name="configure">Which events it publishes and consumes.</param>
    /// <returns>The same builder.</returns>
    public static WebApplicationBuilder AddMessaging<TDb>(this WebApplicationBuilder builder, string service, Action<MessagingOptions> configure)
        where TDb : DbContext
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        var options = new MessagingOptions();
        configure(options);
        var services = builder.Services;
        services.AddOptions<MessagingSettings>().BindConfiguration("Messaging").ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(new ServiceName(service));
        services.AddSingleton(options.Catalogue);
        services.AddSingleton<MessagingMetrics>();
        services.AddSingleton<OutboxStore>();
        services.AddSingleton<ParkingStore>();
        services.AddScoped<CurrentMessage>();
        services.AddSingleton<BrokerTopology>();
        services.AddMassTransit(bus =>
        {
            // What runs here is nobody else's to count.
            bus.DisableUsageTelemetry();

            // The outbox absorbs a broker that is down: commands and reads go on, so the process is degraded and not unready.
            bus.ConfigureHealthCheckOptions(check =>
            {
                check.Name = "broker";
                check.MinimalFailureStatus = HealthStatus.Degraded;
            });
            foreach (var consumption in options.Consumptions)
            {
                consumption.Register<TDb>(bus);
            }

            bus.UsingRabbitMq((context, rabbit) => BrokerConfiguration.Configure<TDb>(rabbit, context, service, options));
        });
        services.Configure<MassTransitHostOptions>(host =>
        {
            host.WaitUntilStarted = false;
            host.StopTimeout = TimeSpan.FromSeconds(20);
            host.ConsumerStopTimeout = TimeSpan.FromSeconds(10);
        });

        // After MassTransit, so that it is stopped before the bus it publishes to.
        services.AddHostedService<OutboxDispatcher>();
        services.AddHostedService<Housekeeping>();
        return builder;
    }

    /// <summary>Adds the tables of outbox, inbox, parked messages and idempotency keys to a service's model. Call it in OnModelCreating.</summary>
    /// <param name="model">The model builder.</param>
    /// <returns>The same builder.</returns>
    public static ModelBuilder AddMessagingTables(this ModelBuilder model)
    {
        ArgumentNullException.ThrowIfNull(model);
        Tables.Configure(model);
        return model;
    }

    /// <summary>Writes a linkable event into the outbox; it leaves with the next SaveChanges, in the same transaction as the state.</summary>
    /// <param name="db">The DbContext that saves the state.</param>
    /// <param name="message">The event; its type must have been declared with <see cref="MessagingOptions.Publishes{T}"/>.</param>
    /// <param name="aggregateId">The aggregate it is about.</param>
    /// <param name="aggregateVersion">The aggregate's version after the change: gap-free, one event a version, from 1.</param>
    /// <exception cref="InvalidOperationException">The type was not declared, is a statistical fact, or the body is over 64 KiB.</exception>
    public static void Publish<T>(this DbContext db, T message, Guid aggregateId, long aggregateVersion)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(db);
        ArgumentNullException.ThrowIfNull(message);
        ArgumentOutOfRangeException.ThrowIfLessThan(aggregateVersion, 1);
        OutboxWriter.AddEvent(db, message, aggregateId, aggregateVersion);
    }

    /// <summary>The linkable events that the next SaveChanges writes into the outbox, for what else belongs to the same transaction.</summary>
    /// <param name="db">The DbContext that saves them.</param>
    /// <returns>The events, in the order in which they were published.</returns>
    public static IReadOnlyList<UnsentEvent> UnsentEvents(this DbContext db)
    {
        ArgumentNullException.ThrowIfNull(db);
        return [.. db.ChangeTracker.Entries<OutboxMessage>()
            .Where(entry => entry is { State: EntityState.Added, Entity.AggregateId: not null })
            .Select(entry => new UnsentEvent(entry.Entity.MessageType, entry.Entity.Body))];
    }

    /// <summary>
    /// Writes a statistical fact into the outbox: no aggregate, no cause, a trace of its own, a random message id, and a random delay inside
    /// <c>Messaging:FactWindow</c> (10 minutes unless configured), so that nobody can link it to a case or to another fact.
    /// </summary>
    /// <param name="db">The DbContext that saves the state.</param>
    /// <param name="fact">The fact; its type must say <c>Linkable = false</c>.</param>
    /// <exception cref="InvalidOperationException">The type was not declared, is linkable, or the body is over 64 KiB.</exception>
    public static void PublishFact<T>(this DbContext db, T fact)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(db);
        ArgumentNullException.ThrowIfNull(fact);
        OutboxWriter.AddFact(db, fact);
    }
}

/// <summary>An event that has not been saved yet.</summary>
/// <param name="Type">Its contract name.</param>
/// <param name="Body">Its JSON.</param>
public sealed record UnsentEvent(string Type, ReadOnlyMemory<byte> Body);

/// <summary>The service's name.</summary>
internal sealed record ServiceName(string Value);
