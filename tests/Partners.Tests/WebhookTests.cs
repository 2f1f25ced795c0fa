using System.Net;
using System.Text;
using System.Text.Json;
using static Soc.Partners.Tests.WebhookJourney;

namespace Soc.Partners.Tests;

public sealed class WebhookTests(PartnersService service)
{
    private static readonly Uri Nowhere = new("https://partner.example/hook?token=s3cret");

    [Fact]
    public async Task A_webhook_is_registered_read_listed_changed_and_deleted_by_its_organisation()
    {
        var organisation = await service.ApprovedAsync();
        using var developer = service.Developer(organisation);

        var created = (await developer.CreateAsync("/partners/v1/webhooks", WebhookTerms(Nowhere, AgreementActivated))).Expect(HttpStatusCode.Created);
        var path = created.Location!.ToString();
        Assert.Equal("unverified", created.Body.GetProperty("status").GetString());
        Assert.Equal(["secrets", "disablement"], Actions(created));
        Assert.Equal(created.Text, (await developer.ReadAsync(path)).Expect(HttpStatusCode.OK).Text);
        Assert.Equal(path, "/partners/v1/webhooks/" + (await developer.ReadAsync("/partners/v1/webhooks")).Body.GetProperty("items")[0].GetProperty("id").GetString());

        var changed = (await developer.PutAsync(path, WebhookTerms(Nowhere, OrganisationChanged), created.ETag)).Expect(HttpStatusCode.OK);
        Assert.Equal(OrganisationChanged, changed.Body.GetProperty("eventTypes")[0].GetString());
        var webhook = Guid.Parse(path.Split('/')[^1]);
        await service.QueryAsync(
            "insert into webhook_delivery (webhook_id, event_id, event_type, by_agreement, body, status, attempts, step, settled_at) "
            + "values ($1, gen_random_uuid(), 'soc.partners.isa.activated.v1', false, ''::bytea, 'Delivered', 1, 1, now())", webhook);
        (await developer.SendAsync(path, null, "DELETE", ("If-Match", changed.ETag!))).Expect(HttpStatusCode.NoContent);
        Assert.Equal(["0"], await service.QueryAsync("select count(*) from webhook_delivery where webhook_id = $1", webhook));
        (await developer.ReadAsync(path)).Expect(HttpStatusCode.NotFound, "webhook.not-found");
        Assert.Equal(
            [$"developer-{organisation} webhook.register done", $"developer-{organisation} webhook.change done", $"developer-{organisation} webhook.delete done"],
            await service.AuditAsync(path.Split('/')[^1]));
    }

    [Theory]
    [InlineData("ftp://partner.example/")]
    [InlineData("https://user:password@partner.example/")]
    [InlineData("https://partner.example/#part")]
    [InlineData("partner.example")]
    public async Task An_address_that_is_never_called_is_refused(string url)
    {
        using var developer = service.Developer(await service.ApprovedAsync());

        (await developer.CreateAsync("/partners/v1/webhooks", new { url, description = "Case system", eventTypes = new[] { AgreementActivated } }))
            .Expect(HttpStatusCode.UnprocessableEntity, "webhook.url");
    }

    [Fact]
    public async Task Event_types_are_those_about_the_organisation_and_those_that_its_agreements_cover()
    {
        var (partner, strategist) = (await service.LiveAsync(), await service.LiveAsync(dataCategories: ["strategy-progress"], markingCeiling: "OFFICIAL"));
        var low = await service.LiveAsync(markingCeiling: "OFFICIAL");
        using var developer = service.Developer(partner.Organisation);

        Assert.Contains(Notice, await AvailableAsync(partner.Organisation));
        Assert.DoesNotContain(Notice, await AvailableAsync(strategist.Organisation));
        Assert.DoesNotContain(Notice, await AvailableAsync(low.Organisation)); // the marking ceiling does not reach it
        Assert.Contains(AgreementActivated, await AvailableAsync(strategist.Organisation));
        using var other = service.Developer(strategist.Organisation);
        foreach (var types in new string[][] { [Notice], ["soc.referrals.referral.submitted.v1"], ["*"], [AgreementActivated, AgreementActivated] })
        {
            (await other.CreateAsync("/partners/v1/webhooks", WebhookTerms(Nowhere, types))).Expect(HttpStatusCode.UnprocessableEntity, "webhook.event-type");
        }
    }

    [Fact]
    public async Task An_organisation_has_ten_webhooks_at_most_however_fast_it_asks()
    {
        using var developer = service.Developer(await service.ApprovedAsync());

        var answers = await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => developer.CreateAsync("/partners/v1/webhooks", WebhookTerms(Nowhere, AgreementActivated))));

        Assert.Equal(10, answers.Count(answer => answer.Status == HttpStatusCode.Created));
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.Created), answer => answer.Expect(HttpStatusCode.Conflict, "webhook.too-many"));
    }

    [Fact]
    public async Task Another_organisations_webhook_gets_the_same_answer_as_none_on_every_route()
    {
        var owner = await service.LiveAsync();
        using var webhook = await service.WebhookAsync(owner.Organisation, Nowhere, AgreementActivated);
        using var stranger = service.Developer(owner.Counterparty);
        var (there, random) = (webhook.Path, $"/partners/v1/webhooks/{Guid.CreateVersion7()}");
        (string Method, string Below, object? Body)[] routes =
        [
            ("GET", "", null), ("GET", "/deliveries", null), ("PUT", "", WebhookTerms(Nowhere, AgreementActivated)), ("DELETE", "", null), ("POST", "/secrets", null),
            ("POST", $"/secrets/{Guid.Empty}/revocation", null), ("POST", "/verification", null), ("POST", "/disablement", null),
            ("POST", $"/deliveries/{Guid.Empty}/replay", null), ("POST", "/replay", new { since = DateTimeOffset.UnixEpoch }),
        ];
        foreach (var (method, below, body) in routes)
        {
            var (real, none) = (await AskAsync(there), await AskAsync(random));
            real.Expect(HttpStatusCode.NotFound, "webhook.not-found");
            Assert.Equal((none.Status, none.Text, none.ETag), (real.Status, real.Text, real.ETag));

            Task<Answer> AskAsync(string path) => stranger.SendAsync(
                path + below, body is null ? null : new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"), method,
                ("If-Match", "\"1\""), ("Idempotency-Key", Guid.NewGuid().ToString()));
        }

        Assert.Equal("unverified", await webhook.StatusAsync());
        Assert.Empty((await stranger.ReadAsync("/partners/v1/webhooks")).Body.GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task Changes_need_the_current_etag()
    {
        using var webhook = await service.WebhookAsync(await service.ApprovedAsync(), Nowhere, AgreementActivated);
        foreach (var verb in new[] { "/secrets", "/verification", "/disablement", $"/secrets/{Guid.Empty}/revocation" })
        {
            (await webhook.Developer.ChangeAsync(webhook.Path + verb, null, null)).Expect((HttpStatusCode)428, "precondition.required");
            (await webhook.Developer.ChangeAsync(webhook.Path + verb, null, "\"99\"")).Expect(HttpStatusCode.PreconditionFailed, "precondition.failed");
        }

        (await webhook.Developer.PutAsync(webhook.Path, WebhookTerms(Nowhere, AgreementActivated), "\"99\"")).Expect(HttpStatusCode.PreconditionFailed);
        (await webhook.Developer.SendAsync(webhook.Path, null, "DELETE")).Expect((HttpStatusCode)428);
    }

    [Fact]
    public async Task A_secret_is_shown_once_and_stored_sealed()
    {
        using var webhook = await service.WebhookAsync(await service.ApprovedAsync(), Nowhere, AgreementActivated);

        Assert.InRange(Convert.FromBase64String(webhook.Secret["whsec_".Length..]).Length, 24, 64);
        Assert.DoesNotContain(webhook.Secret, (await webhook.ReadAsync()).Text, StringComparison.Ordinal);
        var hex = Convert.ToHexStringLower(Convert.FromBase64String(webhook.Secret["whsec_".Length..]));
        var dump = string.Concat(await service.QueryAsync(
            "select row_to_json(s)::text from webhook_secret s union all select row_to_json(k)::text from idempotency_key k union all select row_to_json(w)::text from webhook w"));
        Assert.Contains("Case system", dump, StringComparison.Ordinal);
        Assert.DoesNotContain(hex, dump, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(webhook.Secret)), dump, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(webhook.Secret, dump, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_sent_before_the_receiver_has_returned_the_challenge()
    {
        var partner = await service.LiveAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Proves = false;
        using var webhook = await service.WebhookAsync(partner.Organisation, receiver.Address, AgreementActivated);

        var refused = (await webhook.DoAsync("/verification")).Expect(HttpStatusCode.UnprocessableEntity, "webhook.not-verified");
        Assert.EndsWith("challenge.", refused.Body.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await service.HappenAsync(partner);
        Assert.Equal(["0"], await service.QueryAsync("select count(*) from webhook_delivery where webhook_id = $1", Guid.Parse(webhook.Path.Split('/')[^1])));

        receiver.Proves = true;
        (await webhook.DoAsync("/verification")).Expect(HttpStatusCode.OK);
        Assert.Equal("active", await webhook.StatusAsync());
        (await webhook.DoAsync("/verification")).Expect(HttpStatusCode.Conflict, "webhook.status");
        Assert.NotEqual(
            receiver.Challenges[0].Event.GetProperty("data").GetProperty("challenge").GetString(), receiver.Challenges[1].Event.GetProperty("data").GetProperty("challenge").GetString());
        Assert.Empty(receiver.Events);
    }

    [Theory]
    [InlineData("http://127.0.0.1:9/", "connection-failed")]
    [InlineData("http://no-such-name.invalid/", "name-not-found")]
    public async Task A_failed_verification_says_what_failed(string url, string error)
    {
        using var webhook = await service.WebhookAsync(await service.ApprovedAsync(), new Uri(url), AgreementActivated);

        var refused = (await webhook.DoAsync("/verification")).Expect(HttpStatusCode.UnprocessableEntity, "webhook.not-verified");

        Assert.EndsWith(error + ".", refused.Body.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_webhook_without_a_secret_cannot_be_verified_and_there_are_two_secrets_at_most()
    {
        using var developer = service.Developer(await service.ApprovedAsync());
        var created = (await developer.CreateAsync("/partners/v1/webhooks", WebhookTerms(Nowhere, AgreementActivated))).Expect(HttpStatusCode.Created);
        var path = created.Location!.ToString();
        (await developer.ChangeAsync(path + "/verification", null, created.ETag)).Expect(HttpStatusCode.Conflict, "webhook.no-secret");

        var first = (await developer.ChangeAsync(path + "/secrets", null, created.ETag)).Expect(HttpStatusCode.OK);
        Assert.Equal("no-store", first.Headers["Cache-Control"]);
        (await developer.ChangeAsync($"{path}/secrets/{first.Body.GetProperty("id").GetString()}/revocation", null, first.ETag)).Expect(HttpStatusCode.Conflict, "webhook.last-secret");
        var second = (await developer.ChangeAsync(path + "/secrets", null, first.ETag)).Expect(HttpStatusCode.OK);
        (await developer.ChangeAsync(path + "/secrets", null, second.ETag)).Expect(HttpStatusCode.Conflict, "webhook.two-secrets");
        var revoked = (await developer.ChangeAsync($"{path}/secrets/{first.Body.GetProperty("id").GetString()}/revocation", null, second.ETag)).Expect(HttpStatusCode.OK);
        Assert.Equal(second.Body.GetProperty("id").GetString(), Assert.Single(revoked.Body.GetProperty("secrets").EnumerateArray()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_disabled_webhook_gets_nothing_until_it_is_verified_again()
    {
        var partner = await service.LiveAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        using var webhook = await service.ActiveWebhookAsync(partner.Organisation, receiver, AgreementActivated);

        (await webhook.DoAsync("/disablement")).Expect(HttpStatusCode.OK);
        (await webhook.DoAsync("/disablement")).Expect(HttpStatusCode.Conflict, "webhook.status");
        await service.HappenAsync(partner);
        (await webhook.DoAsync("/verification")).Expect(HttpStatusCode.OK);
        var agreement = await service.HappenAsync(partner);

        await TestKit.Eventually.TrueAsync(() => Task.FromResult(receiver.Events.Count > 0), "the later event arrives");
        Assert.Equal(agreement, Assert.Single(receiver.Events).Event.GetProperty("subject").GetGuid());
    }

    private static IEnumerable<string?> Actions(Answer answer) => answer.Body.GetProperty("allowedActions").EnumerateArray().Select(action => action.GetString());

    private async Task<List<string?>> AvailableAsync(Guid organisation)
    {
        using var developer = service.Developer(organisation);
        return [.. (await developer.ReadAsync("/partners/v1/webhooks")).Body.GetProperty("availableEventTypes").EnumerateArray().Select(type => type.GetString())];
    }
}
