namespace Soc.Contracts.Partners;

/// <summary>A webhook of an organisation gets nothing any more.</summary>
/// <param name="WebhookId">The webhook.</param>
/// <param name="OrganisationId">The organisation whose it is.</param>
/// <param name="Reason"><c>gone</c> (its receiver answered 410), <c>failing</c> (for five days) or <c>own-request</c>.</param>
[Event("soc.partners.webhook.disabled.v1")]
public sealed record WebhookDisabled(Guid WebhookId, Guid OrganisationId, string Reason);
