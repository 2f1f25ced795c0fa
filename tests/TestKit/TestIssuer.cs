using System.Collections.Concurrent;
using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Soc.TestKit;

/// <summary>A token issuer that a service under test is configured to trust, with a list of cut-offs that the test controls.</summary>
public sealed class TestIssuer : IAsyncDisposable
{
    /// <summary>The audience of every token.</summary>
    public const string Audience = "soc-platform";

    private readonly WebApplication app;
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> cutOffs = new();

    private TestIssuer(WebApplication app) => this.app = app;

    /// <summary>The key that signs; its public half is in the published set.</summary>
    public ECDsaSecurityKey Key { get; } = new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = "test-key" };

    /// <summary>What processes of the platform show each other.</summary>
    public string PlatformKey { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));

    /// <summary>The issuer's name and address.</summary>
    public string Issuer => app.Urls.Single();

    /// <summary>What a service needs to trust this issuer.</summary>
    public IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["Authentication:Audience"] = Audience,
        ["Authentication:Issuers:0:Issuer"] = Issuer,
        ["Authentication:Issuers:0:JwksUri"] = Issuer + "/jwks.json",
        ["CutOffs:Uri"] = Issuer + "/cut-offs",
        ["Platform:InternalKey"] = PlatformKey,
    };

    /// <summary>Starts it on a free port of the loopback address.</summary>
    public static async Task<TestIssuer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var issuer = new TestIssuer(builder.Build());
        issuer.app.MapGet("/jwks.json", () => Results.Json(new { keys = new[] { issuer.PublicJwk() } }));
        issuer.app.MapGet("/cut-offs", (HttpRequest request) => request.Headers["X-Platform-Key"] == issuer.PlatformKey
            ? Results.Json(issuer.cutOffs.Select(cutOff => new { organisation = cutOff.Key, notBefore = cutOff.Value }))
            : Results.Unauthorized());
        await issuer.app.StartAsync();
        return issuer;
    }

    /// <summary>Cuts an organisation off: its tokens issued until now are refused at the service's next look.</summary>
    public void CutOff(Guid organisation) => cutOffs[organisation] = DateTimeOffset.UtcNow;

    /// <summary>A token of five minutes.</summary>
    public string Token(Guid organisation, string actor, params string[] scopes) => Token(organisation, actor, null, scopes);

    /// <summary>A token of five minutes that is bound to the certificate with this thumbprint (RFC 8705).</summary>
    public string BoundToken(string thumbprint, Guid organisation, string actor, params string[] scopes) => Token(organisation, actor, thumbprint, scopes);

    private string Token(Guid organisation, string actor, string? thumbprint, string[] scopes) => new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
    {
        Issuer = Issuer,
        Audience = Audience,
        TokenType = "at+jwt",
        IssuedAt = DateTime.UtcNow,
        Expires = DateTime.UtcNow.AddMinutes(5),
        Subject = new ClaimsIdentity(
        [
            new Claim("sub", actor), new Claim("client_id", actor), new Claim("org", organisation.ToString()),
            new Claim("scope", string.Join(' ', scopes)), new Claim("jti", Guid.NewGuid().ToString("N")),
        ]),
        Claims = thumbprint is null ? null : new Dictionary<string, object> { ["cnf"] = new Dictionary<string, object> { ["x5t#S256"] = thumbprint } },
        SigningCredentials = new SigningCredentials(Key, SecurityAlgorithms.EcdsaSha256),
    });

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private Dictionary<string, string> PublicJwk()
    {
        var point = Key.ECDsa.ExportParameters(includePrivateParameters: false).Q;
        return new Dictionary<string, string>
        {
            ["kty"] = "EC",
            ["crv"] = "P-256",
            ["use"] = "sig",
            ["alg"] = "ES256",
            ["kid"] = Key.KeyId,
            ["x"] = Base64UrlEncoder.Encode(point.X),
            ["y"] = Base64UrlEncoder.Encode(point.Y),
        };
    }
}
