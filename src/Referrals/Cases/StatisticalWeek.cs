using System.Globalization;

namespace Soc.Referrals.Cases;

/// <summary>Days and weeks as they are counted in the United Kingdom.</summary>
internal static class StatisticalWeek
{
    private static readonly TimeZoneInfo London = TimeZoneInfo.FindSystemTimeZoneById("Europe/London");

    public static DateOnly Today(DateTimeOffset now) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, London).DateTime);

    /// <summary>The ISO week of an instant in London, such as <c>2026-W47</c>.</summary>
    public static string Of(DateTimeOffset now)
    {
        var day = TimeZoneInfo.ConvertTime(now, London).DateTime;
        return string.Create(CultureInfo.InvariantCulture, $"{ISOWeek.GetYear(day)}-W{ISOWeek.GetWeekOfYear(day):00}");
    }
}
