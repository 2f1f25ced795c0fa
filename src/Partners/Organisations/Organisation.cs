using Soc.Contracts;
using Soc.Contracts.Partners;
using Soc.ServiceDefaults;
using S = Soc.Partners.Organisations.OrganisationStatus;
using V = Soc.Partners.Organisations.OrganisationVerb;

namespace Soc.Partners.Organisations;

/// <summary>How far an organisation has come on its way into the platform, or out of it.</summary>
internal enum OrganisationStatus
{
    Registered,
    Applied,
    ResponsibleIndividualVerified,
    Approved,

    /// <summary>Its first client is registered: it can try out its integration and see nobody else's data.</summary>
    Sandbox,
    ConformancePassed,
    Live,
    Suspended,
    Offboarding,
    Closed,
}

internal enum OrganisationVerb
{
    Apply,
    VerifyResponsibleIndividual,
    Expire,
    Approve,
    EnterSandbox,
    PassConformance,
    GoLive,
    Suspend,
    Reinstate,
    Offboard,
    Close,
}

/// <summary>An entry in the register of partners. Every change publishes one event, so its version is also that of its events.</summary>
internal sealed class Organisation
{
    private Organisation()
    {
    }

    public Guid Id { get; private init; }

    public string Name { get; private set; } = "";

    public string Sector { get; private set; } = "";

    public string Kind { get; private set; } = "";

    public string[] Regions { get; private set; } = [];

    /// <summary>What other registers know it by; each is in this register once.</summary>
    public List<OrganisationIdentifier> Identifiers { get; private init; } = [];

    /// <summary>The identifiers' values, for the search alone.</summary>
    public string? IdentifierText { get; private set; }

    /// <summary>The first day of what the entry says; of an entry that does not say it, the day of its registration.</summary>
    public DateOnly? EffectiveFrom { get; private set; }

    /// <summary>The last day, of an organisation that has ended.</summary>
    public DateOnly? EffectiveTo { get; private set; }

    /// <summary>The organisation that it is part of.</summary>
    public Guid? ParentId { get; private set; }

    /// <summary>The organisation that took its place; of a closed one that has none, nothing did.</summary>
    public Guid? SuccessorId { get; private set; }

    /// <summary>Those that it is the successor of; there only where it was read with them.</summary>
    public List<Organisation> Predecessors { get; private init; } = [];

    /// <summary>When it is to leave, while that lies ahead.</summary>
    public DateTimeOffset? LeavesAt { get; private set; }

    public DateTimeOffset RegisteredAt { get; private init; }

    /// <summary>When its entry was closed: how long its contacts are kept counts from here.</summary>
    public DateTimeOffset? ClosedAt { get; private set; }

    public OrganisationStatus Status { get; private set; }

    public Suspension? Suspension { get; private set; }

    public long Version { get; private set; }

    public static (Organisation Organisation, OrganisationRegistered Event) Register(
        Guid id, OrganisationFacts facts, DateTimeOffset now)
    {
        var organisation = new Organisation
        {
            Id = id,
            RegisteredAt = now,
            Status = OrganisationStatus.Registered,
            Version = 1,
        };
        organisation.State(facts with { EffectiveFrom = facts.EffectiveFrom ?? UkCalendar.Day(now) });
        return (organisation, new OrganisationRegistered(id, facts.Sector));
    }

    /// <summary>
    /// Where each verb leads, whoever asks; nowhere if it is not here. From its approval on an organisation can have clients, and so it can be suspended. One
    /// that is leaving does not come back: it registers again.
    /// </summary>
    public OrganisationStatus? Leads(OrganisationVerb verb) => (Status, verb) switch
    {
        (S.Registered, V.Apply) => S.Applied,
        (S.Applied, V.VerifyResponsibleIndividual) => S.ResponsibleIndividualVerified,
        (S.Applied or S.ResponsibleIndividualVerified, V.Expire) => S.Registered,
        (S.ResponsibleIndividualVerified, V.Approve) => S.Approved,
        (S.Approved, V.EnterSandbox) => S.Sandbox,
        (S.Sandbox, V.PassConformance) => S.ConformancePassed,
        (S.ConformancePassed, V.GoLive) => S.Live,
        (S.Approved or S.Sandbox or S.ConformancePassed or S.Live, V.Suspend) => S.Suspended,
        (S.Suspended, V.Reinstate) => Suspension!.StatusBefore,
        (not (S.Offboarding or S.Closed), V.Offboard) => S.Offboarding,
        (S.Offboarding, V.Close) => S.Closed,
        _ => null,
    };

    /// <summary>Its application has been submitted.</summary>
    public Decision<OrganisationChanged> Apply() => Move(V.Apply);

    public Decision<OrganisationChanged> VerifyResponsibleIndividual() => Move(V.VerifyResponsibleIndividual);

    /// <summary>Its application has stalled for too long: a new one is needed.</summary>
    public Decision<OrganisationChanged> Expire() => Move(V.Expire);

    public Decision<OrganisationChanged> Approve() => Move(V.Approve);

    /// <summary>It has a client.</summary>
    public Decision<OrganisationChanged> EnterSandbox() => Move(V.EnterSandbox);

    public Decision<OrganisationChanged> PassConformance() => Move(V.PassConformance);

    /// <summary>It has passed conformance and has an active information sharing agreement, whichever came last.</summary>
    public Decision<OrganisationChanged> GoLive() => Move(V.GoLive);

    public Decision<OrganisationSuspended> Suspend(string officer, Guid officerOrganisation, string reason, DateTimeOffset now)
    {
        if (officerOrganisation == Id)
        {
            return PartnersProblems.OwnOrganisation;
        }

        if (Leads(V.Suspend) is not { } suspended)
        {
            return PartnersProblems.OrganisationStatus;
        }

        Suspension = new Suspension(officer, reason, now, Status);
        Become(suspended);
        return new OrganisationSuspended(Id, now);
    }

    public Decision<OrganisationReinstated> Reinstate(string officer)
    {
        if (Leads(V.Reinstate) is not { } before)
        {
            return PartnersProblems.OrganisationStatus;
        }

        if (Suspension!.Officer == officer)
        {
            return PartnersProblems.SameOfficer;
        }

        Become(before);
        Suspension = null;
        return new OrganisationReinstated(Id, Status.Code());
    }

    /// <summary>Puts the entry right: all its facts as they are, and not as they were written.</summary>
    public Decision<OrganisationChanged> Correct(OrganisationFacts facts)
    {
        State(facts with { EffectiveFrom = facts.EffectiveFrom ?? EffectiveFrom });
        Version++;
        return new OrganisationChanged(Id, Status.Code());
    }

    /// <summary>It leaves: at once, or at an instant that lies ahead, until when nothing changes for it.</summary>
    public Decision<OrganisationChanged> Offboard(DateTimeOffset? at = null)
    {
        if (Leads(V.Offboard) is not { } offboarding)
        {
            return PartnersProblems.OrganisationStatus;
        }

        LeavesAt = at;
        Become(at is null ? offboarding : Status);
        return new OrganisationChanged(Id, Status.Code());
    }

    /// <summary>It has left, and the entry ends: another one took its place, or none did.</summary>
    public Decision<OrganisationClosed> Close(Guid? successor, DateTimeOffset now)
    {
        if (Leads(V.Close) is not { } closed)
        {
            return PartnersProblems.OrganisationStatus;
        }

        SuccessorId = successor;
        EffectiveTo ??= UkCalendar.Day(now);
        ClosedAt = now;
        Become(closed);
        return new OrganisationClosed(Id, successor);
    }

    /// <summary>What this caller can do with it now, by the name of the path to post to.</summary>
    public IEnumerable<string> AllowedActions(Caller caller)
    {
        var registrar = caller.Scopes.Contains(Scopes.OrganisationsRegister);
        var administers = registrar || (caller.Scopes.Contains(Scopes.OrganisationAdminister) && caller.Organisation == Id);
        var officer = caller.Scopes.Contains(Scopes.OrganisationsSuspend);
        (string Action, bool Allowed)[] actions =
        [
            ("applications", administers && Leads(V.Apply) is not null),
            ("responsible-individual-verification", registrar && Leads(V.VerifyResponsibleIndividual) is not null),
            ("approval", registrar && Leads(V.Approve) is not null),
            ("clients", registrar && Status.HasAccess()),
            ("correction", registrar),
            ("offboarding", registrar && Leads(V.Offboard) is not null),
            ("closure", registrar && Leads(V.Close) is not null),
            ("suspension", officer && caller.Organisation != Id && Leads(V.Suspend) is not null),
            ("reinstatement", officer && Leads(V.Reinstate) is not null && Suspension!.Officer != caller.Actor),
        ];
        return actions.Where(each => each.Allowed).Select(each => each.Action);
    }

    private void State(OrganisationFacts facts)
    {
        (Name, Sector, Kind, Regions) = (facts.Name, facts.Sector, facts.Kind, [.. facts.Regions]);
        (EffectiveFrom, EffectiveTo, ParentId, SuccessorId) = (facts.EffectiveFrom, facts.EffectiveTo, facts.Parent, facts.Successor);
        var stated = (facts.Identifiers ?? []).Select(identifier => (identifier.Scheme, identifier.Value)).ToList();
        Identifiers.RemoveAll(known => !stated.Contains((known.Scheme, known.Value)));
        Identifiers.AddRange(stated.Except(Identifiers.Select(known => (known.Scheme, known.Value)))
            .Select(added => new OrganisationIdentifier(Id, added.Scheme, added.Value)));
        IdentifierText = stated.Count == 0 ? null : string.Join(' ', stated.Select(identifier => identifier.Value));
    }

    private Decision<OrganisationChanged> Move(OrganisationVerb verb)
    {
        if (Leads(verb) is not { } next)
        {
            return PartnersProblems.OrganisationStatus;
        }

        Become(next);
        return new OrganisationChanged(Id, Status.Code());
    }

    private void Become(OrganisationStatus status)
    {
        Status = status;
        Version++;
    }
}

/// <summary>What the register states about an organisation, beside its standing.</summary>
internal sealed record OrganisationFacts(
    string Name, string Sector, string Kind, IReadOnlyCollection<string> Regions, IReadOnlyCollection<Identifier>? Identifiers = null,
    DateOnly? EffectiveFrom = null, DateOnly? EffectiveTo = null, Guid? Parent = null, Guid? Successor = null);

/// <summary>What another register knows an organisation by.</summary>
internal sealed class OrganisationIdentifier(Guid organisationId, string scheme, string value)
{
    public Guid OrganisationId { get; private init; } = organisationId;

    /// <summary>A code of the closed list of registers.</summary>
    public string Scheme { get; private init; } = scheme;

    public string Value { get; private init; } = value;
}

/// <summary>Why and by whom an organisation is suspended.</summary>
/// <param name="Officer">The pseudonymous actor; someone else must reinstate.</param>
/// <param name="Reason">A code of the closed list.</param>
/// <param name="At">When.</param>
/// <param name="StatusBefore">What it becomes again.</param>
internal sealed record Suspension(string Officer, string Reason, DateTimeOffset At, OrganisationStatus StatusBefore);

internal static class OrganisationStatuses
{
    /// <summary>Whether clients of an organisation in this status may have tokens at all; what is in them, the effective scopes say.</summary>
    public static bool HasAccess(this OrganisationStatus status) => status is S.Approved or S.Sandbox or S.ConformancePassed or S.Live;

    public static string Code(this OrganisationStatus status) => status switch
    {
        S.Registered => "registered",
        S.Applied => "applied",
        S.ResponsibleIndividualVerified => "responsible-individual-verified",
        S.Approved => "approved",
        S.Sandbox => "sandbox",
        S.ConformancePassed => "conformance-passed",
        S.Live => "live",
        S.Suspended => "suspended",
        S.Offboarding => "offboarding",
        S.Closed => "closed",
        _ => throw new ArgumentOutOfRangeException(nameof(status)),
    };
}
