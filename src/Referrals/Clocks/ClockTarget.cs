using System.Globalization;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Clocks;

/// <summary>
/// How long something may take, as it is configured and as it is kept with each clock: <c>15m</c> (minutes, day and night), <c>2wd</c> (working days: until
/// the end of the second after the day it began) or <c>on:2027-03-31</c> (until the end of that day).
/// </summary>
internal sealed record ClockTarget
{
    private ClockTarget(string text, int minutes, int workingDays, DateOnly? day) => (Text, Minutes, Days, Day) = (text, minutes, workingDays, day);

    public string Text { get; }

    private int Minutes { get; }

    private int Days { get; }

    private DateOnly? Day { get; }

    public static ClockTarget On(DateOnly day) => new(string.Create(CultureInfo.InvariantCulture, $"on:{day:yyyy-MM-dd}"), 0, 0, day);

    /// <exception cref="FormatException">It has none of the three forms.</exception>
    public static ClockTarget Parse(string text) =>
        text.StartsWith("on:", StringComparison.Ordinal) && DateOnly.TryParseExact(text[3..], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? On(day)
        : text.EndsWith("wd", StringComparison.Ordinal) && Number(text[..^2]) is { } days ? new(text, 0, days, null)
        : text.EndsWith('m') && Number(text[..^1]) is { } minutes ? new(text, minutes, 0, null)
        : throw new FormatException("A clock's target is 15m, 2wd or on:2027-03-31.");

    public static bool IsValid(string? text)
    {
        try
        {
            return text is not null && Parse(text) is not null;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    /// <summary>
    /// When it is due, by its history alone; null while it stands still. Minutes that it stood still are added; a working day does not count if it stood
    /// still at the day's end. A pause that began after it was due changes nothing.
    /// </summary>
    public DateTimeOffset? DueAt(string jurisdiction, DateTimeOffset startedAt, IEnumerable<(DateTimeOffset From, DateTimeOffset? Until)> pauses)
    {
        var ordered = pauses.OrderBy(pause => pause.From).ToList();
        if (Day is { } day)
        {
            return UkCalendar.EndOf(day);
        }

        var last = ordered.FindIndex(pause => pause.Until is null);
        var ended = last < 0 ? ordered : ordered[..last];
        var due = Days > 0
            ? WorkingDays.EndAfter(jurisdiction, startedAt, Days, end => !ended.Exists(pause => pause.From <= end && end < pause.Until))
            : ended.Aggregate(startedAt.AddMinutes(Minutes), (until, pause) => pause.From < until ? until + (pause.Until!.Value - pause.From) : until);
        return last >= 0 && ordered[last].From < due ? null : due;
    }

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 100_000 ? number : null;
}
