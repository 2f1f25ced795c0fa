using Soc.ServiceDefaults;

namespace Soc.Partners.Disclosures;

/// <summary>Days in the United Kingdom that a record is asked for: the last thirty where nothing is said.</summary>
internal sealed record Period(DateOnly From, DateOnly To)
{
    private const int LongestDays = 366;

    /// <summary>The first instant.</summary>
    public DateTimeOffset Begins => UkCalendar.EndOf(From.AddDays(-1));

    /// <summary>The first instant after it.</summary>
    public DateTimeOffset Ends => UkCalendar.EndOf(To);

    /// <summary>The period meant.</summary>
    /// <returns>Null where the days are in the wrong order or too far apart.</returns>
    public static Period? Of(DateOnly? from, DateOnly? to, DateTimeOffset now)
    {
        var last = to ?? UkCalendar.Day(now);
        if (last == DateOnly.MaxValue || last < DateOnly.MinValue.AddDays(LongestDays))
        {
            return null;
        }

        var first = from ?? last.AddDays(-29);
        return first <= last && last.DayNumber - first.DayNumber < LongestDays ? new Period(first, last) : null;
    }
}
