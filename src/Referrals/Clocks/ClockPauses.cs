using Soc.Referrals.Cases;
using Soc.Referrals.Vocabulary;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Clocks;

internal sealed record ClockPauseRequest(string? Clock, string? Reason);

internal sealed record ClockResumptionRequest(string? Clock);

/// <summary>What people do to the clocks of a case: let one stand still for a listed reason, let it go on, and say why it was breached.</summary>
internal static class ClockPauses
{
    /// <summary>The reason that the service itself gives when it has returned a referral for information.</summary>
    public const string AwaitingReferrer = "awaiting-referrer";

    public static bool Allows(string? reason, ClockKind kind) =>
        reason is not null && ReferralVocabulary.Current.PauseReasons.TryGetValue(reason, out var kinds) && kinds.Contains(Codes.Of(kind));

    public static async Task<IResult> PauseAsync(string id, ClockPauseRequest request, HttpContext http, Caller caller, Casework casework)
    {
        var problem = !Codes.TryParse<ClockKind>(request.Clock, out var kind) ? ReferralsProblems.NotInList("clock", Codes.All<ClockKind>())
            : request.Reason == AwaitingReferrer || !Allows(request.Reason, kind)
                ? ReferralsProblems.NotInList("reason", ReferralVocabulary.Current.PauseReasons.Keys.Where(reason => reason != AwaitingReferrer && Allows(reason, kind)).DefaultIfEmpty("nothing: this clock does not stand still")) : null;
        return problem?.ToResult() ?? await casework.ChangeAsync(
            http, caller, id, ReferralVerb.PauseClock, [], (referral, now) => referral.PauseClock(kind, request.Reason!, now));
    }

    public static async Task<IResult> ResumeAsync(string id, ClockResumptionRequest request, HttpContext http, Caller caller, Casework casework) =>
        !Codes.TryParse<ClockKind>(request.Clock, out var kind) ? ReferralsProblems.NotInList("clock", Codes.All<ClockKind>()).ToResult() : await casework.ChangeAsync(
            http, caller, id, ReferralVerb.ResumeClock, [], (referral, now) => referral.ResumeClock(kind, now));

    public static async Task<IResult> ExplainAsync(string id, ClockPauseRequest request, HttpContext http, Caller caller, Casework casework)
    {
        var problem = Fields.Refusal(
            ("clock", Codes.TryParse<ClockKind>(request.Clock, out var kind) ? null : ReferralsProblems.NotInList("clock", Codes.All<ClockKind>())),
            Fields.OneOf("reason", request.Reason, ReferralVocabulary.Current.BreachReasons));
        return problem?.ToResult() ?? await casework.ChangeAsync(
            http, caller, id, ReferralVerb.ExplainBreach, [], (referral, now) => referral.ExplainBreach(kind, request.Reason!, now));
    }
}
