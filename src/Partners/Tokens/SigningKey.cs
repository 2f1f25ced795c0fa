namespace Soc.Partners.Tokens;

/// <summary>
/// A key pair that access tokens are signed with. The private half is sealed by the platform's key encryption. It is pending (published, so that whoever
/// checks tokens knows it before the first one comes), then it signs, then it is retired (published until the last token that it signed has expired), then it
/// is gone. The clock brings each about: every replica sees the same from the same row.
/// </summary>
internal sealed class SigningKey
{
    public required string KeyId { get; init; }

    public required byte[] SealedPrivateKey { get; init; }

    /// <summary>The id of the key-encryption key.</summary>
    public required string SealedWith { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>From when it signs, until one with a later instant does.</summary>
    public required DateTimeOffset SignsFrom { get; init; }

    /// <summary>When nothing that it signed can be good any more; null while none has been made to follow it.</summary>
    public DateTimeOffset? PublishedUntil { get; set; }

    public bool IsGone(DateTimeOffset now) => PublishedUntil <= now;
}
