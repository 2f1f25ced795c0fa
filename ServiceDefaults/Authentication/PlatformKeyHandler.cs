using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Soc.ServiceDefaults;

/// <summary>The scheme by which processes of the platform know each other: a shared key in a header that the gateway removes from every request.</summary>
internal sealed class PlatformKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, IConfiguration configuration)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public new const string Scheme = "Platform";
    public const int ShortestKey = 16;

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var shown = Request.Headers[Policies.PlatformKeyHeader];
        if (shown.Count != 1 || configuration[Policies.PlatformKeySetting] is not { Length: >= ShortestKey } expected)
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        // Hashing both makes the comparison's duration independent of the key's length too.
        var equal = CryptographicOperations.FixedTimeEquals(Hash(shown.ToString()), Hash(expected));
        return Task.FromResult(equal
            ? AuthenticateResult.Success(new(new(new ClaimsIdentity([new Claim("sub", "platform")], Scheme)), Scheme))
            : AuthenticateResult.NoResult());
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
