using Soc.Contracts.Referrals;
using Soc.Messaging;
using Soc.Referrals.Cases;
using Soc.Referrals.Data;
using Soc.Referrals.Sealing;
using Soc.Referrals.Vocabulary;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Decisions;

/// <summary>The authorising officer's decision. A class and not a record: a record's ToString would print the findings.</summary>
internal sealed class DecisionRequest
{
    public string? Outcome { get; init; }

    public StatutoryFactors? Factors { get; init; }

    public Cooperation? Cooperation { get; init; }
}

/// <summary>Decides whether protection arrangements are made.</summary>
internal static class DecideReferral
{
    public static async Task<IResult> HandleAsync(string id, DecisionRequest request, HttpContext http, Caller caller, Casework casework, ReferralsDb db)
    {
        var (factors, cooperation) = (request.Factors ?? new StatutoryFactors(), request.Cooperation ?? new Cooperation());
        var problem = Fields.Refusal(
            [
                ("outcome", Codes.TryParse<DecisionOutcome>(request.Outcome, out var outcome) ? null : ReferralsProblems.NotInList("outcome", Codes.All<DecisionOutcome>())),
                .. TextLimit.Of(
                    "decision",
                    ("factors.riskToSafety", factors.RiskToSafety), ("factors.costOfArrangements", factors.CostOfArrangements), ("factors.abilityToAdjust", factors.AbilityToAdjust),
                    ("factors.witness.finding", factors.Witness?.Finding), ("cooperation.basisWithout", cooperation.BasisWithout)),
            ]);
        return problem?.ToResult() ?? await casework.ChangeAsync(
            http, caller, id, ReferralVerb.Decide,
            [
                (SealedFields.RiskToSafety, factors.RiskToSafety), (SealedFields.CostOfArrangements, factors.CostOfArrangements),
                (SealedFields.AbilityToAdjust, factors.AbilityToAdjust), (SealedFields.WitnessFinding, factors.Witness?.Finding),
                (SealedFields.BasisWithoutCooperation, cooperation.BasisWithout),
            ],
            (referral, now) => referral.Decide(outcome, factors, cooperation, caller.Actor, casework.AgeLimits, now),
            (referral, now) => db.PublishFact(new ReferralDecided(Guid.NewGuid(), referral.Region, request.Outcome!, StatisticalWeek.Of(now))));
    }
}
