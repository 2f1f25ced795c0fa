namespace Soc.Partners.Tokens;

/// <summary>A key pair that access tokens are signed with. The private half is sealed by the platform's key encryption.</summary>
internal sealed class SigningKey
{
    public required string KeyId { get; init; }

    public required byte[] SealedPrivateKey { get; init; }

    /// <summary>The id of the key-encryption key.</summary>
    public required string SealedWith { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}
