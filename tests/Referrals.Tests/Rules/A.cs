using Soc.Referrals.Cases;
using Soc.Referrals.Clocks;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Tests.Rules;

/// <summary>Named starting points for tests of the rules.</summary>
internal static class A
{
    public static readonly Guid Unit = Guid.Parse("01900000-0000-7000-8000-000000000002");
    public static readonly Guid OtherUnit = Guid.Parse("01900000-0000-7000-8000-0000000000f1");
    public static readonly Guid Trust = Guid.Parse("01900000-0000-7000-8000-000000000003");

    /// <summary>The retention rule that a case has earned.</summary>
    public static string RuleOf(Referral referral) => referral.Arrangements.Any() ? "protected-person" : "referral-without-protection";

    public static Referral Referral(DateTimeOffset now, PriorityBand band = PriorityBand.Urgent, string region = "ENG-NW")
    {
        var referral = Cases.Referral.Submit(Guid.CreateVersion7(), CaseReference.New(), band, region, null, Unit, Trust, "referrer", now);
        referral.StartClocks(new ClockSettings(), now);
        return referral;
    }

    public static Referral ReferralIn(ReferralStatus status, DateTimeOffset now)
    {
        var referral = Referral(now);
        foreach (var step in Steps(status))
        {
            Assert.Null(step(referral, now));
        }

        Assert.Equal(status, referral.Status);
        return referral;
    }

    private static Func<Referral, DateTimeOffset, Problem?>[] Steps(ReferralStatus status)
    {
        Func<Referral, DateTimeOffset, Problem?> toAssessment = (r, now) => r.Triage(TriageRoute.Assessment, "any", "triage-officer", now);
        Func<Referral, DateTimeOffset, Problem?> assessed = (r, now) => r.Assess(Guid.CreateVersion7(), "protection-risk-2", 50, PriorityBand.Urgent, "assessor", new(), now);
        Func<Referral, DateTimeOffset, Problem?> accepted = (r, now) => r.Decide(DecisionOutcome.Accepted, Factors(), new Cooperation { Recorded = true }, "authoriser", new(), now);
        Func<Referral, DateTimeOffset, Problem?> declined = (r, now) => r.Decide(DecisionOutcome.Declined, Factors(), new Cooperation(), "authoriser", new(), now);
        Func<Referral, DateTimeOffset, Problem?> active = (r, now) => r.Arrange([new Arrangement(Guid.CreateVersion7(), "relocation", Unit, [], "case-officer", now)], now.AddDays(90), now);
        Func<Referral, DateTimeOffset, Problem?>[] inPlace = [toAssessment, assessed, accepted, active];
        Func<Referral, DateTimeOffset, Problem?>[] ended = [.. inPlace, (r, now) => r.PlanExit("any", now), (r, now) => r.Exit(now)];
        return status switch
        {
            ReferralStatus.Submitted => [],
            ReferralStatus.InTriage => [(r, now) => r.Acknowledge(now)],
            ReferralStatus.Returned => [(r, now) => r.Return(["any"], ClockTarget.Parse("5wd"), now)],
            ReferralStatus.Resubmitted => [(r, now) => r.Return(["any"], ClockTarget.Parse("5wd"), now), (r, now) => r.Resubmit(ClockTarget.Parse("15m"), now)],
            ReferralStatus.Redirected => [(r, now) => r.Triage(TriageRoute.Redirected, "any", "triage-officer", now)],
            ReferralStatus.NotForThisService => [(r, now) => r.Triage(TriageRoute.NotForThisService, "any", "triage-officer", now)],
            ReferralStatus.InterimProtection => [(r, now) => r.ProtectInterim(Guid.CreateVersion7(), ["any"], "triage-officer", now)],
            ReferralStatus.InAssessment => [toAssessment],
            ReferralStatus.DecisionPending => [toAssessment, assessed],
            ReferralStatus.Accepted => [toAssessment, assessed, accepted],
            ReferralStatus.Declined => [toAssessment, assessed, declined],
            ReferralStatus.Withdrawn => [(r, now) => r.Withdraw("any", now)],
            ReferralStatus.Active => inPlace,
            ReferralStatus.InReview => [.. inPlace, (r, now) => r.Review(Guid.CreateVersion7(), "review-officer", now)],
            ReferralStatus.TransferProposed => [.. inPlace, (r, now) => r.ProposeTransfer(OtherUnit, ClockTarget.Parse("5wd"), now)],
            ReferralStatus.TransferAccepted =>
            [
                .. inPlace, (r, now) => r.ProposeTransfer(OtherUnit, ClockTarget.Parse("5wd"), now),
                (r, now) => r.AcceptTransfer(now.AddDays(1), [("lead", CaseRole.CaseOfficer)], "receiver", now),
            ],
            ReferralStatus.ExitPlanned => ended[..^1],
            ReferralStatus.Exited => ended,
            ReferralStatus.Closed => [.. ended, (r, now) => r.Close("any", now)],
            ReferralStatus.Retained => [.. ended, (r, now) => r.Close("any", now), (r, now) => r.Retain(RuleOf(r), new DateOnly(2056, 1, 1), now)],
            _ => throw new ArgumentOutOfRangeException(nameof(status)),
        };
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
