using System.ComponentModel.DataAnnotations;

namespace Soc.Partners.Webhooks;

/// <summary>What an operator may set, under <c>Webhooks</c>.</summary>
internal sealed class WebhookSettings
{
    /// <summary>How long after each failed attempt the next one is made, about; 76 hours in all.</summary>
    public static readonly IReadOnlyList<TimeSpan> DefaultSchedule =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5), TimeSpan.FromHours(10),
        TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24),
    ];

    /// <summary>In place of <see cref="DefaultSchedule"/>, when not empty.</summary>
    public IReadOnlyList<TimeSpan> Schedule { get; set; } = [];

    /// <summary>The longest that a receiver's Retry-After is waited for.</summary>
    public TimeSpan LongestRetryAfter { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How long a claimed delivery is the claimer's: three times as long as a call may take.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often to look for what is due.</summary>
    public TimeSpan Poll { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Calls at the same time, of this process.</summary>
    [Range(1, 1000)]
    public int Concurrency { get; set; } = 128;

    /// <summary>Calls at the same time to one webhook, of all processes together.</summary>
    [Range(1, 100)]
    public int PerWebhook { get; set; } = 16;

    /// <summary>How many webhooks an organisation may have.</summary>
    [Range(1, 1000)]
    public int PerOrganisation { get; set; } = 10;

    /// <summary>How long an old secret signs beside its successor.</summary>
    public TimeSpan SecretOverlap { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How long deliveries and their log are kept.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(30);

    public IReadOnlyList<TimeSpan> EffectiveSchedule => Schedule.Count > 0 ? Schedule : DefaultSchedule;
}
