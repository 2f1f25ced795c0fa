using System.Collections.Frozen;
using Soc.Contracts;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Cases;

/// <summary>How verbs and roles appear to callers: paths, scopes, policies.</summary>
internal static class CaseVerbs
{
    private static readonly FrozenDictionary<ReferralVerb, string> Paths = new Dictionary<ReferralVerb, string>
    {
        [ReferralVerb.Acknowledge] = "acknowledgement",
        [ReferralVerb.Return] = "return",
        [ReferralVerb.Resubmit] = "resubmission",
        [ReferralVerb.Triage] = "triage",
        [ReferralVerb.ProtectInterim] = "interim-protection",
        [ReferralVerb.Assess] = "assessment",
        [ReferralVerb.Decide] = "decision",
        [ReferralVerb.Withdraw] = "withdrawal",
        [ReferralVerb.Arrange] = "arrangements",
        [ReferralVerb.Review] = "review",
        [ReferralVerb.ConcludeReview] = "review-conclusion",
        [ReferralVerb.PlanExit] = "exit-plan",
        [ReferralVerb.Exit] = "exit",
        [ReferralVerb.Close] = "closure",
        [ReferralVerb.Retain] = "retention",
        [ReferralVerb.ChangeTeam] = "team",
        [ReferralVerb.PauseClock] = "clock-pause",
        [ReferralVerb.ResumeClock] = "clock-resumption",
        [ReferralVerb.ExplainBreach] = "breach-reason",
        [ReferralVerb.ProposeTransfer] = "transfer",
        [ReferralVerb.AcceptTransfer] = "transfer-acceptance",
        [ReferralVerb.RefuseTransfer] = "transfer-refusal",
        [ReferralVerb.CancelTransfer] = "transfer-cancellation",
        [ReferralVerb.BeginEntitlements] = "entitlements",
        [ReferralVerb.SettleEntitlement] = "entitlement-outcome",
    }.ToFrozenDictionary();

    /// <summary>What a caller posts to, below the case: also what <c>allowedActions</c> says.</summary>
    public static string PathOf(ReferralVerb verb) => Paths[verb];

    /// <summary>The scope that a token needs for a role; being on the team is needed beside it.</summary>
    public static string ScopeOf(CaseRole role) => role switch
    {
        CaseRole.Referrer => Scopes.ReferralsSubmit,
        CaseRole.TriageOfficer => Scopes.ReferralsTriage,
        CaseRole.CaseOfficer => Scopes.ReferralsCasework,
        CaseRole.RiskAssessor => Scopes.ReferralsAssess,
        CaseRole.AuthorisingOfficer => Scopes.ReferralsDecide,
        CaseRole.ReviewOfficer => Scopes.ReferralsReview,
        _ => Scopes.ReferralsTransfer,
    };

    /// <summary>The policy of a verb's route: the scope of its one role, or of either where two may.</summary>
    public static string PolicyOf(ReferralVerb verb) => verb switch
    {
        ReferralVerb.Resubmit => Scopes.ReferralsSubmit,
        ReferralVerb.Acknowledge or ReferralVerb.Return or ReferralVerb.Triage => Scopes.ReferralsTriage,
        ReferralVerb.Assess => Scopes.ReferralsAssess,
        ReferralVerb.Decide => Scopes.ReferralsDecide,
        ReferralVerb.Arrange or ReferralVerb.PlanExit or ReferralVerb.Exit or ReferralVerb.BeginEntitlements or ReferralVerb.SettleEntitlement => Scopes.ReferralsCasework,
        ReferralVerb.Review or ReferralVerb.ConcludeReview => Scopes.ReferralsReview,
        ReferralVerb.ProposeTransfer or ReferralVerb.AcceptTransfer or ReferralVerb.RefuseTransfer or ReferralVerb.CancelTransfer => Scopes.ReferralsTransfer,
        _ => Policies.CaseLeads,
    };
}
