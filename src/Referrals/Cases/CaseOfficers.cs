using Microsoft.AspNetCore.Authorization;
using Soc.Contracts;

namespace Soc.Referrals.Cases;

/// <summary>Who works on cases: whoever may triage, assess or decide. Which cases, the query and the database decide.</summary>
internal static class CaseOfficers
{
    /// <summary>The policy of what every case officer may do.</summary>
    public const string Policy = "referrals.case-officer";

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

    public static void Require(AuthorizationPolicyBuilder policy) => policy.RequireAuthenticatedUser().RequireAssertion(context =>
        context.User.FindFirst("scope")?.Value.Split(' ').Intersect(Enum.GetValues<ReferralVerb>().Select(ScopeOf)).Any() == true);
}
