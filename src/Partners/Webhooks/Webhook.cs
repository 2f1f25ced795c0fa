using Soc.Contracts.Partners;
using Soc.ServiceDefaults;

namespace Soc.Partners.Webhooks;

internal enum WebhookStatus
{
    Unverified,
    Active,
    Failing,
    Disabled,
}

/// <summary>An address of an organisation's own to which the platform sends the events that it chose.</summary>
internal sealed class Webhook
{
    /// <summary>Why a webhook gets nothing any more; what its event and its view say.</summary>
    public const string Gone = "gone", Failed = "failing", OwnRequest = "own-request";

    /// <summary>How long one may go on failing.</summary>
    public static readonly TimeSpan LongestFailing = TimeSpan.FromDays(5);

    private const int ValidSecrets = 2;

    private Webhook()
    {
    }

    public Guid Id { get; private init; }

    public Guid OrganisationId { get; private init; }

    /// <summary>Its query may hold a secret of the partner's: for nobody but the organisation and its server.</summary>
    public string Url { get; private set; } = "";

    public string Description { get; private set; } = "";

    public string[] EventTypes { get; private set; } = [];

    public DateTimeOffset CreatedAt { get; private init; }

    public WebhookStatus Status { get; private set; }

    /// <summary>Since when deliveries have been given up; the next one that arrives ends it.</summary>
    public DateTimeOffset? FailingSince { get; private set; }

    public string? DisabledReason { get; private set; }

    /// <summary>Attempts that failed since the last that succeeded: while there are several, one delivery at a time is tried.</summary>
    public int ConsecutiveFailures { get; private set; }

    public List<WebhookSecret> Secrets { get; private init; } = [];

    /// <summary>Of the resource: what its ETag shows.</summary>
    public long Version { get; private set; }

    /// <summary>Of its events, of which there are only those of being disabled.</summary>
    public long EventVersion { get; private set; }

    public bool IsSentTo => Status is WebhookStatus.Active or WebhookStatus.Failing;

    public static Webhook Register(Guid id, Guid organisation, string url, string description, IReadOnlyCollection<string> eventTypes, DateTimeOffset now) => new()
    {
        Id = id,
        OrganisationId = organisation,
        Url = url,
        Description = description,
        EventTypes = [.. eventTypes],
        CreatedAt = now,
        Version = 1,
    };

    /// <summary>Changes what is sent where. Another address must be verified before anything is sent to it.</summary>
    public void Change(string url, string description, IReadOnlyCollection<string> eventTypes)
    {
        if (url != Url)
        {
            Become(WebhookStatus.Unverified);
        }

        (Url, Description, EventTypes) = (url, description, [.. eventTypes]);
        Version++;
    }

    /// <summary>Adds a secret to sign with; the one there was goes on signing beside it until the overlap ends.</summary>
    public Problem? AddSecret(WebhookSecret secret, TimeSpan overlap, DateTimeOffset now)
    {
        Secrets.RemoveAll(known => !known.IsValid(now));
        if (Secrets.Count >= ValidSecrets)
        {
            return PartnersProblems.WebhookTwoSecrets;
        }

        Secrets.ForEach(known => known.ExpireAt(now + overlap));
        Secrets.Add(secret);
        Version++;
        return null;
    }

    /// <summary>Destroys a secret at once; the last one stays, because nothing is sent unsigned.</summary>
    public Problem? RevokeSecret(Guid id, DateTimeOffset now)
    {
        if (Secrets.Find(known => known.Id == id && known.IsValid(now)) is not { } secret)
        {
            return PartnersProblems.WebhookSecretNotFound;
        }

        if (Secrets.Find(known => known.Id != id && known.IsValid(now)) is not { } other)
        {
            return PartnersProblems.WebhookLastSecret;
        }

        Secrets.Remove(secret);
        other.ExpireAt(null);
        Version++;
        return null;
    }

    /// <summary>Its receiver has returned the challenge: from now on events flow.</summary>
    public void Activate()
    {
        Become(WebhookStatus.Active);
        Version++;
    }

    public Decision<WebhookDisabled> Disable(string reason)
    {
        if (Status == WebhookStatus.Disabled)
        {
            return PartnersProblems.WebhookStatus;
        }

        Become(WebhookStatus.Disabled);
        DisabledReason = reason;
        Version++;
        EventVersion++;
        return new WebhookDisabled(Id, OrganisationId, reason);
    }

    /// <summary>What its organisation can do with it now, by the name of the path to post to.</summary>
    public IEnumerable<string> AllowedActions(DateTimeOffset now)
    {
        var valid = Secrets.Count(secret => secret.IsValid(now));
        if (valid < ValidSecrets)
        {
            yield return "secrets";
        }

        if (valid > 0 && Status is WebhookStatus.Unverified or WebhookStatus.Disabled)
        {
            yield return "verification";
        }

        if (Status != WebhookStatus.Disabled)
        {
            yield return "disablement";
        }

        if (IsSentTo)
        {
            yield return "replay";
        }
    }

    private void Become(WebhookStatus status)
    {
        Status = status;
        (FailingSince, DisabledReason, ConsecutiveFailures) = (null, null, 0);
    }
}

/// <summary>A secret that deliveries are signed with, sealed.</summary>
internal sealed class WebhookSecret
{
    private WebhookSecret()
    {
    }

    public Guid Id { get; private init; }

    public Guid WebhookId { get; private init; }

    public string SealedWith { get; private init; } = "";

    public byte[] Sealed { get; private init; } = [];

    public DateTimeOffset IssuedAt { get; private init; }

    /// <summary>Null for the one that was issued last.</summary>
    public DateTimeOffset? ExpiresAt { get; private set; }

    public static WebhookSecret Issue(Guid id, Guid webhook, string sealedWith, byte[] sealedSecret, DateTimeOffset now) =>
        new() { Id = id, WebhookId = webhook, SealedWith = sealedWith, Sealed = sealedSecret, IssuedAt = now };

    public bool IsValid(DateTimeOffset now) => ExpiresAt is not { } end || now < end;

    public void ExpireAt(DateTimeOffset? end) => ExpiresAt = end;
}

internal static class WebhookStatuses
{
    public static string Code(this WebhookStatus status) => status switch
    {
        WebhookStatus.Unverified => "unverified",
        WebhookStatus.Active => "active",
        WebhookStatus.Failing => "failing",
        WebhookStatus.Disabled => "disabled",
        _ => throw new ArgumentOutOfRangeException(nameof(status)),
    };
}
