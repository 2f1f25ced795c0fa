using Soc.ServiceDefaults;

namespace Soc.Partners.Onboarding;

/// <summary>
/// A client's proof that it speaks to the platform as every client must. It is made by doing it: each step is something that the platform saw the client
/// do, and nothing that the client says it did.
/// </summary>
internal sealed class ConformanceRun
{
    private ConformanceRun()
    {
    }

    public Guid Id { get; private init; }

    public Guid OrganisationId { get; private init; }

    /// <summary>The client that runs it; another of the same organisation cannot go on with it.</summary>
    public string ClientId { get; private init; } = "";

    /// <summary>It started the run with a token for which it signed an assertion.</summary>
    public DateTimeOffset AuthenticatedAt { get; private init; }

    /// <summary>It repeated the start with the same Idempotency-Key and was given the first answer again.</summary>
    public DateTimeOffset? ReplayedAt { get; private set; }

    /// <summary>It sent a change with an ETag that had been the run's before, and was refused.</summary>
    public DateTimeOffset? StaleRefusedAt { get; private set; }

    /// <summary>It read the run again and sent the change with the ETag it then had: the last step.</summary>
    public DateTimeOffset? ChangedAt { get; private set; }

    public long Version { get; private set; }

    public static ConformanceRun Start(Guid id, Guid organisation, string client, DateTimeOffset now) =>
        new() { Id = id, OrganisationId = organisation, ClientId = client, AuthenticatedAt = now, Version = 1 };

    /// <returns>Whether this is the first time that it was seen.</returns>
    public bool ObserveReplay(DateTimeOffset now)
    {
        if (ReplayedAt is not null)
        {
            return false;
        }

        ReplayedAt = now;
        Version++;
        return true;
    }

    /// <summary>A refused change. An ETag that the run never had is a guess and not a stale one.</summary>
    /// <returns>Whether this is the first time that it was seen.</returns>
    public bool ObserveRefusal(string ifMatch, DateTimeOffset now)
    {
        if (StaleRefusedAt is not null || !Enumerable.Range(1, (int)Version - 1).Any(earlier => ifMatch == $"\"{earlier}\""))
        {
            return false;
        }

        StaleRefusedAt = now;
        Version++;
        return true;
    }

    /// <summary>The change with the right ETag, which passes the run when all before it has been seen.</summary>
    public Problem? Confirm(DateTimeOffset now)
    {
        if (ReplayedAt is null || StaleRefusedAt is null || ChangedAt is not null)
        {
            return PartnersProblems.ConformanceStepsMissing;
        }

        ChangedAt = now;
        Version++;
        return null;
    }
}

/// <summary>A run as its client sees it.</summary>
internal sealed record ConformanceView(Guid Id, string ClientId, string Status, IReadOnlyList<ConformanceStep> Steps, IReadOnlyList<string> AllowedActions)
{
    public static ConformanceView Of(ConformanceRun run) => new(
        run.Id, run.ClientId, run.ChangedAt is null ? "running" : "passed",
        [
            new("authenticate-with-private-key-jwt", run.AuthenticatedAt),
            new("repeat-with-the-same-idempotency-key", run.ReplayedAt),
            new("change-with-a-stale-etag", run.StaleRefusedAt),
            new("change-with-the-current-etag", run.ChangedAt),
        ],
        run.ChangedAt is null ? ["confirmation"] : []);
}

/// <summary>A step, and when the platform saw it done.</summary>
internal sealed record ConformanceStep(string Step, DateTimeOffset? ObservedAt);
