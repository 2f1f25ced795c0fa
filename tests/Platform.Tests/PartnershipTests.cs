using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Soc.TestKit;

namespace Soc.Platform.Tests;

/// <summary>A year in the life of a partner, through the gateway: it is told by webhook, sees what it received, is cut off and comes back.</summary>
public sealed class PartnershipTests(PlatformFixture platform)
{
    private const string HarbourTrust = "01900000-0000-7000-8000-000000000003";

    [Fact]
    public async Task A_partner_is_told_by_webhook_pauses_while_it_is_suspended_and_answers_for_what_it_received()
    {
        await using var receiver = new Receiver();
        using var developer = await platform.AsAsync("harbour-trust-developer");
        receiver.Secret = await ReceiveAsync(developer, receiver.Address);

        var first = await RedirectAsync();
        await Eventually.TrueAsync(() => Task.FromResult(!receiver.Events.IsEmpty), "the notice has been delivered");
        Assert.Equal("soc.referrals.notice.issued.v1", receiver.Events.Last().GetProperty("type").GetString());
        Assert.DoesNotContain(first, receiver.Events.Last().GetRawText(), StringComparison.Ordinal);

        using (var referrer = await platform.AsAsync("harbour-trust"))
        {
            Assert.Contains(await referrer.UpdatesAsync(), update => update.GetProperty("referralId").GetString() == first);
        }

        using var administrator = await platform.AsAsync("harbour-trust-administrator");
        await Eventually.TrueAsync(
            async () => (await ItemsAsync(administrator, "/partners/v1/received")).Select(item => item.GetProperty("kind").GetString()).ToHashSet().IsSupersetOf(["read", "delivery"]),
            "both ways by which it received something are on record");
        await Eventually.TrueAsync(
            async () => (await administrator.GetFromJsonAsync<JsonElement>("/partners/v1/calls")).GetProperty("days").EnumerateArray().Any(day => day.GetProperty("calls").GetInt64() > 0),
            "its calls have been counted",
            TimeSpan.FromSeconds(60));

        await RedirectAsync(then: () => DecideAsync("a", "suspension", new { reason = "security-incident" }));
        var before = receiver.Events.Count;
        await platform.AllHasLeftAsync();
        using (var cutOff = await developer.GetAsync(new Uri("/partners/v1/webhooks", UriKind.Relative)))
        {
            Assert.Equal((HttpStatusCode.Unauthorized, "access.cut-off"), (cutOff.StatusCode, await cutOff.ProblemCodeAsync()));
        }

        Assert.Equal(before, receiver.Events.Count);
        using (var officer = await platform.AsAsync("home-office-security-a"))
        {
            using var organisation = await officer.GetAsync(new Uri($"/partners/v1/organisations/{HarbourTrust}", UriKind.Relative));
            using var refused = await officer.ChangeAsync($"/partners/v1/organisations/{HarbourTrust}/reinstatement", organisation.Headers.ETag);
            Assert.Equal("organisation.same-officer", await refused.ProblemCodeAsync());
        }

        await DecideAsync("b", "reinstatement", null);
        await Eventually.TrueAsync(() => Task.FromResult(receiver.Events.Count > before), "what waited has been delivered", TimeSpan.FromSeconds(60));
        Assert.True(receiver.Forged == 0, "every delivery was signed");

        using var responsible = await platform.AsAsync("harbour-trust-responsible");
        var order = (await ItemsAsync(responsible, "/partners/v1/revocation-orders"))[0];
        using var read = await responsible.GetAsync(new Uri($"/partners/v1/revocation-orders/{order.GetProperty("id").GetString()}", UriKind.Relative));
        Assert.NotEmpty((await read.BodyAsync()).GetProperty("received").EnumerateArray());
        using var acknowledged = await responsible.ChangeAsync(
            $"/partners/v1/revocation-orders/{order.GetProperty("id").GetString()}/acknowledgement", read.Headers.ETag, new { action = "destroyed" });
        Assert.Equal("acknowledged", (await acknowledged.BodyAsync()).GetProperty("status").GetString());
    }

    /// <summary>Registers and verifies a webhook for notices.</summary>
    private static async Task<string> ReceiveAsync(HttpClient developer, Uri address)
    {
        using var registered = await developer.CreateAsync(
            "/partners/v1/webhooks", new { url = address.ToString(), description = "Case system", eventTypes = new[] { "soc.referrals.notice.issued.v1" } });
        await registered.BodyAsync(HttpStatusCode.Created);
        var path = registered.Headers.Location!.ToString();
        using var issued = await developer.ChangeAsync(path + "/secrets", registered.Headers.ETag);
        var secret = (await issued.BodyAsync()).GetProperty("secret").GetString()!;
        using var verified = await developer.ChangeAsync(path + "/verification", issued.Headers.ETag);
        Assert.Equal("active", (await verified.BodyAsync()).GetProperty("status").GetString());
        return secret;
    }

    /// <summary>Refers somebody; triage then redirects the referral, which the referrer is told.</summary>
    private async Task<string> RedirectAsync(Func<Task>? then = null)
    {
        using var referrer = await platform.AsAsync("harbour-trust");
        using var submitted = await referrer.CreateAsync("/referrals/v1/referrals", new { region = "SCT", priority = "standard", threatCategory = "drugs" });
        var id = (await submitted.BodyAsync(HttpStatusCode.Created)).GetProperty("id").GetString()!;
        using var triage = await platform.AsAsync("ukpps-triage");
        using var read = await triage.GetAsync(submitted.Headers.Location);
        if (then is not null)
        {
            await then();
        }

        using var redirected = await triage.ChangeAsync($"/referrals/v1/referrals/{id}/triage", read.Headers.ETag, new { route = "redirected", reason = "witness-care", redirectTo = "witness-care" });
        await redirected.BodyAsync();
        return id;
    }

    private async Task DecideAsync(string officer, string verb, object? body)
    {
        using var client = await platform.AsAsync("home-office-security-" + officer);
        using var read = await client.GetAsync(new Uri($"/partners/v1/organisations/{HarbourTrust}", UriKind.Relative));
        using var done = await client.ChangeAsync($"/partners/v1/organisations/{HarbourTrust}/{verb}", read.Headers.ETag, body);
        await done.BodyAsync();
    }

    private static async Task<List<JsonElement>> ItemsAsync(HttpClient client, string path) =>
        [.. (await client.GetFromJsonAsync<JsonElement>(path)).GetProperty("items").EnumerateArray()];

    /// <summary>A partner's own receiver: returns the challenge, and keeps what is signed with its secret.</summary>
    private sealed class Receiver : IAsyncDisposable
    {
        private readonly HttpListener listener = new();
        private readonly Task receiving;

        public Receiver()
        {
            Address = new Uri($"http://127.0.0.1:{Servers.FreePort()}/");
            listener.Prefixes.Add(Address.ToString());
            listener.Start();
            receiving = ReceiveAsync();
        }

        public Uri Address { get; }

        public string? Secret { get; set; }

        public ConcurrentQueue<JsonElement> Events { get; } = new();

        public int Forged { get; private set; }

        public async ValueTask DisposeAsync()
        {
            listener.Stop();
            await receiving;
            ((IDisposable)listener).Dispose();
        }

        private async Task ReceiveAsync()
        {
            while (listener.IsListening)
            {
                try
                {
                    var context = await listener.GetContextAsync();
                    using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
                    var body = await reader.ReadToEndAsync();
                    var said = JsonSerializer.Deserialize<JsonElement>(body);
                    if (said.GetProperty("type").GetString() == "soc.partners.webhook.verification.v1")
                    {
                        var challenge = JsonSerializer.SerializeToUtf8Bytes(new { challenge = said.GetProperty("data").GetProperty("challenge").GetString() });
                        await context.Response.OutputStream.WriteAsync(challenge);
                    }
                    else if (Secret is null)
                    {
                        context.Response.StatusCode = 503; // sent again in a moment
                    }
                    else if (context.Request.Headers["webhook-signature"]!.Split(' ').Contains(Signature(context.Request, body)))
                    {
                        Events.Enqueue(said);
                    }
                    else
                    {
                        Forged++;
                    }

                    context.Response.Close();
                }
                catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
                {
                    return; // the test is over
                }
            }
        }

        private string Signature(HttpListenerRequest request, string body)
        {
            var signed = string.Create(CultureInfo.InvariantCulture, $"{request.Headers["webhook-id"]}.{request.Headers["webhook-timestamp"]}.{body}");
            return "v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(Secret!["whsec_".Length..]), Encoding.UTF8.GetBytes(signed)));
        }
    }
}
