namespace Soc.Partners.Webhooks;

internal enum DeliveryStatus
{
    /// <summary>Waits for its first or next attempt, or for its organisation or webhook to be in good standing.</summary>
    Pending,

    /// <summary>The receiver answered 2xx.</summary>
    Delivered,

    /// <summary>Every attempt of the schedule failed.</summary>
    Exhausted,

    /// <summary>When its turn came, no agreement covered it any more.</summary>
    Withheld,
}

/// <summary>One event on its way to one webhook. After it was added, only the statements of <see cref="DeliveryStore"/> change it, by the database's clock.</summary>
internal sealed class Delivery
{
    /// <summary>
    /// No foreign key: a webhook that is deleted at the moment of an event must not fail the change that the event tells of. What it leaves is sent to nobody, and purged.
    /// </summary>
    public Guid WebhookId { get; init; }

    /// <summary>What the receiver knows it by, through all attempts and replays: <c>webhook-id</c>, and the id of the event within.</summary>
    public Guid EventId { get; init; }

    public required string EventType { get; init; }

    /// <summary>Whether it rests on an agreement, and not on being the organisation's own affair.</summary>
    public bool ByAgreement { get; init; }

    /// <summary>The organisations that it tells of, where these are others: whoever does not know them any more when its turn comes is not told.</summary>
    public Guid[]? Others { get; init; }

    /// <summary>The event, made once: every attempt sends the same bytes.</summary>
    public required byte[] Body { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DeliveryStatus Status { get; init; }

    /// <summary>All attempts ever, of which the log tells.</summary>
    public int Attempts { get; init; }

    /// <summary>Attempts since it was created or replayed: its place in the schedule.</summary>
    public int Step { get; init; }

    public DateTimeOffset NextAttemptAt { get; init; }

    public DateTimeOffset? LockedUntil { get; init; }

    public Guid? LockToken { get; init; }

    public DateTimeOffset? SettledAt { get; init; }

    public List<DeliveryAttempt> Log { get; init; } = [];
}

internal static class DeliveryStatuses
{
    public static string Code(this DeliveryStatus status) => status switch
    {
        DeliveryStatus.Pending => "pending",
        DeliveryStatus.Delivered => "delivered",
        DeliveryStatus.Exhausted => "exhausted",
        DeliveryStatus.Withheld => "withheld",
        _ => throw new ArgumentOutOfRangeException(nameof(status)),
    };
}

/// <summary>What came of one attempt; never what the receiver said.</summary>
internal sealed class DeliveryAttempt
{
    public Guid WebhookId { get; init; }

    public Guid EventId { get; init; }

    public int Number { get; init; }

    public DateTimeOffset At { get; init; }

    public int DurationMilliseconds { get; init; }

    public short? StatusCode { get; init; }

    /// <summary>A code of <see cref="DeliveryErrors"/>, or null.</summary>
    public string? Error { get; init; }
}

/// <summary>Why an attempt failed: the whole list.</summary>
internal static class DeliveryErrors
{
    public const string Address = "address-refused", Name = "name-not-found", Connection = "connection-failed", Tls = "tls-failed", Timeout = "timeout",
        Protocol = "protocol", Redirect = "redirect", Status = "status", Gone = "gone", NotEntitled = "not-entitled", Challenge = "challenge";
}
