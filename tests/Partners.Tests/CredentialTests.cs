using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Soc.Contracts;
using Soc.Partners.Clients;

namespace Soc.Partners.Tests;

public sealed class CredentialTests(PartnersService service)
{
    private static readonly object Compromised = new { reason = "key-compromise" };

    [Fact]
    public async Task A_developer_rotates_the_keys_of_their_own_organisation_and_the_first_ends_with_the_overlap()
    {
        var partner = await service.LiveAsync();
        using var developer = Developer(partner.Organisation);
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var two = (await developer.ChangeAsync(Path(partner) + "/keys", new { jwk = PartnersService.Jwk(next), overlapDays = 2 }, "\"1\"")).Expect(HttpStatusCode.OK);

        Assert.Equal(["retiring", "active"], Statuses(two));
        var successor = partner with { KeyId = two.Body.GetProperty("keys")[1].GetProperty("keyId").GetString()!, Key = next };
        (await service.TokenAsync(partner)).Expect(HttpStatusCode.OK);
        (await service.TokenAsync(successor)).Expect(HttpStatusCode.OK);
        await service.QueryAsync("update client_key set retires_at = now() where client_id = $1 and key_id = $2", partner.ClientId, partner.KeyId);
        (await service.TokenAsync(partner)).Expect(HttpStatusCode.Unauthorized, "invalid_client");
        (await service.TokenAsync(successor)).Expect(HttpStatusCode.OK);
        Assert.Equal(["expired", "active"], Statuses((await developer.ReadAsync(Path(partner))).Expect(HttpStatusCode.OK)));
    }

    [Fact]
    public async Task A_pending_key_proves_nothing_before_its_day_and_an_expired_one_nothing_after()
    {
        var partner = await service.LiveAsync();
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var added = (await service.Registrar.ChangeAsync(
            Path(partner) + "/keys", new { jwk = PartnersService.Jwk(next), notBefore = DateTimeOffset.UtcNow.AddDays(1) }, "\"1\"")).Expect(HttpStatusCode.OK);
        var successor = partner with { KeyId = added.Body.GetProperty("keys")[1].GetProperty("keyId").GetString()!, Key = next };

        Assert.Equal(["retiring", "pending"], Statuses(added));
        (await service.TokenAsync(successor)).Expect(HttpStatusCode.Unauthorized, "invalid_client");
        await service.QueryAsync("update client_key set not_before = now() where client_id = $1 and key_id = $2", partner.ClientId, successor.KeyId);
        (await service.TokenAsync(successor)).Expect(HttpStatusCode.OK);
        await service.QueryAsync("update client_key set expires_at = now() where client_id = $1", partner.ClientId);
        (await service.TokenAsync(successor)).Expect(HttpStatusCode.Unauthorized, "invalid_client");
        (await service.TokenAsync(partner)).Expect(HttpStatusCode.Unauthorized, "invalid_client");
    }

    [Fact]
    public async Task A_token_does_not_outlive_the_key_that_proved_its_client()
    {
        var partner = await service.LiveAsync();
        await service.QueryAsync("update client_key set expires_at = now() + interval '100 seconds' where client_id = $1", partner.ClientId);

        Assert.InRange((await service.TokenAsync(partner)).Expect(HttpStatusCode.OK).Body.GetProperty("expires_in").GetInt32(), 1, 100);
    }

    [Theory]
    [InlineData("{}", 428)] // nobody's state is told before the change is named
    [InlineData("""{"overlapDays":15}""", 422)]
    [InlineData("""{"overlapDays":-1}""", 422)]
    [InlineData("""{"expires":"2001-01-01T00:00:00Z"}""", 422)]
    [InlineData("""{"expires":"2101-01-01T00:00:00Z"}""", 422)]
    [InlineData("""{"notBefore":"2101-01-01T00:00:00Z"}""", 422)]
    [InlineData("""{"notBefore":"tomorrow"}""", 400)]
    [InlineData("""{"overlap":3}""", 400)]
    public async Task A_key_with_dates_out_of_bounds_is_refused(string terms, int status)
    {
        var partner = await service.SharedPartnerAsync();
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var body = System.Text.Json.Nodes.JsonNode.Parse(terms)!;
        body["jwk"] = System.Text.Json.Nodes.JsonNode.Parse(System.Text.Json.JsonSerializer.Serialize(PartnersService.Jwk(next)));

        (await service.Registrar.ChangeAsync(Path(partner) + "/keys", body, status == 428 ? null : "\"1\"")).Expect((HttpStatusCode)status);
    }

    [Fact]
    public async Task Another_organisations_client_does_not_exist_for_a_developer_whatever_they_try()
    {
        var (partner, other) = (await service.SharedPartnerAsync(), await service.ApprovedAsync());
        using var developer = Developer(other);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        (string Path, object Body)[] attempts =
        [
            ("/keys", new { jwk = PartnersService.Jwk(key) }), ("/key-set", new { address = "https://partner.example/keys" }), ("/secrets", new { }),
            ("/certificates", new { certificate = "AAAA" }), ($"/keys/{partner.KeyId}/revocation", Compromised), ("/key-set/revocation", Compromised),
            ($"/secrets/{Guid.NewGuid()}/revocation", Compromised), ("/certificates/x/revocation", Compromised),
        ];

        foreach (var (path, body) in attempts)
        {
            var theirs = (await developer.ChangeAsync(Path(partner) + path, body, "\"1\"")).Expect(HttpStatusCode.NotFound, "client.not-found");
            var random = await developer.ChangeAsync($"/partners/v1/organisations/{partner.Organisation}/clients/nobody{path}", body, "\"1\"");
            var unread = await developer.ChangeAsync(Path(partner) + path, body, null);
            Assert.Equal(theirs.Text, random.Text);
            Assert.Equal(theirs.Text, unread.Text);
        }

        (await developer.ReadAsync(Path(partner))).Expect(HttpStatusCode.NotFound, "client.not-found");
        (await developer.CreateAsync($"/partners/v1/organisations/{partner.Organisation}/clients", Sandbox(NewName()))).Expect(HttpStatusCode.NotFound, "organisation.not-found");
    }

    [Fact]
    public async Task A_developer_cannot_become_the_administrator_or_the_responsible_individual()
    {
        var organisation = await service.ApprovedAsync();
        var responsible = await service.ClientAsync(organisation, Scopes.OrganisationAttest);
        using var developer = Developer(organisation);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        (await developer.ChangeAsync(Path(responsible) + "/keys", new { jwk = PartnersService.Jwk(key) }, "\"2\"")).Expect(HttpStatusCode.Forbidden, "client.registrar-only");
        (await developer.CreateAsync($"/partners/v1/organisations/{organisation}/clients", Sandbox(NewName(), Scopes.OrganisationAdminister)))
            .Expect(HttpStatusCode.Forbidden, "client.registrar-only");
        (await developer.CreateAsync(
            $"/partners/v1/organisations/{organisation}/clients", new { name = NewName(), scopes = new[] { Scopes.IntegrationManage }, jwk = PartnersService.Jwk(key) }))
            .Expect(HttpStatusCode.Forbidden, "client.registrar-only");

        // Taking away is always safe.
        (await developer.ChangeAsync($"{Path(responsible)}/keys/{responsible.KeyId}/revocation", Compromised, "\"2\"")).Expect(HttpStatusCode.OK);
        Assert.Equal(
            [
                "home-office-registrar client.register done", "home-office-security-a client.approve-key done", "a-developer client.add-key client.registrar-only",
                "a-developer client.revoke-key done",
            ],
            await service.AuditAsync(responsible.ClientId));
    }

    [Fact]
    public async Task A_developer_gives_no_key_to_the_client_of_any_office()
    {
        string[] systems = ["integration.manage", "organisations.read", "referrals.submit", "referrals.updates", "strategy.read"];
        var organisation = await service.ApprovedAsync();
        using var developer = Developer(organisation);
        foreach (var scope in Scopes.All)
        {
            var client = await service.ClientAsync(organisation, scope);
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var answer = await developer.ChangeAsync(
                Path(client) + "/keys", new { jwk = PartnersService.Jwk(key) }, (await service.Registrar.ReadAsync(Path(client))).ETag);
            Assert.True(answer.Status == (systems.Contains(scope) ? HttpStatusCode.OK : HttpStatusCode.Forbidden), $"{scope}: {answer.Status}");
        }
    }

    [Fact]
    public async Task A_security_officer_revokes_any_key_with_a_reason_and_its_tokens_are_cut_off_at_once()
    {
        var partner = await service.LiveAsync();
        using var client = service.Host.As(partner.Organisation, partner.ClientId, Scopes.OrganisationsRead);
        (await client.ReadAsync(Path(partner))).Expect(HttpStatusCode.OK);
        var etag = (await service.OfficerA.ReadAsync(Path(partner))).Expect(HttpStatusCode.OK).ETag;

        (await service.OfficerA.ChangeAsync($"{Path(partner)}/keys/{partner.KeyId}/revocation", new { reason = "because" }, etag)).Expect(HttpStatusCode.BadRequest);
        (await service.OfficerA.ChangeAsync($"{Path(partner)}/keys/{partner.KeyId}/revocation", null, etag)).Expect(HttpStatusCode.BadRequest);
        var revoked = (await service.OfficerA.ChangeAsync($"{Path(partner)}/keys/{partner.KeyId}/revocation", Compromised, etag)).Expect(HttpStatusCode.OK);

        var key = revoked.Body.GetProperty("keys")[0];
        Assert.Equal(("revoked", "key-compromise"), (key.GetProperty("status").GetString(), key.GetProperty("revokedFor").GetString()));
        (await service.TokenAsync(partner)).Expect(HttpStatusCode.Unauthorized, "invalid_client");
        await TestKit.Eventually.TrueAsync(
            async () => (await client.ReadAsync(Path(partner))) is { Status: HttpStatusCode.Unauthorized, Code: "access.cut-off" }, "the token is cut off");
        (await service.OfficerA.ChangeAsync(Path(partner) + "/keys", new { jwk = PartnersService.Jwk(partner.Key) }, revoked.ETag)).Expect(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Allowed_actions_name_what_each_caller_may_do_with_a_client()
    {
        var organisation = await service.ApprovedAsync();
        var (ordinary, responsible) = (await service.ClientAsync(organisation, Scopes.OrganisationsRead), await service.ClientAsync(organisation, Scopes.OrganisationAttest));
        using var developer = Developer(organisation);
        using var reader = service.Host.As(organisation, "a-reader", Scopes.OrganisationsRead);

        Assert.Equal("keys key-set certificates revocation", await ActionsAsync(service.Registrar, ordinary));
        Assert.Equal("keys key-set certificates revocation", await ActionsAsync(developer, ordinary));
        Assert.Equal("revocation", await ActionsAsync(developer, responsible));
        Assert.Equal("revocation", await ActionsAsync(service.OfficerA, ordinary));
        Assert.Equal("", await ActionsAsync(reader, ordinary));

        async Task<string> ActionsAsync(HttpClient caller, Partner client) => string.Join(' ', (await caller.ReadAsync(Path(client)))
            .Expect(HttpStatusCode.OK).Body.GetProperty("allowedActions").EnumerateArray().Select(action => action.GetString()));
    }

    [Fact]
    public async Task A_secret_is_shown_once_and_proves_a_sandbox_client_in_both_ways_until_it_is_revoked()
    {
        var organisation = await service.ApprovedAsync();
        using var developer = Developer(organisation);
        var name = NewName();
        var created = (await developer.CreateAsync($"/partners/v1/organisations/{organisation}/clients", Sandbox(name))).Expect(HttpStatusCode.Created);
        Assert.Equal("sandbox", created.Body.GetProperty("environment").GetString());
        name = created.Body.GetProperty("clientId").GetString()!;
        var path = $"/partners/v1/organisations/{organisation}/clients/{name}";

        var made = (await developer.ChangeAsync(path + "/secrets", new { }, created.ETag)).Expect(HttpStatusCode.Created);
        var (id, secret) = (made.Body.GetProperty("id").GetGuid(), made.Body.GetProperty("secret").GetString()!);

        Assert.Equal("no-store", made.Headers["Cache-Control"]);
        Assert.DoesNotContain(secret, (await developer.ReadAsync(path)).Text, StringComparison.Ordinal);
        Assert.Equal(["0"], await service.QueryAsync("select count(*) from client_secret where position(convert_to($1, 'UTF8') in hash || salt) > 0", secret));
        Assert.Equal(Scopes.IntegrationManage, (await PostAsync(name, secret)).Expect(HttpStatusCode.OK).Body.GetProperty("scope").GetString());
        Assert.Equal(Scopes.IntegrationManage, (await BasicAsync(name, secret)).Expect(HttpStatusCode.OK).Body.GetProperty("scope").GetString());

        var wrong = (await BasicAsync(name, secret + "x")).Expect(HttpStatusCode.Unauthorized, "invalid_client");
        Assert.StartsWith("Basic", wrong.Headers["WWW-Authenticate"], StringComparison.Ordinal);
        Assert.Equal(wrong.Text, (await BasicAsync("nobody", secret)).Expect(HttpStatusCode.Unauthorized).Text);
        Assert.DoesNotContain(service.Host.Logs, line => line.Contains(secret, StringComparison.Ordinal));

        (await developer.ChangeAsync($"{path}/secrets/{id}/revocation", Compromised, made.ETag)).Expect(HttpStatusCode.OK);
        (await PostAsync(name, secret)).Expect(HttpStatusCode.Unauthorized, "invalid_client");
    }

    [Fact]
    public async Task A_secret_ends_after_its_days_and_with_the_sandbox()
    {
        var (organisation, counterparty) = (await service.ConformantAsync(), await service.ConformantAsync());
        var (name, secret) = await SecretAsync(organisation);
        (await PostAsync(name, secret)).Expect(HttpStatusCode.OK);

        await service.QueryAsync("update client_secret set expires_at = now() where client_id = $1", name);
        (await PostAsync(name, secret)).Expect(HttpStatusCode.Unauthorized, "invalid_client");
        await service.QueryAsync("update client_secret set expires_at = now() + interval '30 days' where client_id = $1", name);
        (await PostAsync(name, secret)).Expect(HttpStatusCode.OK);

        await service.ActiveAgreementAsync(PartnersService.Agreement(organisation, counterparty));
        (await PostAsync(name, secret)).Expect(HttpStatusCode.Unauthorized, "invalid_client");
        (await service.Registrar.ChangeAsync(
            $"/partners/v1/organisations/{organisation}/clients/{name}/secrets", new { }, "\"2\"")).Expect(HttpStatusCode.Conflict, "client.secret-sandbox-only");
    }

    [Fact]
    public async Task Secrets_are_not_for_live_clients_and_a_sandbox_client_holds_nothing_of_others()
    {
        var organisation = await service.ApprovedAsync();
        var live = await service.ClientAsync(organisation, Scopes.OrganisationsRead);

        (await service.Registrar.ChangeAsync(Path(live) + "/secrets", new { }, "\"1\"")).Expect(HttpStatusCode.Conflict, "client.secret-sandbox-only");
        (await service.Registrar.CreateAsync($"/partners/v1/organisations/{organisation}/clients", Sandbox(NewName(), Scopes.ReferralsSubmit)))
            .Expect(HttpStatusCode.UnprocessableEntity, "client.sandbox-scopes");
    }

    [Fact]
    public async Task More_than_one_way_of_proving_oneself_in_a_request_is_refused()
    {
        var partner = await service.SharedPartnerAsync();

        (await service.TokenAsync(partner, ("client_secret", "x"))).Expect(HttpStatusCode.BadRequest, "invalid_request");
        using var form = new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_assertion", service.Assertion(partner))]);
        (await service.Host.Anonymous.SendAsync("/partners/oauth/token", form, ("Authorization", "Basic eDp5"))).Expect(HttpStatusCode.BadRequest, "invalid_request");
        foreach (var header in (string[])["Basic", "Basic ", "Basic !", "Basic eA==", "Basic Og==", "Basic eDp5Ono=", "Basic AHg6AHk=", "Bearer x", "Basic " + new string('A', 4000)])
        {
            using var grant = new FormUrlEncodedContent([new("grant_type", "client_credentials")]);
            (await service.Host.Anonymous.SendAsync("/partners/oauth/token", grant, ("Authorization", header))).Expect(HttpStatusCode.Unauthorized, "invalid_client");
        }

        (await PostAsync("a\0b", "c\0d")).Expect(HttpStatusCode.BadRequest, "invalid_request");
    }

    [Fact]
    public async Task The_last_use_of_a_credential_is_written_apart_from_issuing_and_at_most_once_a_minute()
    {
        var partner = await service.LiveAsync();
        var use = service.Host.Services.GetRequiredService<CredentialUse>();
        (await service.TokenAsync(partner)).Expect(HttpStatusCode.OK);
        Assert.Equal([""], await LastUsedAsync());

        await use.WriteAsync(TestContext.Current.CancellationToken);
        var first = Assert.Single(await LastUsedAsync());
        (await service.TokenAsync(partner)).Expect(HttpStatusCode.OK);
        await use.WriteAsync(TestContext.Current.CancellationToken);

        Assert.NotEqual("", first);
        Assert.Equal([first], await LastUsedAsync());
        await service.QueryAsync("update client_key set last_used_at = last_used_at - interval '1 minute' where client_id = $1", partner.ClientId);
        (await service.TokenAsync(partner)).Expect(HttpStatusCode.OK);
        await use.WriteAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual([first], await LastUsedAsync());
        Assert.NotEqual("", (await service.Registrar.ReadAsync(Path(partner))).Body.GetProperty("keys")[0].GetProperty("lastUsedAt").GetString());

        Task<List<string>> LastUsedAsync() => service.QueryAsync("select coalesce(last_used_at::text, '') from client_key where client_id = $1", partner.ClientId);
    }

    [Fact]
    public async Task The_life_of_a_credential_is_told_by_events_that_name_no_client_and_each_warning_comes_once()
    {
        await using var queue = await EventQueue.BindAsync(service);
        var partner = await service.LiveAsync();
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await service.QueryAsync("update client_key set not_before = now() - interval '345 days', expires_at = now() + interval '20 days' where client_id = $1", partner.ClientId);
        await service.DoDueWorkAsync<CredentialWarnings>();
        await service.DoDueWorkAsync<CredentialWarnings>();
        await service.DoDueWorkAsync<CredentialWarnings>(TimeSpan.FromDays(14));
        var added = (await service.Registrar.ChangeAsync(Path(partner) + "/keys", new { jwk = PartnersService.Jwk(next) }, "\"1\"")).Expect(HttpStatusCode.OK);
        (await service.Registrar.ChangeAsync($"{Path(partner)}/keys/{partner.KeyId}/revocation", Compromised, added.ETag)).Expect(HttpStatusCode.OK);
        await service.DoDueWorkAsync<CredentialWarnings>(TimeSpan.FromDays(19.5));

        var reference = added.Body.GetProperty("reference").GetGuid();
        var events = (await queue.ReadUntilAsync(reference, 5)).OrderBy(each => each.Version).ToList();
        var (first, second) = (partner.KeyId[..16], added.Body.GetProperty("keys")[1].GetProperty("thumbprint").GetString()![..16]);
        string About(string rest) => $$"""{"organisationId":"{{partner.Organisation}}","client":"{{reference}}",{{rest}}}""";
        Assert.Equal(
            [
                ("soc.partners.client.approved.v1", About("\"sandbox\":false")),
                ("soc.partners.credential.expiring.v1", About($"\"credential\":\"{first}\",\"days\":30")),
                ("soc.partners.credential.expiring.v1", About($"\"credential\":\"{first}\",\"days\":7")),
                ("soc.partners.credential.rotated.v1", About($"\"credential\":\"{second}\"")),
                ("soc.partners.credential.revoked.v1", About($"\"credential\":\"{first}\",\"reason\":\"key-compromise\"")),
            ],
            events.Select(each => (each.Type, each.Message)));
        Assert.Equal([1, 2, 3, 4, 5], events.Select(each => each.Version));
    }

    [Theory]
    [InlineData("AAAA")]
    [InlineData("not base64")]
    [InlineData("")]
    [InlineData("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t")]
    public async Task What_is_not_a_certificate_is_refused(string certificate)
    {
        var refused = await service.Registrar.ChangeAsync(Path(await service.SharedPartnerAsync()) + "/certificates", new { certificate }, "\"1\"");

        Assert.Contains(refused.Code, (string[])["client.certificate", "request.invalid"]);
    }

    [Fact]
    public async Task A_bound_client_gets_tokens_with_its_certificate_only_and_they_say_so()
    {
        var (partner, voucher) = (await service.LiveAsync(), service.Host.Services.GetRequiredService<ServiceDefaults.CertificateVoucher>());
        var (own, other) = (NewCertificate(), NewCertificate());
        using var developer = Developer(partner.Organisation);
        Assert.False(Claims(await TokenAsync(voucher.Vouch(own))).TryGetProperty("cnf", out _));
        var bound = (await developer.ChangeAsync(Path(partner) + "/certificates", new { certificate = Convert.ToBase64String(own) }, "\"1\"")).Expect(HttpStatusCode.OK);
        var thumbprint = bound.Body.GetProperty("certificates")[0].GetString()!;

        Assert.Equal(thumbprint, Claims(await TokenAsync(voucher.Vouch(own))).GetProperty("cnf").GetProperty("x5t#S256").GetString());
        foreach (var header in (string?[])[null, voucher.Vouch(other), thumbprint, thumbprint + ".", thumbprint + "." + voucher.Vouch(other)!.Split('.')[1]])
        {
            (await TokenAsync(header)).Expect(HttpStatusCode.Unauthorized, "invalid_client");
        }

        (await developer.ChangeAsync($"{Path(partner)}/certificates/{thumbprint}/revocation", Compromised, bound.ETag)).Expect(HttpStatusCode.OK);
        (await TokenAsync(voucher.Vouch(own))).Expect(HttpStatusCode.Unauthorized, "invalid_client");
        (await TokenAsync(null)).Expect(HttpStatusCode.Unauthorized, "invalid_client");

        async Task<Answer> TokenAsync(string? certificate)
        {
            using var form = new FormUrlEncodedContent(
            [
                new("grant_type", "client_credentials"), new("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                new("client_assertion", service.Assertion(partner)),
            ]);
            return await service.Host.Anonymous.SendAsync("/partners/oauth/token", form, certificate is null ? [] : [("X-Platform-Client-Certificate", certificate)]);
        }
    }

    private static System.Text.Json.JsonElement Claims(Answer answer) => System.Text.Json.JsonDocument.Parse(Encoding.UTF8.GetString(
        System.Buffers.Text.Base64Url.DecodeFromChars(answer.Expect(HttpStatusCode.OK).Body.GetProperty("access_token").GetString()!.Split('.')[1]))).RootElement;

    private static byte[] NewCertificate()
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=partner.example", pair, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddDays(1));
        return certificate.RawData;
    }

    private static string NewName() => "client-" + Guid.NewGuid().ToString("N")[..12];

    private static object Sandbox(string name, string scope = Scopes.IntegrationManage) => new { name, scopes = new[] { scope }, sandbox = true };

    private static string Path(Partner partner) => $"/partners/v1/organisations/{partner.Organisation}/clients/{partner.ClientId}";

    private static IEnumerable<string> Statuses(Answer client) => client.Body.GetProperty("keys").EnumerateArray().Select(key => key.GetProperty("status").GetString()!);

    private HttpClient Developer(Guid organisation) => service.Host.As(organisation, "a-developer", Scopes.IntegrationManage);

    private async Task<(string Client, string Secret)> SecretAsync(Guid organisation)
    {
        var client = (await service.Registrar.CreateAsync($"/partners/v1/organisations/{organisation}/clients", Sandbox(NewName()))).Expect(HttpStatusCode.Created);
        var name = client.Body.GetProperty("clientId").GetString()!;
        var made = await service.Registrar.ChangeAsync($"/partners/v1/organisations/{organisation}/clients/{name}/secrets", new { }, "\"1\"");
        return (name, made.Expect(HttpStatusCode.Created).Body.GetProperty("secret").GetString()!);
    }

    private Task<Answer> PostAsync(string client, string secret) =>
        service.TokenFormAsync(("grant_type", "client_credentials"), ("client_id", client), ("client_secret", secret));

    private async Task<Answer> BasicAsync(string client, string secret)
    {
        using var form = new FormUrlEncodedContent([new("grant_type", "client_credentials")]);
        var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{client}:{secret}"));
        return await service.Host.Anonymous.SendAsync("/partners/oauth/token", form, ("Authorization", "Basic " + credentials));
    }
}
