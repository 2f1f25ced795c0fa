namespace Soc.Contracts.Partners;

/// <summary>An organisation has lost access and is asked what became of that which it had received.</summary>
/// <param name="RevocationOrderId">The revocation order.</param>
/// <param name="OrganisationId">The organisation.</param>
/// <param name="Cause"><c>suspension</c>, <c>key-revocation</c>, <c>agreement-expiry</c>, <c>agreement-termination</c> or <c>sharing-group-removal</c>.</param>
[Event("soc.partners.revocation.issued.v1")]
public sealed record RevocationIssued(Guid RevocationOrderId, Guid OrganisationId, string Cause);

/// <summary>The organisation has said what became of it.</summary>
/// <param name="RevocationOrderId">The revocation order.</param>
/// <param name="OrganisationId">The organisation.</param>
/// <param name="Action"><c>returned</c>, <c>destroyed</c> or <c>retained</c>.</param>
[Event("soc.partners.revocation.acknowledged.v1")]
public sealed record RevocationAcknowledged(Guid RevocationOrderId, Guid OrganisationId, string Action);

/// <summary>The due date of a revocation order has passed without an acknowledgement.</summary>
/// <param name="RevocationOrderId">The revocation order.</param>
/// <param name="OrganisationId">The organisation.</param>
[Event("soc.partners.revocation.overdue.v1")]
public sealed record RevocationOverdue(Guid RevocationOrderId, Guid OrganisationId);
