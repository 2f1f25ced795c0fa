namespace Soc.Contracts.Partners;

/// <summary>An organisation has been entered in the register of partners.</summary>
/// <param name="OrganisationId">The organisation. Not personal data.</param>
/// <param name="Sector"><c>public</c>, <c>private</c> or <c>voluntary</c>.</param>
[Event("soc.partners.organisation.registered.v1")]
public sealed record OrganisationRegistered(Guid OrganisationId, string Sector);

/// <summary>An organisation's standing has changed, other than by suspension or reinstatement.</summary>
/// <param name="OrganisationId">The organisation.</param>
/// <param name="Status">The status it now has: <c>approved</c> or <c>live</c>.</param>
[Event("soc.partners.organisation.changed.v1")]
public sealed record OrganisationChanged(Guid OrganisationId, string Status);

/// <summary>A security officer has suspended an organisation: nothing of it is accepted any more.</summary>
/// <param name="OrganisationId">The organisation.</param>
/// <param name="NotBefore">Tokens issued at or before this instant are refused everywhere.</param>
[Event("soc.partners.organisation.suspended.v1")]
public sealed record OrganisationSuspended(Guid OrganisationId, DateTimeOffset NotBefore);

/// <summary>A different security officer has reinstated a suspended organisation.</summary>
/// <param name="OrganisationId">The organisation.</param>
/// <param name="Status">The status it had before the suspension and has again.</param>
[Event("soc.partners.organisation.reinstated.v1")]
public sealed record OrganisationReinstated(Guid OrganisationId, string Status);
