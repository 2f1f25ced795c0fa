using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Soc.Partners.Clients;

/// <summary>
/// A secret of a sandbox client. Only its salted hash is kept, and only its maker ever sees it. It is 256 bits of the system's random numbers, so nobody finds it
/// by trying, however fast the hash is: PBKDF2's iterations are few because more of them would serve those who want to keep this service busy.
/// </summary>
internal sealed class ClientSecret
{
    /// <summary>Lets whoever searches code and logs for leaked secrets find ours.</summary>
    public const string Prefix = "soc_sandbox_";

    private const int Iterations = 10_000;
    private const int Size = 32;

    private ClientSecret()
    {
    }

    public Guid Id { get; private init; }

    public string ClientId { get; private init; } = "";

    public byte[] Salt { get; private init; } = [];

    public byte[] Hash { get; private init; } = [];

    public DateTimeOffset CreatedAt { get; private init; }

    public DateTimeOffset ExpiresAt { get; private init; }

    public DateTimeOffset? RevokedAt { get; private set; }

    /// <summary>A code of the closed list.</summary>
    public string? RevokedFor { get; private set; }

    /// <summary>To the minute; written by <see cref="CredentialUse"/>.</summary>
    public DateTimeOffset? LastUsedAt { get; private init; }

    /// <summary>The last warning of its expiry was this many days before it.</summary>
    public int? WarnedDays { get; set; }

    /// <summary>Makes a secret.</summary>
    /// <returns>What is kept of it, and the secret itself for the one answer that shows it.</returns>
    public static (ClientSecret Kept, string Shown) New(string clientId, TimeSpan lifetime, DateTimeOffset now)
    {
        var shown = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Size));
        var salt = RandomNumberGenerator.GetBytes(16);
        return (new ClientSecret
        {
            Id = Guid.CreateVersion7(now),
            ClientId = clientId,
            Salt = salt,
            Hash = HashOf(shown, salt),
            CreatedAt = now,
            ExpiresAt = now + lifetime,
        }, shown);
    }

    /// <summary>Whether the text is the secret that left this salt and hash; takes the same time either way.</summary>
    public static bool Matches(string text, byte[] salt, byte[] hash) => CryptographicOperations.FixedTimeEquals(HashOf(text, salt), hash);

    public bool HasEnded(DateTimeOffset now) => RevokedAt is not null || now >= ExpiresAt;

    public void Revoke(string reason, DateTimeOffset now) => (RevokedAt, RevokedFor) = (now, reason);

    /// <summary>What a reader is told.</summary>
    public string StatusAt(DateTimeOffset now) => RevokedAt is not null ? "revoked" : now >= ExpiresAt ? "expired" : "active";

    private static byte[] HashOf(string text, byte[] salt) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(text), salt, Iterations, HashAlgorithmName.SHA256, Size);
}
