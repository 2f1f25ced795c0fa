namespace Soc.Contracts.Partners;

/// <summary>A forum or network that a strategy can rely on has been formed.</summary>
/// <param name="ForumId">The forum.</param>
/// <param name="Kind"><c>sector-forum</c>, <c>community-coordinator-pilot</c> or <c>overseas-policy-network</c>.</param>
/// <param name="Name">Its name, which is not that of a person.</param>
/// <param name="Area">The regions or overseas posts that it covers, as codes; none for one that is not bound to an area.</param>
/// <param name="From">Its first day.</param>
/// <param name="Until">Its last day, if it is known.</param>
[Event("soc.partners.forum.created.v1")]
public sealed record ForumCreated(Guid ForumId, string Kind, string Name, IReadOnlyList<string> Area, DateOnly From, DateOnly? Until);

/// <summary>An organisation has joined a forum.</summary>
/// <param name="ForumId">The forum.</param>
/// <param name="OrganisationId">The organisation.</param>
/// <param name="Role">Its role there: <c>chair</c>, <c>secretariat</c>, <c>member</c> or <c>observer</c>.</param>
/// <param name="From">The first day of its membership.</param>
[Event("soc.partners.forum.memberjoined.v1")]
public sealed record ForumMemberJoined(Guid ForumId, Guid OrganisationId, string Role, DateOnly From);

/// <summary>An organisation's membership of a forum has been given an end.</summary>
/// <param name="ForumId">The forum.</param>
/// <param name="OrganisationId">The organisation.</param>
/// <param name="Until">The last day of its membership.</param>
[Event("soc.partners.forum.memberleft.v1")]
public sealed record ForumMemberLeft(Guid ForumId, Guid OrganisationId, DateOnly Until);

/// <summary>A forum has been given an end.</summary>
/// <param name="ForumId">The forum.</param>
/// <param name="Until">Its last day.</param>
[Event("soc.partners.forum.closed.v1")]
public sealed record ForumClosed(Guid ForumId, DateOnly Until);
