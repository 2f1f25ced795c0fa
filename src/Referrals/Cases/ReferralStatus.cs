namespace Soc.Referrals.Cases;

/// <summary>Where a referral stands.</summary>
internal enum ReferralStatus
{
    Submitted,
    Returned,
    Resubmitted,
    InTriage,
    Redirected,
    NotForThisService,
    InterimProtection,
    InAssessment,
    DecisionPending,
    Accepted,
    Declined,
    Withdrawn,
    Active,
    InReview,
    TransferProposed,
    TransferAccepted,
    ExitPlanned,
    Exited,
    Closed,
    Retained,
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
