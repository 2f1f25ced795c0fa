using System.Net;
using System.Text;
using Soc.Contracts;
using Soc.ServiceDefaults;

namespace Soc.Partners.Tests;

/// <summary>What is another organisation's does not exist, whichever endpoint is asked: the right scope, an existing id, and the answer of a random one.</summary>
public sealed class OthersTests(PartnersService service)
{
    /// <summary>What a partner's own people and systems hold; the offices of the platform see more by design.</summary>
    private static readonly string[] OfPartners =
        [Scopes.OrganisationsRead, Scopes.OrganisationAdminister, Scopes.OrganisationAttest, Scopes.IntegrationManage];

    /// <summary>A body that gets as far as the resource, by the end of the route.</summary>
    private static readonly Dictionary<string, string> Bodies = new(StringComparer.Ordinal)
    {
        ["POST /clients"] = """{"name":"a-client","scopes":["integration.manage"],"sandbox":true}""",
        ["POST /keys"] = """{"jwk":{}}""",
        ["POST /key-set"] = """{"address":"https://partner.example/keys"}""",
        ["POST /certificates"] = """{"certificate":"AAAA"}""",
        ["POST /revocation"] = """{"reason":"superseded"}""",
        ["POST /signature"] = """{"documentReference":"SIGNED-1"}""",
        ["POST /applications"] = """{"responsibleIndividual":"01900000-0000-7000-8000-00000000000a","terms":{"version":2,"answers":{}}}""",
        ["POST /terms-acceptances"] = """{"version":2,"answers":{}}""",
        ["POST /shares"] = """{"reference":"REF-1","dataCategory":"protected-person-referrals","marking":"OFFICIAL"}""",
        ["POST /acknowledgement"] = """{"action":"destroyed"}""",
        ["POST /attestations"] = """{"role":"senior-information-risk-owner","clients":[],"contacts":[]}""",
        ["PUT /{id:guid}"] = """{"url":"https://partner.example/hook","description":"Case system","eventTypes":["soc.partners.isa.activated.v1"]}""",
        ["POST /termination"] = """{"reason":"party-withdraws"}""",
        ["POST /replay"] = """{"since":"2026-01-01T00:00:00Z"}""",
        ["POST /contacts"] = """{"role":"responsible-individual","name":"Example Person Other","email":"other@example.org"}""",
    };

    [Fact]
    public async Task An_existing_id_of_another_organisation_is_answered_like_a_random_one_by_every_endpoint_that_takes_one()
    {
        var theirs = await service.LiveAsync();
        var stranger = await service.LiveAsync();
        var (third, contact) = (await service.ApprovedAsync(), await service.ResponsibleIndividualAsync(theirs.Organisation));
        await using var receiver = await WebhookReceiver.StartAsync();
        using var webhook = await service.ActiveWebhookAsync(theirs.Organisation, receiver, WebhookJourney.AgreementActivated);
        await service.HappenAsync(theirs);
        var delivery = await TestKit.Eventually.NotNullAsync(
            async () => (await service.QueryAsync("select event_id::text from webhook_delivery where webhook_id = $1", Guid.Parse(webhook.Path.Split('/')[^1]))).FirstOrDefault(), "a delivery");
        var secret = (await service.QueryAsync("select id::text from webhook_secret where webhook_id = $1", Guid.Parse(webhook.Path.Split('/')[^1])))[0];
        var run = (await service.QueryAsync("select id::text from conformance_run where organisation_id = $1", theirs.Organisation))[0];
        (await service.SuspendAsync(service.OfficerA, theirs.Organisation)).Expect(HttpStatusCode.OK);
        (await service.ReinstateAsync(service.OfficerB, theirs.Organisation)).Expect(HttpStatusCode.OK);
        var order = (await service.QueryAsync("select id::text from revocation_order where organisation_id = $1", theirs.Organisation))[0];
        await using var group = await SharingGroupOf.FormAsync(service);
        var share = (await group.One.CreateAsync(group.Path + "/shares", SharingGroupTests.Share)).Expect(HttpStatusCode.Created).Location!.ToString();
        var forum = (await service.Registrar.CreateAsync("/partners/v1/forums", ForumTests.Sample())).Expect(HttpStatusCode.Created).Location!.ToString();

        // The id in each route, by what comes before it.
        var ids = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["organisations"] = $"{theirs.Organisation}", ["agreements"] = $"{theirs.Agreement}", ["clients"] = theirs.ClientId, ["keys"] = theirs.KeyId, ["contacts"] = $"{contact}",
            ["webhooks"] = webhook.Path.Split('/')[^1], ["deliveries"] = delivery, ["secrets"] = secret, ["conformance-runs"] = run, ["revocation-orders"] = order,
            ["members"] = $"{third}", ["sharing-groups"] = $"{group.Id}", ["shares"] = share.Split('/')[^2], ["forums"] = forum.Split('/')[^1], ["certificates"] = "a-thumbprint",
        };
        using var caller = service.Host.As(stranger.Organisation, "a-stranger", OfPartners);
        var (asked, wrong) = (0, new List<string>());
        foreach (var (method, route, _) in AccessTests.Protected.Where(each =>
            each.Route.Contains('{', StringComparison.Ordinal) && (Policies.AnyOf.GetValueOrDefault(each.Policy) ?? [each.Policy]).Intersect(OfPartners).Any()))
        {
            var (existing, random) = (await AskAsync(Fill(route, name => ids[name])), await AskAsync(Fill(route, _ => $"{Guid.NewGuid()}")));

            if (existing.Status != random.Status || existing.Text != random.Text
                || (existing.Status != HttpStatusCode.NotFound && existing.Text != """{"items":[],"next":null}"""))
            {
                wrong.Add($"{method} {route}: {existing.Status} {existing.Text}; a random one {random.Status} {random.Text}");
            }

            asked++;

            async Task<Answer> AskAsync(string path)
            {
                using var content = method == "GET" ? null : new StringContent(Bodies.GetValueOrDefault($"{method} /{route.Split('/')[^1]}", "{}"), Encoding.UTF8, "application/json");
                return await caller.SendAsync(path, content, method, [("If-Match", "\"1\""), ("Idempotency-Key", Guid.NewGuid().ToString())]);
            }
        }

        Assert.Empty(wrong);
        Assert.True(asked >= 30, $"only {asked} endpoints were asked");
    }

    private static string Fill(string route, Func<string, string> id)
    {
        var parts = route.Split('/');
        return string.Join('/', parts.Select((part, at) => part.StartsWith('{') ? id(parts[at - 1]) : part));
    }
}
