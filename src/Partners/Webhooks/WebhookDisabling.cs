using Microsoft.EntityFrameworkCore;
using Soc.Messaging;
using Soc.Partners.Audit;
using Soc.Partners.Data;
using Soc.ServiceDefaults;

namespace Soc.Partners.Webhooks;

/// <summary>Disables a webhook without anybody's asking: its receiver said that it is gone, or it went on failing.</summary>
internal sealed class WebhookDisabling(IServiceScopeFactory scopes, TimeProvider clock)
{
    /// <summary>Disables it, unless it has another address by now than the one that gave the reason.</summary>
    public async Task DisableAsync(Guid id, Uri address, string reason, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PartnersDb>();
        if (await db.Webhooks.SingleOrDefaultAsync(webhook => webhook.Id == id && webhook.Url == address.OriginalString, cancellation) is { } found)
        {
            Disable(db, found, reason, clock.Now());
            await db.SaveChangesAsync(cancellation);
        }
    }

    /// <summary>Adds the change, its event and its audit entry to the context.</summary>
    public static void Disable(PartnersDb db, Webhook webhook, string reason, DateTimeOffset now)
    {
        if (webhook.Disable(reason).Event is { } disabled)
        {
            db.Publish(disabled, webhook.Id, webhook.EventVersion);
            db.AuditEntries.Add(new AuditEntry
            {
                At = now,
                Actor = "platform",
                ClientId = "webhooks",
                OrganisationId = webhook.OrganisationId,
                Action = "webhook.disable",
                SubjectId = webhook.Id.ToString(),
                Outcome = AuditEntry.Done,
            });
        }
    }
}
