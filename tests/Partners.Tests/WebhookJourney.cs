using System.Net;
using System.Net.Http.Json;
using Soc.Contracts;

namespace Soc.Partners.Tests;

/// <summary>A webhook of an organisation, with the developer who looks after it.</summary>
internal sealed record OwnWebhook(Guid Organisation, HttpClient Developer, string Path, string Secret) : IDisposable
{
    public void Dispose() => Developer.Dispose();

    public async Task<Answer> ReadAsync() => (await Developer.ReadAsync(Path)).Expect(HttpStatusCode.OK);

    /// <summary>One verb on it, with its current ETag.</summary>
    public async Task<Answer> DoAsync(string verb, object? body = null) => await Developer.ChangeAsync(Path + verb, body, (await ReadAsync()).ETag);

    public async Task<string> StatusAsync() => (await ReadAsync()).Body.GetProperty("status").GetString()!;
}

/// <summary>How webhooks come to be, in the words of their tests.</summary>
internal static class WebhookJourney
{
    public const string AgreementActivated = "soc.partners.isa.activated.v1", Notice = "soc.referrals.notice.issued.v1",
        OrganisationChanged = "soc.partners.organisation.changed.v1", Disabled = "soc.partners.webhook.disabled.v1";

    public static HttpClient Developer(this PartnersService service, Guid organisation) =>
        service.Host.As(organisation, "developer-" + organisation, Scopes.IntegrationManage);

    public static object WebhookTerms(Uri url, params string[] eventTypes) => new { url = url.ToString(), description = "Case system", eventTypes };

    /// <summary>A webhook with a secret, not yet verified.</summary>
    public static async Task<OwnWebhook> WebhookAsync(this PartnersService service, Guid organisation, Uri url, params string[] eventTypes)
    {
        var developer = service.Developer(organisation);
        var created = (await developer.CreateAsync("/partners/v1/webhooks", WebhookTerms(url, eventTypes))).Expect(HttpStatusCode.Created);
        var path = created.Location!.ToString();
        var issued = (await developer.ChangeAsync(path + "/secrets", null, created.ETag)).Expect(HttpStatusCode.OK);
        return new(organisation, developer, path, issued.Body.GetProperty("secret").GetString()!);
    }

    /// <summary>A webhook whose receiver has proven itself.</summary>
    public static async Task<OwnWebhook> ActiveWebhookAsync(this PartnersService service, Guid organisation, WebhookReceiver receiver, params string[] eventTypes)
    {
        var webhook = await service.WebhookAsync(organisation, receiver.Address, eventTypes);
        (await webhook.DoAsync("/verification")).Expect(HttpStatusCode.OK);
        return webhook;
    }

    /// <summary>Makes an event that concerns the organisation: a further agreement of its own becomes active.</summary>
    public static Task<Guid> HappenAsync(this PartnersService service, Partner partner) => service.ActiveAgreementAsync(
        PartnersService.Agreement(["strategy-progress"], "OFFICIAL", partner.Organisation, partner.Counterparty));

    public static async Task<Answer> PutAsync(this HttpClient client, string path, object body, string? etag)
    {
        return await client.SendAsync(path, JsonContent.Create(body), "PUT", etag is null ? [] : [("If-Match", etag)]);
    }
}
