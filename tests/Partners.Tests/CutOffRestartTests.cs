using System.Net;
using System.Net.Http.Headers;
using Soc.Contracts;

namespace Soc.Partners.Tests;

/// <summary>A cut-off is in the database: whichever process starts anew goes by it from its first answer on.</summary>
public sealed class CutOffRestartTests(PartnersService service)
{
    [Theory]
    [InlineData("suspension")]
    [InlineData("key-revocation")]
    public async Task A_token_that_was_cut_off_stays_refused_by_a_service_that_starts_anew_and_by_whoever_asks_it_for_the_list(string cause)
    {
        var partner = await service.LiveAsync();
        var token = service.Host.Issuer.Token(partner.Organisation, partner.ClientId, Scopes.OrganisationsRead);
        await (cause == "suspension"
            ? service.SuspendAsync(service.OfficerA, partner.Organisation)
            : service.Registrar.ChangeAsync(
                $"/partners/v1/organisations/{partner.Organisation}/clients/{partner.ClientId}/keys/{partner.KeyId}/revocation", new { reason = "key-compromise" }, "\"1\""));

        await using var again = await service.Host.StartAgainAsync();

        using var client = new HttpClient { BaseAddress = again.Anonymous.BaseAddress };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        (await client.ReadAsync($"/partners/v1/organisations/{partner.Organisation}")).Expect(HttpStatusCode.Unauthorized, "access.cut-off");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/internal/cut-offs");
        request.Headers.Add("X-Platform-Key", service.Host.Issuer.PlatformKey);
        using var list = await again.Anonymous.SendAsync(request);
        Assert.Contains(partner.Organisation.ToString(), await list.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal([cause], await service.QueryAsync("select cause from revocation_order where organisation_id = $1", partner.Organisation));
    }

    [Fact]
    public async Task Who_was_removed_from_a_group_does_not_find_it_in_a_service_that_starts_anew_either()
    {
        await using var group = await SharingGroupOf.FormAsync(service);
        (await service.Registrar.ChangeAsync($"{group.Path}/members/{group.Second}/removal", null, await group.ETagAsync())).Expect(HttpStatusCode.OK);

        await using var again = await service.Host.StartAgainAsync();

        using var removed = again.As(group.Second, "second-system", Scopes.OrganisationsRead);
        (await removed.ReadAsync(group.Path)).Expect(HttpStatusCode.NotFound, "sharing-group.not-found");
        using var member = again.As(group.First, "first-system", Scopes.OrganisationsRead);
        (await member.ReadAsync(group.Path)).Expect(HttpStatusCode.OK);
    }
}
