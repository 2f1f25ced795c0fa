using System.Net;
using Soc.Contracts;
using Soc.Partners.Onboarding;

namespace Soc.Partners.Tests;

/// <summary>The way of an organisation into the platform, and where it ends.</summary>
public sealed class OnboardingTests(PartnersService service)
{
    private const string Runs = "/partners/v1/conformance-runs";

    [Fact]
    public async Task An_application_names_a_responsible_individual_of_the_organisation_and_answers_the_current_terms()
    {
        var (id, other) = (await service.RegisteredAsync(), await service.RegisteredAsync());
        var (own, foreign) = (await service.ResponsibleIndividualAsync(id), await service.ResponsibleIndividualAsync(other));
        var path = $"/partners/v1/organisations/{id}/applications";

        (await service.Registrar.CreateAsync(path, new { responsibleIndividual = foreign, terms = PartnersService.Terms() }))
            .Expect(HttpStatusCode.UnprocessableEntity, "application.responsible-individual");
        (await service.Registrar.CreateAsync(path, new { responsibleIndividual = own, terms = new { version = 1, answers = new { } } }))
            .Expect(HttpStatusCode.Conflict, "terms.not-current");
        (await service.Registrar.CreateAsync(path, new { responsibleIndividual = own, terms = new { version = 2, answers = new { } } }))
            .Expect(HttpStatusCode.UnprocessableEntity, "terms.answers");
        (await service.Registrar.CreateAsync(path, new { responsibleIndividual = own, terms = PartnersService.Terms() })).Expect(HttpStatusCode.Created);
        (await service.Registrar.CreateAsync(path, new { responsibleIndividual = own, terms = PartnersService.Terms() }))
            .Expect(HttpStatusCode.Conflict, "organisation.status");
    }

    [Fact]
    public async Task Terms_that_have_been_followed_by_others_must_be_accepted_anew_before_the_approval()
    {
        var id = await service.VerifiedAsync();
        await service.QueryAsync("update terms_acceptance set terms_version = 1 where organisation_id = $1", id);

        (await service.Registrar.ChangeAsync($"/partners/v1/organisations/{id}/approval", null, "\"3\"")).Expect(HttpStatusCode.Conflict, "terms.outdated");
        var asked = (await service.Registrar.ReadAsync($"/partners/v1/organisations/{id}/onboarding")).Expect(HttpStatusCode.OK);
        Assert.Equal("2026-06-30", asked.Body.GetProperty("acceptTermsBy").GetString());
        (await service.Registrar.CreateAsync($"/partners/v1/organisations/{id}/terms-acceptances", PartnersService.Terms())).Expect(HttpStatusCode.Created);
        (await service.Registrar.ChangeAsync($"/partners/v1/organisations/{id}/approval", null, "\"3\"")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_administrator_sees_and_does_this_for_its_own_organisation_and_no_other()
    {
        var (id, other) = (await service.RegisteredAsync(), await service.RegisteredAsync());
        using var administrator = service.Host.As(id, "an-administrator", Scopes.OrganisationAdminister);
        var individual = await service.ResponsibleIndividualAsync(id);

        (await administrator.ReadAsync($"/partners/v1/organisations/{id}/onboarding")).Expect(HttpStatusCode.OK);
        (await administrator.CreateAsync($"/partners/v1/organisations/{id}/applications", new { responsibleIndividual = individual, terms = PartnersService.Terms() }))
            .Expect(HttpStatusCode.Created);
        var hidden = (await administrator.ReadAsync($"/partners/v1/organisations/{other}/onboarding")).Expect(HttpStatusCode.NotFound, "organisation.not-found");
        Assert.Equal(hidden.Text, (await administrator.ReadAsync($"/partners/v1/organisations/{Guid.CreateVersion7()}/onboarding")).Text);
        (await administrator.CreateAsync($"/partners/v1/organisations/{other}/applications", new { responsibleIndividual = individual, terms = PartnersService.Terms() }))
            .Expect(HttpStatusCode.NotFound, "organisation.not-found");
        (await administrator.CreateAsync($"/partners/v1/organisations/{other}/terms-acceptances", PartnersService.Terms())).Expect(HttpStatusCode.NotFound, "organisation.not-found");
    }

    [Fact]
    public async Task An_application_that_stands_still_is_on_the_worklist_after_30_days_and_expires_after_90()
    {
        await using var queue = await EventQueue.BindAsync(service);
        var id = await service.AppliedAsync();
        await StoodStillAsync(id, 29);
        Assert.DoesNotContain(id, await WorklistAsync("reminded"));
        await StoodStillAsync(id, 31);
        Assert.Contains(id, await WorklistAsync("reminded"));
        await StoodStillAsync(id, 32);
        Assert.Equal(1, (await queue.ReadUntilAsync(id, 3)).Count(each => each.Type == "soc.partners.application.reminded.v1"));

        await StoodStillAsync(id, 91);

        Assert.Contains(id, await WorklistAsync("expired"));
        Assert.DoesNotContain(id, await WorklistAsync("reminded"));
        var registered = (await service.Registrar.ReadAsync($"/partners/v1/organisations/{id}")).Expect(HttpStatusCode.OK);
        Assert.Equal("registered", registered.Body.GetProperty("status").GetString());
        Assert.Contains("applications", registered.Body.GetProperty("allowedActions").EnumerateArray().Select(action => action.GetString()));
    }

    [Theory]
    [InlineData("state=waiting", "application.state")]
    [InlineData("cursor=abc", "cursor.invalid")]
    public async Task A_worklist_that_is_not_there_is_a_problem_with_a_code(string query, string code) =>
        Assert.Equal(code, (await service.Registrar.ReadAsync("/partners/v1/applications?" + query)).Code);

    [Fact]
    public async Task Conformance_is_passed_by_what_the_platform_saw_in_the_order_in_which_it_is_asked()
    {
        var developer = await service.ClientAsync(await service.ApprovedAsync(), Scopes.IntegrationManage);
        using var client = service.Host.As(developer.Organisation, developer.ClientId, Scopes.IntegrationManage);
        var key = Guid.NewGuid().ToString();
        (await client.CreateAsync(Runs, new { }, key)).Expect(HttpStatusCode.Conflict, "conformance.authentication");
        await service.TokenAsync(developer);

        var started = (await client.CreateAsync(Runs, new { }, key)).Expect(HttpStatusCode.Created);
        var run = started.Location!.ToString();
        Assert.Equal(1, await ObservedAsync(client, run));
        (await client.ChangeAsync(run + "/confirmation", null, "\"1\"")).Expect(HttpStatusCode.Conflict, "conformance.steps-missing");
        (await client.ChangeAsync(run + "/confirmation", null, null)).Expect((HttpStatusCode)428);
        (await client.ChangeAsync(run + "/confirmation", null, "\"99\"")).Expect(HttpStatusCode.PreconditionFailed);
        Assert.Equal(1, await ObservedAsync(client, run));
        (await client.CreateAsync(Runs, new { }, key)).Expect(HttpStatusCode.Created);
        Assert.Equal(2, await ObservedAsync(client, run));
        (await client.ChangeAsync(run + "/confirmation", null, "\"1\"")).Expect(HttpStatusCode.PreconditionFailed);
        Assert.Equal(3, await ObservedAsync(client, run));
        var current = (await client.ReadAsync(run)).ETag;
        Assert.Equal("passed", (await client.ChangeAsync(run + "/confirmation", null, current)).Expect(HttpStatusCode.OK).Body.GetProperty("status").GetString());
        Assert.Equal(4, await ObservedAsync(client, run));
        Assert.Equal("conformance-passed", (await service.Registrar.ReadAsync($"/partners/v1/organisations/{developer.Organisation}")).Body.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Nobody_else_sees_a_run_or_goes_on_with_it()
    {
        var developer = await service.ClientAsync(await service.ApprovedAsync(), Scopes.IntegrationManage);
        await service.TokenAsync(developer);
        using var client = service.Host.As(developer.Organisation, developer.ClientId, Scopes.IntegrationManage);
        var run = (await client.CreateAsync(Runs, new { })).Expect(HttpStatusCode.Created).Location!.ToString();
        using var colleague = service.Host.As(developer.Organisation, "a-colleague", Scopes.IntegrationManage);
        using var stranger = service.Host.As(Guid.CreateVersion7(), developer.ClientId, Scopes.IntegrationManage);

        foreach (var other in new[] { colleague, stranger })
        {
            var hidden = (await other.ReadAsync(run)).Expect(HttpStatusCode.NotFound, "conformance.not-found");
            Assert.Equal(hidden.Text, (await other.ReadAsync($"{Runs}/{Guid.CreateVersion7()}")).Text);
            (await other.ChangeAsync(run + "/confirmation", null, "\"1\"")).Expect(HttpStatusCode.NotFound, "conformance.not-found");
        }
    }

    [Fact]
    public async Task An_organisation_whose_agreement_was_active_first_is_live_when_it_passes_conformance()
    {
        var (organisation, counterparty) = (await service.ApprovedAsync(), await service.ApprovedAsync());
        var developer = await service.ClientAsync(organisation, Scopes.IntegrationManage);
        await service.ActiveAgreementAsync(PartnersService.Agreement(organisation, counterparty));
        Assert.Equal("sandbox", (await service.Registrar.ReadAsync($"/partners/v1/organisations/{organisation}")).Body.GetProperty("status").GetString());

        await service.PassConformanceAsync(developer);

        Assert.Equal("live", (await service.Registrar.ReadAsync($"/partners/v1/organisations/{organisation}")).Body.GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_contact_is_read_by_its_administrator_registrars_and_security_officers_each_reading_is_on_record_and_it_can_be_deleted()
    {
        var id = await service.RegisteredAsync();
        var contact = await service.ResponsibleIndividualAsync(id);
        var path = $"/partners/v1/organisations/{id}/contacts/{contact}";
        using var administrator = service.Host.As(id, "an-administrator", Scopes.OrganisationAdminister);
        using var stranger = service.Host.As(Guid.CreateVersion7(), "a-stranger", Scopes.OrganisationAdminister);

        foreach (var reader in new[] { administrator, service.Registrar, service.OfficerA })
        {
            Assert.Equal("Example Person Register", (await reader.ReadAsync(path)).Expect(HttpStatusCode.OK).Body.GetProperty("name").GetString());
        }

        var hidden = (await stranger.ReadAsync(path)).Expect(HttpStatusCode.NotFound, "contact.not-found");
        Assert.Equal(hidden.Text, (await stranger.ReadAsync($"/partners/v1/organisations/{id}/contacts/{Guid.CreateVersion7()}")).Text);
        (await stranger.ReadAsync($"/partners/v1/organisations/{id}/contacts")).Expect(HttpStatusCode.NotFound, "organisation.not-found");
        (await stranger.CreateAsync($"/partners/v1/organisations/{id}/contacts", new { role = "duty-desk", name = "Example Desk" })).Expect(HttpStatusCode.NotFound);
        (await administrator.ChangeAsync(path + "/deletion", null, null)).Expect((HttpStatusCode)428);
        (await administrator.ChangeAsync(path + "/deletion", null, "\"1\"")).Expect(HttpStatusCode.NoContent);
        (await administrator.ReadAsync(path)).Expect(HttpStatusCode.NotFound);
        Assert.Equal(
            [
                "home-office-registrar contact.create done", "an-administrator contact.read done", "home-office-registrar contact.read done",
                "home-office-security-a contact.read done", "an-administrator contact.delete done",
            ],
            await service.AuditAsync(contact.ToString()));
    }

    [Fact]
    public async Task The_contact_that_an_open_application_names_stays()
    {
        var id = await service.AppliedAsync();
        var contact = (await service.QueryAsync("select responsible_individual_id from onboarding_application where organisation_id = $1", id))[0];

        (await service.Registrar.ChangeAsync($"/partners/v1/organisations/{id}/contacts/{contact}/deletion", null, "\"1\"")).Expect(HttpStatusCode.Conflict, "contact.named");
        (await service.Registrar.ReadAsync($"/partners/v1/organisations/{id}/contacts/{contact}")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Nothing_of_a_contact_is_in_the_database_in_the_clear_or_in_a_log()
    {
        const string Canary = "Canarina Plimsoll";
        var id = await service.RegisteredAsync();
        (await service.Registrar.CreateAsync(
            $"/partners/v1/organisations/{id}/contacts", new { role = "security-contact", name = Canary, email = "canarina.plimsoll@example.org", phone = "+44 20 7946 0123" }))
            .Expect(HttpStatusCode.Created);
        Assert.Contains(Canary, (await service.Registrar.ReadAsync($"/partners/v1/organisations/{id}/contacts")).Expect(HttpStatusCode.OK).Text, StringComparison.Ordinal);
        await service.Registrar.CreateAsync($"/partners/v1/organisations/{id}/contacts", new { role = Canary, name = Canary, email = Canary });

        foreach (var table in await service.QueryAsync("select table_name from information_schema.tables where table_schema = 'public'"))
        {
            foreach (var secret in new[] { "plimsoll", "7946 0123" })
            {
                var hex = Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(secret)[1..]);
                Assert.Equal(
                    ["0"], await service.QueryAsync($"select count(*) from \"{table}\" r where lower(r::text) like $1 or lower(r::text) like $2", $"%{secret}%", $"%{hex}%"));
            }
        }

        Assert.DoesNotContain(service.Host.Logs, line => line.Contains("Plimsoll", StringComparison.OrdinalIgnoreCase));
    }

    private static async Task<int> ObservedAsync(HttpClient client, string run) => (await client.ReadAsync(run)).Expect(HttpStatusCode.OK).Body
        .GetProperty("steps").EnumerateArray().Count(step => step.GetProperty("observedAt").ValueKind != System.Text.Json.JsonValueKind.Null);

    private async Task StoodStillAsync(Guid organisation, int days)
    {
        await service.QueryAsync("update onboarding_application set progressed_at = $2 where organisation_id = $1", organisation, DateTime.UtcNow.AddDays(-days));
        await service.DoDueWorkAsync<ApplicationDeadlines>();
    }

    private async Task<List<Guid>> WorklistAsync(string state) =>
        [.. (await service.Registrar.ReadAsync("/partners/v1/applications?state=" + state)).Expect(HttpStatusCode.OK).Body.GetProperty("items").EnumerateArray().Select(each => each.GetProperty("organisation").GetGuid())];
}
