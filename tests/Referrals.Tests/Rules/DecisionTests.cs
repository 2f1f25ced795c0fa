using Soc.Referrals.Cases;

namespace Soc.Referrals.Tests.Rules;

public sealed class DecisionTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 9, 0, 0, TimeSpan.Zero);
    private static readonly AssessmentAgeLimits Limits = new();
    private static readonly Cooperation Recorded = new() { Recorded = true };

    public static TheoryData<string, string?, string?, string?, bool?, string?> FactorsWithOneMissing => new()
    {
        { "82(4)(a)", null, "f", "f", true, "f" },
        { "82(4)(a)", " \t", "f", "f", true, "f" },
        { "82(4)(b)", "f", null, "f", true, "f" },
        { "82(4)(b)", "f", "", "f", true, "f" },
        { "82(4)(c)", "f", "f", null, true, "f" },
        { "82(4)(c)", "f", "f", "\n", true, "f" },
        { "82(4)(d)", "f", "f", "f", null, null },
        { "82(4)(d)", "f", "f", "f", null, "f" },
        { "82(4)(d)", "f", "f", "f", true, null },
        { "82(4)(d)", "f", "f", "f", true, " " },
    };

    [Theory]
    [MemberData(nameof(FactorsWithOneMissing))]
    public void A_missing_statutory_factor_is_refused_and_its_rule_named(string rule, string? a, string? b, string? c, bool? witness, string? d)
    {
        foreach (var outcome in Enum.GetValues<DecisionOutcome>())
        {
            var referral = A.ReferralIn(ReferralStatus.DecisionPending, Now);

            var problem = referral.Decide(outcome, A.Factors(a, b, c, witness, d), Recorded, "authoriser", Limits, Now);

            Assert.Equal(("decision.factor-missing", 422), (problem?.Code, problem?.Status));
            Assert.Contains($"Section {rule} of the Serious Organised Crime and Police Act 2005", problem!.Detail, StringComparison.Ordinal);
            Assert.Equal((ReferralStatus.DecisionPending, null), (referral.Status, referral.Decision));
        }
    }

    [Fact]
    public void No_witness_part_at_all_is_a_missing_factor()
    {
        var factors = new StatutoryFactors { RiskToSafety = "f", CostOfArrangements = "f", AbilityToAdjust = "f" };

        var problem = A.ReferralIn(ReferralStatus.DecisionPending, Now).Decide(DecisionOutcome.Declined, factors, Recorded, "authoriser", Limits, Now);

        Assert.Contains("82(4)(d)", problem!.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, null)]
    [InlineData(true, "finding")]
    public void Four_factors_with_the_person_a_witness_or_expressly_none_are_enough(bool witness, string? finding)
    {
        var referral = A.ReferralIn(ReferralStatus.DecisionPending, Now);

        Assert.Null(referral.Decide(DecisionOutcome.Accepted, A.Factors(witness: witness, witnessFinding: finding), Recorded, "authoriser", Limits, Now));

        Assert.Equal(ReferralStatus.Accepted, referral.Status);
        Assert.Equal(witness, referral.Decision!.IsOrMightBeWitness);
    }

    [Theory]
    [InlineData(null, null, false)]
    [InlineData(false, null, false)]
    [InlineData(false, "  ", false)]
    [InlineData(true, null, true)]
    [InlineData(false, "basis", true)]
    [InlineData(null, "basis", true)]
    public void Acceptance_needs_recorded_cooperation_or_a_stated_basis_without_it(bool? recorded, string? basis, bool enough)
    {
        var cooperation = new Cooperation { Recorded = recorded, BasisWithout = basis };

        var accepted = A.ReferralIn(ReferralStatus.DecisionPending, Now).Decide(DecisionOutcome.Accepted, A.Factors(), cooperation, "authoriser", Limits, Now);
        var declined = A.ReferralIn(ReferralStatus.DecisionPending, Now).Decide(DecisionOutcome.Declined, A.Factors(), cooperation, "authoriser", Limits, Now);

        Assert.Equal(enough ? null : "decision.cooperation-missing", accepted?.Code);
        Assert.Null(declined);
    }

    [Theory]
    [InlineData("immediate", 2)]
    [InlineData("urgent", 14)]
    [InlineData("standard", 28)]
    public void A_decision_rests_on_an_assessment_no_older_than_its_band_allows(string band, int days)
    {
        var referral = A.ReferralIn(ReferralStatus.InAssessment, Now);
        Assert.Null(referral.Assess(Guid.CreateVersion7(), "protection-risk-2", 1, Codes.Parse<PriorityBand>(band), "assessor", new(), Now));
        Assert.Null(referral.ProtectInterim(Guid.CreateVersion7(), ["safe-accommodation"], "officer", Now));
        var limit = Now.AddDays(days);

        Assert.Equal("decision.assessment-out-of-date",
            referral.Decide(DecisionOutcome.Accepted, A.Factors(), Recorded, "authoriser", Limits, limit.AddTicks(1))?.Code);
        Assert.Null(referral.Decide(DecisionOutcome.Accepted, A.Factors(), Recorded, "authoriser", Limits, limit));
    }

    [Fact]
    public void An_aged_assessment_is_made_good_by_a_new_one_and_everybody_who_assessed_stays_excluded()
    {
        var referral = A.ReferralIn(ReferralStatus.DecisionPending, Now);
        var later = Now.AddDays(40);
        Assert.Null(referral.Assess(Guid.CreateVersion7(), "protection-risk-2", 80, PriorityBand.Immediate, "second-assessor", new(), later));

        Assert.Null(referral.ProtectInterim(Guid.CreateVersion7(), ["safe-accommodation"], "officer", later));

        foreach (var excluded in (string[])["referrer", "assessor", "second-assessor"])
        {
            Assert.Equal("decision.authoriser-not-independent",
                referral.Decide(DecisionOutcome.Accepted, A.Factors(), Recorded, excluded, Limits, later)?.Code);
        }

        Assert.Null(referral.Decide(DecisionOutcome.Accepted, A.Factors(), Recorded, "authoriser", Limits, later));
    }
}
