using Soc.Referrals.Cases;
using Soc.Referrals.Clocks;
using Soc.Referrals.Entitlements;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Tests.Rules;

/// <summary>Arbitrary verbs by arbitrary actors in arbitrary order, at ever later instants: no invariant of a case ever breaks.</summary>
public sealed class PathPropertyTests
{
    private const int Cases = 3000;
    private const int Steps = 60;
    private static readonly string[] Actors = ["referrer", "assessor", "anna", "ben", "chris", "receiver"];

    [Fact]
    public void No_sequence_of_verbs_breaks_an_invariant()
    {
        var reached = new HashSet<ReferralStatus>();
        for (var seed = 0; seed < Cases; seed++)
        {
            var random = new Random(seed);
            var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(random.Next(500_000));
            var referral = A.Referral(now, (PriorityBand)random.Next(1, 4), new[] { "ENG-NW", "SCT", "NIR" }[random.Next(3)]);
            for (var step = 0; step < Steps; step++)
            {
                now = now.AddMinutes(random.Next(3) == 0 ? random.Next(60 * 24 * 10) : random.Next(200));
                var before = (referral.Status, referral.Version, referral.ResponsibleUnit);
                var (verb, actor) = (PickVerb(random), Actors[random.Next(Actors.Length)]);
                var problem = random.Next(12) switch
                {
                    0 => Silently(() => _ = referral.FireClocks(now)),
                    1 => referral.EffectiveAt <= now ? Silently(referral.TakeEffect) : ReferralsProblems.NotInThisStatus,
                    2 => random.Next(20) == 0 ? referral.Move(Other(referral), now.AddDays(1), [("anna", CaseRole.CaseOfficer)], actor, now) : ReferralsProblems.NotInThisStatus,
                    _ => Do(referral, verb, actor, random, now),
                };

                var broken = Broken(referral, before, problem);
                Assert.True(broken is null, $"seed {seed}, step {step}, {verb} by {actor}: {broken}");
                reached.Add(referral.Status);
            }
        }

        Assert.Equal(Enum.GetValues<ReferralStatus>().Order(), reached.Order()); // the walk has teeth
    }

    /// <summary>Favours those that lead on, or few walks would come far.</summary>
    private static ReferralVerb PickVerb(Random random)
    {
        ReferralVerb[] onward =
        [
            ReferralVerb.Triage, ReferralVerb.Assess, ReferralVerb.Decide, ReferralVerb.Arrange, ReferralVerb.ProtectInterim, ReferralVerb.ProposeTransfer, ReferralVerb.AcceptTransfer,
            ReferralVerb.Review, ReferralVerb.ConcludeReview, ReferralVerb.PlanExit, ReferralVerb.Exit,
        ];
        var all = Enum.GetValues<ReferralVerb>();
        return random.Next(2) == 0 ? onward[random.Next(onward.Length)] : random.Next(4) == 0 ? all[random.Next(all.Length)] : all[random.Next(3, 7)];
    }

    private static Problem? Do(Referral referral, ReferralVerb verb, string actor, Random random, DateTimeOffset now)
    {
        var band = (PriorityBand)random.Next(1, 4);
        return verb switch
        {
            ReferralVerb.Acknowledge => referral.Acknowledge(now),
            ReferralVerb.Return => referral.Return(["identity-details"], ClockTarget.Parse("5wd"), now),
            ReferralVerb.Resubmit => referral.Resubmit(ClockTarget.Parse("15m"), now),
            ReferralVerb.Triage => referral.Triage(random.Next(8) == 0 ? (TriageRoute)random.Next(3) : TriageRoute.Assessment, "any", actor, now),
            ReferralVerb.ProtectInterim => referral.ProtectInterim(Guid.CreateVersion7(), ["safe-accommodation"], actor, now),
            ReferralVerb.Assess => referral.Assess(Guid.CreateVersion7(), "protection-risk-2", 50, band, actor, new(), now),
            ReferralVerb.Decide => referral.Decide(
                random.Next(6) == 0 ? DecisionOutcome.Declined : DecisionOutcome.Accepted, A.Factors(cost: random.Next(5) == 0 ? null : "f"),
                new Cooperation { Recorded = random.Next(5) > 0 }, actor, new AssessmentAgeLimits(), now),
            ReferralVerb.Withdraw => random.Next(6) == 0 ? referral.Withdraw("person-declines", now) : ReferralsProblems.NotInThisStatus,
            ReferralVerb.Arrange => referral.Arrange([new Arrangement(Guid.CreateVersion7(), "relocation", A.Unit, [], actor, now)], UkCalendar.EndOf(UkCalendar.Day(now).AddDays(30)), now),
            ReferralVerb.Review => referral.Review(Guid.CreateVersion7(), actor, now),
            ReferralVerb.ConcludeReview => referral.ConcludeReview("continue", UkCalendar.EndOf(UkCalendar.Day(now).AddDays(60)), now),
            ReferralVerb.PlanExit => random.Next(3) == 0 ? referral.PlanExit("risk-has-ended", now) : ReferralsProblems.NotInThisStatus,
            ReferralVerb.Exit => referral.Exit(now),
            ReferralVerb.Close => referral.Close("path-complete", now),
            ReferralVerb.Retain => referral.Retain(A.RuleOf(referral), new DateOnly(2056, 1, 1), now),
            ReferralVerb.ChangeTeam => referral.ChangeTeam([(actor, (CaseRole)random.Next(1, 7))], random.Next(2) == 0 ? [(Actors[random.Next(6)], (CaseRole)random.Next(1, 7))] : [], actor, now),
            ReferralVerb.PauseClock => referral.PauseClock(ClockKind.Decision, "awaiting-court", now),
            ReferralVerb.ResumeClock => referral.ResumeClock(ClockKind.Decision, now),
            ReferralVerb.ExplainBreach => referral.ExplainBreach((ClockKind)random.Next(7), "complex-case", now),
            ReferralVerb.ProposeTransfer => referral.ProposeTransfer(random.Next(5) == 0 ? referral.ResponsibleUnit : Other(referral), ClockTarget.Parse("5wd"), now),
            ReferralVerb.AcceptTransfer => referral.AcceptTransfer(now.AddMinutes(random.Next(5000)), random.Next(4) == 0 ? [] : [("ben", CaseRole.CaseOfficer)], actor, now),
            ReferralVerb.RefuseTransfer => referral.RefuseTransfer(now),
            ReferralVerb.CancelTransfer => referral.CancelTransfer(now),
            ReferralVerb.BeginEntitlements => referral.BeginEntitlements(VictimsCode.Current, null, now),
            ReferralVerb.SettleEntitlement => referral.SettleEntitlement(random.Next(14), null, actor, now),
            _ => throw new ArgumentOutOfRangeException(nameof(verb)),
        };
    }

    /// <summary>The first invariant that does not hold, in the words of the domain.</summary>
    private static string? Broken(Referral referral, (ReferralStatus Status, long Version, Guid Unit) before, Problem? problem)
    {
        ReferralStatus[] inPlace = [ReferralStatus.Active, ReferralStatus.InReview, ReferralStatus.TransferProposed, ReferralStatus.TransferAccepted, ReferralStatus.ExitPlanned];
        ReferralStatus[] decided = [.. inPlace, ReferralStatus.Accepted, ReferralStatus.Declined, ReferralStatus.Exited];
        ReferralStatus[] ends = [ReferralStatus.Closed, ReferralStatus.Retained];
        return problem is not null && (referral.Status, referral.Version, referral.ResponsibleUnit) != before ? "a refused verb changed the case"
            : referral.Status != before.Status && referral.Version == before.Version ? "a change without a new version"
            : ends.Contains(before.Status) && !ends.Contains(referral.Status) ? "a closed case was reopened"
            : decided.Contains(referral.Status) && referral.Decision is null ? "past the decision without one"
            : inPlace.Contains(referral.Status) && (referral.Decision!.Outcome != DecisionOutcome.Accepted || referral.Arrangements.Count == 0) ? "protection without acceptance or arrangements"
            : inPlace.Contains(referral.Status) && referral.NextReviewAt is null ? "protection without a next review"
            : referral.Decision is { } decision && (decision.Authoriser == referral.Referrer
                || referral.Assessments.Any(assessment => assessment.Assessor == decision.Authoriser && assessment.AssessedAt <= decision.DecidedAt)) ? "an authoriser who was not independent"
            : referral.Decision is { Outcome: DecisionOutcome.Accepted, CooperationRecorded: false } ? "acceptance without cooperation"
            : before.Status == ReferralStatus.DecisionPending && decided.Contains(referral.Status) && referral.Band == PriorityBand.Immediate && referral.InterimProtections.Count == 0
                ? "an immediate threat decided on before it was met"
            : referral.Status == ReferralStatus.Returned && referral.Band == PriorityBand.Immediate ? "an immediate threat that waits for a form"
            : (referral.Status == ReferralStatus.Returned) != referral.Clocks.Any(clock => clock.Kind == ClockKind.ReferrerReply && clock.IsOpen) ? "a return without its clock, or a clock without a return"
            : referral.Decision is not null && referral.Assessments.Count == 0 ? "a decision without an assessment"
            : referral.Reviews.Count(review => review.Outcome is null) != (referral.Status == ReferralStatus.InReview ? 1 : 0) ? "an open review too many or too few"
            : referral.ResponsibleUnit == Guid.Empty ? "no responsible unit"
            : referral.Status == ReferralStatus.TransferAccepted && referral.EffectiveAt is null ? "an accepted transfer without its instant"
            : referral.Clocks.Any(clock => clock.DueAt != clock.Recompute()) ? "a clock that is not what its history gives"
            : referral.Clocks.GroupBy(clock => clock.Kind).Any(kind => kind.Count(clock => clock.IsOpen) > 1) ? "two open clocks of one kind"
            : (ReferralPath.Ends.Contains(referral.Status) || ends.Contains(referral.Status)) && referral.Clocks.Any(clock => clock.IsOpen) ? "a clock that runs on after the end"
            : ends.Contains(referral.Status) && referral.Entitlements.Any(entitlement => entitlement.SettledAt is null) ? "a closed case with a right that is still due"
            : referral.Members.Where(member => member.Until is null).GroupBy(member => (member.Unit, member.Actor, member.Role)).Any(same => same.Count() > 1) ? "a membership twice"
            : null;
    }

    private static Guid Other(Referral referral) => referral.ResponsibleUnit == A.Unit ? A.OtherUnit : A.Unit;

    private static Problem? Silently(Action change)
    {
        change();
        return null;
    }
}
