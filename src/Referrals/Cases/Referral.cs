using Soc.ServiceDefaults;

namespace Soc.Referrals.Cases;

/// <summary>
/// One protected-person referral: its path and who acted. What was told about the person is not here but sealed beside it
/// (<see cref="Sealing.SealedField"/>), so that nothing that handles the path can show it.
/// </summary>
internal sealed class Referral
{
    private readonly List<RiskAssessment> assessments = [];

    private Referral()
    {
    }

    public Guid Id { get; private init; }

    public string Reference { get; private init; } = "";

    public ReferralStatus Status { get; private set; }

    /// <summary>The band the case is worked in: what the referrer said until an assessment says otherwise.</summary>
    public PriorityBand Band { get; private set; }

    public string Region { get; private init; } = "";

    public string? ThreatCategory { get; private init; }

    /// <summary>The one unit that is responsible at this instant; only its officers see the case.</summary>
    public Guid ResponsibleUnit { get; private init; }

    public Guid ReferringOrganisation { get; private init; }

    public string Referrer { get; private init; } = "";

    public DateTimeOffset SubmittedAt { get; private init; }

    public string? TriagedBy { get; private set; }

    public DateTimeOffset? TriagedAt { get; private set; }

    public string? TriageReason { get; private set; }

    public IReadOnlyList<RiskAssessment> Assessments => assessments;

    public Decision? Decision { get; private set; }

    /// <summary>Counts the changes, from 1; the entity tag and the guard against lost updates.</summary>
    public long Version { get; private set; }

    public static Referral Submit(
        Guid id, string reference, PriorityBand band, string region, string? threatCategory,
        Guid responsibleUnit, Guid referringOrganisation, string referrer, DateTimeOffset now) => new()
        {
            Id = id,
            Reference = reference,
            Status = ReferralStatus.Submitted,
            Band = band,
            Region = region,
            ThreatCategory = threatCategory,
            ResponsibleUnit = responsibleUnit,
            ReferringOrganisation = referringOrganisation,
            Referrer = referrer,
            SubmittedAt = now,
            Version = 1,
        };

    public Problem? Triage(TriageRoute route, string reason, string officer, DateTimeOffset now)
    {
        var to = route switch
        {
            TriageRoute.Assessment => ReferralStatus.InAssessment,
            TriageRoute.Redirected => ReferralStatus.Redirected,
            _ => ReferralStatus.NotForThisService,
        };
        if (!ReferralPath.Allows(Status, ReferralVerb.Triage, to))
        {
            return ReferralsProblems.NotInThisStatus;
        }

        (TriagedBy, TriagedAt, TriageReason) = (officer, now, reason);
        Move(to);
        return null;
    }

    public Problem? Assess(Guid id, string tool, int score, PriorityBand band, string assessor, DateTimeOffset now)
    {
        if (!ReferralPath.Allows(Status, ReferralVerb.Assess, ReferralStatus.DecisionPending))
        {
            return ReferralsProblems.NotInThisStatus;
        }

        assessments.Add(new RiskAssessment(id, tool, score, band, assessor, now));
        Band = band;
        Move(ReferralStatus.DecisionPending);
        return null;
    }

    /// <summary>Decides on protection arrangements, having regard to section 82(4) of the Serious Organised Crime and Police Act 2005.</summary>
    public Problem? Decide(
        DecisionOutcome outcome, StatutoryFactors factors, Cooperation cooperation, string authoriser, AssessmentAgeLimits limits, DateTimeOffset now)
    {
        var to = outcome == DecisionOutcome.Accepted ? ReferralStatus.Accepted : ReferralStatus.Declined;
        var problem = !ReferralPath.Allows(Status, ReferralVerb.Decide, to) ? ReferralsProblems.NotInThisStatus
            : !IsIndependent(authoriser) ? ReferralsProblems.AuthoriserNotIndependent
            : !HasCurrentAssessment(limits, now) ? ReferralsProblems.AssessmentOutOfDate
            : factors.Missing() ?? (outcome == DecisionOutcome.Accepted ? cooperation.Missing() : null);
        if (problem is not null)
        {
            return problem;
        }

        Decision = new Decision(outcome, factors.Witness!.IsOrMightBeWitness!.Value, cooperation.Recorded == true, authoriser, now);
        Move(to);
        return null;
    }

    /// <summary>Whether somebody may authorise: neither the referrer nor anybody who assessed this case.</summary>
    public bool IsIndependent(string authoriser) => authoriser != Referrer && assessments.All(assessment => assessment.Assessor != authoriser);

    /// <summary>The newest assessment, where it is not older than its band allows.</summary>
    public bool HasCurrentAssessment(AssessmentAgeLimits limits, DateTimeOffset now) =>
        assessments.MaxBy(assessment => assessment.AssessedAt) is { } newest && now - newest.AssessedAt <= limits.For(newest.Band);

    /// <summary>What this officer could do to the case now, so that no client has to know the path.</summary>
    public IEnumerable<ReferralVerb> AllowedTo(Caller caller, AssessmentAgeLimits limits, DateTimeOffset now) =>
        Enum.GetValues<ReferralVerb>().Where(verb => ReferralPath.Allows(Status, verb) && caller.Scopes.Contains(CaseOfficers.ScopeOf(verb))
            && (verb != ReferralVerb.Decide || (IsIndependent(caller.Actor) && HasCurrentAssessment(limits, now))));

    private void Move(ReferralStatus to)
    {
        Status = to;
        Version++;
    }
}
