using System.Net;
using Soc.Contracts;

namespace Soc.Partners.Tests;

public sealed class OrganisationTests(PartnersService service)
{
    [Fact]
    public async Task A_registration_repeated_with_its_key_has_one_effect_and_the_same_answer()
    {
        var key = Guid.NewGuid().ToString();

        var first = (await service.Registrar.CreateAsync("/partners/v1/organisations", PartnersService.Organisation(), key)).Expect(HttpStatusCode.Created);
        var second = (await service.Registrar.CreateAsync("/partners/v1/organisations", PartnersService.Organisation(), key)).Expect(HttpStatusCode.Created);
        var other = await service.Registrar.CreateAsync("/partners/v1/organisations", PartnersService.Organisation("Example Beacon Project"), key);

        Assert.Equal((first.Text, first.Location, first.ETag), (second.Text, second.Location, second.ETag));
        Assert.Equal("true", second.Headers["Idempotent-Replayed"]);
        other.Expect(HttpStatusCode.UnprocessableEntity, "idempotency.key-reused");
    }

    [Fact]
    public async Task A_registration_without_a_key_is_refused() =>
        (await service.Registrar.ChangeAsync("/partners/v1/organisations", PartnersService.Organisation(), null))
            .Expect(HttpStatusCode.BadRequest, "idempotency.key-required");

    [Fact]
    public async Task A_registered_organisation_is_where_its_location_says_and_can_apply()
    {
        var created = (await service.Registrar.CreateAsync("/partners/v1/organisations", PartnersService.Organisation())).Expect(HttpStatusCode.Created);

        var read = (await service.Registrar.ReadAsync(created.Location!.ToString())).Expect(HttpStatusCode.OK);

        Assert.Equal((created.Text, "\"1\""), (read.Text, read.ETag));
        Assert.Equal("registered", read.Body.GetProperty("status").GetString());
        Assert.Equal(["applications", "correction", "offboarding"], read.Body.GetProperty("allowedActions").EnumerateArray().Select(action => action.GetString()));
    }

    [Fact]
    public async Task A_change_needs_the_current_etag()
    {
        var path = $"/partners/v1/organisations/{await service.VerifiedAsync()}/approval";

        (await service.Registrar.ChangeAsync(path, null, null)).Expect((HttpStatusCode)428, "precondition.required");
        (await service.Registrar.ChangeAsync(path, null, "\"7\"")).Expect(HttpStatusCode.PreconditionFailed, "precondition.failed");
        Assert.Equal("\"4\"", (await service.Registrar.ChangeAsync(path, null, "\"3\"")).Expect(HttpStatusCode.OK).ETag);
        (await service.Registrar.ChangeAsync(path, null, "\"3\"")).Expect(HttpStatusCode.PreconditionFailed, "precondition.failed");
        (await service.Registrar.ChangeAsync(path, null, "\"4\"")).Expect(HttpStatusCode.Conflict, "organisation.status");
    }

    [Fact]
    public async Task Of_many_simultaneous_approvals_one_succeeds()
    {
        var path = $"/partners/v1/organisations/{await service.VerifiedAsync()}/approval";

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => service.Registrar.ChangeAsync(path, null, "\"3\"")));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer => answer.Expect(HttpStatusCode.PreconditionFailed));
    }

    [Fact]
    public async Task A_partner_sees_itself_and_its_counterparties_and_a_stranger_looks_like_no_one()
    {
        var partner = await service.LiveAsync();
        var stranger = await service.LiveAsync();
        using var client = service.Host.As(partner.Organisation, partner.ClientId, Scopes.OrganisationsRead);

        (await client.ReadAsync($"/partners/v1/organisations/{partner.Organisation}")).Expect(HttpStatusCode.OK);
        (await client.ReadAsync($"/partners/v1/organisations/{partner.Counterparty}")).Expect(HttpStatusCode.OK);
        var hidden = (await client.ReadAsync($"/partners/v1/organisations/{stranger.Organisation}")).Expect(HttpStatusCode.NotFound, "organisation.not-found");
        var unknown = await client.ReadAsync($"/partners/v1/organisations/{Guid.CreateVersion7()}");

        Assert.Equal((unknown.Status, unknown.Text), (hidden.Status, hidden.Text));
    }

    [Fact]
    public async Task An_agreement_that_is_not_active_shows_no_counterparty()
    {
        var (one, other) = (await service.ApprovedAsync(), await service.ApprovedAsync());
        (await service.Registrar.CreateAsync("/partners/v1/agreements", PartnersService.Agreement(one, other))).Expect(HttpStatusCode.Created);
        using var client = service.Host.As(one, "someone", Scopes.OrganisationsRead);

        (await client.ReadAsync($"/partners/v1/organisations/{other}")).Expect(HttpStatusCode.NotFound, "organisation.not-found");
    }
}
