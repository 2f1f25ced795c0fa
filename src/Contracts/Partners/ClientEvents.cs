namespace Soc.Contracts.Partners;

/// <summary>A client of an organisation has been registered and may ask for tokens.</summary>
/// <param name="OrganisationId">The organisation.</param>
/// <param name="Client">The client's reference: not its name.</param>
/// <param name="Sandbox">Whether it is for trying things out only.</param>
[Event("soc.partners.client.approved.v1")]
public sealed record ClientApproved(Guid OrganisationId, Guid Client, bool Sandbox);

/// <summary>A client has a further key, secret or certificate; the key that it follows is retiring.</summary>
/// <param name="OrganisationId">The organisation.</param>
/// <param name="Client">The client's reference.</param>
/// <param name="Credential">The new credential: the beginning of its thumbprint, or a secret's id.</param>
[Event("soc.partners.credential.rotated.v1")]
public sealed record CredentialRotated(Guid OrganisationId, Guid Client, string Credential);

/// <summary>A key, secret or certificate of a client has been revoked, and the organisation's earlier tokens are cut off.</summary>
/// <param name="OrganisationId">The organisation.</param>
/// <param name="Client">The client's reference.</param>
/// <param name="Credential">The credential: the beginning of its thumbprint, or a secret's id.</param>
/// <param name="Reason">A code of the closed list of the Partners service.</param>
[Event("soc.partners.credential.revoked.v1")]
public sealed record CredentialRevoked(Guid OrganisationId, Guid Client, string Credential, string Reason);

/// <summary>A key or secret of a client expires soon and has no successor.</summary>
/// <param name="OrganisationId">The organisation.</param>
/// <param name="Client">The client's reference.</param>
/// <param name="Credential">The credential: the beginning of its thumbprint, or a secret's id.</param>
/// <param name="Days">It expires within this many days: 30, 7 or 1.</param>
[Event("soc.partners.credential.expiring.v1")]
public sealed record CredentialExpiring(Guid OrganisationId, Guid Client, string Credential, int Days);
