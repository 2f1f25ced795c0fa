using System.ComponentModel.DataAnnotations;

namespace Soc.Partners.Webhooks;

/// <summary>What is sent where: registers a webhook, or changes one.</summary>
public sealed class WebhookTerms
{
    /// <summary>The receiver's address. A class and not a record, whose text would show it.</summary>
    [Required]
    [StringLength(2000)]
    public required string Url { get; init; }

    /// <summary>For the organisation's own use.</summary>
    [Required]
    [StringLength(200)]
    [RegularExpression(@"^\S(\P{C}*\S)?\z")]
    public required string Description { get; init; }

    /// <summary>Which events it gets.</summary>
    [Required]
    [MinLength(1)]
    [MaxLength(100)]
    public required IReadOnlyList<string> EventTypes { get; init; }
}

/// <summary>Replays what was sent, or was to be sent, since an instant.</summary>
public sealed record ReplayDeliveries(DateTimeOffset Since);

/// <summary>A webhook as its organisation sees it.</summary>
internal sealed record WebhookView(
    Guid Id, string Url, string Description, IReadOnlyList<string> EventTypes, string Status, DateTimeOffset CreatedAt, DateTimeOffset? FailingSince,
    string? DisabledReason, IEnumerable<SecretView> Secrets, IEnumerable<string> AllowedActions)
{
    public static WebhookView Of(Webhook webhook, DateTimeOffset now) => new(
        webhook.Id, webhook.Url, webhook.Description, webhook.EventTypes, webhook.Status.Code(), webhook.CreatedAt, webhook.FailingSince,
        webhook.DisabledReason,
        webhook.Secrets.Where(secret => secret.IsValid(now)).OrderBy(secret => secret.IssuedAt).Select(secret => new SecretView(secret.Id, secret.IssuedAt, secret.ExpiresAt)),
        webhook.AllowedActions(now));
}

/// <summary>That there is a secret, and until when.</summary>
internal sealed record SecretView(Guid Id, DateTimeOffset IssuedAt, DateTimeOffset? ExpiresAt);

/// <summary>A secret, this once.</summary>
internal sealed class IssuedSecret(Guid id, string secret)
{
    public Guid Id { get; } = id;

    public string Secret { get; } = secret;
}

/// <summary>The organisation's webhooks, all of them, and what they could get.</summary>
internal sealed record WebhookList(IEnumerable<WebhookView> Items, IEnumerable<string> AvailableEventTypes);
