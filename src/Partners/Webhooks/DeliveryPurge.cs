using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Soc.Partners.Data;
using Soc.Partners.DueWork;

namespace Soc.Partners.Webhooks;

/// <summary>
/// Forgets deliveries and their log when their time is over, counted from when they were settled, and those that were never sent because their webhook is not in good
/// standing, or is no more. What waits for a webhook in good standing is kept until it is sent, however long its organisation is suspended or owes its attestation.
/// </summary>
internal sealed class DeliveryPurge(IOptions<WebhookSettings> settings) : IDueWork
{
    public string Name => "delivery-purge";

    public TimeSpan Every => TimeSpan.FromHours(1);

    public Task RunAsync(PartnersDb db, DateTimeOffset now, CancellationToken cancellation)
    {
        var before = now - settings.Value.Retention;
        var sentTo = db.Webhooks.Where(webhook => webhook.Status == WebhookStatus.Active || webhook.Status == WebhookStatus.Failing).Select(webhook => webhook.Id);
        return db.Deliveries
            .Where(delivery => delivery.SettledAt < before
                || (delivery.Status == DeliveryStatus.Pending && delivery.CreatedAt < before && !sentTo.Contains(delivery.WebhookId))
                || !db.Webhooks.Any(webhook => webhook.Id == delivery.WebhookId))
            .ExecuteDeleteAsync(cancellation);
    }
}
