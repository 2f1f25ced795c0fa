using Microsoft.EntityFrameworkCore;
using Soc.Partners.Agreements;
using Soc.Partners.Data;
using Soc.Partners.DueWork;
using Soc.Partners.Organisations;

namespace Soc.Partners.Webhooks;

/// <summary>Disables webhooks to which nothing has arrived for so long that nobody can be waiting; not while their organisation is suspended or owes its attestation, when less is sent or nothing.</summary>
internal sealed class FailingWebhooks : IDueWork
{
    public string Name => "failing-webhooks";

    public TimeSpan Every => TimeSpan.FromMinutes(10);

    public async Task RunAsync(PartnersDb db, DateTimeOffset now, CancellationToken cancellation)
    {
        var since = now - Webhook.LongestFailing;
        var suspended = db.Organisations.Where(organisation => organisation.Status == OrganisationStatus.Suspended).Select(organisation => organisation.Id);
        var unattested = db.OverdueAttestations(now);
        foreach (var webhook in await db.Webhooks
            .Where(found => found.Status == WebhookStatus.Failing && found.FailingSince <= since && !suspended.Contains(found.OrganisationId)
                && !unattested.Contains(found.OrganisationId)).ToListAsync(cancellation))
        {
            WebhookDisabling.Disable(db, webhook, Webhook.Failed, now);
        }
    }
}
