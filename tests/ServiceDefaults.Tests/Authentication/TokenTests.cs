using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using Soc.Contracts;
using Soc.TestKit;

namespace Soc.ServiceDefaults.Tests.Authentication;

public sealed class TokenTests(TokenTests.Servers servers) : IClassFixture<TokenTests.Servers>
{
    private static readonly long Now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    /// <summary>What is wrong, and the token that has it.</summary>
    private static readonly Dictionary<string, Func<TestIssuer, string>> Forgeries = new()
    {
        ["alg none"] = issuer => Unsigned(issuer, "none"),
        ["alg None"] = issuer => Unsigned(issuer, "None"),
        ["alg none with the signature of another"] = issuer => new ForgedToken(issuer).WithHeader("alg", "none").Build(),
        ["no alg"] = issuer => new ForgedToken(issuer).WithHeader("alg", null).Build(),
        ["HS256 with the public key as secret"] = issuer => Hmac(issuer, issuer.Key.ECDsa.ExportSubjectPublicKeyInfo()),
        ["HS256 with the public key's text as secret"] = issuer => Hmac(issuer, System.Text.Encoding.ASCII.GetBytes(issuer.Key.ECDsa.ExportSubjectPublicKeyInfoPem())),
        ["RS256"] = issuer => Rsa(issuer, "RS256", RSASignaturePadding.Pkcs1),
        ["PS256 of a key that is not published"] = issuer => Rsa(issuer, "PS256", RSASignaturePadding.Pss),
        ["ES384 named, ES256 signed"] = issuer => new ForgedToken(issuer).WithHeader("alg", "ES384").Build(),
        ["another key under the known id"] = issuer => Foreign(new ForgedToken(issuer)),
        ["another key embedded as jwk"] = issuer => Foreign(new ForgedToken(issuer).WithHeader("jwk", new { kty = "EC", crv = "P-256", x = "AA", y = "AA" })),
        ["another key referred to by jku"] = issuer => Foreign(new ForgedToken(issuer).WithHeader("jku", "http://127.0.0.1:9/jwks.json").WithHeader("kid", "theirs")),
        ["another key referred to by x5u"] = issuer => Foreign(new ForgedToken(issuer).WithHeader("x5u", "http://127.0.0.1:9/cert").WithHeader("kid", "theirs")),
        ["unknown key id"] = issuer => new ForgedToken(issuer).WithHeader("kid", "no-such-key").Build(),
        ["no key id"] = issuer => new ForgedToken(issuer).WithHeader("kid", null).Build(),
        ["key id that walks folders"] = issuer => new ForgedToken(issuer).WithHeader("kid", "../../../../dev/null").Build(),
        ["key id with SQL"] = issuer => new ForgedToken(issuer).WithHeader("kid", "x' union select 'key' --").Build(),
        ["key id that is a number"] = issuer => new ForgedToken(issuer).WithHeader("kid", 1).Build(),
        ["typ JWT"] = issuer => new ForgedToken(issuer).WithHeader("typ", "JWT").Build(),
        ["no typ"] = issuer => new ForgedToken(issuer).WithHeader("typ", null).Build(),
        ["critical extension that nobody knows"] = issuer => new ForgedToken(issuer).WithHeader("crit", new[] { "b64" }).WithHeader("b64", false).Build(),
        ["another audience"] = issuer => new ForgedToken(issuer).With("aud", "another").Build(),
        ["no audience"] = issuer => new ForgedToken(issuer).With("aud", null).Build(),
        ["another issuer"] = issuer => new ForgedToken(issuer).With("iss", "http://127.0.0.1:9").Build(),
        ["issuer with a slash at its end"] = issuer => new ForgedToken(issuer).With("iss", issuer.Issuer + "/").Build(),
        ["no issuer"] = issuer => new ForgedToken(issuer).With("iss", null).Build(),
        ["expired"] = issuer => new ForgedToken(issuer).With("iat", Now - 400).With("exp", Now - 100).Build(),
        ["expired just beyond the skew"] = issuer => new ForgedToken(issuer).With("iat", Now - 300).With("exp", Now - 11).Build(),
        ["never expires"] = issuer => new ForgedToken(issuer).With("exp", null).Build(),
        ["lives longer than five minutes"] = issuer => new ForgedToken(issuer).With("exp", Now + 302).Build(),
        ["expiry beyond the end of time"] = issuer => new ForgedToken(issuer).With("exp", 99999999999999L).Build(),
        ["issued in the future"] = issuer => new ForgedToken(issuer).With("iat", Now + 60).With("exp", Now + 120).Build(),
        ["issued at no time"] = issuer => new ForgedToken(issuer).With("iat", null).Build(),
        ["not yet valid"] = issuer => new ForgedToken(issuer).With("nbf", Now + 61).Build(),
        ["no subject"] = issuer => new ForgedToken(issuer).With("sub", null).Build(),
        ["no client"] = issuer => new ForgedToken(issuer).With("client_id", null).Build(),
        ["no token id"] = issuer => new ForgedToken(issuer).With("jti", null).Build(),
        ["no organisation"] = issuer => new ForgedToken(issuer).With("org", null).Build(),
        ["organisation that is no id"] = issuer => new ForgedToken(issuer).With("org", "all").Build(),
        ["two organisations"] = issuer => new ForgedToken(issuer).With("org", new[] { Guid.NewGuid().ToString(), Guid.NewGuid().ToString() }).Build(),
        ["no scope"] = issuer => new ForgedToken(issuer).With("scope", null).Build(),
        ["repeated claim"] = issuer => Repeated(issuer, payload: "\"scope\":\"referrals.submit referrals.decide\"", header: null),
        ["repeated header member"] = issuer => Repeated(issuer, payload: null, header: "\"alg\":\"ES256\""),
        ["signature of zeros"] = issuer => new ForgedToken(issuer) { Sign = _ => new byte[64] }.Build(),
        ["signature in DER"] = issuer => new ForgedToken(issuer) { Sign = data => issuer.Key.ECDsa.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence) }.Build(),
        ["signature cut short"] = issuer => new ForgedToken(issuer).Build()[..^4],
        ["no signature"] = issuer => new ForgedToken(issuer) { Sign = _ => [] }.Build(),
        ["payload altered"] = issuer => Altered(issuer),
        ["five parts, encrypted"] = _ => "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIiwiemlwIjoiREVGIn0..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA",
        ["four parts"] = issuer => new ForgedToken(issuer).Build() + ".AAAA",
        ["payload that is an array"] = issuer => new ForgedToken(issuer).Build(JsonSerializer.Serialize(new ForgedToken(issuer).Header), "[]"),
        ["payload nested too deep"] = issuer => new ForgedToken(issuer).Build(JsonSerializer.Serialize(new ForgedToken(issuer).Header), new string('[', 500) + new string(']', 500)),
        ["oversized"] = issuer => new ForgedToken(issuer).With("filler", new string('x', 16_000)).Build(),
        ["not a token"] = _ => "rubbish",
        ["dots"] = _ => "..",
    };

    public static TheoryData<string> Names => [.. Forgeries.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_token_that_is_wrong_in_one_respect_is_refused_without_saying_which(string forgery)
    {
        var token = Forgeries[forgery](servers.Issuer);
        using var response = await servers.Service.GetAsync("/caller", header: "Bearer " + token);
        var body = await response.AssertProblemAsync(HttpStatusCode.Unauthorized, "access.token-invalid");
        Assert.Equal("Bearer error=\"invalid_token\"", response.Headers.WwwAuthenticate.Single().ToString());
        Assert.Equal(await servers.RefusalOfRubbishAsync(), body);
        Assert.DoesNotContain(servers.Service.Log.Lines, line => token.Length > 20 && line.Contains(token, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_hand_made_token_is_good_as_it_stands_and_names_its_caller()
    {
        using var response = await servers.Service.GetAsync("/caller", new ForgedToken(servers.Issuer).Build());
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains(ForgedToken.Organisation.ToString(), await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_signed_with_PS256_by_a_published_key_is_good()
    {
        var token = Rsa(servers.Issuer, "PS256", RSASignaturePadding.Pss);
        await using var other = await KeyServer.StartAsync(servers.Issuer);
        await using var service = await TestService.StartAsync(new Dictionary<string, string?>(servers.Issuer.Settings) { ["Authentication:Issuers:0:JwksUri"] = other.Address });
        other.Publish(TestKeys.Rsa, "rsa");
        using var response = await service.GetAsync("/caller", token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Two_authorization_headers_are_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/caller");
        var token = new ForgedToken(servers.Issuer).Build();
        request.Headers.TryAddWithoutValidation("Authorization", ["Bearer " + token, "Bearer " + token]);
        using var response = await servers.Service.Client.SendAsync(request, TestContext.Current.CancellationToken);
        await response.AssertProblemAsync(HttpStatusCode.Unauthorized, "access.token-invalid");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Basic dGVzdDp0ZXN0")]
    [InlineData("DPoP abc")]
    public async Task Without_a_bearer_token_the_answer_asks_for_one(string? header)
    {
        using var response = await servers.Service.GetAsync("/caller", header: header);
        await response.AssertProblemAsync(HttpStatusCode.Unauthorized, "access.token-missing");
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("referrals.submit.all")]
    [InlineData("referrals.submi")]
    [InlineData("REFERRALS.SUBMIT")]
    [InlineData("strategy.read")]
    public async Task A_good_token_without_the_scope_is_403(string scope)
    {
        using var response = await servers.Service.GetAsync("/caller", new ForgedToken(servers.Issuer).With("scope", scope).Build());
        await response.AssertProblemAsync(HttpStatusCode.Forbidden, "access.scope-missing");
    }

    [Fact]
    public async Task An_endpoint_whose_policy_was_forgotten_is_closed_to_everybody()
    {
        using var anonymous = await servers.Service.GetAsync("/forgotten");
        await anonymous.AssertProblemAsync(HttpStatusCode.Unauthorized, "access.token-missing");
        using var known = await servers.Service.GetAsync("/forgotten", servers.Issuer.Token(Guid.NewGuid(), "test-client", [.. Scopes.All]));
        await known.AssertProblemAsync(HttpStatusCode.Forbidden, "access.scope-missing");
    }

    [Fact]
    public async Task Internal_routes_are_for_the_platforms_key_only()
    {
        foreach (var key in (string[])["", "wrong", servers.Issuer.PlatformKey + "x", servers.Issuer.PlatformKey[..^1]])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/internal/list");
            request.Headers.TryAddWithoutValidation("X-Platform-Key", key);
            using var refused = await servers.Service.Client.SendAsync(request, TestContext.Current.CancellationToken);
            await refused.AssertProblemAsync(HttpStatusCode.Unauthorized, "access.platform-only");
        }

        using var withToken = await servers.Service.GetAsync("/internal/list", servers.Issuer.Token(Guid.NewGuid(), "test-client", [.. Scopes.All]));
        await withToken.AssertProblemAsync(HttpStatusCode.Unauthorized, "access.platform-only");
        using var good = new HttpRequestMessage(HttpMethod.Get, "/internal/list");
        good.Headers.Add("X-Platform-Key", servers.Issuer.PlatformKey);
        using var served = await servers.Service.Client.SendAsync(good, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
    }

    [Fact]
    public async Task The_platforms_key_is_no_token()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/caller");
        request.Headers.Add("X-Platform-Key", servers.Issuer.PlatformKey);
        using var response = await servers.Service.Client.SendAsync(request, TestContext.Current.CancellationToken);
        await response.AssertProblemAsync(HttpStatusCode.Unauthorized, "access.token-missing");
    }

    [Fact]
    public async Task A_new_key_is_found_by_its_first_token_and_unknown_keys_do_not_flood_the_issuer()
    {
        await using var keys = await KeyServer.StartAsync(servers.Issuer);
        await using var service = await TestService.StartAsync(new Dictionary<string, string?>(servers.Issuer.Settings) { ["Authentication:Issuers:0:JwksUri"] = keys.Address });
        for (var i = 0; i < 50; i++)
        {
            using var refused = await service.GetAsync("/caller", new ForgedToken(servers.Issuer).WithHeader("kid", $"unknown-{i}").Build());
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        Assert.InRange(keys.Reads, 1, 5);
        keys.Publish(TestKeys.Rsa, "rsa");
        await Eventually.TrueAsync(
            async () =>
            {
                using var response = await service.GetAsync("/caller", Rsa(servers.Issuer, "PS256", RSASignaturePadding.Pss));
                return response.IsSuccessStatusCode;
            },
            "the new key is found");
    }

    [Fact]
    public async Task While_the_issuers_keys_cannot_be_read_the_answer_is_503_and_not_401()
    {
        var settings = new Dictionary<string, string?>(servers.Issuer.Settings) { ["Authentication:Issuers:0:JwksUri"] = "http://127.0.0.1:9/jwks.json" };
        await using var service = await TestService.StartAsync(settings);
        using var response = await service.GetAsync("/caller", new ForgedToken(servers.Issuer).Build());
        await response.AssertProblemAsync(HttpStatusCode.ServiceUnavailable, "access.unavailable");
    }

    [Fact]
    public async Task A_token_of_a_key_that_cannot_be_looked_up_now_gets_503_and_one_of_a_known_key_goes_on()
    {
        var keys = await KeyServer.StartAsync(servers.Issuer);
        keys.Publish(TestKeys.Rsa, "rsa");
        await using var service = await TestService.StartAsync(new Dictionary<string, string?>(servers.Issuer.Settings) { ["Authentication:Issuers:0:JwksUri"] = keys.Address });
        using var known = await service.GetAsync("/caller", Rsa(servers.Issuer, "PS256", RSASignaturePadding.Pss));
        Assert.Equal(HttpStatusCode.OK, known.StatusCode);
        await keys.DisposeAsync();

        // Unknown keys are looked up every five seconds at most.
        await Eventually.TrueAsync(
            async () =>
            {
                using var next = await service.GetAsync("/caller", new ForgedToken(servers.Issuer).WithHeader("kid", "the-next-key").Build());
                return next.StatusCode == HttpStatusCode.ServiceUnavailable;
            },
            "the answer is 503");
        using var still = await service.GetAsync("/caller", Rsa(servers.Issuer, "PS256", RSASignaturePadding.Pss));
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
    }

    [Fact]
    public async Task A_key_that_was_published_before_it_signs_is_known_when_its_first_token_comes_whatever_the_issuer_does_then()
    {
        var keys = await KeyServer.StartAsync(servers.Issuer);
        await using var service = await TestService.StartAsync(new Dictionary<string, string?>(servers.Issuer.Settings)
        {
            ["Authentication:Issuers:0:JwksUri"] = keys.Address, ["Authentication:KeysReadEvery"] = "00:00:00.1",
        });
        using var first = await service.GetAsync("/caller", new ForgedToken(servers.Issuer).WithHeader("kid", "another").Build());
        Assert.Equal(HttpStatusCode.Unauthorized, first.StatusCode);
        keys.Publish(TestKeys.Rsa, "rsa");
        var before = keys.Reads;
        await Eventually.TrueAsync(() => Task.FromResult(keys.Reads > before + 2), "the set has been read since, and taken over");
        await keys.DisposeAsync();

        using var signed = await service.GetAsync("/caller", Rsa(servers.Issuer, "PS256", RSASignaturePadding.Pss));

        Assert.Equal(HttpStatusCode.OK, signed.StatusCode);
    }

    [Fact]
    public async Task A_key_set_with_weak_or_symmetric_keys_gives_none_of_them()
    {
        using var weak = RSA.Create(1024);
        await using var keys = await KeyServer.StartAsync(servers.Issuer);
        keys.Publish(weak, "rsa");
        keys.Publish(new { kty = "oct", kid = "oct", k = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" });
        await using var service = await TestService.StartAsync(new Dictionary<string, string?>(servers.Issuer.Settings) { ["Authentication:Issuers:0:JwksUri"] = keys.Address });
        var token = new ForgedToken(servers.Issuer) { Sign = data => weak.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pss) }.WithHeader("alg", "PS256").WithHeader("kid", "rsa").Build();
        using var response = await service.GetAsync("/caller", token);
        await response.AssertProblemAsync(HttpStatusCode.Unauthorized, "access.token-invalid");
    }

    [Fact]
    public async Task A_second_issuer_for_staff_is_trusted_with_its_own_names_for_the_claims()
    {
        await using var staff = await TestIssuer.StartAsync();
        await using var service = await TestService.StartAsync(new Dictionary<string, string?>(servers.Issuer.Settings)
        {
            ["Authentication:Issuers:1:Issuer"] = staff.Issuer,
            ["Authentication:Issuers:1:JwksUri"] = staff.Settings["Authentication:Issuers:0:JwksUri"],
            ["Authentication:Issuers:1:OrganisationClaim"] = "organisation",
            ["Authentication:Issuers:1:ClientClaim"] = "azp",
            ["Authentication:Issuers:1:ScopeClaim"] = "scp",
            ["Authentication:Issuers:1:TokenType"] = "JWT",
        });
        var token = new ForgedToken(staff).WithHeader("typ", "JWT").With("org", null).With("organisation", ForgedToken.Organisation.ToString())
            .With("client_id", null).With("azp", "staff-tool").With("scope", null).With("scp", Scopes.ReferralsSubmit).Build();
        using var response = await service.GetAsync("/caller", token);
        Assert.Contains("staff-tool", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        // Neither issuer's key signs for the other.
        using var crossed = await service.GetAsync("/caller", new ForgedToken(servers.Issuer) { Sign = data => staff.Key.ECDsa.SignData(data, HashAlgorithmName.SHA256) }.Build());
        await crossed.AssertProblemAsync(HttpStatusCode.Unauthorized, "access.token-invalid");
    }

    private static string Unsigned(TestIssuer issuer, string algorithm) =>
        new ForgedToken(issuer) { Sign = _ => [] }.WithHeader("alg", algorithm).Build();

    private static string Hmac(TestIssuer issuer, byte[] secret) =>
        new ForgedToken(issuer) { Sign = data => HMACSHA256.HashData(secret, data) }.WithHeader("alg", "HS256").Build();

    private static string Rsa(TestIssuer issuer, string algorithm, RSASignaturePadding padding) =>
        new ForgedToken(issuer) { Sign = data => TestKeys.Rsa.SignData(data, HashAlgorithmName.SHA256, padding) }.WithHeader("alg", algorithm).WithHeader("kid", "rsa").Build();

    private static string Foreign(ForgedToken token)
    {
        token.Sign = data => TestKeys.Foreign.SignData(data, HashAlgorithmName.SHA256);
        return token.Build();
    }

    private static string Repeated(TestIssuer issuer, string? payload, string? header)
    {
        var token = new ForgedToken(issuer);
        var (head, body) = (JsonSerializer.Serialize(token.Header), JsonSerializer.Serialize(token.Payload));
        return token.Build(header is null ? head : ForgedToken.Insert(head, header), payload is null ? body : ForgedToken.Insert(body, payload));
    }

    private static string Altered(TestIssuer issuer)
    {
        var parts = new ForgedToken(issuer).Build().Split('.');
        var payload = Base64UrlEncoder.Decode(parts[1]).Replace("referrals.submit", "referrals.submit referrals.decide", StringComparison.Ordinal);
        return $"{parts[0]}.{Base64UrlEncoder.Encode(payload)}.{parts[2]}";
    }

    private static class TestKeys
    {
        public static readonly RSA Rsa = RSA.Create(2048);
        public static readonly ECDsa Foreign = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    }

    /// <summary>The issuer's key set with further keys, counting how often it is read.</summary>
    private sealed class KeyServer(WebApplication app) : IAsyncDisposable
    {
        private readonly List<object> keys = [];
        private int reads;

        public int Reads => reads;

        public string Address => app.Urls.Single() + "/jwks.json";

        public static async Task<KeyServer> StartAsync(TestIssuer issuer)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var server = new KeyServer(builder.Build());
            server.Start(issuer);
            await server.StartedAsync();
            return server;
        }

        public void Publish(RSA key, string id)
        {
            var parameters = key.ExportParameters(includePrivateParameters: false);
            Publish(new { kty = "RSA", use = "sig", kid = id, n = Base64UrlEncoder.Encode(parameters.Modulus), e = Base64UrlEncoder.Encode(parameters.Exponent) });
        }

        public void Publish(object key) => keys.Add(key);

        public ValueTask DisposeAsync() => app.DisposeAsync();

        private void Start(TestIssuer issuer)
        {
            var point = issuer.Key.ECDsa.ExportParameters(includePrivateParameters: false).Q;
            Publish(new { kty = "EC", crv = "P-256", kid = "test-key-elsewhere", x = Base64UrlEncoder.Encode(point.X), y = Base64UrlEncoder.Encode(point.Y) });
            app.MapGet("/jwks.json", () =>
            {
                Interlocked.Increment(ref reads);
                return Results.Json(new { keys });
            });
        }

        private Task StartedAsync() => app.StartAsync();
    }

    public sealed class Servers : IAsyncLifetime
    {
        private string? refusal;

        public TestIssuer Issuer { get; private set; } = null!;

        public TestService Service { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Issuer = await TestIssuer.StartAsync();
            Service = await TestService.StartAsync(Issuer.Settings);
        }

        public async Task<string> RefusalOfRubbishAsync()
        {
            if (refusal is null)
            {
                using var response = await Service.GetAsync("/caller", "rubbish");
                refusal = await response.Content.ReadAsStringAsync();
            }

            return refusal;
        }

        public async ValueTask DisposeAsync()
        {
            await Service.DisposeAsync();
            await Issuer.DisposeAsync();
        }
    }
}
