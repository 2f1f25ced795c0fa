using Soc.Contracts.Referrals;
using Soc.Messaging;
using Soc.Referrals.Cases;
using Soc.Referrals.Data;
using Soc.Referrals.Vocabulary;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Exits;

internal sealed record ReasonRequest(string? Reason);

internal sealed record RetentionRequest(string? Rule);

/// <summary>How a case comes to its end: withdrawal, a planned exit, closure, retention. None of them is taken back.</summary>
internal static class EndCase
{
    public static async Task<IResult> WithdrawAsync(string id, ReasonRequest request, HttpContext http, Caller caller, Casework casework) =>
        NotIn(ReferralVocabulary.Current.WithdrawalReasons, request) ?? await casework.ChangeAsync(
            http, caller, id, ReferralVerb.Withdraw, [], (referral, now) => referral.Withdraw(request.Reason!, now));

    public static async Task<IResult> PlanExitAsync(string id, ReasonRequest request, HttpContext http, Caller caller, Casework casework) =>
        NotIn(ReferralVocabulary.Current.ExitReasons, request) ?? await casework.ChangeAsync(
            http, caller, id, ReferralVerb.PlanExit, [], (referral, now) => referral.PlanExit(request.Reason!, now));

    public static Task<IResult> ExitAsync(string id, HttpContext http, Caller caller, Casework casework) =>
        casework.ChangeAsync(http, caller, id, ReferralVerb.Exit, [], (referral, now) => referral.Exit(now));

    public static async Task<IResult> CloseAsync(string id, ReasonRequest request, HttpContext http, Caller caller, Casework casework, ReferralsDb db)
    {
        var end = "";
        return NotIn(ReferralVocabulary.Current.ClosureReasons, request) ?? await casework.ChangeAsync(
            http, caller, id, ReferralVerb.Close, [],
            (referral, now) =>
            {
                end = Codes.Of(referral.Status);
                return referral.Close(request.Reason!, now);
            },
            (referral, now) => db.PublishFact(new ReferralClosed(Guid.NewGuid(), referral.Region, end, StatisticalWeek.Of(now))));
    }

    public static async Task<IResult> RetainAsync(string id, RetentionRequest request, HttpContext http, Caller caller, Casework casework) =>
        request.Rule is null || !ReferralVocabulary.Current.RetentionRules.TryGetValue(request.Rule, out var years) ? ReferralsProblems.NotInList("rule", ReferralVocabulary.Current.RetentionRules.Keys).ToResult()
            : await casework.ChangeAsync(
                http, caller, id, ReferralVerb.Retain, [], (referral, now) => referral.Retain(request.Rule, UkCalendar.Day(now).AddYears(years), now));

    private static IResult? NotIn(IReadOnlyList<string> list, ReasonRequest request) => ReferralVocabulary.NotAllOf("reason", [request.Reason], list)?.ToResult();
}
