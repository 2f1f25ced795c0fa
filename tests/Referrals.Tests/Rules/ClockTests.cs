using Soc.Referrals.Cases;
using Soc.Referrals.Clocks;
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
        var referral = A.Referral(Now, PriorityBand.Immediate);
        Assert.Null(referral.Return(["identity-details"], Now.AddMinutes(10)));
        Assert.Equal(["met", "paused", "paused", "paused"], States(referral, Now.AddDays(3)));
        Assert.Null(referral.NextClockAt);

        Assert.Null(referral.Resubmit(ClockTarget.Parse("15m"), Now.AddDays(3).AddMinutes(10)));

        Assert.Equal(Now.AddDays(3).AddMinutes(60), referral.Clocks[1].DueAt);
        Assert.Equal(["met", "running", "running", "running", "running"], States(referral, Now.AddDays(3).AddMinutes(11)));
        Assert.Equal(ClockKind.Acknowledge, referral.Clocks[4].Kind);
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

        Assert.Empty(referral.FireClocks(Now.AddMinutes(12)));
        Assert.True(referral.Clocks[0].Warned);
        Assert.False(referral.Clocks[1].Warned);
        Assert.Equal(ClockKind.Acknowledge, Assert.Single(referral.FireClocks(Now.AddMinutes(16))).Kind);
        Assert.Equal(Now.AddMinutes(15), referral.OverdueSince);
        Assert.Empty(referral.FireClocks(Now.AddMinutes(17)));
        Assert.Null(referral.Acknowledge(Now.AddMinutes(70))); // after the triage was due as well, and nobody looked
        Assert.Null(referral.OverdueSince);
        Assert.Equal(ClockKind.Triage, Assert.Single(referral.FireClocks(Now.AddMinutes(71))).Kind);
        Assert.Equal(["breached", "overdue", "running", "running"], States(referral, Now.AddMinutes(71)));
        Assert.Null(referral.ExplainBreach(ClockKind.Triage, "complex-case", Now.AddMinutes(72)));
        Assert.Equal("clock.not-breached", referral.ExplainBreach(ClockKind.Decision, "complex-case", Now.AddMinutes(72))?.Code);
    }

    [Fact]
    public void A_breach_that_nobody_noticed_before_the_stop_is_told_after_it()
    {
        var referral = A.Referral(Now, PriorityBand.Immediate);
        Assert.Null(referral.Triage(TriageRoute.Redirected, "any", "officer", Now.AddMinutes(90)));

        Assert.NotNull(referral.NextClockAt);
        Assert.Equal([ClockKind.Acknowledge, ClockKind.Triage], referral.FireClocks(Now.AddMinutes(91)).Select(clock => clock.Kind));
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

    private static IEnumerable<string> States(Referral referral, DateTimeOffset now) => referral.Clocks.Select(clock => Codes.Of(clock.StateAt(now)));
}
