using Soc.Contracts.Partners;

namespace Soc.Partners.Forums;

/// <summary>
/// A named group of organisations that the strategy relies on: a forum of a sector, the coordinators of an area, a network of overseas posts. Days are days
/// in the United Kingdom, and the last one counts. Every change publishes one event, so its version is also that of its events.
/// </summary>
internal sealed class Forum
{
    private Forum()
    {
    }

    public Guid Id { get; private init; }

    public string Kind { get; private init; } = "";

    public string Name { get; private init; } = "";

    /// <summary>Codes of regions or of overseas posts.</summary>
    public string[] Area { get; private init; } = [];

    public DateOnly From { get; private init; }

    public DateOnly? Until { get; private set; }

    public List<ForumMember> Members { get; private init; } = [];

    public long Version { get; private set; }

    public static (Forum Forum, ForumCreated Event) Create(Guid id, string kind, string name, IReadOnlyCollection<string> area, DateOnly from, DateOnly? until)
    {
        var forum = new Forum { Id = id, Kind = kind, Name = name, Area = [.. area], From = from, Until = until, Version = 1 };
        return (forum, new ForumCreated(id, kind, name, forum.Area, from, until));
    }

    /// <summary>A membership begins, within the forum's own days and not while another one of the same organisation lasts.</summary>
    public Decision<ForumMemberJoined> Join(Guid member, Guid organisation, string role, DateOnly from)
    {
        if (from < From || from > Until)
        {
            return PartnersProblems.ForumDates;
        }

        if (Members.Exists(known => known.OrganisationId == organisation && (known.Until is null || known.Until >= from)))
        {
            return PartnersProblems.ForumMembersOverlap;
        }

        Members.Add(new ForumMember(member, Id, organisation, role, from));
        Version++;
        return new ForumMemberJoined(Id, organisation, role, from);
    }

    /// <summary>A membership ends with this day. An end that was given stands.</summary>
    public Decision<ForumMemberLeft> Leave(Guid member, DateOnly until)
    {
        if (Members.SingleOrDefault(known => known.Id == member && known.Until is null) is not { } leaving)
        {
            return PartnersProblems.ForumMemberNotFound;
        }

        if (until < leaving.From || until > Until)
        {
            return PartnersProblems.ForumDates;
        }

        leaving.End(until);
        Version++;
        return new ForumMemberLeft(Id, leaving.OrganisationId, until);
    }

    /// <summary>The forum ends with this day, and with it every membership.</summary>
    public Decision<ForumClosed> Close(DateOnly until)
    {
        if (Until is not null)
        {
            return PartnersProblems.ForumStatus;
        }

        if (until < From || Members.Exists(member => member.From > until || member.Until > until))
        {
            return PartnersProblems.ForumDates;
        }

        Until = until;
        Version++;
        return new ForumClosed(Id, until);
    }

    /// <summary>Those who are members on a day.</summary>
    public IEnumerable<ForumMember> MembersOn(DateOnly day) =>
        day < From || day > Until ? [] : Members.Where(member => member.From <= day && (member.Until is null || member.Until >= day));
}

/// <summary>An organisation's membership of a forum, from a day on and until its last one.</summary>
internal sealed class ForumMember(Guid id, Guid forumId, Guid organisationId, string role, DateOnly from)
{
    public Guid Id { get; private init; } = id;

    public Guid ForumId { get; private init; } = forumId;

    public Guid OrganisationId { get; private init; } = organisationId;

    public string Role { get; private init; } = role;

    public DateOnly From { get; private init; } = from;

    public DateOnly? Until { get; private set; }

    public void End(DateOnly until) => Until = until;
}
