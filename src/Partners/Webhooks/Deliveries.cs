using Microsoft.EntityFrameworkCore;
using Soc.Contracts;
using Soc.Messaging;
using Soc.Partners.Agreements;
using Soc.Partners.Data;
using Soc.Partners.Organisations;

namespace Soc.Partners.Webhooks;

internal static class Deliveries
{
    /// <summary>
    /// Adds a delivery for every webhook that is active, subscribed and entitled now. Called in the transaction that the events belong to: what is published and
    /// what is sent to partners are one commit, and no later change of a webhook or an agreement alters who is told. A suspended organisation's wait for it.
    /// </summary>
    public static async Task AddDeliveriesAsync(this PartnersDb db, IReadOnlyList<UnsentEvent> events, DateTimeOffset now, CancellationToken cancellation)
    {
        foreach (var told in events)
        {
            if (!WebhookEventTypes.All.TryGetValue(told.Type, out var type))
            {
                continue;
            }

            var (id, concerned) = type.Read(told.Body);
            var subscribed = await db.Webhooks.AsNoTracking().IgnoreAutoIncludes()
                .Where(webhook => (webhook.Status == WebhookStatus.Active || webhook.Status == WebhookStatus.Failing) && webhook.EventTypes.Contains(type.Name)
                    && (!type.Addressed || concerned.Contains(webhook.OrganisationId)))
                .Select(webhook => new { webhook.Id, webhook.OrganisationId }).ToListAsync(cancellation);

            // What this very transaction disables is still active in the database.
            subscribed.RemoveAll(webhook => db.Webhooks.Local.Any(changed => changed.Id == webhook.Id && !changed.IsSentTo));
            if (subscribed.Count == 0)
            {
                continue;
            }

            var organisations = subscribed.Select(webhook => webhook.OrganisationId).Distinct().ToList();
            var covers = await db.CoversAsync(organisations, now, cancellation);
            var acquainted = type.Addressed ? organisations.ToHashSet() : await db.AcquaintedAsync(organisations, concerned, now, cancellation);
            foreach (var organisation in subscribed.GroupBy(webhook => webhook.OrganisationId))
            {
                var own = !type.Addressed && concerned.Contains(organisation.Key);
                if (!own && !(acquainted.Contains(organisation.Key) && covers[organisation.Key].ToEvent(type.Name)))
                {
                    continue;
                }

                var eventId = Guid.CreateVersion7(now);
                var body = CloudEvent.Write(
                    eventId, type.Name, id.ToString(), organisation.Key, DataCategories.MarkingOfEvent(type.Name),
                    new Dictionary<string, string> { [type.DataName] = id.ToString() }, now);
                db.AddRange(organisation.Select(webhook => new Delivery
                {
                    WebhookId = webhook.Id,
                    EventId = eventId,
                    EventType = type.Name,
                    ByAgreement = !own,
                    Others = own || type.Addressed ? null : [.. concerned],
                    Body = body,
                }));
            }
        }
    }

    /// <summary>
    /// Those who may know the concerned at all: the parties of an agreement in force with one of them, and the keepers of the register, who know everybody.
    /// </summary>
    public static async Task<HashSet<Guid>> AcquaintedAsync(
        this PartnersDb db, IReadOnlyCollection<Guid> organisations, IReadOnlyCollection<Guid> concerned, DateTimeOffset now, CancellationToken cancellation)
    {
        var counterparties = db.AgreementsInForce(now).Where(agreement => agreement.Parties.Any(party => concerned.Contains(party.OrganisationId)))
            .SelectMany(agreement => agreement.Parties).Select(party => party.OrganisationId);
        var keepers = db.Clients.IgnoreAutoIncludes()
            .Where(client => client.Scopes.Contains(Scopes.OrganisationsRegister) || client.Scopes.Contains(Scopes.OrganisationsSuspend))
            .Select(client => client.OrganisationId);
        return [.. await counterparties.Union(keepers).Where(organisation => organisations.Contains(organisation)).ToListAsync(cancellation)];
    }

    /// <summary>
    /// What the agreements of each of these organisations cover where it is live, or was until it was suspended, and also while it owes its attestation: either
    /// pauses what is sent, and takes nothing away.
    /// </summary>
    public static async Task<Dictionary<Guid, Entitlement>> CoversAsync(
        this PartnersDb db, IReadOnlyCollection<Guid> organisations, DateTimeOffset now, CancellationToken cancellation)
    {
        var agreements = await db.AgreementsInForce(now).AsNoTracking()
            .Where(agreement => agreement.Parties.Any(party => organisations.Contains(party.OrganisationId))).ToListAsync(cancellation);
        var live = await db.Organisations
            .Where(organisation => organisations.Contains(organisation.Id) && (organisation.Status == OrganisationStatus.Live
                || (organisation.Status == OrganisationStatus.Suspended && organisation.Suspension!.StatusBefore == OrganisationStatus.Live)))
            .Select(organisation => organisation.Id).ToListAsync(cancellation);
        return organisations.ToDictionary(organisation => organisation, organisation => new Entitlement([.. agreements
            .Where(agreement => live.Contains(organisation) && agreement.Parties.Exists(party => party.OrganisationId == organisation))
            .Select(AgreementCover.Of)]));
    }
}
