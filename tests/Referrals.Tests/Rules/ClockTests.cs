using Soc.Referrals.Cases;
using Soc.Referrals.Clocks;
using Soc.Referrals.Entitlements;
using Soc.Referrals.Reviews;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Tests.Rules;

public sealed class ClockTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 15, 0, 0, TimeSpan.Zero); // a Friday

    [Theory]
    [InlineData("immediate", "2026-11-20T15:15Z", "2026-11-20T16:00Z", "2026-11-20T19:00Z")]
    [InlineData("urgent", "2026-11-20T19:00Z", "2026-11-24T00:00Z", "2026-11-25T00:00Z")]
    [InlineData("standard", "2026-11-24T00:00Z", "2026-11-25T00:00Z", "2026-11-28T00:00Z")]
    public void A_new_referral_has_the_clocks_of_its_band(string band, string acknowledge, string triage, string interim)
    {
        var clocks = A.Referral(Now, Codes.Parse<PriorityBand>(band)).Clocks;

        Assert.Equal([ClockKind.Acknowledge, ClockKind.Triage, ClockKind.InterimDecision, ClockKind.Decision], clocks.Select(clock => clock.Kind));
        Assert.Equal(
            new[] { acknowledge, triage, interim, "2026-12-19T00:00Z" }.Select(text => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture)),
            clocks.Select(clock => clock.DueAt!.Value));
    }

    [Fact]
    public void The_region_decides_whose_bank_holidays_count()
    {
        var beforeSaintAndrews = new DateTimeOffset(2026, 11, 27, 9, 0, 0, TimeSpan.Zero);

        var (scotland, england) = (A.Referral(beforeSaintAndrews, region: "SCT"), A.Referral(beforeSaintAndrews, region: "ENG-NE"));

        Assert.Equal(england.Clocks[1].DueAt!.Value.AddDays(1), scotland.Clocks[1].DueAt);
    }

    [Fact]
    public void Returning_a_referral_lets_its_clocks_stand_still_until_the_referrer_answers()
    {
        var referral = Referral.Submit(Guid.CreateVersion7(), CaseReference.New(), PriorityBand.Urgent, "ENG-NW", null, A.Unit, A.Trust, "referrer", Now);
        referral.StartClocks(new ClockSettings { Urgent = new BandTargets { Acknowledge = "15m", Triage = "60m", InterimDecision = "240m" } }, Now);
        Assert.Null(referral.Return(["identity-details"], new ClockSettings().For(ClockKind.ReferrerReply, PriorityBand.Urgent), Now.AddMinutes(10)));
        Assert.Equal(["met", "paused", "paused", "paused", "running"], States(referral, Now.AddDays(3)));
        Assert.Equal((ClockKind.ReferrerReply, WorkingDays.EndAfter(WorkingDays.EnglandAndWales, Now, 5)), (referral.Clocks[4].Kind, referral.Clocks[4].DueAt));
        Assert.Equal(referral.Clocks[4].WarnAt, referral.NextClockAt);

        Assert.Null(referral.Resubmit(ClockTarget.Parse("15m"), Now.AddDays(3).AddMinutes(10)));

        Assert.Equal(Now.AddDays(3).AddMinutes(60), referral.Clocks[1].DueAt);
        Assert.Equal(["met", "running", "running", "running", "met", "running"], States(referral, Now.AddDays(3).AddMinutes(11)));
        Assert.Equal(ClockKind.Acknowledge, referral.Clocks[5].Kind);
    }

    [Fact]
    public void A_referrer_that_does_not_answer_is_told_as_a_breach_and_an_end_stops_the_wait()
    {
        var (silent, ended) = (A.ReferralIn(ReferralStatus.Returned, Now), A.ReferralIn(ReferralStatus.Returned, Now));

        Assert.Equal(ClockKind.ReferrerReply, Assert.Single(silent.FireClocks(Now.AddDays(10)).Breached).Kind);
        Assert.Equal(silent.Clocks[4].DueAt, silent.OverdueSince);
        Assert.Null(ended.Withdraw("person-declines", Now.AddDays(1)));
        Assert.DoesNotContain(ended.Clocks, clock => clock.IsOpen);
    }

    [Fact]
    public void A_rising_band_shortens_the_clocks_that_are_open_from_that_moment_and_both_keep_their_history()
    {
        var referral = A.Referral(Now, PriorityBand.Standard);
        Assert.Null(referral.Triage(TriageRoute.Assessment, "any", "officer", Now.AddHours(1)));
        var (assessed, before) = (Now.AddHours(2), referral.Clocks.Select(clock => clock.DueAt).ToList());

        Assert.Null(referral.Assess(Guid.CreateVersion7(), "protection-risk-2", 90, PriorityBand.Immediate, "assessor", new(), assessed));

        Assert.Equal(["met", "met", "replaced", "running", "running"], States(referral, assessed));
        Assert.Equal((ClockKind.InterimDecision, "240m", assessed.AddMinutes(240)), (referral.Clocks[4].Kind, referral.Clocks[4].Target, referral.Clocks[4].DueAt));
        Assert.Equal(before, referral.Clocks.Take(4).Select(clock => clock.DueAt)); // the decision's target is that of every band
        Assert.All(referral.Clocks, clock => Assert.Equal(clock.Recompute(), clock.DueAt));
        Assert.Equal(assessed.AddMinutes(180), referral.NextClockAt);
        Assert.Equal(ClockKind.InterimDecision, Assert.Single(referral.FireClocks(assessed.AddMinutes(241)).Breached).Kind);

        Assert.Null(referral.ProtectInterim(Guid.CreateVersion7(), ["safe-accommodation"], "officer", assessed.AddMinutes(250)));
        Assert.Equal("breached", States(referral, assessed.AddMinutes(250)).Last());
    }

    [Fact]
    public void A_band_that_rises_makes_nothing_due_later_and_one_that_falls_changes_no_clock()
    {
        var late = A.Referral(Now, PriorityBand.Standard);
        Assert.Null(late.Triage(TriageRoute.Assessment, "any", "officer", Now));
        var due = late.Clocks[2].DueAt!.Value;
        Assert.Null(late.Assess(Guid.CreateVersion7(), "protection-risk-2", 50, PriorityBand.Urgent, "assessor", new(), due.AddMinutes(-10)));
        var falling = A.ReferralIn(ReferralStatus.InAssessment, Now);
        Assert.Null(falling.Assess(Guid.CreateVersion7(), "protection-risk-2", 1, PriorityBand.Standard, "assessor", new(), Now));

        Assert.Equal((4, due), (late.Clocks.Count, late.Clocks[2].DueAt));
        Assert.Equal((4, "2wd"), (falling.Clocks.Count, falling.Clocks[2].Target));
    }

    [Theory]
    [InlineData("interim-protection")]
    [InlineData("decision")]
    [InlineData("end")]
    public void The_interim_decision_is_made_by_interim_protection_or_the_decision_or_not_needed_after_an_end_and_not_by_the_assessment(string by)
    {
        var referral = A.ReferralIn(ReferralStatus.DecisionPending, Now);
        Assert.True(Interim().IsOpen);

        Assert.Null(by switch
        {
            "interim-protection" => referral.ProtectInterim(Guid.CreateVersion7(), ["safe-accommodation"], "officer", Now),
            "decision" => referral.Decide(DecisionOutcome.Declined, A.Factors(), new Cooperation(), "authoriser", new AssessmentAgeLimits(), Now),
            _ => referral.Withdraw("person-declines", Now),
        });

        Assert.False(Interim().IsOpen);

        CaseClock Interim() => referral.Clocks.Single(clock => clock.Kind == ClockKind.InterimDecision);
    }

    [Fact]
    public void The_full_decision_stops_its_clock_and_nothing_before_it_does()
    {
        Assert.Equal("running", Decision(ReferralStatus.DecisionPending));
        Assert.Equal("met", Decision(ReferralStatus.Accepted));

        static string Decision(ReferralStatus status) =>
            Codes.Of(A.ReferralIn(status, Now).Clocks.Single(clock => clock.Kind == ClockKind.Decision).StateAt(Now.AddDays(1)));
    }

    [Fact]
    public void A_clock_that_was_warned_of_is_due_soon_until_it_is_overdue_or_stopped_and_can_still_be_paused()
    {
        var referral = A.ReferralIn(ReferralStatus.InAssessment, Now);
        var decision = referral.Clocks.Single(clock => clock.Kind == ClockKind.Decision);
        var warned = decision.WarnAt!.Value;

        Assert.Contains(decision, referral.FireClocks(warned).Warned);
        Assert.Equal((ClockState.DueSoon, warned), (decision.StateAt(warned), decision.DueSoonSince));
        Assert.Equal(warned, referral.DueSoonSince); // the interim decision is overdue by then, and so not due soon
        Assert.Empty(referral.FireClocks(warned).Warned);
        Assert.Null(referral.PauseClock(ClockKind.Decision, "awaiting-court", warned));
        Assert.Equal((ClockState.Paused, null), (decision.StateAt(warned), referral.DueSoonSince));
        Assert.Null(referral.ResumeClock(ClockKind.Decision, warned.AddMinutes(1)));
        Assert.NotNull(referral.DueSoonSince);
        referral.FireClocks(decision.DueAt!.Value.AddTicks(1));
        Assert.Equal((null, true), (referral.DueSoonSince, referral.OverdueSince is not null));
    }

    [Fact]
    public void A_replica_whose_clock_is_behind_makes_nothing_due_earlier_by_ending_a_pause()
    {
        var clock = CaseClock.Start(ClockKind.Triage, ClockTarget.Parse("60m"), WorkingDays.EnglandAndWales, Now);
        clock.Pause("awaiting-referrer", Now.AddMinutes(10));

        clock.Resume(Now.AddMinutes(2));

        Assert.Equal(Now.AddMinutes(60), clock.DueAt);
    }

    [Theory]
    [InlineData("NIR", "northern-ireland")]
    [InlineData("SCT", "scotland")]
    [InlineData("WAL-S", "england-and-wales")]
    public void A_referral_has_the_jurisdiction_of_its_region(string region, string jurisdiction) =>
        Assert.All(A.Referral(Now, region: region).Clocks, clock => Assert.Equal(jurisdiction, clock.Jurisdiction));

    [Fact]
    public void The_next_review_is_when_it_was_asked_for_after_today_and_within_the_interval()
    {
        var referral = A.ReferralIn(ReferralStatus.InReview, Now);
        var today = UkCalendar.Day(Now);
        var asked = ReviewDate.Of(Text(today.AddDays(30)), 90, Now);

        Assert.Null(referral.ConcludeReview("continue", asked, Now));

        Assert.Equal((asked, asked), (referral.NextReviewAt, referral.Clocks[^1].DueAt));
        Assert.Equal(UkCalendar.EndOf(today.AddDays(30)), asked);
        Assert.Equal(UkCalendar.EndOf(today.AddDays(90)), ReviewDate.Of(null, 90, Now));
        Assert.Equal(
            [false, true, true, false],
            new[] { 0, 1, 90, 91 }.Select(days => ReviewDate.Refusal(Text(today.AddDays(days)), 90, Now) is null));

        static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public void A_clock_that_is_overdue_cannot_be_paused_and_no_reason_pauses_a_clock_it_is_not_listed_for()
    {
        var referral = A.ReferralIn(ReferralStatus.InAssessment, Now);

        Assert.Equal("clock.not-running", referral.PauseClock(ClockKind.Decision, "awaiting-court", Now.AddDays(60))?.Code);
        Assert.Null(referral.PauseClock(ClockKind.Decision, "awaiting-court", Now.AddDays(1)));
        Assert.Equal("clock.not-running", referral.PauseClock(ClockKind.Decision, "awaiting-court", Now.AddDays(2))?.Code);
        Assert.False(ClockPauses.Allows("awaiting-court", ClockKind.Acknowledge));
        Assert.False(ClockPauses.Allows("because", ClockKind.Decision));
    }

    [Fact]
    public void Warning_and_breach_are_told_once_and_a_stop_that_comes_late_tells_the_breach_once_too()
    {
        var referral = A.Referral(Now, PriorityBand.Immediate);

        Assert.Equal(ClockKind.Acknowledge, Assert.Single(referral.FireClocks(Now.AddMinutes(12)).Warned).Kind);
        Assert.True(referral.Clocks[0].Warned);
        Assert.False(referral.Clocks[1].Warned);
        Assert.Equal(ClockKind.Acknowledge, Assert.Single(referral.FireClocks(Now.AddMinutes(16)).Breached).Kind);
        Assert.Equal(Now.AddMinutes(15), referral.OverdueSince);
        Assert.Empty(referral.FireClocks(Now.AddMinutes(17)).Breached);
        Assert.Null(referral.Acknowledge(Now.AddMinutes(70))); // after the triage was due as well, and nobody looked
        Assert.Null(referral.OverdueSince);
        Assert.Equal(ClockKind.Triage, Assert.Single(referral.FireClocks(Now.AddMinutes(71)).Breached).Kind);
        Assert.Equal(["breached", "overdue", "running", "running"], States(referral, Now.AddMinutes(71)));
        Assert.Null(referral.ExplainBreach(ClockKind.Triage, "complex-case", Now.AddMinutes(72)));
        Assert.Equal("complex-case", referral.Clocks[1].BreachReason);
        Assert.Equal("clock.not-breached", referral.ExplainBreach(ClockKind.Decision, "complex-case", Now.AddMinutes(72))?.Code);
    }

    [Fact]
    public void The_reason_that_was_given_first_for_a_breach_stands_and_no_other_is_asked_for()
    {
        var referral = A.ReferralIn(ReferralStatus.InReview, Now);
        referral.Join([("officer", CaseRole.CaseOfficer)], "officer", Now);
        var late = Now.AddDays(100);
        Assert.Null(referral.ConcludeReview("continue", late.AddDays(90), late));
        Assert.Null(referral.Review(Guid.CreateVersion7(), "review-officer", late.AddDays(100)));
        late = late.AddDays(100);
        var officer = new Caller(A.Unit, "officer", "officer", new HashSet<string> { Contracts.Scopes.ReferralsCasework });

        Assert.Null(referral.ExplainBreach(ClockKind.Review, "complex-case", late));
        Assert.Contains(ReferralVerb.ExplainBreach, referral.AllowedTo(officer, new AssessmentAgeLimits(), late));
        Assert.Null(referral.ExplainBreach(ClockKind.Review, "staff-unavailable", late)); // of the one before
        Assert.Equal(["staff-unavailable", "complex-case"], referral.Clocks.Where(clock => clock.Kind == ClockKind.Review).Select(clock => clock.BreachReason!));
        var version = referral.Version;

        Assert.Equal("clock.breach-explained", referral.ExplainBreach(ClockKind.Review, "late-information", late)?.Code);
        Assert.Equal(["staff-unavailable", "complex-case"], referral.Clocks.Where(clock => clock.Kind == ClockKind.Review).Select(clock => clock.BreachReason!));
        Assert.Equal(version, referral.Version);
        Assert.DoesNotContain(ReferralVerb.ExplainBreach, referral.AllowedTo(officer, new AssessmentAgeLimits(), late));
    }

    [Fact]
    public void A_proposal_that_is_taken_back_ends_the_clock_of_its_reply_without_a_result_unless_it_was_overdue()
    {
        var (inTime, late, replied) = (A.ReferralIn(ReferralStatus.TransferProposed, Now), A.ReferralIn(ReferralStatus.TransferProposed, Now), A.ReferralIn(ReferralStatus.TransferProposed, Now));
        Assert.Null(inTime.CancelTransfer(Now.AddDays(1)));
        Assert.Null(late.CancelTransfer(Now.AddDays(30)));
        Assert.Null(replied.RefuseTransfer(Now.AddDays(1)));

        Assert.Equal((ClockState.Cancelled, false, null), (Reply(inTime).StateAt(Now.AddDays(40)), Reply(inTime).IsOpen, Reply(inTime).NextAt));
        Assert.DoesNotContain(inTime.FireClocks(Now.AddDays(2)).Breached, clock => clock.Kind == ClockKind.TransferReply);
        Assert.Equal(ClockState.Breached, Reply(late).StateAt(Now.AddDays(40)));
        Assert.Contains(late.FireClocks(Now.AddDays(30)).Breached, clock => clock.Kind == ClockKind.TransferReply);
        Assert.Equal(ClockState.Met, Reply(replied).StateAt(Now.AddDays(40)));

        static CaseClock Reply(Referral referral) => referral.Clocks.Single(clock => clock.Kind == ClockKind.TransferReply);
    }

    [Fact]
    public void An_end_calls_off_what_was_not_done_and_meets_only_what_was()
    {
        var (redirected, withdrawn) = (A.Referral(Now), A.Referral(Now));
        Assert.Null(redirected.Triage(TriageRoute.Redirected, "any", "officer", Now.AddMinutes(1)));
        Assert.Null(withdrawn.Withdraw("any", Now.AddMinutes(1)));

        Assert.All(redirected.Clocks, clock => Assert.Equal(
            clock.Kind is ClockKind.Acknowledge or ClockKind.Triage ? ClockState.Met : ClockState.Cancelled, clock.StateAt(Now.AddDays(90))));
        Assert.All(withdrawn.Clocks, clock => Assert.Equal(ClockState.Cancelled, clock.StateAt(Now.AddDays(90))));
        Assert.Null(withdrawn.NextClockAt);
    }

    [Fact]
    public void A_breach_that_nobody_noticed_before_the_stop_is_told_after_it()
    {
        var referral = A.Referral(Now, PriorityBand.Immediate);
        Assert.Null(referral.Triage(TriageRoute.Redirected, "any", "officer", Now.AddMinutes(90)));

        Assert.NotNull(referral.NextClockAt);
        Assert.Equal([ClockKind.Acknowledge, ClockKind.Triage], referral.FireClocks(Now.AddMinutes(91)).Breached.Select(clock => clock.Kind));
        Assert.Null(referral.NextClockAt);
    }

    [Fact]
    public void Another_configuration_changes_no_clock_that_has_started()
    {
        var before = A.Referral(Now);
        var due = before.Clocks.Select(clock => clock.DueAt).ToList();
        var changed = new ClockSettings { Urgent = new BandTargets { Acknowledge = "5m", Triage = "10wd", InterimDecision = "11wd" }, Decision = "3wd" };

        Assert.Null(before.PauseClock(ClockKind.Decision, "awaiting-court", Now) is { } refused && refused.Code != "referral.not-in-this-status" ? refused : null);
        var after = Referral.Submit(Guid.CreateVersion7(), CaseReference.New(), PriorityBand.Urgent, "ENG-NW", null, A.Unit, A.Trust, "referrer", Now);
        after.StartClocks(changed, Now);

        Assert.Equal(due, before.Clocks.Select(clock => clock.Recompute()));
        Assert.Equal("5m", after.Clocks[0].Target);
        Assert.NotEqual(due, after.Clocks.Select(clock => clock.DueAt));
    }

    /// <summary>Statement 8: after any history, over year ends, bank holidays and changes of the clocks, the stored instant is what a plain count gives.</summary>
    [Fact]
    public void What_is_stored_is_what_the_history_gives_counted_in_another_way()
    {
        var random = new Random(20261122);
        for (var round = 0; round < 3000; round++)
        {
            var jurisdiction = new[] { WorkingDays.EnglandAndWales, WorkingDays.Scotland, WorkingDays.NorthernIreland }[random.Next(3)];
            var at = new DateTimeOffset(2021 + random.Next(9), 1 + random.Next(12), 1 + random.Next(28), random.Next(24), random.Next(60), 0, TimeSpan.Zero);
            var target = random.Next(2) == 0 ? $"{1 + random.Next(600)}m" : $"{1 + random.Next(25)}wd";
            var clock = CaseClock.Start(ClockKind.Decision, ClockTarget.Parse(target), jurisdiction, at);
            for (var step = random.Next(8); step > 0; step--)
            {
                at += target.EndsWith("wd", StringComparison.Ordinal) ? TimeSpan.FromMinutes(random.Next(4 * 24 * 60)) : TimeSpan.FromMinutes(random.Next(200));
                _ = clock.IsPaused ? clock.Resume(at) : clock.Pause("awaiting-court", at);
            }

            Assert.Equal(Counted(clock, target), clock.DueAt);
            Assert.Equal(clock.Recompute(), clock.DueAt);
        }
    }

    // Minute by minute, and day by day; knows nothing of how the due instant is computed.
    private static DateTimeOffset? Counted(CaseClock clock, string target)
    {
        if (!target.EndsWith("wd", StringComparison.Ordinal))
        {
            var (instant, left) = (clock.StartedAt, int.Parse(target[..^1], System.Globalization.CultureInfo.InvariantCulture));
            for (var limit = 0; left > 0; instant = instant.AddMinutes(1))
            {
                if (limit++ > 100_000)
                {
                    return null; // it stands still
                }

                left -= clock.Pauses.Exists(pause => pause.From <= instant && (pause.Until is not { } until || instant < until)) ? 0 : 1;
            }

            return instant;
        }

        var (day, days) = (UkCalendar.Day(clock.StartedAt), int.Parse(target[..^2], System.Globalization.CultureInfo.InvariantCulture));
        for (var limit = 0; days > 0; limit++)
        {
            day = day.AddDays(1);
            var end = UkCalendar.EndOf(day);
            var standsStill = clock.Pauses.Exists(pause => pause.From <= end && (pause.Until is not { } until || end < until));
            days -= WorkingDays.IsWorkingDay(clock.Jurisdiction, day) && !standsStill ? 1 : 0;
            if (limit > 2000)
            {
                return null;
            }
        }

        return UkCalendar.EndOf(day);
    }

    [Fact]
    public void The_next_entitlement_is_due_until_it_is_settled_also_after_an_end_of_the_path()
    {
        var referral = A.ReferralIn(ReferralStatus.InAssessment, Now);
        Assert.Null(referral.EntitlementDueAt);
        Assert.Null(referral.BeginEntitlements(VictimsCode.Current, "vulnerable-or-intimidated", Now));

        foreach (var entitlement in referral.Entitlements.OrderBy(entitlement => entitlement.DueAt).ToList())
        {
            Assert.Equal(entitlement.DueAt, referral.EntitlementDueAt);
            Assert.Null(referral.SettleEntitlement(entitlement.Right, null, "case-officer", Now));
        }

        Assert.Null(referral.EntitlementDueAt);
        var withdrawn = A.ReferralIn(ReferralStatus.InAssessment, Now);
        Assert.Null(withdrawn.BeginEntitlements(VictimsCode.Current, null, Now));
        Assert.Null(withdrawn.Withdraw("person-declines", Now));
        Assert.Equal(withdrawn.Entitlements.Min(entitlement => entitlement.DueAt), withdrawn.EntitlementDueAt);
    }

    private static IEnumerable<string> States(Referral referral, DateTimeOffset now) => referral.Clocks.Select(clock => Codes.Of(clock.StateAt(now)));
}
