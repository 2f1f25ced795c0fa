namespace Soc.Partners.Data;

internal static class Clock
{
    /// <summary>The time to the microsecond, which is what PostgreSQL keeps: what is answered now is then what is read later.</summary>
    public static DateTimeOffset Now(this TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
