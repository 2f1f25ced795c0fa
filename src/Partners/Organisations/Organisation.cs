using Soc.Contracts;
using Soc.Contracts.Partners;
using Soc.ServiceDefaults;

namespace Soc.Partners.Organisations;

internal enum OrganisationStatus
{
    Registered,
    Approved,
    Live,
    Suspended,
}

internal enum OrganisationVerb
{
    Approve,
    GoLive,
    Suspend,
    Reinstate,
}

/// <summary>An entry in the register of partners. Every change publishes one event, so its version is also that of its events.</summary>
internal sealed class Organisation
{
    private Organisation()
    {
    }

    public Guid Id { get; private init; }

    public string Name { get; private init; } = "";

    public string Sector { get; private init; } = "";

    public string Kind { get; private init; } = "";

    public string[] Regions { get; private init; } = [];

    public DateTimeOffset RegisteredAt { get; private init; }

    public OrganisationStatus Status { get; private set; }

    public Suspension? Suspension { get; private set; }

    public long Version { get; private set; }

    public static (Organisation Organisation, OrganisationRegistered Event) Register(
        Guid id, string name, string sector, string kind, IReadOnlyCollection<string> regions, DateTimeOffset now)
    {
        var organisation = new Organisation
        {
            Id = id,
            Name = name,
            Sector = sector,
            Kind = kind,
            Regions = [.. regions],
            RegisteredAt = now,
            Status = OrganisationStatus.Registered,
            Version = 1,
        };
        return (organisation, new OrganisationRegistered(id, sector));
    }

    /// <summary>Whether a verb is possible in a status, whoever asks. An approved organisation can be suspended: its first agreement may be about to make it live.</summary>
    public static bool Allows(OrganisationStatus status, OrganisationVerb verb) => (status, verb) switch
    {
        (OrganisationStatus.Registered, OrganisationVerb.Approve) => true,
        (OrganisationStatus.Approved, OrganisationVerb.GoLive) => true,
        (OrganisationStatus.Approved or OrganisationStatus.Live, OrganisationVerb.Suspend) => true,
        (OrganisationStatus.Suspended, OrganisationVerb.Reinstate) => true,
        _ => false,
    };

    public Decision<OrganisationChanged> Approve()
    {
        if (!Allows(Status, OrganisationVerb.Approve))
        {
            return PartnersProblems.OrganisationStatus;
        }

        Become(OrganisationStatus.Approved);
        return new OrganisationChanged(Id, Status.Code());
    }

    /// <summary>Its first information sharing agreement has become active.</summary>
    public Decision<OrganisationChanged> GoLive()
    {
        if (!Allows(Status, OrganisationVerb.GoLive))
        {
            return PartnersProblems.OrganisationStatus;
        }

        Become(OrganisationStatus.Live);
        return new OrganisationChanged(Id, Status.Code());
    }

    public Decision<OrganisationSuspended> Suspend(string officer, Guid officerOrganisation, string reason, DateTimeOffset now)
    {
        if (officerOrganisation == Id)
        {
            return PartnersProblems.OwnOrganisation;
        }

        if (!Allows(Status, OrganisationVerb.Suspend))
        {
            return PartnersProblems.OrganisationStatus;
        }

        Suspension = new Suspension(officer, reason, now, Status);
        Become(OrganisationStatus.Suspended);
        return new OrganisationSuspended(Id, now);
    }

    public Decision<OrganisationReinstated> Reinstate(string officer)
    {
        if (!Allows(Status, OrganisationVerb.Reinstate))
        {
            return PartnersProblems.OrganisationStatus;
        }

        if (Suspension!.Officer == officer)
        {
            return PartnersProblems.SameOfficer;
        }

        Become(Suspension.StatusBefore);
        Suspension = null;
        return new OrganisationReinstated(Id, Status.Code());
    }

    /// <summary>What this caller can do with it now, by the name of the path to post to.</summary>
    public IEnumerable<string> AllowedActions(Caller caller)
    {
        if (caller.Scopes.Contains(Scopes.OrganisationsRegister) && Allows(Status, OrganisationVerb.Approve))
        {
            yield return "approval";
        }

        if (caller.Scopes.Contains(Scopes.OrganisationsRegister) && Status is OrganisationStatus.Approved or OrganisationStatus.Live)
        {
            yield return "clients";
        }

        if (caller.Scopes.Contains(Scopes.OrganisationsSuspend) && caller.Organisation != Id && Allows(Status, OrganisationVerb.Suspend))
        {
            yield return "suspension";
        }

        if (caller.Scopes.Contains(Scopes.OrganisationsSuspend) && Allows(Status, OrganisationVerb.Reinstate) && Suspension!.Officer != caller.Actor)
        {
            yield return "reinstatement";
        }
    }

    private void Become(OrganisationStatus status)
    {
        Status = status;
        Version++;
    }
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
    public static bool HasAccess(this OrganisationStatus status) => status is OrganisationStatus.Approved or OrganisationStatus.Live;

    public static string Code(this OrganisationStatus status) => status switch
    {
        OrganisationStatus.Registered => "registered",
        OrganisationStatus.Approved => "approved",
        OrganisationStatus.Live => "live",
        OrganisationStatus.Suspended => "suspended",
        _ => throw new ArgumentOutOfRangeException(nameof(status)),
    };
}
