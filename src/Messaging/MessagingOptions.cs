using System.Reflection;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Soc.Contracts;
using Soc.Messaging.Inbox;

namespace Soc.Messaging;

/// <summary>Which events a service publishes and consumes.</summary>
public sealed class MessagingOptions
{
    private readonly List<Action<IRabbitMqBusFactoryConfigurator>> entityNames = [];
    private readonly List<IConsumption> consumptions = [];

    internal MessageCatalogue Catalogue { get; } = new();

    internal IReadOnlyList<IConsumption> Consumptions => consumptions;

    /// <summary>Allows an event to be published.</summary>
    /// <returns>The same options.</returns>
    /// <exception cref="InvalidOperationException">The type has no <see cref="EventAttribute"/>.</exception>
    public MessagingOptions Publishes<T>()
        where T : class
    {
        Declare<T>(publishes: true);
        return this;
    }

    /// <summary>
    /// Consumes an event, exactly once in effect: the consumer runs in one transaction with the inbox row, and the DbContext that it was given is
    /// saved after it. Events of an aggregate are given to it in the order of their versions, from version 1; statistical facts as they come.
    /// </summary>
    /// <typeparam name="T">The event; one consumer per event and service.</typeparam>
    /// <typeparam name="TConsumer">What consumes it. It neither saves nor catches; it throws <see cref="PermanentException"/> for what no retry can cure.</typeparam>
    /// <param name="ordered">
    /// False for a service that does not consume every event of the aggregate, and so cannot tell a gap from an event it never asked for: each event is
    /// then applied as it comes, still once. The same for all events of one aggregate.
    /// </param>
    /// <returns>The same options.</returns>
    /// <exception cref="InvalidOperationException">The type has no <see cref="EventAttribute"/>, or has a consumer already.</exception>
    public MessagingOptions Consumes<T, TConsumer>(bool ordered = true)
        where T : class
        where TConsumer : class, IConsumer<T>
    {
        var contract = Declare<T>(publishes: false);
        if (consumptions.Any(consumption => consumption.Contract.Name == contract.Name))
        {
            throw new InvalidOperationException($"'{contract.Name}' has a consumer already: one consumer per event and service.");
        }

        consumptions.Add(new Consumption<T, TConsumer>(contract, ordered && contract.Linkable));
        return this;
    }

    internal void NameEntities(IRabbitMqBusFactoryConfigurator bus) => entityNames.ForEach(name => name(bus));

    private EventContract Declare<T>(bool publishes)
        where T : class
    {
        var contract = Catalogue.Add(typeof(T), publishes);
        entityNames.Add(bus => bus.Message<T>(message => message.SetEntityName(contract.Name)));
        return contract;
    }
}

/// <summary>One event that a service consumes, with the types it takes to do so.</summary>
internal interface IConsumption
{
    EventContract Contract { get; }

    void Register<TDb>(IBusRegistrationConfigurator bus)
        where TDb : DbContext;

    void Configure<TDb>(IReceiveEndpointConfigurator endpoint, IRegistrationContext context)
        where TDb : DbContext;
}

internal sealed class Consumption<T, TConsumer>(EventContract contract, bool ordered) : IConsumption
    where T : class
    where TConsumer : class, IConsumer<T>
{
    public EventContract Contract => contract;

    public void Register<TDb>(IBusRegistrationConfigurator bus)
        where TDb : DbContext
    {
        bus.AddScoped<TConsumer>();
        bus.AddSingleton(new ConsumptionRules<T>(ordered));
        bus.AddConsumer<InboxConsumer<TDb, T, TConsumer>>();
    }

    public void Configure<TDb>(IReceiveEndpointConfigurator endpoint, IRegistrationContext context)
        where TDb : DbContext => endpoint.ConfigureConsumer<InboxConsumer<TDb, T, TConsumer>>(context);
}

/// <summary>An event as the outbox and the inbox know it.</summary>
internal sealed record EventContract(Type Type, string Name, short SchemaVersion, bool Linkable)
{
    public bool Publishes { get; set; }
}

/// <summary>The allow-list: nothing else is written, dispatched or redriven.</summary>
internal sealed class MessageCatalogue
{
    private readonly Dictionary<string, EventContract> byName = new(StringComparer.Ordinal);
    private readonly Dictionary<Type, EventContract> byType = [];

    public string[] PublishedFacts => [.. byName.Values.Where(contract => contract is { Publishes: true, Linkable: false }).Select(contract => contract.Name)];

    public EventContract Add(Type type, bool publishes)
    {
        if (!byType.TryGetValue(type, out var contract))
        {
            var attribute = type.GetCustomAttribute<EventAttribute>()
                ?? throw new InvalidOperationException($"{type} has no [Event]: it is not an integration event.");
            var version = attribute.Type[(attribute.Type.LastIndexOf(".v", StringComparison.Ordinal) + 2)..];
            contract = new(type, attribute.Type, short.Parse(version, System.Globalization.CultureInfo.InvariantCulture), attribute.Linkable);
            byName.Add(contract.Name, contract);
            byType.Add(type, contract);
        }

        contract.Publishes |= publishes;
        return contract;
    }

    public EventContract? Find(string name) => byName.GetValueOrDefault(name);

    public EventContract? Find(Type type) => byType.GetValueOrDefault(type);
}
