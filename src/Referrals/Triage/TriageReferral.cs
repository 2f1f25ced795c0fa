using Soc.Contracts.Referrals;
using Soc.Messaging;
using Soc.Referrals.Cases;
using Soc.Referrals.Clocks;
using Soc.Referrals.Data;
using Soc.Referrals.Team;
using Soc.Referrals.Vocabulary;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Triage;

/// <param name="Team">Who goes on with the case, where it goes to assessment: without them nobody but the triage officer learns of it.</param>
/// <param name="RedirectTo">For the route <c>redirected</c>, the kind of service that the referrer is to turn to; for no other.</param>
internal sealed record TriageRequest(string? Route, string? Reason, IReadOnlyList<TeamMember>? Team = null, string? RedirectTo = null);

internal sealed record ReturnRequest(IReadOnlyList<string?>? Requests);

/// <summary>What triage does with a referral: takes it up, asks for more, sends it on its route with a coded reason.</summary>
internal static class TriageReferral
{
    public static Task<IResult> AcknowledgeAsync(string id, HttpContext http, Caller caller, Casework casework) =>
        casework.ChangeAsync(http, caller, id, ReferralVerb.Acknowledge, [], (referral, now) => referral.Acknowledge(now));

    public static async Task<IResult> ReturnAsync(string id, ReturnRequest request, HttpContext http, Caller caller, Casework casework) =>
        ReferralVocabulary.NotAllOf("requests", request.Requests, ReferralVocabulary.Current.InformationRequests)?.ToResult() ?? await casework.ChangeAsync(
            http, caller, id, ReferralVerb.Return, [], (referral, now) => referral.Return(
                [.. request.Requests!.Distinct()!], casework.Options.Clocks.For(ClockKind.ReferrerReply, referral.Band), now));

    public static async Task<IResult> HandleAsync(string id, TriageRequest request, HttpContext http, Caller caller, Casework casework, ReferralsDb db)
    {
        var isRoute = Codes.TryParse<TriageRoute>(request.Route, out var route);
        var problem = Fields.Refusal(
            ("route", isRoute ? null : ReferralsProblems.NotInList("route", Codes.All<TriageRoute>())),
            ("reason", !isRoute || ReferralVocabulary.Current.Allows(route, request.Reason) ? null
                : ReferralsProblems.NotInList("reason", ReferralVocabulary.Current.TriageReasons[Codes.Of(route)])),
            ("redirectTo", !isRoute || ReferralVocabulary.Current.AllowsRedirection(route, request.RedirectTo) ? null : ReferralsProblems.RedirectToInvalid(ReferralVocabulary.Current.RedirectTo)),
            ("team", TeamMember.Refusal(request.Team)));
        return problem?.ToResult() ?? await casework.ChangeAsync(
            http, caller, id, ReferralVerb.Triage, [],
            (referral, now) => referral.Triage(route, request.Reason!, caller.Actor, now, request.RedirectTo),
            (referral, now) =>
            {
                referral.Join(TeamMember.Roles(request.Team), caller.Actor, now);
                db.PublishFact(new ReferralTriaged(Guid.NewGuid(), referral.Region, request.Route!, StatisticalWeek.Of(now)));
            });
    }
}
