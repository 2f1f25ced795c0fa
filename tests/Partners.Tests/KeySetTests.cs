using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Soc.Contracts;
using Soc.Partners.Clients;

namespace Soc.Partners.Tests;

/// <summary>Clients whose keys are read from an address of their own.</summary>
public sealed class KeySetTests(PartnersService service)
{
    [Fact]
    public async Task A_key_is_read_from_the_clients_own_set_when_it_is_first_used_and_rotated_there()
    {
        await using var site = await Site.StartAsync();
        var partner = await PartnerAsync(site);
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        (await service.TokenAsync(partner)).Expect(HttpStatusCode.OK);
        (await service.TokenAsync(partner)).Expect(HttpStatusCode.OK);
        Assert.Equal(1, site.Requests);

        site.Publish(("second", next), (partner.KeyId, partner.Key));
        await LetAMinutePassAsync(partner);
        (await service.TokenAsync(partner with { KeyId = "second", Key = next })).Expect(HttpStatusCode.OK);
        (await service.TokenAsync(partner)).Expect(HttpStatusCode.OK);
        Assert.Equal(["retiring", "active"], await StatusesAsync(partner));
        Assert.Equal(["home-office-registrar client.register done", "key-set client.read-key-set done", "key-set client.read-key-set done"], await service.AuditAsync(partner.ClientId));
    }

    [Fact]
    public async Task Unknown_keys_make_the_platform_ask_at_most_once_a_minute()
    {
        await using var site = await Site.StartAsync();
        var partner = await PartnerAsync(site);
        using var foreign = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => service.TokenAsync(partner with { KeyId = $"unknown-{number}", Key = foreign })));

        Assert.All(answers, answer => answer.Expect(HttpStatusCode.Unauthorized, "invalid_client"));
        Assert.Equal(1, site.Requests);
        await LetAMinutePassAsync(partner);
        (await service.TokenAsync(partner with { KeyId = "unknown", Key = foreign })).Expect(HttpStatusCode.Unauthorized, "invalid_client");
        Assert.Equal(2, site.Requests);
    }

    [Fact]
    public async Task Of_more_than_two_keys_the_others_are_refused_and_a_private_key_is_none()
    {
        await using var site = await Site.StartAsync();
        var partner = await PartnerAsync(site);
        using var second = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var third = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var spoilt = PartnersService.Jwk(third);
        spoilt["d"] = spoilt["x"];
        site.PublishRaw([spoilt, Named(partner.KeyId, partner.Key), Named("second", second), Named("third", third)]);

        (await service.TokenAsync(partner)).Expect(HttpStatusCode.OK);
        (await service.TokenAsync(partner with { KeyId = "second", Key = second })).Expect(HttpStatusCode.OK);
        (await service.TokenAsync(partner with { KeyId = "third", Key = third })).Expect(HttpStatusCode.Unauthorized, "invalid_client");
    }

    [Theory]
    [InlineData("redirect", "redirect")]
    [InlineData("oversized", "too-large")]
    [InlineData("not JSON", "not-a-key-set")]
    [InlineData("no keys", "not-a-key-set")]
    [InlineData("an array", "not-a-key-set")]
    [InlineData("error", "status")]
    [InlineData("hangs", "timeout")]
    [InlineData("breaks off", "protocol")]
    public async Task A_set_that_cannot_be_read_gives_no_key_leaves_those_that_are_known_and_its_owner_learns_why(string how, string error)
    {
        await using var site = await Site.StartAsync();
        var partner = await PartnerAsync(site);
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        (await service.TokenAsync(partner)).Expect(HttpStatusCode.OK);
        site.Publish(("second", next));
        site.Fault = how;
        await LetAMinutePassAsync(partner);

        (await service.TokenAsync(partner with { KeyId = "second", Key = next })).Expect(HttpStatusCode.Unauthorized, "invalid_client");

        Assert.Equal(2, site.Requests);
        Assert.Equal(["active"], await StatusesAsync(partner));
        (await service.TokenAsync(partner)).Expect(HttpStatusCode.OK);

        var (failed, triedAt, readAt) = await ReadingAsync(partner);
        Assert.Equal(error, failed);
        Assert.True(readAt < triedAt, $"read at {readAt}, tried at {triedAt}");
        site.Fault = null;
        await LetAMinutePassAsync(partner);
        (await service.TokenAsync(partner with { KeyId = "second", Key = next })).Expect(HttpStatusCode.OK);
        (failed, triedAt, readAt) = await ReadingAsync(partner);
        Assert.Null(failed);
        Assert.True(readAt >= triedAt, $"read at {readAt}, tried at {triedAt}");
    }

    [Theory]
    [InlineData("http://127.0.0.1:9/keys", "connection-failed")]
    [InlineData("http://no-such-host.invalid/keys", "name-not-found")]
    public async Task A_site_that_is_not_there_is_told_of_as_such(string address, string error)
    {
        var partner = await service.LiveAsync();
        var path = $"/partners/v1/organisations/{partner.Organisation}/clients/{partner.ClientId}";
        (await service.Registrar.ChangeAsync(path + "/key-set", new { address }, (await service.Registrar.ReadAsync(path)).ETag)).Expect(HttpStatusCode.OK);

        (await service.TokenAsync(partner with { KeyId = "unknown" })).Expect(HttpStatusCode.Unauthorized, "invalid_client");

        Assert.Equal((error, null), await ReadingAsync(partner) is var (failed, _, readAt) ? (failed, readAt) : default);
    }

    [Fact]
    public async Task A_key_that_its_owner_has_taken_out_of_the_set_ends_without_anybody_asking()
    {
        await using var site = await Site.StartAsync();
        var partner = await PartnerAsync(site);
        (await service.TokenAsync(partner)).Expect(HttpStatusCode.OK);
        site.Publish();
        await service.QueryAsync("update api_client set key_set_read_at = key_set_read_at - interval '1 hour' where id = $1", partner.ClientId);

        await service.DoDueWorkAsync<KeySetRefresh>();

        (await service.TokenAsync(partner)).Expect(HttpStatusCode.Unauthorized, "invalid_client");
        Assert.Equal(["expired"], await StatusesAsync(partner));
    }

    [Fact]
    public async Task A_key_of_the_organisations_other_client_in_the_set_is_not_taken_over()
    {
        await using var site = await Site.StartAsync();
        var partner = await PartnerAsync(site);
        var other = await service.ClientAsync(partner.Organisation, Scopes.IntegrationManage);
        site.Publish(("stolen", other.Key));

        (await service.TokenAsync(partner with { KeyId = "stolen", Key = other.Key })).Expect(HttpStatusCode.Unauthorized, "invalid_client");
        Assert.Equal("key-taken", (await ReadingAsync(partner)).Error);
        (await service.TokenAsync(other)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_officer_ends_a_key_set_and_every_key_of_it()
    {
        await using var site = await Site.StartAsync();
        var partner = await PartnerAsync(site);
        (await service.TokenAsync(partner)).Expect(HttpStatusCode.OK);
        var path = $"/partners/v1/organisations/{partner.Organisation}/clients/{partner.ClientId}";

        var ended = (await service.OfficerA.ChangeAsync(
            path + "/key-set/revocation", new { reason = "security-incident" }, (await service.Registrar.ReadAsync(path)).ETag)).Expect(HttpStatusCode.OK);

        Assert.Equal(System.Text.Json.JsonValueKind.Null, ended.Body.GetProperty("keySet").ValueKind);
        await LetAMinutePassAsync(partner);
        (await service.TokenAsync(partner)).Expect(HttpStatusCode.Unauthorized, "invalid_client");
        Assert.Equal(1, site.Requests);
    }

    [Fact]
    public async Task A_key_set_that_is_revoked_while_its_site_is_slow_gives_no_key()
    {
        await using var site = await Site.StartAsync();
        var partner = await PartnerAsync(site);
        var path = $"/partners/v1/organisations/{partner.Organisation}/clients/{partner.ClientId}";
        site.Meanwhile = async () => (await service.OfficerA.ChangeAsync(
            path + "/key-set/revocation", new { reason = "security-incident" }, (await service.Registrar.ReadAsync(path)).ETag)).Expect(HttpStatusCode.OK);

        (await service.TokenAsync(partner)).Expect(HttpStatusCode.Unauthorized, "invalid_client");

        Assert.Equal(1, site.Requests);
        Assert.Empty(await StatusesAsync(partner));
    }

    [Fact]
    public async Task A_client_with_registered_keys_changes_to_a_key_set_without_a_gap()
    {
        await using var site = await Site.StartAsync();
        var partner = await service.LiveAsync();
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        site.Publish(("next", next));
        using var developer = service.Host.As(partner.Organisation, "a-developer", Scopes.IntegrationManage);
        var path = $"/partners/v1/organisations/{partner.Organisation}/clients/{partner.ClientId}";

        var changed = (await developer.ChangeAsync(path + "/key-set", new { address = site.Address }, "\"1\"")).Expect(HttpStatusCode.OK);

        Assert.Equal(site.Address, changed.Body.GetProperty("keySet").GetProperty("address").GetString());
        (await service.TokenAsync(partner)).Expect(HttpStatusCode.OK);
        (await service.TokenAsync(partner with { KeyId = "next", Key = next })).Expect(HttpStatusCode.OK);
        (await service.TokenAsync(partner)).Expect(HttpStatusCode.OK);
        Assert.Equal(["retiring", "active"], await StatusesAsync(partner));
        (await developer.ChangeAsync(path + "/keys", new { jwk = PartnersService.Jwk(next) }, (await developer.ReadAsync(path)).ETag))
            .Expect(HttpStatusCode.Conflict, "client.key-set");
    }

    [Theory]
    [InlineData("ftp://partner.example/keys")]
    [InlineData("https://user@partner.example/keys")]
    [InlineData("https://partner.example/keys#part")]
    [InlineData("/keys")]
    [InlineData("file:///etc/passwd")]
    public async Task An_address_that_the_platform_does_not_call_is_refused(string address)
    {
        var partner = await service.SharedPartnerAsync();

        (await service.Registrar.ChangeAsync($"/partners/v1/organisations/{partner.Organisation}/clients/{partner.ClientId}/key-set", new { address }, "\"1\""))
            .Expect(HttpStatusCode.UnprocessableEntity, "client.key-set-address");
        (await service.Registrar.CreateAsync(
            $"/partners/v1/organisations/{partner.Organisation}/clients",
            new { name = "client-" + Guid.NewGuid().ToString("N")[..12], scopes = new[] { Scopes.OrganisationsRead }, keySet = address }))
            .Expect(HttpStatusCode.UnprocessableEntity, "client.key-set-address");
    }

    private static Dictionary<string, string> Named(string keyId, ECDsa key) => new(PartnersService.Jwk(key)) { ["kid"] = keyId };

    /// <summary>A live organisation's client whose keys are at the site.</summary>
    private async Task<Partner> PartnerAsync(Site site)
    {
        var live = await service.LiveAsync();
        var partner = live with { ClientId = "client-" + Guid.NewGuid().ToString("N")[..12], KeyId = "first", Key = ECDsa.Create(ECCurve.NamedCurves.nistP256) };
        site.Publish(("first", partner.Key));
        (await service.Registrar.CreateAsync(
            $"/partners/v1/organisations/{live.Organisation}/clients",
            new { name = partner.ClientId, scopes = new[] { Scopes.OrganisationsRead }, keySet = site.Address })).Expect(HttpStatusCode.Created);
        return partner;
    }

    private async Task<List<string>> StatusesAsync(Partner partner) =>
    [
        .. (await service.Registrar.ReadAsync($"/partners/v1/organisations/{partner.Organisation}/clients/{partner.ClientId}")).Expect(HttpStatusCode.OK)
            .Body.GetProperty("keys").EnumerateArray().Select(key => key.GetProperty("status").GetString()!),
    ];

    /// <summary>What a client's organisation is told of the reading of its key set.</summary>
    private async Task<(string? Error, DateTimeOffset TriedAt, DateTimeOffset? ReadAt)> ReadingAsync(Partner partner)
    {
        var keySet = (await service.Registrar.ReadAsync($"/partners/v1/organisations/{partner.Organisation}/clients/{partner.ClientId}")).Expect(HttpStatusCode.OK).Body.GetProperty("keySet");
        return (keySet.GetProperty("lastError").GetString(), keySet.GetProperty("lastTriedAt").GetDateTimeOffset(),
            keySet.GetProperty("lastReadAt") is { ValueKind: not System.Text.Json.JsonValueKind.Null } read ? read.GetDateTimeOffset() : null);
    }

    private async Task LetAMinutePassAsync(Partner partner) =>
        await service.QueryAsync("update api_client set key_set_read_at = key_set_read_at - interval '1 minute' where id = $1", partner.ClientId);

    /// <summary>A partner's web site with a key set.</summary>
    private sealed class Site : IAsyncDisposable
    {
        private readonly WebApplication app;
        private readonly CancellationTokenSource closing = new();
        private object[] keys = [];
        private int requests;

        private Site(WebApplication app) => this.app = app;

        public int Requests => requests;

        public string? Fault { get; set; }

        /// <summary>What happens while the site takes its time.</summary>
        public Func<Task> Meanwhile { get; set; } = () => Task.CompletedTask;

        public string Address => app.Urls.Single() + "/keys";

        public static async Task<Site> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var site = new Site(builder.Build());
            site.app.MapGet("/keys", (Delegate)site.AnswerAsync);
            site.app.MapGet("/elsewhere", () => Results.Json(new { site.keys }));
            await site.app.StartAsync();
            return site;
        }

        public void Publish(params (string KeyId, ECDsa Key)[] published) => keys = [.. published.Select(each => Named(each.KeyId, each.Key))];

        public void PublishRaw(object[] published) => keys = published;

        public async ValueTask DisposeAsync()
        {
            await closing.CancelAsync();
            await app.DisposeAsync();
            closing.Dispose();
        }

        private async Task<IResult> AnswerAsync(HttpContext context)
        {
            Interlocked.Increment(ref requests);
            await Meanwhile();
            switch (Fault)
            {
                case "redirect":
                    return Results.Redirect("/elsewhere");
                case "oversized":
                    return Results.Json(new { filler = new string('x', 70_000), keys });
                case "not JSON":
                    return Results.Text("{");
                case "no keys":
                    return Results.Text("{}");
                case "an array":
                    return Results.Text("[]");
                case "error":
                    return Results.StatusCode(500);
                case "breaks off":
                    context.Abort();
                    return Results.Empty;
                case "hangs":
                    await Task.Delay(Timeout.Infinite, closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    return Results.Empty;
                default:
                    return Results.Json(new { keys });
            }
        }
    }
}
