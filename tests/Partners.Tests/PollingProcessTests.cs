using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Soc.Contracts;
using Soc.ServiceDefaults;
using Soc.TestKit;

namespace Soc.Partners.Tests;

/// <summary>A cut-off as another process of the platform meets it: one that reads the list from Partners over HTTP, as the gateway and the services do.</summary>
public sealed class PollingProcessTests(PartnersService service)
{
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData("suspension")]
    [InlineData("key-revocation")]
    public async Task A_cut_off_is_obeyed_within_two_seconds_and_survives_the_restart_of_the_process_and_of_Partners(string cause)
    {
        var partner = await service.LiveAsync();
        var token = service.Host.Issuer.Token(partner.Organisation, partner.ClientId, Scopes.OrganisationsRead);
        await using (var process = await StartAsync(service.Host.Anonymous.BaseAddress!))
        {
            Assert.Equal(HttpStatusCode.OK, await AskAsync(process, token));
            (await (cause == "suspension"
                ? service.SuspendAsync(service.OfficerA, partner.Organisation)
                : service.Registrar.ChangeAsync(
                    $"/partners/v1/organisations/{partner.Organisation}/clients/{partner.ClientId}/keys/{partner.KeyId}/revocation", new { reason = "key-compromise" }, "\"1\"")))
                .Expect(HttpStatusCode.OK);
            await Eventually.TrueAsync(async () => await AskAsync(process, token) == HttpStatusCode.Unauthorized, "the next call is refused", Promised);
        }

        Assert.Equal(cause == "suspension" ? "unauthorized_client" : "invalid_client", (await service.TokenAsync(partner)).Code);
        await using var restarted = await service.Host.StartAgainAsync();
        await using var anew = await StartAsync(restarted.Anonymous.BaseAddress!);
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(anew, token));
    }

    [Fact]
    public async Task After_a_reinstatement_by_another_officer_new_tokens_are_good_and_old_ones_stay_refused()
    {
        var partner = await service.LiveAsync();
        var old = service.Host.Issuer.Token(partner.Organisation, partner.ClientId, Scopes.OrganisationsRead);
        await using var process = await StartAsync(service.Host.Anonymous.BaseAddress!);
        (await service.SuspendAsync(service.OfficerA, partner.Organisation)).Expect(HttpStatusCode.OK);
        await Eventually.TrueAsync(async () => await AskAsync(process, old) == HttpStatusCode.Unauthorized, "the next call is refused", Promised);

        (await service.ReinstateAsync(service.OfficerA, partner.Organisation)).Expect(HttpStatusCode.Forbidden, "organisation.same-officer");
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(process, old));
        (await service.ReinstateAsync(service.OfficerB, partner.Organisation)).Expect(HttpStatusCode.OK);

        await Eventually.TrueAsync(
            async () => await AskAsync(process, service.Host.Issuer.Token(partner.Organisation, partner.ClientId, Scopes.OrganisationsRead)) == HttpStatusCode.OK,
            "a new token is good");
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(process, old));
    }

    private async Task<WebApplication> StartAsync(Uri partners)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = "Soc.Partners.Tests" });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(service.Host.Issuer.Settings) { ["CutOffs:Uri"] = new Uri(partners, "/internal/cut-offs").ToString() });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddServiceDefaults();
        builder.Logging.ClearProviders();
        var process = builder.Build();
        process.UseServiceDefaults();
        process.MapGet("/who", (Caller caller) => Results.Ok(caller.Organisation)).RequireAuthorization(Scopes.OrganisationsRead);
        await process.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(process.Urls.Single()) };
        await Eventually.TrueAsync(async () => (await client.ReadAsync("/health/ready")).Status == HttpStatusCode.OK, "the process is ready");
        return process;
    }

    private static async Task<HttpStatusCode> AskAsync(WebApplication process, string token)
    {
        using var client = new HttpClient { BaseAddress = new Uri(process.Urls.Single()) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return (await client.ReadAsync("/who")).Status;
    }
}
