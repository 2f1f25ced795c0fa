using Soc.Referrals.Cases;

namespace Soc.Referrals.Tests.Rules;

/// <summary>Named starting points for tests of the rules.</summary>
internal static class A
{
    public static readonly Guid Unit = Guid.Parse("01900000-0000-7000-8000-000000000002");
    public static readonly Guid Trust = Guid.Parse("01900000-0000-7000-8000-000000000003");

    public static Referral Referral(DateTimeOffset now, PriorityBand band = PriorityBand.Urgent) =>
        Cases.Referral.Submit(Guid.CreateVersion7(), CaseReference.New(), band, "ENG-NW", null, Unit, Trust, "referrer", now);

    public static Referral ReferralIn(ReferralStatus status, DateTimeOffset now)
    {
        var referral = Referral(now);
        if (status == ReferralStatus.Submitted)
        {
            return referral;
        }

        var route = status switch
        {
            ReferralStatus.Redirected => TriageRoute.Redirected,
            ReferralStatus.NotForThisService => TriageRoute.NotForThisService,
            _ => TriageRoute.Assessment,
        };
        Assert.Null(referral.Triage(route, "any", "triage-officer", now));
        if (route != TriageRoute.Assessment || status == ReferralStatus.InAssessment)
        {
            return referral;
        }

        Assert.Null(referral.Assess(Guid.CreateVersion7(), "protection-risk-2", 50, PriorityBand.Urgent, "assessor", now));
        if (status != ReferralStatus.DecisionPending)
        {
            var outcome = status == ReferralStatus.Accepted ? DecisionOutcome.Accepted : DecisionOutcome.Declined;
            Assert.Null(referral.Decide(outcome, Factors(), new Cooperation { Recorded = true }, "authoriser", new AssessmentAgeLimits(), now));
        }

        Assert.Equal(status, referral.Status);
        return referral;
    }

    public static StatutoryFactors Factors(
        string? risk = "finding", string? cost = "finding", string? adjust = "finding", bool? witness = false, string? witnessFinding = null) => new()
        {
            RiskToSafety = risk,
            CostOfArrangements = cost,
            AbilityToAdjust = adjust,
            Witness = new WitnessFactor { IsOrMightBeWitness = witness, Finding = witnessFinding },
        };
}
