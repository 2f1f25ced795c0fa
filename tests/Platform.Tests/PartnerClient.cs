using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Soc.Platform.Tests;

/// <summary>What a partner's own program is: a client id and a private key. It asks for tokens with private_key_jwt, as docs/integrating.md says.</summary>
internal sealed class PartnerClient(string clientId, string keyId, ECDsa key)
{
    /// <summary>A sample client, whose key the sample data wrote.</summary>
    public static async Task<PartnerClient> SampleAsync(string keysFolder, string name)
    {
        using var about = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(keysFolder, name + ".json")));
        var key = ECDsa.Create();
        key.ImportFromPem(await File.ReadAllTextAsync(Path.Combine(keysFolder, name + ".pem")));
        return new PartnerClient(
            about.RootElement.GetProperty("clientId").GetString()!, about.RootElement.GetProperty("keyId").GetString()!, key);
    }

    /// <summary>The public half of a key as a JSON Web Key.</summary>
    public static Dictionary<string, string> PublicJwk(ECDsa key, string keyId)
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return new()
        {
            ["kty"] = "EC", ["crv"] = "P-256", ["use"] = "sig", ["alg"] = "ES256", ["kid"] = keyId,
            ["x"] = Base64UrlEncoder.Encode(point.X), ["y"] = Base64UrlEncoder.Encode(point.Y),
        };
    }

    /// <summary>Asks the token endpoint and gives its answer as it is.</summary>
    public async Task<HttpResponseMessage> RequestTokenAsync(HttpClient gateway)
    {
        var metadata = await gateway.GetFromJsonAsync<JsonElement>("/partners/.well-known/oauth-authorization-server");
        var now = DateTime.UtcNow;
        var assertion = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = clientId,
            Audience = metadata.GetProperty("issuer").GetString(),
            IssuedAt = now,
            Expires = now.AddSeconds(50),
            Claims = new Dictionary<string, object> { ["sub"] = clientId, ["jti"] = Guid.NewGuid().ToString("N") },
            SigningCredentials = new SigningCredentials(new ECDsaSecurityKey(key) { KeyId = keyId }, SecurityAlgorithms.EcdsaSha256)
            {
                CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false },
            },
        });
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ["client_assertion"] = assertion,
        });
        return await gateway.PostAsync(new Uri("/partners/oauth/token", UriKind.Relative), form);
    }

    /// <summary>An access token.</summary>
    public async Task<string> TokenAsync(HttpClient gateway)
    {
        using var answer = await RequestTokenAsync(gateway);
        Assert.True(answer.IsSuccessStatusCode, $"{clientId}: {await answer.Content.ReadAsStringAsync()}");
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return body.GetProperty("access_token").GetString()!;
    }
}
