namespace Soc.Contracts.Partners;

/// <summary>An organisation's membership of a sharing group has begun.</summary>
/// <param name="SharingGroupId">The sharing group.</param>
/// <param name="OrganisationId">The member.</param>
[Event("soc.partners.sharinggroup.memberadded.v1")]
public sealed record SharingGroupMemberAdded(Guid SharingGroupId, Guid OrganisationId);

/// <summary>An organisation's membership of a sharing group has ended.</summary>
/// <param name="SharingGroupId">The sharing group.</param>
/// <param name="OrganisationId">Who was a member.</param>
[Event("soc.partners.sharinggroup.memberremoved.v1")]
public sealed record SharingGroupMemberRemoved(Guid SharingGroupId, Guid OrganisationId);
