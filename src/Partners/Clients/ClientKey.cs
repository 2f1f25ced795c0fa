namespace Soc.Partners.Clients;

/// <summary>From when to when a key is good, and for how long it overlaps with the one before it.</summary>
internal sealed record KeyTerms(DateTimeOffset NotBefore, DateTimeOffset ExpiresAt, TimeSpan Overlap);

/// <summary>One public key of a client: where need be proposed; then pending, active, retiring, and expired or revoked. A proposal can be withdrawn.</summary>
internal sealed class ClientKey
{
    private ClientKey()
    {
    }

    public ClientKey(ApiClient client, PublicKey key, KeyTerms terms, DateTimeOffset now, bool fromKeySet = false, string? proposedBy = null)
    {
        (ClientId, OrganisationId) = (client.Id, client.OrganisationId);
        KeyId = key.KeyId;
        Thumbprint = key.Thumbprint;
        SubjectPublicKeyInfo = key.SubjectPublicKeyInfo;
        RegisteredAt = now;
        NotBefore = terms.NotBefore;
        ExpiresAt = terms.ExpiresAt;
        FromKeySet = fromKeySet;
        (ProposedBy, ProposedOverlap) = (proposedBy, proposedBy is null ? null : terms.Overlap);
    }

    public string ClientId { get; private init; } = "";

    /// <summary>The client's organisation.</summary>
    public Guid OrganisationId { get; private init; }

    public string KeyId { get; private init; } = "";

    /// <summary>
    /// RFC 7638. Of an organisation's clients a key proves one; that another organisation has it too can be refused to nobody, for the refusal would tell of it.
    /// </summary>
    public string Thumbprint { get; private init; } = "";

    public byte[] SubjectPublicKeyInfo { get; private init; } = [];

    /// <summary>Whether it came with the client's key set, and leaves with it.</summary>
    public bool FromKeySet { get; private init; }

    public DateTimeOffset RegisteredAt { get; private init; }

    public DateTimeOffset NotBefore { get; private init; }

    public DateTimeOffset ExpiresAt { get; private init; }

    /// <summary>When it ends because another has followed it; null while none has.</summary>
    public DateTimeOffset? RetiresAt { get; private set; }

    public DateTimeOffset? RevokedAt { get; private set; }

    /// <summary>A code of the closed list.</summary>
    public string? RevokedFor { get; private set; }

    /// <summary>Who proposed it, while nobody else has approved it; null of a key that is good, or that needs no approval.</summary>
    public string? ProposedBy { get; private set; }

    /// <summary>The overlap that was proposed with it.</summary>
    public TimeSpan? ProposedOverlap { get; private set; }

    /// <summary>To the minute; written by <see cref="CredentialUse"/>.</summary>
    public DateTimeOffset? LastUsedAt { get; private init; }

    /// <summary>The last warning of its expiry was this many days before it.</summary>
    public int? WarnedDays { get; set; }

    public DateTimeOffset EndsAt => RetiresAt < ExpiresAt ? RetiresAt.Value : ExpiresAt;

    public bool HasEnded(DateTimeOffset now) => RevokedAt is not null || now >= EndsAt;

    /// <returns>For how long it was proposed that it overlaps with the one before it.</returns>
    public TimeSpan Approve()
    {
        var overlap = ProposedOverlap ?? TimeSpan.Zero;
        (ProposedBy, ProposedOverlap) = (null, null);
        return overlap;
    }

    public void Retire(DateTimeOffset at) => RetiresAt = RetiresAt < at ? RetiresAt : at;

    public void Revoke(string reason, DateTimeOffset now) => (RevokedAt, RevokedFor) = (now, reason);

    /// <summary>What a reader is told.</summary>
    public string StatusAt(DateTimeOffset now) =>
        RevokedAt is not null ? ProposedBy is null ? "revoked" : "withdrawn"
        : now >= EndsAt ? "expired"
        : ProposedBy is not null ? "proposed"
        : now < NotBefore ? "pending"
        : RetiresAt is not null ? "retiring"
        : "active";
}
