namespace Soc.Contracts.Partners;

/// <summary>An organisation has been entered in the register of partners.</summary>
/// <param name="OrganisationId">The organisation. Not personal data.</param>
/// <param name="Sector"><c>public</c>, <c>private</c> or <c>voluntary</c>.</param>
[Event("soc.partners.organisation.registered.v1")]
public sealed record OrganisationRegistered(Guid OrganisationId, string Sector);

/// <summary>An organisation's standing or its entry in the register has changed, other than by suspension, reinstatement or closure.</summary>
/// <param name="OrganisationId">The organisation.</param>
/// <param name="Status">
/// The status it now has: <c>registered</c>, <c>applied</c>, <c>responsible-individual-verified</c>, <c>approved</c>, <c>sandbox</c>,
/// <c>conformance-passed</c>, <c>live</c>, <c>suspended</c> or <c>offboarding</c>.
/// </param>
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

/// <summary>An organisation has left the platform for good.</summary>
/// <param name="OrganisationId">The organisation.</param>
/// <param name="SuccessorId">The organisation that took its place, if one did.</param>
[Event("soc.partners.organisation.closed.v1")]
public sealed record OrganisationClosed(Guid OrganisationId, Guid? SuccessorId);

/// <summary>An organisation's application has stood still for so long that a registrar should look at it.</summary>
/// <param name="ApplicationId">The application.</param>
/// <param name="OrganisationId">The organisation that applied.</param>
[Event("soc.partners.application.reminded.v1")]
public sealed record ApplicationReminded(Guid ApplicationId, Guid OrganisationId);
