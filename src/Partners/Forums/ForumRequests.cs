using System.ComponentModel.DataAnnotations;
using Soc.Partners.ReferenceData;

namespace Soc.Partners.Forums;

/// <summary>Forms a forum. Its area are codes of regions or of overseas posts; none where it is not bound to an area.</summary>
public sealed record CreateForum(
    [property: Required, KnownCodes(ReferenceCodes.ForumKinds)] string Kind,
    [property: Required, StringLength(200, MinimumLength = 2), RegularExpression(@"^\S(\P{C}*\S)?\z")] string Name,
    [property: Required, MaxLength(50), KnownCodes(ReferenceCodes.ForumAreas)] IReadOnlyList<string> Area,
    DateOnly From,
    DateOnly? Until = null);

/// <summary>An organisation joins a forum.</summary>
public sealed record JoinForum(Guid Organisation, [property: Required, KnownCodes(ReferenceCodes.ForumRoles)] string Role, DateOnly From);

/// <summary>A membership, or the forum itself, ends with this day.</summary>
public sealed record EndForum(DateOnly Until);

/// <summary>A forum as a registrar sees it, or one of its members: who the others are, a member is told only of those it may know anyway.</summary>
internal sealed record ForumView(
    Guid Id, string Kind, string Name, IReadOnlyList<string> Area, DateOnly From, DateOnly? Until, IEnumerable<ForumMemberView> Members,
    IEnumerable<string> AllowedActions);

/// <summary>A membership: its role, and its organisation where the reader may see that.</summary>
internal sealed record ForumMemberView(Guid Id, string Role, Guid? Organisation, DateOnly From, DateOnly? Until);

/// <summary>A page of forums.</summary>
internal sealed record ForumPage(IEnumerable<ForumView> Items, string? Next);
