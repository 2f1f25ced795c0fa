namespace Soc.Referrals.Tests.Journeys;

/// <summary>A clock of a process that is ahead of the database's. Its timers tick as ever.</summary>
internal sealed class AheadClock : TimeProvider
{
    public TimeSpan Ahead { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
}
