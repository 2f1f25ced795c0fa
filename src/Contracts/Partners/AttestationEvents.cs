namespace Soc.Contracts.Partners;

/// <summary>An organisation has attested that its clients, their scopes and its contacts are right.</summary>
/// <param name="OrganisationId">The organisation.</param>
/// <param name="Quarter">The calendar quarter, such as <c>2026-Q4</c>.</param>
[Event("soc.partners.attestation.made.v1")]
public sealed record AttestationMade(Guid OrganisationId, string Quarter);

/// <summary>An organisation has not attested in time: nothing is shared with it until it does.</summary>
/// <param name="OrganisationId">The organisation.</param>
/// <param name="Quarter">The first calendar quarter without an attestation, such as <c>2026-Q4</c>.</param>
[Event("soc.partners.attestation.overdue.v1")]
public sealed record AttestationOverdue(Guid OrganisationId, string Quarter);
