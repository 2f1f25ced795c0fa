using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Soc.ServiceDefaults;

namespace Soc.Partners.Clients;

/// <summary>A public key that a client may sign with: EC P-256, and so ES256.</summary>
internal sealed partial record PublicKey(string KeyId, string Thumbprint, byte[] SubjectPublicKeyInfo)
{
    /// <summary>Reads a JSON Web Key. Members that it does not know are ignored, as RFC 7517 asks; a private key is refused as one.</summary>
    public static (PublicKey? Key, Problem? Refusal) Parse(JsonElement jwk)
    {
        try
        {
            return jwk.ValueKind != JsonValueKind.Object ? (null, PartnersProblems.ClientKey)
                : jwk.TryGetProperty("d", out _) ? (null, PartnersProblems.ClientPrivateKey)
                : ParseObject(jwk);
        }
        catch (Exception exception) when (exception is CryptographicException or InvalidOperationException)
        {
            // A point that is not on the curve, or a string that is not Unicode.
            return (null, PartnersProblems.ClientKey);
        }
    }

    private static (PublicKey? Key, Problem? Refusal) ParseObject(JsonElement jwk)
    {
        if (Text(jwk, "kty") != "EC" || Text(jwk, "crv") != "P-256" || Text(jwk, "use") is not (null or "sig") || Text(jwk, "alg") is not (null or "ES256")
            || Coordinate(jwk, "x") is not { } x || Coordinate(jwk, "y") is not { } y)
        {
            return (null, PartnersProblems.ClientKey);
        }

        var thumbprint = ThumbprintOf(x, y);
        var keyId = Text(jwk, "kid") ?? thumbprint;
        using var key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = x, Y = y } });
        return KeyIds().IsMatch(keyId) ? (new PublicKey(keyId, thumbprint, key.ExportSubjectPublicKeyInfo()), null) : (null, PartnersProblems.ClientKey);
    }

    /// <summary>The key of an existing key pair, known by its thumbprint.</summary>
    public static PublicKey Of(ECDsa pair)
    {
        var point = pair.ExportParameters(includePrivateParameters: false).Q;
        var thumbprint = ThumbprintOf(point.X!, point.Y!);
        return new PublicKey(thumbprint, thumbprint, pair.ExportSubjectPublicKeyInfo());
    }

    /// <summary>RFC 7638: SHA-256 of the required members in lexical order.</summary>
    private static string ThumbprintOf(byte[] x, byte[] y) => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(
        $$"""{"crv":"P-256","kty":"EC","x":"{{Base64Url.EncodeToString(x)}}","y":"{{Base64Url.EncodeToString(y)}}"}""")));

    private static string? Text(JsonElement jwk, string name) =>
        jwk.TryGetProperty(name, out var member) ? member.ValueKind == JsonValueKind.String ? member.GetString() : "" : null;

    private static byte[]? Coordinate(JsonElement jwk, string name)
    {
        var bytes = new byte[32];
        return Text(jwk, name) is { Length: 43 } text && Base64Url.IsValid(text) && Base64Url.DecodeFromChars(text, bytes) == bytes.Length ? bytes : null;
    }

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,128}\z")]
    private static partial Regex KeyIds();
}
