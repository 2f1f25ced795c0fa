using Soc.Contracts.Referrals;
using Soc.Messaging;
using Soc.Referrals.Cases;
using Soc.Referrals.Data;
using Soc.Referrals.Reviews;
using Soc.Referrals.Sealing;
using Soc.Referrals.Vocabulary;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Arrangements;

/// <summary>A class and not a record: a record's ToString would print the basis.</summary>
internal sealed class InterimRequest
{
    public IReadOnlyList<string?>? Measures { get; init; }

    public string? Basis { get; init; }
}

internal sealed record ArrangementRequest(string? Type, Guid? Provider, IReadOnlyList<Guid>? JointProviders = null);

/// <param name="NextReview">Where the first arrangements are made: when they are reviewed, if earlier than after the longest interval.</param>
internal sealed record ArrangementsRequest(IReadOnlyList<ArrangementRequest>? Arrangements, string? NextReview = null);

/// <summary>What is done for the person: at once, before the case is assessed, and after the decision.</summary>
internal static class ProtectPerson
{
    public static async Task<IResult> InterimAsync(string id, InterimRequest request, HttpContext http, Caller caller, Casework casework)
    {
        var problem = Fields.Refusal(
            [Fields.AllOf("measures", request.Measures, ReferralVocabulary.Current.InterimMeasures), .. TextLimit.Of("interim-protection", ("basis", request.Basis))]);
        return problem?.ToResult() ?? await casework.ChangeAsync(
            http, caller, id, ReferralVerb.ProtectInterim, [(SealedFields.InterimBasis, request.Basis)],
            (referral, now) => referral.ProtectInterim(Guid.CreateVersion7(now), [.. request.Measures!.Distinct()!], caller.Actor, now));
    }

    public static async Task<IResult> ArrangeAsync(
        string id, ArrangementsRequest request, HttpContext http, Caller caller, Casework casework, ReferralsDb db, TimeProvider clock)
    {
        var arrangements = request.Arrangements is not { Count: > 0 and <= 20 } asked || asked.Any(each => each?.Type is null || each.Provider is null || each.JointProviders?.Count > 10)
            ? ReferralsProblems.ProvidersInvalid
            : asked.Any(each => !ReferralVocabulary.Current.ArrangementTypes.Contains(each.Type!)) ? ReferralsProblems.NotInList("type", ReferralVocabulary.Current.ArrangementTypes) : null;
        var problem = Fields.Refusal(
            ("arrangements", arrangements), ("nextReview", ReviewDate.Refusal(request.NextReview, casework.Options.ReviewIntervalDays, clock.Now())));
        return problem?.ToResult() ?? await casework.ChangeAsync(
            http, caller, id, ReferralVerb.Arrange, [],
            (referral, now) => referral.Arrange(
                request.Arrangements!.Select(each => new Arrangement(
                    Guid.CreateVersion7(now), each.Type!, each.Provider!.Value, [.. (each.JointProviders ?? []).Distinct()], caller.Actor, now)),
                ReviewDate.Of(request.NextReview, casework.Options.ReviewIntervalDays, now), now),
            (referral, now) =>
            {
                if (referral.Arrangements.Count == request.Arrangements!.Count)
                {
                    db.PublishFact(new ReferralActivated(Guid.NewGuid(), referral.Region, Codes.Of(referral.Band), StatisticalWeek.Of(now)));
                }
            });
    }
}
