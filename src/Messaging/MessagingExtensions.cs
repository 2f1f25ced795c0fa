using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;

namespace Soc.Messaging;

/// <summary>Adds the outbox, the inbox and the broker to a service.</summary>
public static class MessagingExtensions
{
    /// <summary>Adds messaging over the service's own database and <c>ConnectionStrings:rabbitmq</c>.</summary>
    /// <typeparam name="TDb">The service's DbContext, whose model calls <see cref="AddMessagingTables"/>.</typeparam>
    /// <param name="builder">The application's builder.</param>
    /// <param name="service">The service's name: its queue, and what its tables of consumed messages say.</param>
    /// <param name="configure">Which events it publishes and consumes.</param>
    /// <returns>The same builder.</returns>
    public static WebApplicationBuilder AddMessaging<TDb>(this WebApplicationBuilder builder, string service, Action<MessagingOptions> configure)
        where TDb : DbContext
    {
        ArgumentNullException.ThrowIfNull(configure);
        configure(new MessagingOptions());
        return builder;
    }

    /// <summary>Adds the tables of outbox, inbox, parked messages and idempotency keys to a service's model. Call it in OnModelCreating.</summary>
    /// <param name="model">The model builder.</param>
    /// <returns>The same builder.</returns>
    public static ModelBuilder AddMessagingTables(this ModelBuilder model) => model;

    /// <summary>Writes a linkable event into the outbox; it leaves with the next SaveChanges, in the same transaction as the state.</summary>
    /// <param name="db">The DbContext that saves the state.</param>
    /// <param name="message">The event; its type must have been declared with <see cref="MessagingOptions.Publishes{T}"/>.</param>
    /// <param name="aggregateId">The aggregate it is about.</param>
    /// <param name="aggregateVersion">The aggregate's version after the change: gap-free, one event a version.</param>
    public static void Publish<T>(this DbContext db, T message, Guid aggregateId, long aggregateVersion)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(db);
        ArgumentNullException.ThrowIfNull(message);
    }

    /// <summary>Writes a statistical fact into the outbox: no aggregate, a trace of its own, a random delay.</summary>
    /// <param name="db">The DbContext that saves the state.</param>
    /// <param name="fact">The fact; its type must say <c>Linkable = false</c>.</param>
    public static void PublishFact<T>(this DbContext db, T fact)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(db);
        ArgumentNullException.ThrowIfNull(fact);
    }
}

/// <summary>Which events a service publishes and consumes.</summary>
public sealed class MessagingOptions
{
    /// <summary>Allows an event to be published.</summary>
    public MessagingOptions Publishes<T>()
        where T : class => this;

    /// <summary>Consumes an event.</summary>
    public MessagingOptions Consumes<T, TConsumer>()
        where T : class
        where TConsumer : class, IConsumer<T> => this;
}
