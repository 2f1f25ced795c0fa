using System.Globalization;
using Soc.Partners.Attestations;
using Soc.ServiceDefaults;

namespace Soc.Partners.Tests.Rules;

public sealed class AttestationRules
{
    private const int GraceDays = 28;

    private static readonly Guid Organisation = Guid.CreateVersion7();

    /// <summary>Every day of two years, one of them a leap year, at noon in London.</summary>
    private static readonly DateOnly[] EveryDay = [.. Enumerable.Range(0, 731).Select(new DateOnly(2027, 6, 1).AddDays)];

    [Theory]
    [InlineData("2026-01-01", "2026-Q1", "2026-04-01")]
    [InlineData("2026-03-31", "2026-Q1", "2026-04-01")]
    [InlineData("2026-04-01", "2026-Q2", "2026-07-01")]
    [InlineData("2026-09-30", "2026-Q3", "2026-10-01")]
    [InlineData("2026-12-31", "2026-Q4", "2027-01-01")]
    public void A_quarter_begins_in_January_April_July_and_October(string day, string quarter, string next)
    {
        Assert.Equal(quarter, Quarter.Of(Day(day)).ToString());
        Assert.Equal(Day(next), Quarter.Of(Day(day)).Next.FirstDay);
    }

    [Fact]
    public void Whatever_day_an_organisation_goes_live_nothing_is_due_in_that_quarter_and_nothing_overdue_for_another_28_days()
    {
        foreach (var live in EveryDay)
        {
            var duty = AttestationDuty.Of(Organisation, GraceDays, Noon(live));
            foreach (var later in Enumerable.Range(0, 130).Select(live.AddDays))
            {
                var quarters = ((later.Year - live.Year) * 4) + ((later.Month - 1) / 3) - ((live.Month - 1) / 3);
                var dayOfQuarter = later.DayNumber - new DateOnly(later.Year, (((later.Month - 1) / 3) * 3) + 1, 1).DayNumber;
                var expected = quarters == 0 ? "not-due" : quarters == 1 && dayOfQuarter < GraceDays ? "due" : "overdue";
                if (duty.StateAt(Noon(later)).Code() != expected)
                {
                    Assert.Fail($"Live on {live:O}, on {later:O}: {duty.StateAt(Noon(later))}, not {expected}");
                }
            }
        }
    }

    [Theory]
    [InlineData("2027-01-15", "2027-04-01", "2027-03-31T23:00:00Z", "2027-04-28T23:00:00Z")]
    [InlineData("2026-08-15", "2026-10-01", "2026-09-30T23:00:00Z", "2026-10-29T00:00:00Z")]
    [InlineData("2026-12-31", "2027-01-01", "2027-01-01T00:00:00Z", "2027-01-29T00:00:00Z")]
    public void Days_begin_and_end_at_midnight_in_London(string live, string dueFrom, string due, string overdue)
    {
        var duty = AttestationDuty.Of(Organisation, GraceDays, Noon(Day(live)));

        Assert.Equal(Day(dueFrom), duty.DueFrom);
        Assert.Equal(("not-due", "due"), (duty.StateAt(Instant(due).AddTicks(-1)).Code(), duty.StateAt(Instant(due)).Code()));
        Assert.Equal(("due", "overdue"), (duty.StateAt(Instant(overdue).AddTicks(-1)).Code(), duty.StateAt(Instant(overdue)).Code()));
        Assert.Equal(Instant(overdue), duty.SharedUntil);
    }

    [Fact]
    public void An_attestation_covers_its_quarter_whenever_in_it_or_after_it_was_due()
    {
        foreach (var day in EveryDay)
        {
            var duty = AttestationDuty.Of(Organisation, GraceDays, Noon(new DateOnly(2027, 1, 1)));

            var made = duty.Attest(GraceDays, Noon(day)).Event;

            Assert.Equal(Quarter.Of(day).ToString(), made?.Quarter);
            Assert.Equal(("not-due", Quarter.Of(day).Next.FirstDay), (duty.StateAt(Noon(day)).Code(), duty.DueFrom));
            Assert.Equal("attestation.not-due", duty.Attest(GraceDays, Noon(day)).Refusal?.Code);
        }
    }

    [Fact]
    public void That_it_is_overdue_is_said_once_until_the_next_time()
    {
        var duty = AttestationDuty.Of(Organisation, GraceDays, Noon(new DateOnly(2026, 12, 1)));

        Assert.Null(duty.Lapse(duty.SharedUntil.AddTicks(-1)));
        Assert.Equal("2027-Q1", duty.Lapse(duty.SharedUntil)?.Quarter);
        Assert.Null(duty.Lapse(duty.SharedUntil.AddDays(1)));
        Assert.NotNull(duty.Attest(GraceDays, Noon(new DateOnly(2027, 2, 14))).Event);
        Assert.Equal("2027-Q2", duty.Lapse(duty.SharedUntil)?.Quarter);
        Assert.Equal(3, duty.EventVersion);
    }

    private static DateTimeOffset Noon(DateOnly day) => UkCalendar.EndOf(day).AddHours(-12);

    private static DateTimeOffset Instant(string instant) => DateTimeOffset.Parse(instant, CultureInfo.InvariantCulture);

    private static DateOnly Day(string day) => DateOnly.Parse(day, CultureInfo.InvariantCulture);
}
