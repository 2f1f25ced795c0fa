using MassTransit;
using Soc.Contracts.Referrals;
using Soc.Messaging;
using Soc.Partners.Agreements;
using Soc.Partners.Data;

namespace Soc.Partners.Disclosures;

/// <summary>Puts on record that Referrals gave an organisation information.</summary>
internal sealed class InformationDisclosedConsumer(PartnersDb db) : IConsumer<InformationDisclosed>
{
    public async Task Consume(ConsumeContext<InformationDisclosed> context)
    {
        var disclosed = context.Message;
        if (disclosed.Items < 1 || !DataCategories.All.ContainsKey(disclosed.DataCategory))
        {
            throw new PermanentException("not-a-disclosure");
        }

        await db.RecordDisclosureAsync(
            disclosed.OrganisationId, DisclosureKind.Read, [disclosed.DataCategory], disclosed.Items, "referrals", disclosed.Hour, context.CancellationToken);
    }
}
