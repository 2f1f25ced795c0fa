namespace Soc.Referrals.Clocks;

/// <summary>What is measured.</summary>
internal enum ClockKind
{
    Acknowledge,
    Triage,
    InterimDecision,
    Decision,
    Review,
    TransferReply,
    ReferrerReply,
}

/// <summary>How a clock stands.</summary>
internal enum ClockState
{
    Running,

    /// <summary>It runs, and has been warned of: three quarters of its time have passed.</summary>
    DueSoon,
    Paused,
    Overdue,
    Met,
    Breached,

    /// <summary>Another of its kind took its place, because the case became more pressing.</summary>
    Replaced,

    /// <summary>What it measured was called off in time: nobody met it, and nobody failed to.</summary>
    Cancelled,
}

/// <summary>An interval in which a clock stands still, for a listed reason.</summary>
internal sealed class ClockPause
{
    public required string Reason { get; init; }

    public required DateTimeOffset From { get; init; }

    public DateTimeOffset? Until { get; set; }
}

/// <summary>
/// One clock of a case. Its target and jurisdiction are kept with it, so that a changed configuration touches only new clocks; the due instant is what its
/// history gives (<see cref="ClockTarget.DueAt"/>) and is computed again with every change to that history.
/// </summary>
internal sealed class CaseClock
{
    public required ClockKind Kind { get; init; }

    public required string Target { get; init; }

    public required string Jurisdiction { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? DueAt { get; private set; }

    public DateTimeOffset? StoppedAt { get; private set; }

    /// <summary>Whether its warning has been given: three quarters of the time have passed.</summary>
    public bool Warned { get; private set; }

    /// <summary>Whether its breach has been told.</summary>
    public bool BreachTold { get; private set; }

    /// <summary>Why it was breached, once somebody has said so.</summary>
    public string? BreachReason { get; set; }

    /// <summary>Whether a shorter one of its kind took its place before it was met or breached.</summary>
    public bool Replaced { get; private set; }

    /// <summary>Whether what it measured was called off before it was met or breached.</summary>
    public bool Cancelled { get; private set; }

    public List<ClockPause> Pauses { get; private init; } = [];

    public static CaseClock Start(ClockKind kind, ClockTarget target, string jurisdiction, DateTimeOffset now)
    {
        var clock = new CaseClock { Kind = kind, Target = target.Text, Jurisdiction = jurisdiction, StartedAt = now };
        clock.DueAt = clock.Recompute();
        return clock;
    }

    /// <summary>The due instant from the history alone; what is stored must always equal it.</summary>
    public DateTimeOffset? Recompute() => ClockTarget.Parse(Target).DueAt(Jurisdiction, StartedAt, Pauses.Select(pause => (pause.From, pause.Until)));

    public bool IsOpen => StoppedAt is null;

    /// <summary>Since when it is due soon, where it has been warned of and neither stands still nor is told to be overdue.</summary>
    public DateTimeOffset? DueSoonSince => IsOpen && Warned && !BreachTold && DueAt is not null ? WarnAt : null;

    public bool IsPaused => IsOpen && Pauses.Exists(pause => pause.Until is null);

    public DateTimeOffset? WarnAt => DueAt is { } due && due > StartedAt ? StartedAt + ((due - StartedAt) * 0.75) : DueAt;

    /// <summary>The next instant at which somebody must be told something; null when there is none.</summary>
    public DateTimeOffset? NextAt =>
        !IsOpen ? StoppedAt > DueAt && !BreachTold ? DueAt : null
        : DueAt is null ? null : !Warned ? WarnAt : !BreachTold ? DueAt : null;

    public ClockState StateAt(DateTimeOffset now) =>
        Replaced ? ClockState.Replaced
        : Cancelled ? ClockState.Cancelled
        : StoppedAt is { } stopped ? DueAt is { } due && stopped > due ? ClockState.Breached : ClockState.Met
        : DueAt is not { } open ? ClockState.Paused
        : now > open ? ClockState.Overdue
        : IsPaused ? ClockState.Paused
        : Warned ? ClockState.DueSoon : ClockState.Running;

    /// <summary>Whether it runs and is not overdue.</summary>
    public bool IsRunningAt(DateTimeOffset now) => StateAt(now) is ClockState.Running or ClockState.DueSoon;

    /// <summary>Whether its time passed before it was stopped.</summary>
    public bool IsBreachedAt(DateTimeOffset now) => StateAt(now) is ClockState.Overdue or ClockState.Breached;

    /// <summary>Lets it stand still; false where it is not running, or overdue already.</summary>
    public bool Pause(string reason, DateTimeOffset now)
    {
        if (!IsRunningAt(now))
        {
            return false;
        }

        Pauses.Add(new ClockPause { Reason = reason, From = now });
        DueAt = Recompute();
        return true;
    }

    public bool Resume(DateTimeOffset now)
    {
        if (!IsPaused || Pauses.Find(pause => pause.Until is null) is not { } open)
        {
            return false;
        }

        open.Until = now > open.From ? now : open.From; // by a replica whose clock is behind: nothing is due earlier for having stood still
        DueAt = Recompute();
        return true;
    }

    /// <summary>Stops it; a pause that is open ends with it.</summary>
    public void Stop(DateTimeOffset now)
    {
        Resume(now);
        StoppedAt = now;
    }

    /// <summary>Ends it without a result, because what it measured is called off; one that is overdue by then stays breached.</summary>
    public void Cancel(DateTimeOffset now)
    {
        Stop(now);
        Cancelled = StateAt(now) == ClockState.Met;
    }

    /// <summary>
    /// The shorter clock that takes its place from now on, where the new target ends earlier than what is stored; null where it does not. Both keep their
    /// history.
    /// </summary>
    public CaseClock? Shorten(ClockTarget target, DateTimeOffset now)
    {
        var shorter = Start(Kind, target, Jurisdiction, now);
        if (!IsOpen || DueAt <= shorter.DueAt)
        {
            return null;
        }

        Stop(now);
        Replaced = true;
        return shorter;
    }

    /// <summary>Gives the warning and tells the breach if they are due and have not been; each happens once.</summary>
    /// <returns>Whether a warning, whether a breach is to be told now.</returns>
    public (bool Warning, bool Breach) Fire(DateTimeOffset now)
    {
        var breach = !BreachTold && (IsOpen ? now > DueAt : StoppedAt > DueAt);
        var warning = !Warned && IsOpen && (breach || now >= WarnAt);
        (Warned, BreachTold) = (Warned || warning, BreachTold || breach);
        return (warning, breach);
    }
}
