using System.Text.Json;
using MassTransit;
using Soc.Contracts.Referrals;
using Soc.Messaging;
using Soc.Partners.Data;
using Soc.ServiceDefaults;

namespace Soc.Partners.Webhooks;

/// <summary>Passes on to an organisation that it has updates. The inbox around it makes it once, and saves.</summary>
internal sealed class NoticeConsumer(PartnersDb db, TimeProvider clock) : IConsumer<NoticeIssued>
{
    public Task Consume(ConsumeContext<NoticeIssued> context) => db.AddDeliveriesAsync(
        [new UnsentEvent(WebhookEventTypes.NameOf<NoticeIssued>(), JsonSerializer.SerializeToUtf8Bytes(context.Message, JsonSerializerOptions.Web))],
        clock.Now(), context.CancellationToken);
}
