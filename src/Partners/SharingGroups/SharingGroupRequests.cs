using System.ComponentModel.DataAnnotations;
using Soc.Partners.ReferenceData;
using Soc.ServiceDefaults;

namespace Soc.Partners.SharingGroups;

/// <summary>Forms a sharing group.</summary>
public sealed record FormSharingGroup(
    [property: Required, StringLength(200, MinimumLength = 2), RegularExpression(@"^\S(\P{C}*\S)?\z")] string Name,
    [property: Required, StringLength(500, MinimumLength = 10), RegularExpression(@"^\S(\P{C}*\S)?\z")] string Purpose,
    Guid Agreement);

/// <summary>Makes an organisation a member: from now on where no beginning is given, for good where no end is.</summary>
public sealed record AddMember(Guid Organisation, DateTimeOffset? From = null, DateTimeOffset? Until = null);

/// <summary>Sets when a membership ends.</summary>
public sealed record EndMembership(DateTimeOffset Until);

/// <summary>Records that something was shared with the group: that, and not what.</summary>
public sealed record RecordShare(
    [property: Required, RegularExpression(@"^[A-Za-z0-9._-]{1,64}\z")] string Reference,
    [property: Required, KnownCodes(ReferenceCodes.Categories)] string DataCategory,
    [property: Required, KnownCodes(ReferenceCodes.MarkingCeilings)] string Marking);

/// <summary>A sharing group with its current members; every membership only for who manages agreements.</summary>
internal sealed record SharingGroupView(
    Guid Id, string Name, string Purpose, Guid Agreement, DateTimeOffset FormedAt, IEnumerable<MemberView> Members, IEnumerable<MembershipView>? Memberships,
    IEnumerable<string> AllowedActions)
{
    public static SharingGroupView Of(SharingGroup group, IReadOnlySet<Guid> withAccess, Caller caller, DateTimeOffset now) => new(
        group.Id, group.Name, group.Purpose, group.AgreementId, group.FormedAt,
        group.MembersAt(now, withAccess).Select(member => new MemberView(member.OrganisationId, member.From, member.Until)),
        caller.Scopes.Contains(Contracts.Scopes.AgreementsManage)
            ? group.Memberships.OrderBy(each => each.From).Select(each => new MembershipView(each.OrganisationId, each.From, each.Until))
            : null,
        group.AllowedActions(caller, now));
}

/// <summary>A member, since when, and until when if that is settled.</summary>
internal sealed record MemberView(Guid Organisation, DateTimeOffset From, DateTimeOffset? Until);

/// <summary>A membership that was, is or is to come.</summary>
internal sealed record MembershipView(Guid Organisation, DateTimeOffset From, DateTimeOffset? Until);

/// <param name="Items">In the order in which they were formed.</param>
/// <param name="Next">The cursor of the next page; null on the last one.</param>
internal sealed record SharingGroupsPage(IReadOnlyList<SharingGroupView> Items, string? Next);

/// <summary>A share with the membership that held, which nobody can change: whoever hashes <paramref name="Text"/> with SHA-256 gets <paramref name="Sha256"/>.</summary>
internal sealed record ShareView(
    Guid Id, Guid SharingGroup, Guid Sender, string? Reference, string DataCategory, string Marking, DateTimeOffset At, IReadOnlyList<Guid> Members, string Text, string Sha256,
    IEnumerable<string> AllowedActions)
{
    /// <summary>The sender's reference is shown to the sender only.</summary>
    public static ShareView Of(Share share, Caller caller) => new(
        share.Id, share.SharingGroupId, share.SenderId, share.SenderId == caller.Organisation ? share.Reference : null, share.DataCategory,
        Agreements.Markings.Code(share.Marking), share.At, share.Members, share.MembershipText, share.MembershipHash, []);
}
