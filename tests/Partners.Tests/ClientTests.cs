using System.Net;
using System.Security.Cryptography;
using Soc.Contracts;

namespace Soc.Partners.Tests;

public sealed class ClientTests(PartnersService service)
{
    private static readonly object Superseded = new { reason = "superseded" };

    [Fact]
    public async Task A_client_has_at_most_two_active_keys_and_a_revoked_one_signs_no_more()
    {
        var partner = await service.LiveAsync();
        var path = $"/partners/v1/organisations/{partner.Organisation}/clients/{partner.ClientId}";
        using var second = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var third = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var two = (await service.Registrar.ChangeAsync(path + "/keys", new { jwk = PartnersService.Jwk(second) }, "\"1\"")).Expect(HttpStatusCode.OK);
        (await service.Registrar.ChangeAsync(path + "/keys", new { jwk = PartnersService.Jwk(third) }, two.ETag)).Expect(HttpStatusCode.Conflict, "client.two-keys");
        var secondId = two.Body.GetProperty("keys")[1].GetProperty("keyId").GetString()!;
        (await service.TokenAsync(partner with { KeyId = secondId, Key = second })).Expect(HttpStatusCode.OK);
        (await service.Registrar.ChangeAsync($"{path}/keys/{partner.KeyId}/revocation", Superseded, null)).Expect((HttpStatusCode)428);
        var revoked = (await service.Registrar.ChangeAsync($"{path}/keys/{partner.KeyId}/revocation", Superseded, two.ETag)).Expect(HttpStatusCode.OK);

        (await service.TokenAsync(partner)).Expect(HttpStatusCode.Unauthorized, "invalid_client");
        (await service.TokenAsync(partner with { KeyId = secondId, Key = second })).Expect(HttpStatusCode.OK);
        (await service.Registrar.ChangeAsync($"{path}/keys/{partner.KeyId}/revocation", Superseded, revoked.ETag)).Expect(HttpStatusCode.NotFound, "client.key-not-found");
        (await service.Registrar.ChangeAsync(path + "/keys", new { jwk = PartnersService.Jwk(partner.Key) }, revoked.ETag))
            .Expect(HttpStatusCode.Conflict, "client.already-registered");
        (await service.Registrar.ChangeAsync(path + "/keys", new { jwk = PartnersService.Jwk(third) }, revoked.ETag)).Expect(HttpStatusCode.OK);
        Assert.Contains(
            (await service.CutOffsAsync()).Body.EnumerateArray(), cutOff => cutOff.GetProperty("organisation").GetGuid() == partner.Organisation);
        Assert.Equal(
            [
                "home-office-registrar client.register done", "home-office-registrar client.add-key done", "home-office-registrar client.add-key client.two-keys",
                "home-office-registrar client.revoke-key done", "home-office-registrar client.revoke-key client.key-not-found",
                "home-office-registrar client.add-key client.already-registered", "home-office-registrar client.add-key done",
            ],
            await service.AuditAsync(partner.ClientId));
    }

    [Fact]
    public async Task A_revoked_key_does_not_lift_the_cut_off_of_a_suspension()
    {
        var partner = await service.LiveAsync();
        (await service.SuspendAsync(service.OfficerA, partner.Organisation)).Expect(HttpStatusCode.OK);
        var before = (await service.CutOffsAsync()).Text;

        (await service.Registrar.ChangeAsync(
            $"/partners/v1/organisations/{partner.Organisation}/clients/{partner.ClientId}/keys/{partner.KeyId}/revocation", Superseded, "\"1\"")).Expect(HttpStatusCode.OK);

        Assert.Contains($"{{\"organisation\":\"{partner.Organisation}\",\"notBefore\":\"9999-12-31", before, StringComparison.Ordinal);
        Assert.Contains($"{{\"organisation\":\"{partner.Organisation}\",\"notBefore\":\"9999-12-31", (await service.CutOffsAsync()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_is_used_once_in_the_register_and_a_key_once_in_an_organisation()
    {
        var (partner, other) = (await service.LiveAsync(), await service.ApprovedAsync());
        using var fresh = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        (await RegisterAsync(other, partner.ClientId, PartnersService.Jwk(fresh))).Expect(HttpStatusCode.Conflict, "client.already-registered");
        (await RegisterAsync(partner.Organisation, NewName(), PartnersService.Jwk(partner.Key))).Expect(HttpStatusCode.Conflict, "client.already-registered");
    }

    [Fact]
    public async Task A_developer_learns_of_no_other_organisations_client_or_key_by_registering_the_same()
    {
        var (partner, own) = (await service.SharedPartnerAsync(), await service.ApprovedAsync());
        using var developer = service.Host.As(own, "a-developer", Scopes.IntegrationManage);
        object Sandbox(string name, object? jwk) => new { name, scopes = new[] { Scopes.IntegrationManage }, jwk, sandbox = true };

        var sameName = (await developer.CreateAsync($"/partners/v1/organisations/{own}/clients", Sandbox(partner.ClientId, null))).Expect(HttpStatusCode.Created);
        var sameKey = (await developer.CreateAsync($"/partners/v1/organisations/{own}/clients", Sandbox(NewName(), PartnersService.Jwk(partner.Key)))).Expect(HttpStatusCode.Created);

        Assert.Matches($"^{partner.ClientId}-[0-9a-f]{{8}}$", sameName.Body.GetProperty("clientId").GetString()!);
        Assert.Equal(sameName.Body.GetProperty("clientId").GetString(), Uri.UnescapeDataString(sameName.Location!.ToString().Split('/')[^1]));

        // The key proves each its own client and never the other's.
        var theirs = new Partner(own, sameKey.Body.GetProperty("clientId").GetString()!, sameKey.Body.GetProperty("keys")[0].GetProperty("keyId").GetString()!, partner.Key);
        Assert.Equal(Scopes.IntegrationManage, (await service.TokenAsync(theirs)).Expect(HttpStatusCode.OK).Body.GetProperty("scope").GetString());
        (await service.TokenAsync(partner)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_key_of_an_officers_client_is_good_only_when_a_second_person_has_approved_it()
    {
        using var first = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var second = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var both = service.Host.As(PartnersService.HomeOffice, "registrar-and-officer", Scopes.OrganisationsRegister, Scopes.OrganisationsRead, Scopes.OrganisationsSuspend);
        var organisation = (await service.LiveAsync(dataCategories: ["partner-security"])).Organisation;
        var clients = $"/partners/v1/organisations/{organisation}/clients";
        object Office(object? jwk, string? keySet = null) => new { name = NewName(), scopes = new[] { Scopes.OrganisationsSuspend }, jwk, keySet };

        (await both.CreateAsync(clients, Office(null, "https://partner.example/keys"))).Expect(HttpStatusCode.Conflict, "client.key-set-of-office");
        var made = (await both.CreateAsync(clients, Office(PartnersService.Jwk(first)))).Expect(HttpStatusCode.Created);
        var officer = new Partner(organisation, made.Body.GetProperty("clientId").GetString()!, made.Body.GetProperty("keys")[0].GetProperty("keyId").GetString()!, first);
        var path = $"{clients}/{officer.ClientId}";
        Assert.Equal(["proposed"], Statuses(made));
        (await service.TokenAsync(officer)).Expect(HttpStatusCode.Unauthorized, "invalid_client");
        (await both.ChangeAsync(path + "/key-set", new { address = "https://partner.example/keys" }, made.ETag)).Expect(HttpStatusCode.Conflict, "client.key-set-of-office");
        (await both.ChangeAsync($"{path}/keys/{officer.KeyId}/approval", null, made.ETag)).Expect(HttpStatusCode.Forbidden, "client.key-own-proposal");
        (await service.Registrar.ChangeAsync($"{path}/keys/{officer.KeyId}/approval", null, made.ETag)).Expect(HttpStatusCode.Forbidden, "access.scope-missing");
        Assert.DoesNotContain("approval", Actions(await both.ReadAsync(path)));
        Assert.Contains("approval", Actions(await service.OfficerA.ReadAsync(path)));

        var approved = (await service.OfficerA.ChangeAsync($"{path}/keys/{officer.KeyId}/approval", null, made.ETag)).Expect(HttpStatusCode.OK);
        Assert.Equal(["active"], Statuses(approved));
        (await service.TokenAsync(officer)).Expect(HttpStatusCode.OK);
        (await service.OfficerA.ChangeAsync($"{path}/keys/{officer.KeyId}/approval", null, approved.ETag)).Expect(HttpStatusCode.Conflict, "client.key-not-proposed");

        // The key that there is goes on alone until the next one is approved, and beside it for the overlap.
        var proposed = (await service.Registrar.ChangeAsync(path + "/keys", new { jwk = PartnersService.Jwk(second), overlapDays = 3 }, approved.ETag)).Expect(HttpStatusCode.OK);
        Assert.Equal(["active", "proposed"], Statuses(proposed));
        var followed = (await service.OfficerB.ChangeAsync($"{path}/keys/{proposed.Body.GetProperty("keys")[1].GetProperty("keyId").GetString()}/approval", null, proposed.ETag)).Expect(HttpStatusCode.OK);
        Assert.Equal(["retiring", "active"], Statuses(followed));
        var ends = followed.Body.GetProperty("keys")[0].GetProperty("endsAt").GetDateTimeOffset();
        Assert.InRange(ends, DateTimeOffset.UtcNow.AddDays(3).AddMinutes(-10), DateTimeOffset.UtcNow.AddDays(3));
        Assert.Equal(
            [
                "registrar-and-officer client.register done", "registrar-and-officer client.use-key-set client.key-set-of-office",
                "registrar-and-officer client.approve-key client.key-own-proposal", "home-office-security-a client.approve-key done",
                "home-office-security-a client.approve-key client.key-not-proposed", "home-office-registrar client.add-key done", "home-office-security-b client.approve-key done",
            ],
            await service.AuditAsync(officer.ClientId));

        static IEnumerable<string> Statuses(Answer client) => client.Body.GetProperty("keys").EnumerateArray().Select(key => key.GetProperty("status").GetString()!);
        static IEnumerable<string?> Actions(Answer client) => client.Body.GetProperty("allowedActions").EnumerateArray().Select(action => action.GetString());
    }

    [Fact]
    public async Task Taking_away_a_key_that_was_only_proposed_withdraws_it_and_cuts_off_nobody()
    {
        using var further = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var officer = await service.ClientAsync((await service.LiveAsync()).Organisation, Scopes.OrganisationAttest);
        var path = $"/partners/v1/organisations/{officer.Organisation}/clients/{officer.ClientId}";
        var proposed = (await service.Registrar.ChangeAsync(path + "/keys", new { jwk = PartnersService.Jwk(further) }, (await service.Registrar.ReadAsync(path)).ETag)).Expect(HttpStatusCode.OK);
        var keys = proposed.Body.GetProperty("keys").EnumerateArray().ToList();
        var before = await CutOffAsync();

        var withdrawn = (await service.OfficerB.ChangeAsync(
            $"{path}/keys/{keys[1].GetProperty("keyId").GetString()}/revocation", new { reason = "superseded" }, proposed.ETag)).Expect(HttpStatusCode.OK);

        Assert.Equal(["active", "withdrawn"], withdrawn.Body.GetProperty("keys").EnumerateArray().Select(key => key.GetProperty("status").GetString()));
        Assert.Equal(before, await CutOffAsync());
        Assert.Empty(await service.QueryAsync("select id from revocation_order where organisation_id = $1", officer.Organisation));
        (await service.OfficerA.ChangeAsync($"{path}/keys/{keys[1].GetProperty("keyId").GetString()}/approval", null, withdrawn.ETag)).Expect(HttpStatusCode.Conflict, "client.key-not-proposed");

        // The key that is good is another matter.
        (await service.OfficerB.ChangeAsync($"{path}/keys/{officer.KeyId}/revocation", new { reason = "superseded" }, withdrawn.ETag)).Expect(HttpStatusCode.OK);
        Assert.NotEqual(before, await CutOffAsync());
        Assert.Equal(["key-revocation"], await service.QueryAsync("select cause from revocation_order where organisation_id = $1", officer.Organisation));

        async Task<string> CutOffAsync() => string.Join(' ', await service.QueryAsync("select not_before from cut_off where organisation = $1", officer.Organisation));
    }

    [Fact]
    public async Task A_registrar_alone_gives_nobody_the_powers_of_an_office()
    {
        string[] systems = ["integration.manage", "organisations.read", "referrals.submit", "referrals.updates", "strategy.read"];
        var organisation = await service.ApprovedAsync();
        foreach (var scope in Scopes.All)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var made = (await service.Registrar.CreateAsync(
                $"/partners/v1/organisations/{organisation}/clients", new { name = NewName(), scopes = new[] { scope }, jwk = PartnersService.Jwk(key) })).Expect(HttpStatusCode.Created);
            Assert.True(
                made.Body.GetProperty("keys")[0].GetProperty("status").GetString() == (systems.Contains(scope) ? "active" : "proposed"), scope);
        }

        var sandbox = (await service.Registrar.CreateAsync(
            $"/partners/v1/organisations/{organisation}/clients", new { name = NewName(), scopes = new[] { Scopes.OrganisationAttest }, sandbox = true })).Expect(HttpStatusCode.Created);
        (await service.Registrar.ChangeAsync(
            $"/partners/v1/organisations/{organisation}/clients/{sandbox.Body.GetProperty("clientId").GetString()}/secrets", new { }, sandbox.ETag))
            .Expect(HttpStatusCode.Conflict, "client.secret-sandbox-only");
    }

    [Fact]
    public async Task An_organisation_that_is_not_approved_gets_no_client()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        (await RegisterAsync(await service.RegisteredAsync(), NewName(), PartnersService.Jwk(key))).Expect(HttpStatusCode.Conflict, "organisation.status");
        (await RegisterAsync(Guid.CreateVersion7(), NewName(), PartnersService.Jwk(key))).Expect(HttpStatusCode.NotFound, "organisation.not-found");
    }

    [Fact]
    public async Task Only_the_public_half_of_a_P_256_key_is_taken()
    {
        var organisation = await service.ApprovedAsync();
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var otherPair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (good, other) = (PartnersService.Jwk(pair), PartnersService.Jwk(otherPair));
        (string Code, object Jwk)[] bad =
        [
            ("client.private-key", new Dictionary<string, string>(good) { ["d"] = good["x"] }),
            ("client.key", new Dictionary<string, string>(good) { ["y"] = other["y"] }),
            ("client.key", new Dictionary<string, string>(good) { ["x"] = good["x"][1..] }),
            ("client.key", new Dictionary<string, string>(good) { ["x"] = "" }),
            ("client.key", new Dictionary<string, string>(good) { ["kty"] = "RSA" }),
            ("client.key", new Dictionary<string, string>(good) { ["crv"] = "P-384" }),
            ("client.key", new Dictionary<string, string>(good) { ["use"] = "enc" }),
            ("client.key", new Dictionary<string, string>(good) { ["alg"] = "HS256" }),
            ("client.key", new Dictionary<string, string>(good) { ["kid"] = "../../etc/passwd" }),
            ("client.key", new Dictionary<string, string>(good) { ["kid"] = "' or 1=1 --" }),
            ("client.key", "a string"),
            ("client.key", Array.Empty<string>()),
        ];

        foreach (var (code, jwk) in bad)
        {
            (await RegisterAsync(organisation, NewName(), jwk)).Expect(HttpStatusCode.UnprocessableEntity, code);
        }

        var own = (await RegisterAsync(organisation, NewName(), new Dictionary<string, string>(good) { ["kid"] = "2026-01.key_1", ["use"] = "sig" })).Expect(HttpStatusCode.Created);
        Assert.Equal("2026-01.key_1", own.Body.GetProperty("keys")[0].GetProperty("keyId").GetString());
    }

    [Fact]
    public async Task A_client_is_seen_by_its_own_organisation_and_registrars_only()
    {
        var partner = await service.LiveAsync();
        var path = $"/partners/v1/organisations/{partner.Organisation}/clients/{partner.ClientId}";
        using var own = service.Host.As(partner.Organisation, partner.ClientId, Scopes.OrganisationsRead);
        using var counterparty = service.Host.As(partner.Counterparty, "a-counterparty", Scopes.OrganisationsRead);

        (await own.ReadAsync(path)).Expect(HttpStatusCode.OK);
        (await service.Registrar.ReadAsync(path)).Expect(HttpStatusCode.OK);
        (await counterparty.ReadAsync(path)).Expect(HttpStatusCode.NotFound, "client.not-found");
        (await service.Registrar.ReadAsync($"/partners/v1/organisations/{partner.Counterparty}/clients/{partner.ClientId}")).Expect(HttpStatusCode.NotFound, "client.not-found");
    }

    private static string NewName() => "client-" + Guid.NewGuid().ToString("N")[..12];

    private Task<Answer> RegisterAsync(Guid organisation, string name, object jwk) => service.Registrar.CreateAsync(
        $"/partners/v1/organisations/{organisation}/clients", new { name, scopes = new[] { Scopes.OrganisationsRead }, jwk });
}
