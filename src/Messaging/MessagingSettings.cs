using System.ComponentModel.DataAnnotations;

namespace Soc.Messaging;

/// <summary>What an operator may set, under <c>Messaging</c>.</summary>
internal sealed class MessagingSettings
{
    /// <summary>Statistical facts leave at a random moment within this time of their commit.</summary>
    public TimeSpan FactWindow { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a claimed row is the claimer's; well over a sweep, over which facts are spread, and twice the deadline together.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a publish may wait for its confirmation. Pending publishes of a killed broker never fail by themselves. Settling has as long again.</summary>
    public TimeSpan PublishDeadline { get; set; } = TimeSpan.FromSeconds(5);

    [Range(1, 1000)]
    public int Batch { get; set; } = 100;

    /// <summary>Batches published at the same time.</summary>
    [Range(1, 16)]
    public int Lanes { get; set; } = 3;

    /// <summary>The net under the after-commit signal: rows of other processes, and of those that died.</summary>
    public TimeSpan Poll { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How often the whole table is looked through, and not only its newest rows.</summary>
    public TimeSpan Sweep { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How far behind the newest settled row the ordinary claim begins to look.</summary>
    public long HintDistance { get; set; } = 20_000;

    [Range(1, 10_000)]
    public ushort Prefetch { get; set; } = 100;

    [Range(1, 1000)]
    public int Concurrency { get; set; } = 8;

    /// <summary>How often a message may come back because its consumer's process died, before the broker dead-letters it.</summary>
    [Range(1, 1000)]
    public int DeliveryLimit { get; set; } = 20;

    /// <summary>Attempts at a message whose consumer throws something that is neither permanent nor an outage.</summary>
    [Range(1, 20)]
    public int Attempts { get; set; } = 5;

    /// <summary>How long an event waits for its predecessor before a person is asked.</summary>
    public TimeSpan GapTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long processed message ids are kept; older messages are parked, not processed blind.</summary>
    public TimeSpan InboxRetention { get; set; } = TimeSpan.FromDays(30);

    public TimeSpan IdempotencyRetention { get; set; } = TimeSpan.FromHours(24);

    public TimeSpan Housekeeping { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Replicas of each queue when it is first declared; the broker's own choice (three, or as many as it has nodes) when not set.</summary>
    [Range(1, 9)]
    public int? QueueReplicas { get; set; }
}
