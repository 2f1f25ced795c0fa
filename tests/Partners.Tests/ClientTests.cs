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
    public async Task A_name_and_a_key_are_used_once_in_the_whole_register()
    {
        var (partner, other) = (await service.LiveAsync(), await service.ApprovedAsync());
        using var fresh = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        (await RegisterAsync(other, partner.ClientId, PartnersService.Jwk(fresh))).Expect(HttpStatusCode.Conflict, "client.already-registered");
        (await RegisterAsync(other, NewName(), PartnersService.Jwk(partner.Key))).Expect(HttpStatusCode.Conflict, "client.already-registered");
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
