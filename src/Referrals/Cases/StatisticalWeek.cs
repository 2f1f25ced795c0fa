using System.Globalization;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Cases;

/// <summary>Weeks as they are counted in the United Kingdom.</summary>
internal static class StatisticalWeek
{
    /// <summary>The ISO week of an instant in London, such as <c>2026-W47</c>.</summary>
    public static string Of(DateTimeOffset now)
    {
        var day = UkCalendar.Day(now).ToDateTime(TimeOnly.MinValue);
        return string.Create(CultureInfo.InvariantCulture, $"{ISOWeek.GetYear(day)}-W{ISOWeek.GetWeekOfYear(day):00}");
    }
}
