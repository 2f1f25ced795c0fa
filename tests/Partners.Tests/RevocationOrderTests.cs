using System.Net;
using System.Text.Json;
using Soc.Contracts;
using Soc.Partners.RevocationOrders;
using Soc.TestKit;

namespace Soc.Partners.Tests;

public sealed class RevocationOrderTests(PartnersService service)
{
    private const string Orders = "/partners/v1/revocation-orders";

    [Fact]
    public async Task A_suspension_issues_an_order_that_lists_what_was_received_and_is_enforced_once_every_process_goes_by_the_list()
    {
        await using var group = await SharingGroupOf.FormAsync(service);
        await ShareAsync(group);
        await ShareAsync(group);
        await PollAsync("a-service", null);
        (await service.SuspendAsync(service.OfficerA, group.Second)).Expect(HttpStatusCode.OK);

        var order = await OnlyOrderAsync(group.Second, "suspension");
        Assert.Equal(
            [("protected-person-referrals", 2)],
            order.GetProperty("received").EnumerateArray().Select(item => (item.GetProperty("dataCategory").GetString()!, item.GetProperty("items").GetInt32())));
        var tag = (await PollAsync("a-service", "\"an older list\"")).ETag;
        await Eventually.TrueAsync(
            async () => (await service.QueryAsync(
                "select 1 from cut_off_reader, revocation_order o where o.organisation_id = $1 and applied = $2 and seen_at > o.issued_at", group.Second, tag!)).Count > 0,
            "Partners itself goes by the list");
        await service.DoDueWorkAsync<RevocationOrdersDue>();
        Assert.Equal("issued", await StatusAsync(order));

        // The service names the list as its own when it asks for the next one, and Partners itself does the same twice a second.
        await Eventually.TrueAsync(
            async () =>
            {
                // Processes of other tests have ended without a word, and would be waited for.
                await service.QueryAsync("delete from cut_off_reader where seen_at < now() - interval '3 seconds'");
                tag = (await PollAsync("a-service", tag)).ETag ?? tag;
                await service.DoDueWorkAsync<RevocationOrdersDue>();
                return await StatusAsync(order) == "enforced";
            },
            "the order is enforced");
        await ForgetAsync("a-service");
    }

    [Fact]
    public async Task While_a_process_is_silent_an_order_is_enforced_when_every_older_token_has_expired()
    {
        var partner = await service.LiveAsync();
        await PollAsync("a-silent-service", null);
        await service.SuspendAsync(service.OfficerA, partner.Organisation);
        var order = await OnlyOrderAsync(partner.Organisation, "suspension");

        await service.DoDueWorkAsync<RevocationOrdersDue>(RevocationOrdersDue.TokensExpire - TimeSpan.FromSeconds(30));
        Assert.Equal("issued", await StatusAsync(order));
        await service.DoDueWorkAsync<RevocationOrdersDue>(RevocationOrdersDue.TokensExpire + TimeSpan.FromSeconds(1));
        Assert.Equal("enforced", await StatusAsync(order));
        await ForgetAsync("a-silent-service");
    }

    [Fact]
    public async Task A_revoked_key_issues_an_order_in_the_same_transaction_and_a_refused_one_does_not()
    {
        var partner = await service.LiveAsync();
        var path = $"/partners/v1/organisations/{partner.Organisation}/clients/{partner.ClientId}/keys/";
        var superseded = new { reason = "superseded" };

        (await service.Registrar.ChangeAsync(path + "no-such-key/revocation", superseded, "\"1\"")).Expect(HttpStatusCode.NotFound);
        (await service.Registrar.ChangeAsync(path + partner.KeyId + "/revocation", superseded, "\"7\"")).Expect(HttpStatusCode.PreconditionFailed);
        Assert.Empty(await OrdersOfAsync(partner.Organisation));
        (await service.Registrar.ChangeAsync(path + partner.KeyId + "/revocation", superseded, "\"1\"")).Expect(HttpStatusCode.OK);

        var order = await OnlyOrderAsync(partner.Organisation, "key-revocation");
        Assert.Equal($"{partner.ClientId}/{partner.KeyId}", order.GetProperty("revokedKey").GetString());
        Assert.Empty(order.GetProperty("received").EnumerateArray());
    }

    [Fact]
    public async Task The_list_is_of_one_status_or_one_organisation_where_that_is_asked_for_and_never_of_more_than_the_reader_sees()
    {
        var (one, other) = (await service.LiveAsync(), await service.LiveAsync());
        foreach (var partner in (Partner[])[one, other])
        {
            (await service.SuspendAsync(service.OfficerA, partner.Organisation)).Expect(HttpStatusCode.OK);
            (await service.ReinstateAsync(service.OfficerB, partner.Organisation)).Expect(HttpStatusCode.OK);
        }

        using var own = await AfterCutOffAsync(one.Organisation, Scopes.OrganisationAttest);
        var path = $"{Orders}/{(await OnlyOrderAsync(one.Organisation, "suspension")).GetProperty("id").GetGuid()}";
        async Task<Guid[]> Listed(HttpClient reader, string query) => [.. (await reader.ReadAsync(Orders + query)).Expect(HttpStatusCode.OK).Body
            .GetProperty("items").EnumerateArray().Select(item => item.GetProperty("organisation").GetGuid())];

        Assert.Equal([one.Organisation], await Listed(service.OfficerA, $"?organisation={one.Organisation}"));
        Assert.Empty(await Listed(own, $"?organisation={other.Organisation}"));
        await Eventually.TrueAsync(
            async () => (await own.ChangeAsync(path + "/acknowledgement", new { action = "destroyed" }, (await own.ReadAsync(path)).ETag)).Status == HttpStatusCode.OK, "acknowledged");
        Assert.Equal([one.Organisation], await Listed(service.OfficerA, $"?organisation={one.Organisation}&status=acknowledged"));
        Assert.Empty(await Listed(service.OfficerA, $"?organisation={other.Organisation}&status=acknowledged"));
        Assert.Contains(one.Organisation, await Listed(own, "?status=acknowledged"));
        (await service.OfficerA.ReadAsync(Orders + "?status=lost")).Expect(HttpStatusCode.BadRequest, "request.invalid");
        (await service.OfficerA.ReadAsync(Orders + "?state=issued")).Expect(HttpStatusCode.BadRequest, "request.unknown-parameter");
    }

    [Fact]
    public async Task Who_is_removed_from_a_group_is_asked_about_what_came_through_that_group_only_and_cannot_see_it_any_more()
    {
        await using var group = await SharingGroupOf.FormAsync(service);
        await using var other = await SharingGroupOf.FormAsync(service);
        await ShareAsync(group);
        await service.QueryAsync(
            """
            insert into disclosure (organisation_id, kind, data_category, items, agreement_id, sharing_group_id, hour, source)
            values ($1, 'Share', 'protected-person-referrals', 5, $2, $3, date_trunc('hour', now()), 'partners')
            """, group.Second, other.Agreement, other.Id);

        (await service.Registrar.ChangeAsync($"{group.Path}/members/{group.Second}/removal", null, await group.ETagAsync())).Expect(HttpStatusCode.OK);

        var order = await OnlyOrderAsync(group.Second, "sharing-group-removal");
        Assert.Equal(("enforced", group.Id), (order.GetProperty("status").GetString(), order.GetProperty("sharingGroup").GetGuid()));
        Assert.Equal(1, order.GetProperty("received").EnumerateArray().Single().GetProperty("items").GetInt32());
        (await group.Two.ReadAsync(group.Path)).Expect(HttpStatusCode.NotFound);
        (await group.Two.CreateAsync(group.Path + "/shares", new { reference = "R", dataCategory = "protected-person-referrals", marking = "OFFICIAL" }))
            .Expect(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_responsible_individual_acknowledges_once_and_says_on_what_basis_anything_is_retained()
    {
        var partner = await service.LiveAsync();
        await service.SuspendAsync(service.OfficerA, partner.Organisation);
        await service.ReinstateAsync(service.OfficerB, partner.Organisation);
        var order = await OnlyOrderAsync(partner.Organisation, "suspension");
        await EnforcedAsync();
        var (path, etag) = ($"{Orders}/{order.GetProperty("id").GetGuid()}", await ETagAsync(order));
        using var responsible = await AfterCutOffAsync(partner.Organisation, Scopes.OrganisationAttest);

        (await responsible.ChangeAsync(path + "/acknowledgement", new { action = "retained" }, etag))
            .Expect(HttpStatusCode.UnprocessableEntity, "revocation-order.retention-basis");
        (await responsible.ChangeAsync(path + "/acknowledgement", new { action = "eaten" }, etag)).Expect(HttpStatusCode.BadRequest, "request.invalid");
        (await responsible.ChangeAsync(path + "/acknowledgement", new { action = "destroyed" }, null)).Expect((HttpStatusCode)428);
        (await responsible.ChangeAsync(path + "/acknowledgement", new { action = "destroyed" }, "\"99\"")).Expect(HttpStatusCode.PreconditionFailed);
        etag = (await responsible.ReadAsync(path)).Expect(HttpStatusCode.OK).ETag;
        var given = (await responsible.ChangeAsync(path + "/acknowledgement", new { action = "retained", retentionBasis = "legal-claims" }, etag)).Expect(HttpStatusCode.OK);

        Assert.Equal("acknowledged", given.Body.GetProperty("status").GetString());
        Assert.False(given.Body.GetProperty("acknowledgement").GetProperty("fromLetter").GetBoolean());
        Assert.Empty(given.Body.GetProperty("allowedActions").EnumerateArray());
        (await responsible.ChangeAsync(path + "/acknowledgement", new { action = "destroyed" }, given.ETag)).Expect(HttpStatusCode.Conflict, "revocation-order.status");
        Assert.Equal(
            ["revocation-order.retention-basis", "done", "revocation-order.status"],
            (await service.AuditAsync(order.GetProperty("id").GetString()!)).Select(entry => entry.Split(' ')[^1]));
    }

    [Fact]
    public async Task For_an_organisation_without_access_an_officer_records_its_letter_but_never_for_their_own_organisation()
    {
        var partner = await service.LiveAsync();
        await service.SuspendAsync(service.OfficerA, partner.Organisation);
        var order = await OnlyOrderAsync(partner.Organisation, "suspension");
        var path = $"{Orders}/{order.GetProperty("id").GetGuid()}";
        await EnforcedAsync();

        (await service.OfficerA.ChangeAsync(path + "/acknowledgement", new { action = "destroyed" }, await ETagAsync(order)))
            .Expect(HttpStatusCode.UnprocessableEntity, "revocation-order.letter");
        var recorded = (await service.OfficerA.ChangeAsync(path + "/acknowledgement", new { action = "destroyed", documentReference = "LETTER/7" }, await ETagAsync(order)))
            .Expect(HttpStatusCode.OK);
        Assert.True(recorded.Body.GetProperty("acknowledgement").GetProperty("fromLetter").GetBoolean());

        var other = await service.LiveAsync();
        await service.SuspendAsync(service.OfficerA, other.Organisation);
        await service.ReinstateAsync(service.OfficerB, other.Organisation);
        var own = await OnlyOrderAsync(other.Organisation, "suspension");
        await EnforcedAsync();
        using var officer = await AfterCutOffAsync(other.Organisation, Scopes.OrganisationsSuspend);
        var ownPath = $"{Orders}/{own.GetProperty("id").GetGuid()}";
        (await officer.ChangeAsync(ownPath + "/acknowledgement", new { action = "destroyed", documentReference = "LETTER/8" }, (await officer.ReadAsync(ownPath)).ETag))
            .Expect(HttpStatusCode.Forbidden, "revocation-order.not-yours");
    }

    [Fact]
    public async Task An_organisation_sees_its_own_orders_and_no_others_and_officers_see_all()
    {
        var (one, other) = (await service.LiveAsync(), await service.LiveAsync());
        await service.QueryAsync(Insert, one.Organisation);
        await service.QueryAsync(Insert, other.Organisation);
        using var responsible = service.Host.As(one.Organisation, "responsible", Scopes.OrganisationAttest);

        var mine = Assert.Single((await responsible.ReadAsync(Orders)).Expect(HttpStatusCode.OK).Body.GetProperty("items").EnumerateArray());
        Assert.Equal(one.Organisation, mine.GetProperty("organisation").GetGuid());
        Assert.False(mine.TryGetProperty("received", out _));
        var theirs = $"{Orders}/{(await OnlyOrderAsync(other.Organisation, "suspension")).GetProperty("id").GetGuid()}";
        var hidden = (await responsible.ReadAsync(theirs)).Expect(HttpStatusCode.NotFound, "revocation-order.not-found");
        Assert.Equal(hidden.Text, (await responsible.ReadAsync($"{Orders}/{Guid.CreateVersion7()}")).Text);
        (await responsible.ChangeAsync(theirs + "/acknowledgement", new { action = "destroyed" }, "\"1\"")).Expect(HttpStatusCode.NotFound, "revocation-order.not-found");
        (await service.OfficerB.ReadAsync(theirs)).Expect(HttpStatusCode.OK);
        (await service.Registrar.ReadAsync(theirs)).Expect(HttpStatusCode.OK);
        (await responsible.ReadAsync(Orders + "?cursor=AAAA")).Expect(HttpStatusCode.BadRequest, "cursor.invalid");
    }

    [Fact]
    public async Task An_order_that_nobody_acknowledges_becomes_overdue_once_and_can_still_be_acknowledged()
    {
        await using var queue = await EventQueue.BindAsync(service);
        var partner = await service.LiveAsync();
        await service.SuspendAsync(service.OfficerA, partner.Organisation);
        var order = await OnlyOrderAsync(partner.Organisation, "suspension");

        await service.DoDueWorkAsync<RevocationOrdersDue>(TimeSpan.FromDays(13));
        Assert.Equal("enforced", await StatusAsync(order));
        await service.DoDueWorkAsync<RevocationOrdersDue>(TimeSpan.FromDays(16));
        await service.DoDueWorkAsync<RevocationOrdersDue>(TimeSpan.FromDays(16));
        Assert.Equal("overdue", await StatusAsync(order));
        (await service.Registrar.ChangeAsync(
            $"{Orders}/{order.GetProperty("id").GetGuid()}/acknowledgement", new { action = "returned", documentReference = "LETTER-9" }, await ETagAsync(order))).Expect(HttpStatusCode.OK);

        var id = order.GetProperty("id").GetGuid();
        var told = await queue.ReadUntilAsync(id, 3);
        Assert.Equal(
            [
                (1L, "issued", $$"""{"revocationOrderId":"{{id}}","organisationId":"{{partner.Organisation}}","cause":"suspension"}"""),
                (2L, "overdue", $$"""{"revocationOrderId":"{{id}}","organisationId":"{{partner.Organisation}}"}"""),
                (3L, "acknowledged", $$"""{"revocationOrderId":"{{id}}","organisationId":"{{partner.Organisation}}","action":"returned"}"""),
            ],
            told.OrderBy(each => each.Version).Select(each => (each.Version, each.Type.Split('.')[3], each.Message)));
    }

    private const string Insert = """
        insert into revocation_order (id, organisation_id, cause, issued_at, due_at, status, enforced_at, version, event_version)
        values (gen_random_uuid(), $1, 'suspension', now(), now() + interval '14 days', 'Enforced', now(), 2, 1)
        """;

    private static async Task ShareAsync(SharingGroupOf group) => (await group.One.CreateAsync(
        group.Path + "/shares", new { reference = "REF-1", dataCategory = "protected-person-referrals", marking = "OFFICIAL" })).Expect(HttpStatusCode.Created);

    private async Task<List<string>> OrdersOfAsync(Guid organisation) =>
        await service.QueryAsync("select id from revocation_order where organisation_id = $1", organisation);

    private async Task<JsonElement> OnlyOrderAsync(Guid organisation, string cause)
    {
        var order = (await service.OfficerA.ReadAsync($"{Orders}/{Assert.Single(await OrdersOfAsync(organisation))}")).Expect(HttpStatusCode.OK).Body;
        Assert.Equal((organisation, cause), (order.GetProperty("organisation").GetGuid(), order.GetProperty("cause").GetString()));
        return order;
    }

    private async Task<string> StatusAsync(JsonElement order) =>
        (await service.OfficerA.ReadAsync($"{Orders}/{order.GetProperty("id").GetGuid()}")).Expect(HttpStatusCode.OK).Body.GetProperty("status").GetString()!;

    private async Task<string> ETagAsync(JsonElement order) => (await service.OfficerA.ReadAsync($"{Orders}/{order.GetProperty("id").GetGuid()}")).ETag!;

    /// <summary>Asks for the cut-offs as another process of the platform does, naming the list that it has.</summary>
    private async Task<Answer> PollAsync(string process, string? known)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/internal/cut-offs");
        request.Headers.Add("X-Platform-Key", service.Host.Issuer.PlatformKey);
        request.Headers.Add("X-Platform-Process", process);
        if (known is not null)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", known);
        }

        using var response = await service.Host.Anonymous.SendAsync(request);
        return await Answer.OfAsync(response);
    }

    /// <summary>Lets the orders be enforced, so that nothing changes their ETags any more.</summary>
    private Task EnforcedAsync() => service.DoDueWorkAsync<RevocationOrdersDue>(RevocationOrdersDue.TokensExpire + TimeSpan.FromSeconds(1));

    private Task<List<string>> ForgetAsync(string process) => service.QueryAsync("delete from cut_off_reader where process = $1", process);

    /// <summary>A client whose token is from after the organisation's last cut-off, once the service knows that.</summary>
    private async Task<HttpClient> AfterCutOffAsync(Guid organisation, params string[] scopes)
    {
        var cutOff = (await service.CutOffsAsync()).Expect(HttpStatusCode.OK).Body.EnumerateArray()
            .Single(each => each.GetProperty("organisation").GetGuid() == organisation).GetProperty("notBefore").GetDateTimeOffset();
        await Eventually.TrueAsync(() => Task.FromResult(DateTimeOffset.UtcNow >= cutOff.AddSeconds(1)), "the second of the cut-off has passed");
        var client = service.Host.As(organisation, "someone", scopes);
        await Eventually.TrueAsync(async () => (await client.ReadAsync(Orders)).Status == HttpStatusCode.OK, "a token from after the cut-off is accepted");
        return client;
    }
}
