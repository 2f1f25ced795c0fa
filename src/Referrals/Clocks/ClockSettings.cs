using Soc.Referrals.Cases;

namespace Soc.Referrals.Clocks;

/// <summary>Targets of new clocks, under <c>Referrals:Clocks</c>. The platform's defaults, not the policy of any protection provider.</summary>
internal sealed class ClockSettings
{
    public BandTargets Immediate { get; init; } = new() { Acknowledge = "15m", Triage = "60m", InterimDecision = "240m" };

    public BandTargets Urgent { get; init; } = new() { Acknowledge = "240m", Triage = "1wd", InterimDecision = "2wd" };

    public BandTargets Standard { get; init; } = new() { Acknowledge = "1wd", Triage = "2wd", InterimDecision = "5wd" };

    /// <summary>The full decision, in every band.</summary>
    public string Decision { get; init; } = "20wd";

    /// <summary>The reply of a unit that a case is to be transferred to.</summary>
    public string TransferReply { get; init; } = "5wd";

    /// <summary>The reply of a referrer that was asked for more.</summary>
    public string ReferrerReply { get; init; } = "5wd";

    /// <summary>How often to look for clocks that are due.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(5);

    public bool AreValid() =>
        Poll > TimeSpan.Zero && ((string[])[Decision, TransferReply, ReferrerReply, .. Immediate.All, .. Urgent.All, .. Standard.All]).All(ClockTarget.IsValid);

    public ClockTarget For(ClockKind kind, PriorityBand band)
    {
        var targets = band switch { PriorityBand.Immediate => Immediate, PriorityBand.Urgent => Urgent, _ => Standard };
        return ClockTarget.Parse(kind switch
        {
            ClockKind.Acknowledge => targets.Acknowledge,
            ClockKind.Triage => targets.Triage,
            ClockKind.InterimDecision => targets.InterimDecision,
            ClockKind.Decision => Decision,
            ClockKind.TransferReply => TransferReply,
            ClockKind.ReferrerReply => ReferrerReply,
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "The review's date is set by the case."),
        });
    }
}

internal sealed class BandTargets
{
    public required string Acknowledge { get; init; }

    public required string Triage { get; init; }

    public required string InterimDecision { get; init; }

    public IEnumerable<string> All => [Acknowledge, Triage, InterimDecision];
}
