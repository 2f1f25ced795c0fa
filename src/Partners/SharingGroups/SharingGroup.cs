using Soc.Contracts;
using Soc.Contracts.Partners;
using Soc.Partners.Agreements;
using Soc.ServiceDefaults;

namespace Soc.Partners.SharingGroups;

/// <summary>
/// A named group of organisations that share information with one another under an agreement between them. Who was a member when is never rewritten:
/// memberships are added and ended.
/// </summary>
internal sealed class SharingGroup
{
    private SharingGroup()
    {
    }

    public Guid Id { get; private init; }

    public string Name { get; private init; } = "";

    public string Purpose { get; private init; } = "";

    /// <summary>The agreement that it rests on: its parties can be members, and while it is in force they can share.</summary>
    public Guid AgreementId { get; private init; }

    public DateTimeOffset FormedAt { get; private init; }

    public List<Membership> Memberships { get; private init; } = [];

    /// <summary>Of the resource: what its ETag shows.</summary>
    public long Version { get; private set; }

    public long EventVersion { get; private set; }

    public static SharingGroup Form(Guid id, string name, string purpose, Guid agreement, DateTimeOffset now) => new()
    {
        Id = id,
        Name = name,
        Purpose = purpose,
        AgreementId = agreement,
        FormedAt = now,
        Version = 1,
    };

    /// <summary>Makes a party of the agreement a member, from now or a later instant on, for good or until a given one.</summary>
    public Problem? Add(Guid membership, Guid organisation, DateTimeOffset from, DateTimeOffset? until, Agreement agreement, DateTimeOffset now)
    {
        if (from < now || until <= from)
        {
            return PartnersProblems.MembershipPeriod;
        }

        if (!agreement.StatusAt(now).InForce() || !agreement.Parties.Exists(party => party.OrganisationId == organisation))
        {
            return PartnersProblems.MembershipNotAParty;
        }

        if (Memberships.Exists(known => known.OrganisationId == organisation && known.Overlaps(from, until)))
        {
            return PartnersProblems.MembershipOverlap;
        }

        Memberships.Add(new Membership(membership, Id, organisation, from, until));
        Version++;
        return null;
    }

    /// <summary>Sets when a membership that holds, or is to come, ends. An end that has come stands.</summary>
    public Problem? End(Guid organisation, DateTimeOffset at, DateTimeOffset now)
    {
        if (at < now)
        {
            return PartnersProblems.MembershipPeriod;
        }

        if (Remaining(organisation, now).MinBy(known => known.From) is not { } membership)
        {
            return PartnersProblems.MembershipNotFound;
        }

        if (at < membership.From || Memberships.Exists(other => other != membership && other.OrganisationId == organisation && other.Overlaps(membership.From, at)))
        {
            return PartnersProblems.MembershipPeriod;
        }

        membership.End(at);
        Version++;
        return null;
    }

    /// <summary>Ends at once whatever membership of the organisation holds or is to come.</summary>
    public Problem? Remove(Guid organisation, DateTimeOffset now)
    {
        var remaining = Remaining(organisation, now).ToList();
        if (remaining.Count == 0)
        {
            return PartnersProblems.MembershipNotFound;
        }

        foreach (var membership in remaining)
        {
            membership.End(membership.From > now ? membership.From : now);
        }

        Version++;
        return null;
    }

    /// <summary>What is to be told of memberships that have begun or ended by now, each with the version of its event; what was told is not told again.</summary>
    public IEnumerable<(object Event, long Version)> Tell(DateTimeOffset now)
    {
        foreach (var membership in Memberships.OrderBy(each => each.From))
        {
            if (!membership.BeginningTold && membership.From <= now)
            {
                membership.TellBeginning();
                Version++;
                if (membership.IsEmpty)
                {
                    membership.TellEnd();
                    continue;
                }

                yield return (new SharingGroupMemberAdded(Id, membership.OrganisationId), ++EventVersion);
            }

            if (membership.BeginningTold && !membership.EndTold && membership.IsOver(now))
            {
                membership.TellEnd();
                Version++;
                yield return (new SharingGroupMemberRemoved(Id, membership.OrganisationId), ++EventVersion);
            }
        }
    }

    /// <summary>Its members at an instant: those whose membership holds, and who are not suspended.</summary>
    public IEnumerable<Membership> MembersAt(DateTimeOffset instant, IReadOnlySet<Guid> withAccess) =>
        Memberships.Where(member => member.HoldsAt(instant) && withAccess.Contains(member.OrganisationId)).OrderBy(member => member.OrganisationId);

    /// <summary>What this caller can do with it now, by the name of the path to post to.</summary>
    public IEnumerable<string> AllowedActions(Caller caller, DateTimeOffset now)
    {
        if (caller.Scopes.Contains(Scopes.AgreementsManage))
        {
            yield return "members";
        }

        if (caller.Scopes.Contains(Scopes.IntegrationManage) && Memberships.Exists(known => known.OrganisationId == caller.Organisation && known.HoldsAt(now)))
        {
            yield return "shares";
        }
    }

    private IEnumerable<Membership> Remaining(Guid organisation, DateTimeOffset now) =>
        Memberships.Where(known => known.OrganisationId == organisation && !known.IsOver(now) && !known.IsEmpty);
}

/// <summary>
/// That an organisation is a member from an instant on and until before another. Ending is all that can be done to it; one that was taken back before it began
/// ends where it begins, and so never holds.
/// </summary>
internal sealed class Membership(Guid id, Guid sharingGroupId, Guid organisationId, DateTimeOffset from, DateTimeOffset? until)
{
    public Guid Id { get; private init; } = id;

    public Guid SharingGroupId { get; private init; } = sharingGroupId;

    public Guid OrganisationId { get; private init; } = organisationId;

    public DateTimeOffset From { get; private init; } = from;

    public DateTimeOffset? Until { get; private set; } = until;

    /// <summary>Whether it was published that it has begun.</summary>
    public bool BeginningTold { get; private set; }

    /// <summary>Whether it was published that it has ended.</summary>
    public bool EndTold { get; private set; }

    public bool HoldsAt(DateTimeOffset instant) => From <= instant && !(Until <= instant);

    public bool IsOver(DateTimeOffset now) => Until <= now;

    /// <summary>Whether it was taken back before it began.</summary>
    public bool IsEmpty => Until == From;

    /// <summary>Whether there is an instant in both periods; an empty one has none.</summary>
    public bool Overlaps(DateTimeOffset from, DateTimeOffset? until) => !(Until <= from) && !(until <= From) && !IsEmpty && until != from;

    public void End(DateTimeOffset at) => Until = at;

    public void TellBeginning() => BeginningTold = true;

    public void TellEnd() => EndTold = true;
}
