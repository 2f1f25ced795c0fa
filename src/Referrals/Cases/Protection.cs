namespace Soc.Referrals.Cases;

/// <summary>What was done at once, before anybody had assessed the case. The basis is sealed beside it.</summary>
internal sealed class InterimDecision(Guid id, string[] measures, string officer, DateTimeOffset decidedAt, long caseVersion)
{
    public Guid Id { get; private init; } = id;

    public string[] Measures { get; private init; } = measures;

    public string Officer { get; private init; } = officer;

    public DateTimeOffset DecidedAt { get; private init; } = decidedAt;

    /// <summary>The version of the case that it made: the sealed basis has the same.</summary>
    public long CaseVersion { get; private init; } = caseVersion;
}

/// <summary>One protection arrangement: what kind, by whom, and with whom jointly.</summary>
internal sealed class Arrangement(Guid id, string type, Guid provider, Guid[] jointProviders, string officer, DateTimeOffset arrangedAt)
{
    public Guid Id { get; private init; } = id;

    public string Type { get; private init; } = type;

    public Guid Provider { get; private init; } = provider;

    public Guid[] JointProviders { get; private init; } = jointProviders;

    public string Officer { get; private init; } = officer;

    public DateTimeOffset ArrangedAt { get; private init; } = arrangedAt;
}

/// <summary>One review of the arrangements; open until it has an outcome.</summary>
internal sealed class CaseReview(Guid id, string officer, DateTimeOffset startedAt)
{
    public Guid Id { get; private init; } = id;

    public string Officer { get; private init; } = officer;

    public DateTimeOffset StartedAt { get; private init; } = startedAt;

    public string? Outcome { get; private set; }

    public DateTimeOffset? ConcludedAt { get; private set; }

    /// <summary>The version of the case that concluded it: the sealed note has the same.</summary>
    public long? CaseVersion { get; private set; }

    public void Conclude(string outcome, DateTimeOffset now, long caseVersion) => (Outcome, ConcludedAt, CaseVersion) = (outcome, now, caseVersion);
}
