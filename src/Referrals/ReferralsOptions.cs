using Soc.Referrals.Cases;
using Soc.Referrals.Clocks;

namespace Soc.Referrals;

/// <summary>Configuration under <c>Referrals</c>.</summary>
internal sealed class ReferralsOptions
{
    /// <summary>The organisation that new referrals go to; by default the UK Protected Persons Service of the sample data.</summary>
    public Guid ReceivingUnit { get; init; } = Guid.Parse("01900000-0000-7000-8000-000000000002");

    /// <summary>How old an assessment may be when it is decided on, per band.</summary>
    public AssessmentAgeLimits AssessmentAgeLimits { get; init; } = new();

    public ClockSettings Clocks { get; init; } = new();

    /// <summary>How many days after it was last saved a draft is purged.</summary>
    public int DraftDays { get; init; } = 30;

    /// <summary>The longest time between two reviews of arrangements, and the time until the next where nobody says an earlier date. In days.</summary>
    public int ReviewIntervalDays { get; init; } = 90;
}
