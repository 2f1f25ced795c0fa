using System.Globalization;
using System.Reflection;
using MassTransit;
using Soc.Contracts;

namespace Soc.Reporting.Tests;

/// <summary>Puts events on the broker as an outbox does: under their contract's name, with their own message id and aggregate headers.</summary>
internal sealed class EventPublisher : IAsyncDisposable
{
    private readonly IBusControl bus;

    private EventPublisher(IBusControl bus) => this.bus = bus;

    public static async Task<EventPublisher> StartAsync(Uri broker)
    {
        var user = broker.UserInfo.Split(':');
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.Host(broker.Host, (ushort)broker.Port, broker.AbsolutePath.Trim('/'), host =>
            {
                host.Username(user[0]);
                host.Password(user[1]);
            });
            rabbit.MessageTopology.SetEntityNameFormatter(new ContractNames());
        });
        await bus.StartAsync();
        return new EventPublisher(bus);
    }

    public Task PublishAsync(SentEvent sent) => bus.Publish(sent.Message, sent.Message.GetType(), context =>
    {
        context.MessageId = sent.MessageId;
        context.Headers.Set("soc-type", ContractNames.NameOf(sent.Message.GetType()));
        if (sent.AggregateId is { } aggregate)
        {
            context.Headers.Set("soc-aggregate-id", aggregate.ToString());
            context.Headers.Set("soc-aggregate-version", sent.Version.ToString(CultureInfo.InvariantCulture));
        }
    });

    public async Task PublishAsync(IEnumerable<SentEvent> events)
    {
        foreach (var sent in events)
        {
            await PublishAsync(sent);
        }
    }

    public async ValueTask DisposeAsync() => await bus.StopAsync();

    private sealed class ContractNames : IEntityNameFormatter
    {
        public static string NameOf(Type type) => type.GetCustomAttribute<EventAttribute>()!.Type;

        public string FormatEntityName<T>() => typeof(T).GetCustomAttribute<EventAttribute>()?.Type ?? typeof(T).FullName!;
    }
}

/// <summary>An event as it is on the wire: the same each time it is delivered.</summary>
internal sealed record SentEvent(Guid MessageId, object Message, Guid? AggregateId, long Version)
{
    public static SentEvent Of(object message, Guid aggregate, long version) => new(Guid.CreateVersion7(), message, aggregate, version);

    public static SentEvent Fact(object message) => new(Guid.NewGuid(), message, null, 0);
}
