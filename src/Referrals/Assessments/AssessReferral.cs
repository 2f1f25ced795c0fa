using Soc.Referrals.Cases;
using Soc.Referrals.Sealing;
using Soc.Referrals.Vocabulary;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Assessments;

/// <summary>A class and not a record: a record's ToString would print the reasoning.</summary>
internal sealed class AssessmentRequest
{
    public required string? Tool { get; init; }

    public required int? Score { get; init; }

    /// <summary>The band that follows from the score.</summary>
    public required string? Band { get; init; }

    public BandOverride? Override { get; init; }
}

/// <summary>The assessor's own judgement, where it is another than the tool's.</summary>
internal sealed class BandOverride
{
    public string? Band { get; init; }

    public string? Reason { get; init; }

    public string? Text { get; init; }
}

/// <summary>Records what a version of an assessment tool says about the risk, and the professional's override of it.</summary>
internal static class AssessReferral
{
    public static async Task<IResult> HandleAsync(string id, AssessmentRequest request, HttpContext http, Caller caller, Casework casework)
    {
        var tool = ReferralVocabulary.Current.AssessmentTools.FirstOrDefault(tool => tool.Code == request.Tool);
        var isBand = Codes.TryParse<PriorityBand>(request.Band, out var band);
        var isScore = request.Score >= tool?.MinimumScore && request.Score <= tool.MaximumScore;
        var followed = band;
        var problem = Fields.Refusal(
            [
                ("tool", tool is null ? ReferralsProblems.NotInList("tool", ReferralVocabulary.Current.AssessmentTools.Select(each => each.Code)) : null),
                ("score", tool is null || isScore ? null : ReferralsProblems.ScoreOutOfRange),
                ("band", !isBand ? ReferralsProblems.NotInList("band", Codes.All<PriorityBand>())
                    : isScore && tool!.BandOf(request.Score!.Value) != request.Band ? ReferralsProblems.BandDoesNotFollow : null),
                ("override", request.Override is { } judged && isBand && !IsComplete(judged, followed, out band) ? ReferralsProblems.OverrideIncomplete : null),
                .. TextLimit.Of("assessments", ("override.text", request.Override?.Text)),
            ]);
        return problem?.ToResult() ?? await casework.ChangeAsync(
            http, caller, id, ReferralVerb.Assess, [(SealedFields.OverrideReasoning, request.Override?.Text)],
            (referral, now) => referral.Assess(
                Guid.CreateVersion7(now), tool!.Code, request.Score!.Value, band, caller.Actor, casework.Options.Clocks, now, request.Override?.Reason));
    }

    private static bool IsComplete(BandOverride judged, PriorityBand followed, out PriorityBand band) =>
        Codes.TryParse(judged.Band, out band) && band != followed && !string.IsNullOrWhiteSpace(judged.Text)
            && judged.Reason is not null && ReferralVocabulary.Current.OverrideReasons.Contains(judged.Reason);
}
