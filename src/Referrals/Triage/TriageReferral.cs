using Soc.Contracts.Referrals;
using Soc.Messaging;
using Soc.Referrals.Cases;
using Soc.Referrals.Data;
using Soc.Referrals.Vocabulary;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Triage;

internal sealed record TriageRequest(string? Route, string? Reason);

/// <summary>Sends a submitted referral on its route, with a coded reason.</summary>
internal static class TriageReferral
{
    public static async Task<IResult> HandleAsync(string id, TriageRequest request, HttpContext http, Caller caller, Casework casework, ReferralsDb db)
    {
        if (!Codes.TryParse<TriageRoute>(request.Route, out var route))
        {
            return ReferralsProblems.NotInList("route").ToResult();
        }

        if (!ReferralVocabulary.Current.Allows(route, request.Reason))
        {
            return ReferralsProblems.NotInList("reason").ToResult();
        }

        return await casework.ChangeAsync(
            http, caller, id, ReferralVerb.Triage, [],
            (referral, now) => referral.Triage(route, request.Reason!, caller.Actor, now),
            (referral, now) => db.PublishFact(new ReferralTriaged(Guid.NewGuid(), referral.Region, request.Route, StatisticalWeek.Of(now))));
    }
}
