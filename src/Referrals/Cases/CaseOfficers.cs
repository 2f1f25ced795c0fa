using Soc.Contracts;

namespace Soc.Referrals.Cases;

/// <summary>Who works on cases: whoever may triage, assess or decide. Which cases, the query and the database decide.</summary>
internal static class CaseOfficers
{
    public static string ScopeOf(ReferralVerb verb) => verb switch
    {
        ReferralVerb.Triage => Scopes.ReferralsTriage,
        ReferralVerb.Assess => Scopes.ReferralsAssess,
        _ => Scopes.ReferralsDecide,
    };

    /// <summary>What a caller posts to, below the case: also what <c>allowedActions</c> says.</summary>
    public static string PathOf(ReferralVerb verb) => verb switch
    {
        ReferralVerb.Triage => "triage",
        ReferralVerb.Assess => "assessment",
        _ => "decision",
    };
}
