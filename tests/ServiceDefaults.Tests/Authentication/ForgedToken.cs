using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;
using Soc.Contracts;
using Soc.TestKit;

namespace Soc.ServiceDefaults.Tests.Authentication;

/// <summary>A token made by hand, so that anything about it may be wrong. As it stands it is a good one.</summary>
internal sealed class ForgedToken(TestIssuer issuer)
{
    public static readonly Guid Organisation = Guid.CreateVersion7();

    private static readonly long Now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    public Dictionary<string, object?> Header { get; } = new() { ["alg"] = "ES256", ["typ"] = "at+jwt", ["kid"] = issuer.Key.KeyId };

    public Dictionary<string, object?> Payload { get; } = new()
    {
        ["iss"] = issuer.Issuer,
        ["aud"] = TestIssuer.Audience,
        ["sub"] = "test-client",
        ["client_id"] = "test-client",
        ["org"] = Organisation.ToString(),
        ["scope"] = Scopes.ReferralsSubmit,
        ["jti"] = "one",
        ["iat"] = Now,
        ["exp"] = Now + 300,
    };

    /// <summary>Signs <c>header.payload</c>; the issuer's own key unless a test says otherwise.</summary>
    public Func<byte[], byte[]> Sign { get; set; } = data => issuer.Key.ECDsa.SignData(data, HashAlgorithmName.SHA256);

    public ForgedToken With(string claim, object? value) => Change(Payload, claim, value);

    public ForgedToken WithHeader(string name, object? value) => Change(Header, name, value);

    public string Build() => Build(JsonSerializer.Serialize(Header), JsonSerializer.Serialize(Payload));

    public string Build(string header, string payload)
    {
        var signed = Base64UrlEncoder.Encode(header) + "." + Base64UrlEncoder.Encode(payload);
        return signed + "." + Base64UrlEncoder.Encode(Sign(Encoding.ASCII.GetBytes(signed)));
    }

    public static string Insert(string json, string members) => json[..^1] + "," + members + "}";

    private ForgedToken Change(Dictionary<string, object?> part, string name, object? value)
    {
        part[name] = value;
        if (value is null)
        {
            part.Remove(name);
        }

        return this;
    }
}
