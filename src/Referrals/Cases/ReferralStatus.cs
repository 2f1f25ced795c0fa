namespace Soc.Referrals.Cases;

/// <summary>Where a referral stands.</summary>
internal enum ReferralStatus
{
    Submitted,
    Redirected,
    NotForThisService,
    InAssessment,
    DecisionPending,
    Accepted,
    Declined,
}

/// <summary>What may be done to a referral after its submission.</summary>
internal enum ReferralVerb
{
    Triage,
    Assess,
    Decide,
}

/// <summary>How soon a referral must be dealt with, the most pressing first.</summary>
internal enum PriorityBand : short
{
    Immediate = 1,
    Urgent = 2,
    Standard = 3,
}

/// <summary>Where triage sends a referral.</summary>
internal enum TriageRoute
{
    Assessment,
    Redirected,
    NotForThisService,
}

/// <summary>What the authorising officer decided.</summary>
internal enum DecisionOutcome
{
    Accepted,
    Declined,
}

/// <summary>The path of a referral: whatever is not in this table is refused.</summary>
internal static class ReferralPath
{
    public static readonly IReadOnlyList<(ReferralStatus From, ReferralVerb Verb, ReferralStatus To)> Table =
    [
        (ReferralStatus.Submitted, ReferralVerb.Triage, ReferralStatus.InAssessment),
        (ReferralStatus.Submitted, ReferralVerb.Triage, ReferralStatus.Redirected),
        (ReferralStatus.Submitted, ReferralVerb.Triage, ReferralStatus.NotForThisService),
        (ReferralStatus.InAssessment, ReferralVerb.Assess, ReferralStatus.DecisionPending),
        (ReferralStatus.DecisionPending, ReferralVerb.Assess, ReferralStatus.DecisionPending), // an assessment that has aged is done again
        (ReferralStatus.DecisionPending, ReferralVerb.Decide, ReferralStatus.Accepted),
        (ReferralStatus.DecisionPending, ReferralVerb.Decide, ReferralStatus.Declined),
    ];

    public static bool Allows(ReferralStatus from, ReferralVerb verb) => Table.Any(step => step.From == from && step.Verb == verb);

    public static bool Allows(ReferralStatus from, ReferralVerb verb, ReferralStatus to) => Table.Contains((from, verb, to));
}
