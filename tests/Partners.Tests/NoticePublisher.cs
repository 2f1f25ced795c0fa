using MassTransit;
using Soc.Contracts.Referrals;

namespace Soc.Partners.Tests;

/// <summary>Puts notices on the broker as the outbox of Referrals does.</summary>
internal sealed class NoticePublisher : IAsyncDisposable
{
    private readonly IBusControl bus;

    private NoticePublisher(IBusControl bus) => this.bus = bus;

    public static async Task<NoticePublisher> StartAsync(Uri broker)
    {
        var user = broker.UserInfo.Split(':');
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.Host(broker.Host, (ushort)broker.Port, broker.AbsolutePath.Trim('/'), host =>
            {
                host.Username(user[0]);
                host.Password(user[1]);
            });
            rabbit.Message<NoticeIssued>(message => message.SetEntityName(WebhookJourney.Notice));
        });
        await bus.StartAsync();
        return new NoticePublisher(bus);
    }

    /// <summary>Returns when the broker has confirmed it.</summary>
    public Task PublishAsync(NoticeIssued notice, Guid messageId, CancellationToken cancellation = default) => bus.Publish(notice, context =>
    {
        context.MessageId = messageId;
        context.Headers.Set("soc-type", WebhookJourney.Notice);
    }, cancellation);

    public async ValueTask DisposeAsync() => await bus.StopAsync();
}
