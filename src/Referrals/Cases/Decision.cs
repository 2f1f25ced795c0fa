using Soc.Referrals.Vocabulary;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Cases;

/// <summary>The decision on a referral. The findings are sealed beside the case: they speak of the person.</summary>
internal sealed class Decision(DecisionOutcome outcome, bool isOrMightBeWitness, bool cooperationRecorded, string authoriser, DateTimeOffset decidedAt)
{
    public DecisionOutcome Outcome { get; private init; } = outcome;

    public bool IsOrMightBeWitness { get; private init; } = isOrMightBeWitness;

    public bool CooperationRecorded { get; private init; } = cooperationRecorded;

    public string Authoriser { get; private init; } = authoriser;

    public DateTimeOffset DecidedAt { get; private init; } = decidedAt;
}

/// <summary>What a protection provider must have regard to: section 82(4) of the Serious Organised Crime and Police Act 2005. A class: a record would print it.</summary>
internal sealed class StatutoryFactors
{
    /// <summary>(a) The nature and extent of the risk to the person's safety.</summary>
    public string? RiskToSafety { get; init; }

    /// <summary>(b) The cost of the arrangements.</summary>
    public string? CostOfArrangements { get; init; }

    /// <summary>(c) The likelihood that the person, and any person associated with them, will be able to adjust to the change in their circumstances.</summary>
    public string? AbilityToAdjust { get; init; }

    /// <summary>(d) If the person is or might be a witness, the nature of the proceedings and the importance of their being a witness in them.</summary>
    public WitnessFactor? Witness { get; init; }

    /// <summary>The refusal of the factors without a finding, each by its rule.</summary>
    public Problem? Missing() => Fields.Refusal(
        ("factors.riskToSafety", string.IsNullOrWhiteSpace(RiskToSafety) ? ReferralsProblems.FactorMissing("a", "the nature and extent of the risk to the person's safety") : null),
        ("factors.costOfArrangements", string.IsNullOrWhiteSpace(CostOfArrangements) ? ReferralsProblems.FactorMissing("b", "the cost of the arrangements") : null),
        ("factors.abilityToAdjust", string.IsNullOrWhiteSpace(AbilityToAdjust) ? ReferralsProblems.FactorMissing("c",
            "the likelihood that the person, and any person associated with them, will be able to adjust to the change in their circumstances") : null),
        ("factors.witness", Witness?.IsOrMightBeWitness is not { } witness || (witness && string.IsNullOrWhiteSpace(Witness.Finding)) ? ReferralsProblems.FactorMissing("d",
            "the nature of the proceedings and the importance of the person as a witness, or that the person is not a witness") : null));
}

/// <summary>Whether the person is or might be a witness, and if so the finding.</summary>
internal sealed class WitnessFactor
{
    public bool? IsOrMightBeWitness { get; init; }

    public string? Finding { get; init; }
}

/// <summary>Whether the person agreed to cooperate, or on what basis they are protected without it.</summary>
internal sealed class Cooperation
{
    public bool? Recorded { get; init; }

    public string? BasisWithout { get; init; }

    public Problem? Missing() => Recorded == true || !string.IsNullOrWhiteSpace(BasisWithout) ? null : ReferralsProblems.CooperationMissing;
}
