using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Soc.Partners.Tokens;

/// <summary>
/// A client's proof of who it is: a JWT signed with one of its registered keys (RFC 7523). Reading checks all that needs no key;
/// a reader gets nothing to use before <see cref="IsSignedWith"/> has said yes.
/// </summary>
internal sealed class ClientAssertion
{
    public const int LongestText = 4096;
    public const int LongestLifetimeSeconds = 60;
    private const int LongestId = 128;

    /// <summary>How far a client's clock may be ahead of ours where it dates its assertion.</summary>
    private const int ClockSkewSeconds = 10;

    /// <summary>RFC 7515 section 2: base64url without padding, line breaks or blanks, which the decoder alone would let pass.</summary>
    private static readonly SearchValues<char> Alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    private static readonly JsonSerializerOptions Strict = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        MaxDepth = 8,
    };

    private readonly byte[] signed;
    private readonly byte[] signature;

    private ClientAssertion(Header header, Claims claims, byte[] signed, byte[] signature)
    {
        (KeyId, ClientId, Jti) = (header.Kid, claims.Sub, claims.Jti);
        ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(claims.Exp);
        (this.signed, this.signature) = (signed, signature);
    }

    public string ClientId { get; }

    public string KeyId { get; }

    public string Jti { get; }

    public DateTimeOffset ExpiresAt { get; }

    /// <summary>Reads an assertion.</summary>
    /// <returns>The assertion, or the reason why it cannot be accepted whoever signed it.</returns>
    public static (ClientAssertion? Assertion, string? Refusal) Read(string text, string issuer, DateTimeOffset now)
    {
        var parts = text.Length <= LongestText && !text.AsSpan().ContainsAnyExcept(Alphabet) ? text.Split('.') : [];
        if (parts.Length != 3 || !TryDecode<Header>(parts[0], out var header) || !TryDecode<Claims>(parts[1], out var claims)
            || !Base64Url.IsValid(parts[2]) || !IsIdentifier(header.Kid) || !IsIdentifier(claims.Sub) || !IsIdentifier(claims.Jti))
        {
            return (null, "The client assertion must be a signed JWT of at most 4096 characters with the header members alg, kid and at most typ, "
                + "and the claims iss, sub, aud (one string), jti and exp; identifiers are 1 to 128 visible ASCII characters.");
        }

        var seconds = now.ToUnixTimeSeconds();
        var refusal =
            header.Alg != "ES256" ? "The client assertion must be signed with ES256."
            : header.Typ?.ToUpperInvariant() is not (null or "JWT" or "CLIENT-AUTHENTICATION+JWT") ? "The client assertion's typ must be JWT."
            : claims.Iss != claims.Sub ? "The client assertion's iss and sub must both be the client id."
            : claims.Aud != issuer ? "The client assertion's aud must be the issuer's identifier, as in its metadata."
            : claims.Exp <= seconds ? "The client assertion has expired."
            : claims.Exp > seconds + LongestLifetimeSeconds ? "The client assertion's exp must be at most 60 seconds ahead."
            : claims.Nbf > seconds + ClockSkewSeconds || claims.Iat > seconds + ClockSkewSeconds ? "The client assertion is dated in the future."
            : claims.Iat < seconds - LongestLifetimeSeconds ? "The client assertion is too old."
            : null;
        return refusal is null
            ? (new ClientAssertion(header, claims, Encoding.ASCII.GetBytes(text, 0, parts[0].Length + 1 + parts[1].Length), Base64Url.DecodeFromChars(parts[2])), null)
            : (null, refusal);
    }

    /// <summary>Whether the private half of this EC P-256 key signed it. The key decides the algorithm; the header was only held against it.</summary>
    public bool IsSignedWith(byte[] subjectPublicKeyInfo)
    {
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out _);
        return key.VerifyData(signed, signature, HashAlgorithmName.SHA256);
    }

    /// <summary>Whether this can be a client's id at all; nothing else is looked for in the database.</summary>
    public static bool IsIdentifier(string text) => text.Length is > 0 and <= LongestId && text.All(character => character is > ' ' and <= '~');

    private static bool TryDecode<T>(string part, [NotNullWhen(true)] out T? value)
        where T : class
    {
        try
        {
            value = Base64Url.IsValid(part) ? JsonSerializer.Deserialize<T>(Base64Url.DecodeFromChars(part), Strict) : null;
        }
        catch (JsonException)
        {
            value = null;
        }

        return value is not null;
    }

    /// <summary>No other member is accepted: crit would have to be understood, and jwk, jku, x5c and x5u are ways of bringing one's own key.</summary>
    [JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
    private sealed record Header(string Alg, string Kid, string? Typ = null);

    private sealed record Claims(string Iss, string Sub, string Aud, string Jti, long Exp, long? Iat = null, long? Nbf = null);
}
