using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace Soc.ServiceDefaults;

/// <summary>
/// How the gateway tells a service which certificate a client connected with: its thumbprint and a code over it that only holders of the platform's key
/// can make. A header that anyone else sets is no certificate at all; where there is no key there are no certificates.
/// </summary>
/// <param name="configuration">Holds the platform's key.</param>
public sealed class CertificateVoucher(IConfiguration configuration)
{
    /// <summary>The header, on the way from the gateway to a service.</summary>
    public const string Header = "X-Platform-Client-Certificate";

    /// <summary>Keeps the code from being one for anything else that the platform's key may be used for.</summary>
    private const string Purpose = "client-certificate:";

    private readonly byte[]? key = configuration[Policies.PlatformKeySetting] is { Length: >= PlatformKeyHandler.ShortestKey } shared ? Encoding.UTF8.GetBytes(shared) : null;

    /// <summary>The header's value for a certificate that a known proxy has seen the client prove.</summary>
    /// <param name="certificate">The certificate in DER.</param>
    /// <returns>The value, or null where this process has no platform key.</returns>
    public string? Vouch(ReadOnlySpan<byte> certificate)
    {
        var thumbprint = Base64Url.EncodeToString(SHA256.HashData(certificate));
        return key is null ? null : $"{thumbprint}.{CodeOf(key, thumbprint)}";
    }

    /// <summary>The thumbprint (x5t#S256, RFC 8705) of the certificate that the client connected with.</summary>
    /// <param name="request">The request.</param>
    /// <returns>The thumbprint, or null where the gateway vouches for none.</returns>
    public string? Presented(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return key is not null && request.Headers[Header] is [{ } value] && value.Split('.') is [{ Length: > 0 } thumbprint, var code]
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(code), Encoding.UTF8.GetBytes(CodeOf(key, thumbprint)))
            ? thumbprint
            : null;
    }

    private static string CodeOf(byte[] key, string thumbprint) => Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(Purpose + thumbprint)));
}
