using Soc.Referrals.Cases;
using Soc.Referrals.Vocabulary;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Assessments;

internal sealed record AssessmentRequest(string? Tool, int? Score, string? Band);

/// <summary>Records what a version of an assessment tool says about the risk.</summary>
internal static class AssessReferral
{
    public static async Task<IResult> HandleAsync(string id, AssessmentRequest request, HttpContext http, Caller caller, Casework casework)
    {
        var tool = ReferralVocabulary.Current.AssessmentTools.FirstOrDefault(tool => tool.Code == request.Tool);
        var isBand = Codes.TryParse<PriorityBand>(request.Band, out var band);
        var problem = tool is null ? ReferralsProblems.NotInList("tool")
            : !isBand ? ReferralsProblems.NotInList("band")
            : request.Score is not { } given || given < tool.MinimumScore || given > tool.MaximumScore ? ReferralsProblems.ScoreOutOfRange
            : tool.BandOf(given) != request.Band ? ReferralsProblems.BandDoesNotFollow
            : null;
        return problem?.ToResult() ?? await casework.ChangeAsync(
            http, caller, id, ReferralVerb.Assess, [],
            (referral, now) => referral.Assess(Guid.CreateVersion7(now), tool!.Code, request.Score!.Value, band, caller.Actor, now));
    }
}
