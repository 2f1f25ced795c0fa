using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Soc.Contracts;
using Soc.Partners.Tokens;

namespace Soc.Partners.Tests;

public sealed class TokenTests(PartnersService service)
{
    /// <summary>Everything that makes a good assertion a bad one: what is changed, and how.</summary>
    private static readonly Dictionary<string, Func<PartnersService, Partner, string>> Attacks = new()
    {
        ["alg none, without a signature"] = (service, partner) => Unsigned(service.Assertion(partner, header: head => head["alg"] = "none")),
        ["alg None, with the signature"] = (service, partner) => service.Assertion(partner, header: head => head["alg"] = "None"),
        ["alg is missing"] = (service, partner) => service.Assertion(partner, header: head => head.Remove("alg")),
        ["alg HS256 with the public key as secret"] = (service, partner) => Hmac(service.Assertion(partner, header: head => head["alg"] = "HS256"), partner),
        ["alg ES256 but an HMAC with the public key"] = (service, partner) => Hmac(service.Assertion(partner), partner),
        ["alg ES384"] = (service, partner) => service.Assertion(partner, header: head => head["alg"] = "ES384"),
        ["alg RS256"] = (service, partner) => service.Assertion(partner, header: head => head["alg"] = "RS256"),
        ["kid is missing"] = (service, partner) => service.Assertion(partner, header: head => head.Remove("kid")),
        ["kid is a path"] = (service, partner) => service.Assertion(partner, header: head => head["kid"] = "../../../dev/null"),
        ["kid is SQL"] = (service, partner) => service.Assertion(partner, header: head => head["kid"] = "x' union select 1 --"),
        ["kid is a number"] = (service, partner) => service.Assertion(partner, header: head => head["kid"] = 1),
        ["kid is empty"] = (service, partner) => service.Assertion(partner, header: head => head["kid"] = ""),
        ["kid holds a NUL"] = (service, partner) => service.Assertion(partner, header: head => head["kid"] = partner.KeyId + "\0"),
        ["header brings its own jwk"] = (service, partner) => Foreign(service, partner, head => head["jwk"] = PartnersService.Jwk(partner.Key)),
        ["header points to a jku"] = (service, partner) => Foreign(service, partner, head => head["jku"] = "http://127.0.0.1/jwks.json"),
        ["header points to an x5u"] = (service, partner) => Foreign(service, partner, head => head["x5u"] = "http://127.0.0.1/cert"),
        ["header brings its own certificate"] = (service, partner) => Foreign(service, partner, head => head["x5c"] = new[] { "MIIB" }),
        ["alg es256 in small letters"] = (service, partner) => service.Assertion(partner, header: head => head["alg"] = "es256"),
        ["alg PS256"] = (service, partner) => service.Assertion(partner, header: head => head["alg"] = "PS256"),
        ["alg is an array"] = (service, partner) => service.Assertion(partner, header: head => head["alg"] = new[] { "ES256" }),
        ["kid of a client that does not exist"] = (service, partner) => service.Assertion(partner, header: head => head["kid"] = "another-clients-key"),
        ["kid with a line break"] = (service, partner) => service.Assertion(partner, header: head => head["kid"] = partner.KeyId + "\r\nX: y"),
        ["kid in another letter case"] = (service, partner) => service.Assertion(partner, header: head => head["kid"] = partner.KeyId.ToUpperInvariant() + "x"),
        ["header member twice"] = (service, partner) => PartnersService.Jws(
            $$"""{"alg":"none","alg":"ES256","kid":"{{partner.KeyId}}"}""", Payload(service.Assertion(partner)), data => partner.Key.SignData(data, HashAlgorithmName.SHA256)),
        ["compressed"] = (service, partner) => service.Assertion(partner, header: head => head["zip"] = "DEF"),
        ["nested, as if its content were a JWT"] = (service, partner) => service.Assertion(partner, header: head => head["cty"] = "JWT"),
        ["unencoded payload"] = (service, partner) => service.Assertion(partner, header: head => head["b64"] = false),
        ["encrypted instead of signed"] = (service, partner) => service.Assertion(partner, header: head => (head["alg"], head["enc"]) = ("dir", "A256GCM")),
        ["header holds crit"] = (service, partner) => service.Assertion(partner, header: head => head["crit"] = new[] { "b64" }),
        ["typ of an access token"] = (service, partner) => service.Assertion(partner, header: head => head["typ"] = "at+jwt"),
        ["signed with a foreign key"] = (service, partner) => Foreign(service, partner),
        ["no signature"] = (service, partner) => Unsigned(service.Assertion(partner)),
        ["signature of r = s = 0"] = (service, partner) => Unsigned(service.Assertion(partner)) + new string('A', 86),
        ["signature of DER form"] = (service, partner) => Resigned(service.Assertion(partner), partner, DSASignatureFormat.Rfc3279DerSequence),
        ["signature of zeros but one"] = (service, partner) => Unsigned(service.Assertion(partner)) + new string('A', 85) + "Q",
        ["signature cut short"] = (service, partner) => service.Assertion(partner)[..^4],
        ["signature with more behind it"] = (service, partner) => service.Assertion(partner) + "AAAA",
        ["signature padded"] = (service, partner) => service.Assertion(partner) + "==",
        ["signature with a blank in it"] = (service, partner) => service.Assertion(partner).Insert(service.Assertion(partner).LastIndexOf('.') + 9, " "),
        ["a blank before it"] = (service, partner) => " " + service.Assertion(partner),
        ["payload changed after signing"] = (service, partner) => Altered(service.Assertion(partner)),
        ["two parts"] = (service, partner) => string.Join('.', service.Assertion(partner).Split('.')[..2]),
        ["four parts"] = (service, partner) => service.Assertion(partner) + ".x",
        ["five parts, as if encrypted"] = (service, partner) => service.Assertion(partner) + ".x.y",
        ["not base64url"] = (_, _) => "#.#.#",
        ["not JSON"] = (_, partner) => PartnersService.Jws("{", "}", data => partner.Key.SignData(data, HashAlgorithmName.SHA256)),
        ["JSON null"] = (_, partner) => PartnersService.Jws("null", "null", data => partner.Key.SignData(data, HashAlgorithmName.SHA256)),
        ["deeply nested"] = (_, partner) => PartnersService.Jws(
            new string('[', 400) + new string(']', 400), "{}", data => partner.Key.SignData(data, HashAlgorithmName.SHA256)),
        ["a claim twice"] = (service, partner) => Twice(service, partner),
        ["another client's name"] = (service, partner) => service.Assertion(partner, claims => (claims["iss"], claims["sub"]) = ("other", "other")),
        ["iss is not sub"] = (service, partner) => service.Assertion(partner, claims => claims["iss"] = "someone-else"),
        ["sub holds a NUL"] = (service, partner) => service.Assertion(partner, claims => (claims["iss"], claims["sub"]) = ("a\0", "a\0")),
        ["aud is another service"] = (service, partner) => service.Assertion(partner, claims => claims["aud"] = "https://elsewhere.example/partners"),
        ["aud is the token endpoint"] = (service, partner) => service.Assertion(partner, claims => claims["aud"] = service.Host.Issuer.Issuer + "/oauth/token"),
        ["aud with another letter case"] = (service, partner) => service.Assertion(partner, claims => claims["aud"] = service.Host.Issuer.Issuer.ToUpperInvariant()),
        ["aud is an array"] = (service, partner) => service.Assertion(partner, claims => claims["aud"] = new[] { service.Host.Issuer.Issuer, "https://elsewhere.example" }),
        ["aud is missing"] = (service, partner) => service.Assertion(partner, claims => claims.Remove("aud")),
        ["jti is missing"] = (service, partner) => service.Assertion(partner, claims => claims.Remove("jti")),
        ["jti is empty"] = (service, partner) => service.Assertion(partner, claims => claims["jti"] = ""),
        ["jti is too long"] = (service, partner) => service.Assertion(partner, claims => claims["jti"] = new string('a', 129)),
        ["jti holds a NUL"] = (service, partner) => service.Assertion(partner, claims => claims["jti"] = "a\0b"),
        ["jti is a number"] = (service, partner) => service.Assertion(partner, claims => claims["jti"] = 1),
        ["sub is missing"] = (service, partner) => service.Assertion(partner, claims => claims.Remove("sub")),
        ["iss is missing"] = (service, partner) => service.Assertion(partner, claims => claims.Remove("iss")),
        ["exp is a fraction"] = (service, partner) => service.Assertion(partner, claims => claims["exp"] = Now + 20.5),
        ["exp is missing"] = (service, partner) => service.Assertion(partner, claims => claims.Remove("exp")),
        ["exp is text"] = (service, partner) => service.Assertion(partner, claims => claims["exp"] = "9999999999"),
        ["exp is immense"] = (service, partner) => service.Assertion(partner, claims => claims["exp"] = long.MaxValue),
        ["exp is negative"] = (service, partner) => service.Assertion(partner, claims => claims["exp"] = long.MinValue),
        ["expired"] = (service, partner) => service.Assertion(partner, claims => claims["exp"] = Now),
        ["valid for too long"] = (service, partner) => service.Assertion(partner, claims => claims["exp"] = Now + 65),
        ["not yet valid"] = (service, partner) => service.Assertion(partner, claims => claims["nbf"] = Now + 20),
        ["issued in the future"] = (service, partner) => service.Assertion(partner, claims => claims["iat"] = Now + 20),
        ["issued long ago"] = (service, partner) => service.Assertion(partner, claims => claims["iat"] = Now - 3600),
        ["larger than 4096 characters"] = (service, partner) => service.Assertion(partner, claims => claims["extra"] = new string('a', 4096)),
    };

    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    public static TheoryData<string> EveryAttack => [.. Attacks.Keys];

    [Theory]
    [MemberData(nameof(EveryAttack))]
    public async Task A_spoilt_assertion_is_refused(string attack)
    {
        var partner = await Shared();

        var refused = await service.TokenAsync(Attacks[attack](service, partner));

        refused.Expect(HttpStatusCode.Unauthorized, "invalid_client");
        Assert.Equal("no-store", refused.Headers["Cache-Control"]);
        Assert.False(string.IsNullOrEmpty(refused.Body.GetProperty("error_description").GetString()));
    }

    [Fact]
    public async Task The_assertion_that_the_attacks_spoil_is_good_and_so_are_its_permitted_variants()
    {
        var partner = await Shared();

        (await service.TokenAsync(partner)).Expect(HttpStatusCode.OK);
        (await service.TokenAsync(service.Assertion(partner, header: head => head.Remove("typ")))).Expect(HttpStatusCode.OK);
        (await service.TokenAsync(service.Assertion(partner, header: head => head["typ"] = "client-authentication+jwt"))).Expect(HttpStatusCode.OK);
        (await service.TokenAsync(service.Assertion(partner, claims => claims.Remove("iat")))).Expect(HttpStatusCode.OK);
        (await service.TokenAsync(service.Assertion(partner, claims => (claims["nbf"], claims["extra"]) = (Now, 1)))).Expect(HttpStatusCode.OK);
        (await service.TokenAsync(partner, ("client_id", partner.ClientId))).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_key_of_one_client_does_not_prove_another()
    {
        var (one, other) = (await service.LiveAsync(), await service.LiveAsync());

        (await service.TokenAsync(service.Assertion(one, header: head => head["kid"] = other.KeyId, key: other.Key))).Expect(HttpStatusCode.Unauthorized, "invalid_client");
        (await service.TokenAsync(service.Assertion(one, key: other.Key))).Expect(HttpStatusCode.Unauthorized, "invalid_client");
        (await service.TokenAsync(one, ("client_id", other.ClientId))).Expect(HttpStatusCode.Unauthorized, "invalid_client");
    }

    [Fact]
    public async Task An_unknown_client_and_a_wrong_key_get_the_same_answer()
    {
        var partner = await Shared();
        using var foreign = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var wrongKey = await service.TokenAsync(service.Assertion(partner, key: foreign));
        var unknown = await service.TokenAsync(service.Assertion(partner with { ClientId = "nobody" }));

        Assert.Equal((wrongKey.Status, wrongKey.Text), (unknown.Status, unknown.Text));
    }

    [Fact]
    public async Task An_assertion_replayed_two_hundred_times_at_once_is_accepted_exactly_once()
    {
        var assertion = service.Assertion(await service.LiveAsync());

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => service.TokenAsync(assertion)));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer => answer.Expect(HttpStatusCode.Unauthorized, "invalid_client"));
    }

    /// <summary>(r, n - s) is a signature of the same text by the same key: a replay would look new to whoever remembers signatures.</summary>
    [Fact]
    public async Task A_used_assertion_is_refused_with_the_other_form_of_its_signature_too()
    {
        var partner = await service.LiveAsync();
        var assertion = service.Assertion(partner);
        var signature = System.Buffers.Text.Base64Url.DecodeFromChars(assertion.Split('.')[2]);
        var order = new System.Numerics.BigInteger(Convert.FromHexString("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551"), isUnsigned: true, isBigEndian: true);
        var other = (order - new System.Numerics.BigInteger(signature.AsSpan(32), isUnsigned: true, isBigEndian: true)).ToByteArray(isUnsigned: true, isBigEndian: true);
        signature.AsSpan(32).Clear();
        other.CopyTo(signature.AsSpan(64 - other.Length));

        (await service.TokenAsync(assertion)).Expect(HttpStatusCode.OK);
        var replayed = (await service.TokenAsync(Unsigned(assertion) + System.Buffers.Text.Base64Url.EncodeToString(signature))).Expect(HttpStatusCode.Unauthorized, "invalid_client");

        Assert.Contains("used before", replayed.Body.GetProperty("error_description").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scope_narrows_a_token_and_cannot_widen_it()
    {
        var partner = await service.LiveAsync();

        var narrowed = (await service.TokenAsync(partner, ("scope", Scopes.ReferralsSubmit))).Expect(HttpStatusCode.OK);
        var refused = (await service.TokenAsync(partner, ("scope", $"{Scopes.ReferralsSubmit} {Scopes.ReferralsDecide}"))).Expect(HttpStatusCode.BadRequest, "invalid_scope");

        Assert.Equal(Scopes.ReferralsSubmit, narrowed.Body.GetProperty("scope").GetString());
        Assert.EndsWith(
            $"{Scopes.OrganisationsRead} {Scopes.ReferralsSubmit} {Scopes.ReferralsUpdates}", refused.Body.GetProperty("error_description").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_is_not_one_gets_the_error_of_the_standard()
    {
        var assertion = service.Assertion(await service.LiveAsync());

        (await service.TokenFormAsync()).Expect(HttpStatusCode.BadRequest, "invalid_request");
        (await service.TokenFormAsync(("grant_type", "password"))).Expect(HttpStatusCode.BadRequest, "unsupported_grant_type");
        (await service.TokenFormAsync(("grant_type", "client_credentials"))).Expect(HttpStatusCode.Unauthorized, "invalid_client");
        (await service.TokenFormAsync(("grant_type", "client_credentials"), ("client_id", "x"), ("client_secret", "y"))).Expect(HttpStatusCode.Unauthorized, "invalid_client");
        (await service.TokenFormAsync(("grant_type", "client_credentials"), ("client_assertion", assertion), ("client_assertion_type", "other"))).Expect(HttpStatusCode.Unauthorized, "invalid_client");
        (await service.TokenAsync(assertion, ("grant_type", "client_credentials"))).Expect(HttpStatusCode.BadRequest, "invalid_request");
        (await service.TokenAsync(assertion, ("padding", new string('a', 17 * 1024)))).Expect(HttpStatusCode.BadRequest, "invalid_request");
        using var json = new StringContent("{}", Encoding.UTF8, "application/json");
        (await service.Host.Anonymous.SendAsync("/partners/oauth/token", json)).Expect(HttpStatusCode.BadRequest, "invalid_request");
        using var multipart = new MultipartFormDataContent { { new StringContent("client_credentials"), "grant_type" } };
        (await service.Host.Anonymous.SendAsync("/partners/oauth/token", multipart)).Expect(HttpStatusCode.BadRequest, "invalid_request");
        (await service.Host.Anonymous.SendAsync("/partners/oauth/token", null)).Expect(HttpStatusCode.BadRequest, "invalid_request");
    }

    [Fact]
    public async Task An_organisation_that_is_not_live_gets_tokens_only_for_what_it_does_about_itself()
    {
        var organisation = await service.ApprovedAsync();
        var reader = await service.ClientAsync(organisation, Scopes.OrganisationsRead);
        var administrator = await service.ClientAsync(organisation, Scopes.OrganisationsRead, Scopes.OrganisationAdminister);

        (await service.TokenAsync(reader)).Expect(HttpStatusCode.BadRequest, "invalid_scope");
        var granted = (await service.TokenAsync(administrator)).Expect(HttpStatusCode.OK);

        Assert.Equal(Scopes.OrganisationAdminister, granted.Body.GetProperty("scope").GetString());
    }

    [Fact]
    public async Task The_metadata_names_what_there_is_and_the_keys_are_public_only()
    {
        var metadata = (await service.Host.Anonymous.ReadAsync("/partners/.well-known/oauth-authorization-server")).Expect(HttpStatusCode.OK).Body;
        var keys = (await service.Host.Anonymous.ReadAsync("/partners/.well-known/jwks.json")).Expect(HttpStatusCode.OK);

        Assert.Equal(service.Host.Issuer.Issuer, metadata.GetProperty("issuer").GetString());
        Assert.Equal(service.Host.Issuer.Issuer + "/oauth/token", metadata.GetProperty("token_endpoint").GetString());
        Assert.Equal(service.Host.Issuer.Issuer + "/.well-known/jwks.json", metadata.GetProperty("jwks_uri").GetString());
        Assert.Equal(
            ["private_key_jwt", "client_secret_basic", "client_secret_post"],
            metadata.GetProperty("token_endpoint_auth_methods_supported").EnumerateArray().Select(method => method.GetString()));
        Assert.Equal(["client_credentials"], metadata.GetProperty("grant_types_supported").EnumerateArray().Select(grant => grant.GetString()));
        Assert.True(metadata.GetProperty("tls_client_certificate_bound_access_tokens").GetBoolean());
        Assert.Equal(Scopes.All, metadata.GetProperty("scopes_supported").EnumerateArray().Select(scope => scope.GetString()));
        Assert.Equal("ES256", Assert.Single(metadata.GetProperty("token_endpoint_auth_signing_alg_values_supported").EnumerateArray()).GetString());
        var key = Assert.Single(keys.Body.GetProperty("keys").EnumerateArray());
        Assert.Equal(["alg", "crv", "kid", "kty", "use", "x", "y"], key.EnumerateObject().Select(member => member.Name).Order());
    }

    [Fact]
    public async Task The_signing_key_is_sealed_in_the_database_and_no_token_or_assertion_is_kept_or_logged()
    {
        var partner = await service.LiveAsync();
        var assertion = service.Assertion(partner);
        var token = (await service.TokenAsync(assertion)).Expect(HttpStatusCode.OK).Body.GetProperty("access_token").GetString()!;

        var sealedKey = Convert.FromHexString(Assert.Single(await service.QueryAsync("select encode(sealed_private_key, 'hex') from signing_key")));

        using var pair = ECDsa.Create();
        Assert.Throws<CryptographicException>(() => pair.ImportPkcs8PrivateKey(sealedKey, out _));
        Assert.DoesNotContain(service.Host.Logs, line => line.Contains(token, StringComparison.Ordinal) || line.Contains(assertion, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Used_assertions_are_forgotten_when_they_have_been_expired_for_a_while()
    {
        await service.QueryAsync("insert into used_assertion values ('old', 'old-1', now() - interval '6 minutes'), ('old', 'old-2', now() - interval '4 minutes')");

        await service.DoDueWorkAsync<UsedAssertionPurge>();

        Assert.Equal(["old-2"], await service.QueryAsync("select jti from used_assertion where client_id = 'old'"));
    }

    private static string Unsigned(string assertion) => assertion[..(assertion.LastIndexOf('.') + 1)];

    private static string Payload(string assertion) => Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(assertion.Split('.')[1]));

    private static string Foreign(PartnersService service, Partner partner, Action<Dictionary<string, object>>? header = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return service.Assertion(partner, null, header, key);
    }

    private static string Hmac(string assertion, Partner partner)
    {
        var signed = Unsigned(assertion)[..^1];
        return $"{signed}.{System.Buffers.Text.Base64Url.EncodeToString(HMACSHA256.HashData(partner.Key.ExportSubjectPublicKeyInfo(), Encoding.ASCII.GetBytes(signed)))}";
    }

    private static string Resigned(string assertion, Partner partner, DSASignatureFormat format)
    {
        var signed = Unsigned(assertion)[..^1];
        return $"{signed}.{System.Buffers.Text.Base64Url.EncodeToString(partner.Key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, format))}";
    }

    private static string Altered(string assertion)
    {
        var parts = assertion.Split('.');
        var claims = Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(parts[1])).Replace("\"jti\":\"", "\"jti\":\"x", StringComparison.Ordinal);
        return $"{parts[0]}.{System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}.{parts[2]}";
    }

    private static string Twice(PartnersService service, Partner partner) => PartnersService.Jws(
        JsonSerializer.Serialize(new { alg = "ES256", kid = partner.KeyId }),
        $$"""{"iss":"{{partner.ClientId}}","sub":"someone","sub":"{{partner.ClientId}}","aud":"{{service.Host.Issuer.Issuer}}","jti":"{{Guid.NewGuid():N}}","exp":{{Now + 50}}}""",
        data => partner.Key.SignData(data, HashAlgorithmName.SHA256));

    private Task<Partner> Shared() => service.SharedPartnerAsync();
}
