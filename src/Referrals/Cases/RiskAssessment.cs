namespace Soc.Referrals.Cases;

/// <summary>What one version of an assessment tool said about the risk, and who applied it.</summary>
internal sealed class RiskAssessment(
    Guid id, string tool, int score, PriorityBand band, string assessor, DateTimeOffset assessedAt, string? overrideReason, long caseVersion)
{
    public Guid Id { get; private init; } = id;

    public string Tool { get; private init; } = tool;

    public int Score { get; private init; } = score;

    /// <summary>The band that the case is worked in: what follows from the score, unless it was overridden.</summary>
    public PriorityBand Band { get; private init; } = band;

    public string Assessor { get; private init; } = assessor;

    public DateTimeOffset AssessedAt { get; private init; } = assessedAt;

    /// <summary>Why the assessor set another band than the tool; the sealed text says more. Null where the tool's band stands.</summary>
    public string? OverrideReason { get; private init; } = overrideReason;

    /// <summary>The version of the case that it made; 0 for those from before texts were kept with it.</summary>
    public long CaseVersion { get; private init; } = caseVersion;
}

/// <summary>How old an assessment may be when a decision rests on it. The platform's defaults, not the policy of any protection provider.</summary>
internal sealed class AssessmentAgeLimits
{
    public TimeSpan Immediate { get; init; } = TimeSpan.FromDays(2);

    public TimeSpan Urgent { get; init; } = TimeSpan.FromDays(14);

    public TimeSpan Standard { get; init; } = TimeSpan.FromDays(28);

    public bool ArePositive() => Immediate > TimeSpan.Zero && Urgent > TimeSpan.Zero && Standard > TimeSpan.Zero;

    public TimeSpan For(PriorityBand band) => band switch
    {
        PriorityBand.Immediate => Immediate,
        PriorityBand.Urgent => Urgent,
        _ => Standard,
    };
}
