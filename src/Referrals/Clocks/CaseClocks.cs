using Soc.Referrals.Cases;

namespace Soc.Referrals.Clocks;

/// <summary>Which verbs stop which clocks.</summary>
internal static class CaseClocks
{
    /// <summary>Stops what a verb meets, and calls off what it, or the end that it leads to, leaves nothing to be done for.</summary>
    public static void StopBy(this List<CaseClock> clocks, ReferralVerb verb, ReferralStatus to, DateTimeOffset now)
    {
        ClockKind[] met = verb switch
        {
            ReferralVerb.Acknowledge or ReferralVerb.Return => [ClockKind.Acknowledge],
            ReferralVerb.Triage => [ClockKind.Acknowledge, ClockKind.Triage],
            ReferralVerb.ProtectInterim => [ClockKind.Acknowledge, ClockKind.InterimDecision],
            ReferralVerb.Resubmit => [ClockKind.ReferrerReply],
            ReferralVerb.Decide => [ClockKind.InterimDecision, ClockKind.Decision],
            ReferralVerb.ConcludeReview => [ClockKind.Review],
            ReferralVerb.AcceptTransfer or ReferralVerb.RefuseTransfer => [ClockKind.TransferReply],
            _ => [],
        };
        ClockKind[] calledOff = ReferralPath.Ends.Contains(to) ? Enum.GetValues<ClockKind>()
            : verb == ReferralVerb.CancelTransfer ? [ClockKind.TransferReply] // who proposed takes it back: the other unit has not replied
            : [];
        foreach (var clock in clocks.Where(clock => clock.IsOpen))
        {
            if (met.Contains(clock.Kind))
            {
                clock.Stop(now);
            }
            else if (calledOff.Contains(clock.Kind))
            {
                clock.Cancel(now);
            }
        }
    }

    /// <summary>Gives the open clocks the targets of a band that is more pressing, where these end earlier.</summary>
    public static void Shorten(this List<CaseClock> clocks, ClockSettings settings, PriorityBand band, DateTimeOffset now) =>
        clocks.AddRange([.. clocks.Where(clock => clock.Kind is ClockKind.Acknowledge or ClockKind.Triage or ClockKind.InterimDecision)
            .Select(clock => clock.Shorten(settings.For(clock.Kind, band), now)).OfType<CaseClock>()]);

    /// <summary>Lets every running clock that the reason is listed for stand still.</summary>
    public static void PauseAll(this List<CaseClock> clocks, string reason, DateTimeOffset now) =>
        clocks.ForEach(clock => _ = ClockPauses.Allows(reason, clock.Kind) && clock.Pause(reason, now));

    public static void ResumeAll(this List<CaseClock> clocks, string reason, DateTimeOffset now) =>
        clocks.ForEach(clock => _ = clock.IsPaused && clock.Pauses[^1].Reason == reason && clock.Resume(now));
}
