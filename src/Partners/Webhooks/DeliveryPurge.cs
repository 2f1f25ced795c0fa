using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Soc.Partners.Data;
using Soc.Partners.DueWork;
using Soc.Partners.Organisations;

namespace Soc.Partners.Webhooks;

/// <summary>
/// Forgets deliveries and their log when their time is over, also those that were never sent because their webhook was not in good standing; but nothing of a
/// suspended organisation, which is to get all that waited. And those of a webhook that is no more.
/// </summary>
internal sealed class DeliveryPurge(IOptions<WebhookSettings> settings) : IDueWork
{
    public string Name => "delivery-purge";

    public TimeSpan Every => TimeSpan.FromHours(1);

    public Task RunAsync(PartnersDb db, DateTimeOffset now, CancellationToken cancellation)
    {
        var before = now - settings.Value.Retention;
        var suspended = db.Organisations.Where(organisation => organisation.Status == OrganisationStatus.Suspended).Select(organisation => organisation.Id);
        var paused = db.Webhooks.Where(webhook => suspended.Contains(webhook.OrganisationId)).Select(webhook => webhook.Id);
        return db.Deliveries
            .Where(delivery => (delivery.CreatedAt < before && !paused.Contains(delivery.WebhookId)) || !db.Webhooks.Any(webhook => webhook.Id == delivery.WebhookId))
            .ExecuteDeleteAsync(cancellation);
    }
}
