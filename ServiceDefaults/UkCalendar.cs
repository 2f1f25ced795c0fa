namespace Soc.ServiceDefaults;

/// <summary>Time as the platform keeps it, and days as they are counted in the United Kingdom.</summary>
public static class UkCalendar
{
    private static readonly TimeZoneInfo London = TimeZoneInfo.FindSystemTimeZoneById("Europe/London");

    /// <summary>The time to the microsecond, which is what PostgreSQL keeps: what is answered now is then what is read later.</summary>
    /// <param name="clock">The clock.</param>
    /// <returns>The instant, in UTC.</returns>
    public static DateTimeOffset Now(this TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        var now = clock.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }

    /// <summary>The day of an instant in the United Kingdom.</summary>
    /// <param name="instant">Any instant.</param>
    /// <returns>The calendar day in London.</returns>
    public static DateOnly Day(DateTimeOffset instant) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(instant, London).DateTime);

    /// <summary>The instant at which a day ends in the United Kingdom.</summary>
    /// <param name="day">A day in London.</param>
    /// <returns>The midnight after it, in UTC.</returns>
    public static DateTimeOffset EndOf(DateOnly day) => new(TimeZoneInfo.ConvertTimeToUtc(day.AddDays(1).ToDateTime(TimeOnly.MinValue), London), TimeSpan.Zero);
}
