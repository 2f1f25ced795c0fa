using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Soc.Partners.Data;
using Soc.Partners.DueWork;

namespace Soc.Partners.Webhooks;

/// <summary>Forgets deliveries and their log when their time is over, also those that were never sent because their webhook was not in good standing.</summary>
internal sealed class DeliveryPurge(IOptions<WebhookSettings> settings) : IDueWork
{
    public string Name => "delivery-purge";

    public TimeSpan Every => TimeSpan.FromHours(1);

    public Task RunAsync(PartnersDb db, DateTimeOffset now, CancellationToken cancellation)
    {
        var before = now - settings.Value.Retention;
        return db.Deliveries.Where(delivery => delivery.CreatedAt < before).ExecuteDeleteAsync(cancellation);
    }
}
