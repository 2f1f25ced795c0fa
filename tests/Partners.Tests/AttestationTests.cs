using System.Net;
using System.Text.Json.Nodes;
using Soc.Contracts;
using Soc.Partners.Attestations;
using Soc.ServiceDefaults;
using Soc.TestKit;

namespace Soc.Partners.Tests;

public sealed class AttestationTests(PartnersService service)
{
    private static DateOnly Today => UkCalendar.Day(DateTimeOffset.UtcNow);

    [Fact]
    public async Task An_organisation_that_has_just_gone_live_owes_nothing_before_the_next_quarter()
    {
        var partner = await OwingAsync(dueFrom: null);
        using var responsible = await ResponsibleAsync(partner.Organisation);

        var statement = (await responsible.ReadAsync(Own(partner.Organisation))).Expect(HttpStatusCode.OK);

        Assert.Equal("not-due", statement.Body.GetProperty("state").GetString());
        Assert.Equal(Quarter.Of(Today).Next.FirstDay, DateOnly.FromDateTime(statement.Body.GetProperty("dueFrom").GetDateTime()));
        Assert.Empty(statement.Body.GetProperty("allowedActions").EnumerateArray());
        (await responsible.CreateAsync(Own(partner.Organisation), Attest(statement))).Expect(HttpStatusCode.Conflict, "attestation.not-due");
    }

    [Fact]
    public async Task Within_the_time_of_grace_everything_is_shared_and_an_attestation_is_good_for_the_quarter()
    {
        var partner = await OwingAsync(dueFrom: Today);
        using var responsible = await ResponsibleAsync(partner.Organisation);
        Assert.Equal([Scopes.OrganisationAttest, Scopes.ReferralsSubmit], await ScopesAsync(partner));
        var statement = (await responsible.ReadAsync(Own(partner.Organisation))).Expect(HttpStatusCode.OK);
        Assert.Equal(("due", "attestations"), (statement.Body.GetProperty("state").GetString(), statement.Body.GetProperty("allowedActions")[0].GetString()));

        var made = (await responsible.CreateAsync(Own(partner.Organisation), Attest(statement))).Expect(HttpStatusCode.Created);

        Assert.Equal(
            (Quarter.Of(Today).ToString(), "senior-information-risk-owner", "a-responsible-individual"),
            (made.Body.GetProperty("quarter").GetString(), made.Body.GetProperty("role").GetString(), made.Body.GetProperty("actor").GetString()));
        Assert.Contains("a-responsible-individual attestation.make done", await service.AuditAsync(partner.Organisation.ToString()));
        var after = (await responsible.ReadAsync(Own(partner.Organisation))).Expect(HttpStatusCode.OK);
        Assert.Equal(("not-due", 1), (after.Body.GetProperty("state").GetString(), after.Body.GetProperty("made").GetArrayLength()));
        (await responsible.CreateAsync(Own(partner.Organisation), Attest(statement))).Expect(HttpStatusCode.Conflict, "attestation.not-due");
        Assert.Equal(
            ["true"],
            await service.QueryAsync(
                "select jsonb_path_exists(statement, '$.clients[*].clientId ? (@ == $c)', jsonb_build_object('c', $2::text))::text from attestation where organisation_id = $1",
                partner.Organisation, partner.ClientId));
    }

    [Fact]
    public async Task An_overdue_organisation_keeps_what_is_its_own_and_gets_everything_back_when_it_attests()
    {
        await using var queue = await EventQueue.BindAsync(service);
        var partner = await OwingAsync(dueFrom: null);
        Assert.Equal([Scopes.OrganisationAttest, Scopes.ReferralsSubmit], await ScopesAsync(partner));
        Assert.Empty(await CutOffAsync(partner.Organisation));

        await MoveAsync(partner.Organisation, Overdue);
        await service.DoDueWorkAsync<AttestationClock>();
        var cutOff = await CutOffAsync(partner.Organisation);
        await service.DoDueWorkAsync<AttestationClock>();

        Assert.Single(cutOff);
        Assert.Equal(cutOff, await CutOffAsync(partner.Organisation));
        Assert.Equal([Scopes.OrganisationAttest], await ScopesAsync(partner));
        (await service.TokenAsync(partner, ("scope", Scopes.ReferralsSubmit))).Expect(HttpStatusCode.BadRequest, "invalid_scope");

        using var responsible = await ResponsibleAsync(partner.Organisation);
        var statement = (await responsible.ReadAsync(Own(partner.Organisation))).Expect(HttpStatusCode.OK);
        Assert.Equal("overdue", statement.Body.GetProperty("state").GetString());
        (await responsible.CreateAsync(Own(partner.Organisation), Attest(statement))).Expect(HttpStatusCode.Created);
        Assert.Equal([Scopes.OrganisationAttest, Scopes.ReferralsSubmit], await ScopesAsync(partner));

        var events = await queue.ReadUntilAsync(partner.Organisation, "soc.partners.attestation.made.v1");
        Assert.Equal(
            [
                (1L, "soc.partners.attestation.overdue.v1", $$"""{"organisationId":"{{partner.Organisation}}","quarter":"{{Quarter.Of(Overdue)}}"}"""),
                (2L, "soc.partners.attestation.made.v1", $$"""{"organisationId":"{{partner.Organisation}}","quarter":"{{Quarter.Of(Today)}}"}"""),
            ],
            events.Where(each => each.Type.Contains("attestation", StringComparison.Ordinal)).OrderBy(each => each.Version).Select(each => (each.Version, each.Type, each.Message)));
    }

    [Fact]
    public async Task A_client_with_nothing_but_shared_scopes_is_told_that_the_attestation_is_overdue()
    {
        var partner = await service.LiveAsync();
        await service.DoDueWorkAsync<AttestationClock>();
        await MoveAsync(partner.Organisation, Overdue);

        var refused = (await service.TokenAsync(partner)).Expect(HttpStatusCode.BadRequest, "invalid_scope");

        Assert.Contains("attestation is overdue", refused.Body.GetProperty("error_description").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_attested_to_must_be_what_there_is()
    {
        var partner = await OwingAsync(dueFrom: Today);
        using var responsible = await ResponsibleAsync(partner.Organisation);
        var statement = (await responsible.ReadAsync(Own(partner.Organisation))).Expect(HttpStatusCode.OK);
        var seen = Attest(statement);
        foreach (var spoil in new Action<JsonNode>[]
        {
            body => body["clients"]!.AsArray().Clear(),
            body => body["clients"]![0]!["clientId"] = "another-client",
            body => body["clients"]![0]!["scopes"]!.AsArray().RemoveAt(0),
            body => body["clients"]![0]!["keyThumbprints"]!.AsArray().Add("AAAA"),
            body => body["clients"]!.AsArray().Add(body["clients"]![0]!.DeepClone()),
            body => body["contacts"]!.AsArray().Clear(),
            body => body["contacts"]![0]!["role"] = "duty-desk",
        })
        {
            var spoilt = JsonNode.Parse(seen.ToJsonString())!;
            spoil(spoilt);
            (await responsible.CreateAsync(Own(partner.Organisation), spoilt)).Expect(HttpStatusCode.Conflict, "attestation.stale");
        }

        await service.ClientAsync(partner.Organisation, Scopes.ReferralsUpdates);

        (await responsible.CreateAsync(Own(partner.Organisation), seen)).Expect(HttpStatusCode.Conflict, "attestation.stale");
        Assert.Equal("due", (await responsible.ReadAsync(Own(partner.Organisation))).Body.GetProperty("state").GetString());
    }

    [Theory]
    [InlineData("role", "\"Ms Example\"")]
    [InlineData("role", "null")]
    [InlineData("clients", "null")]
    [InlineData("clients", "[{}]")]
    [InlineData("contacts", "null")]
    [InlineData("name", "\"Ms Example\"")]
    public async Task A_bad_attestation_is_a_problem_with_a_code(string member, string value)
    {
        var body = JsonNode.Parse("""{"role":"chief-executive","clients":[],"contacts":[]}""")!;
        body[member] = JsonNode.Parse(value);
        var organisation = Guid.CreateVersion7();
        using var responsible = service.Host.As(organisation, "a-responsible-individual", Scopes.OrganisationAttest);

        Assert.NotNull((await responsible.CreateAsync(Own(organisation), body)).Expect(HttpStatusCode.BadRequest).Code);
    }

    [Fact]
    public async Task Another_organisations_attestations_do_not_exist()
    {
        var partner = await OwingAsync(dueFrom: Today);
        using var other = service.Host.As(partner.Counterparty, "another", Scopes.OrganisationAttest, Scopes.OrganisationsRead);
        var body = JsonNode.Parse("""{"role":"chief-executive","clients":[],"contacts":[]}""")!;

        var hidden = (await other.ReadAsync(Own(partner.Organisation))).Expect(HttpStatusCode.NotFound);
        Assert.Equal(hidden.Text, (await other.ReadAsync(Own(Guid.CreateVersion7()))).Text);
        Assert.Equal(hidden.Text, (await other.CreateAsync(Own(partner.Organisation), body)).Expect(HttpStatusCode.NotFound).Text);
    }

    [Fact]
    public async Task Registrars_and_leads_see_who_is_due_and_overdue_and_an_organisation_sees_itself()
    {
        var (due, overdue) = (await OwingAsync(dueFrom: Today), await OwingAsync(dueFrom: Overdue));
        using var lead = service.Host.As(PartnersService.HomeOffice, "a-lead", Scopes.AgreementsManage, Scopes.OrganisationsRead);
        using var party = service.Host.As(due.Organisation, "a-party", Scopes.OrganisationsRead);

        foreach (var officer in new[] { service.Registrar, lead })
        {
            Assert.Contains(due.Organisation, await AllAsync(officer, "due"));
            Assert.DoesNotContain(due.Organisation, await AllAsync(officer, "overdue"));
            Assert.Contains(overdue.Organisation, await AllAsync(officer, "overdue"));
            Assert.DoesNotContain(overdue.Organisation, await AllAsync(officer, "due"));
            Assert.Contains(due.Counterparty, await AllAsync(officer, "not-due"));
        }

        Assert.Equal([due.Organisation], await AllAsync(party, "due"));
        Assert.Empty(await AllAsync(party, "overdue"));
        (await party.ReadAsync("/partners/v1/attestations?state=lost")).Expect(HttpStatusCode.BadRequest, "request.invalid");
        (await party.ReadAsync("/partners/v1/attestations?cursor=lost")).Expect(HttpStatusCode.BadRequest, "cursor.invalid");
    }

    /// <summary>The first day of the quarter before: whatever day it is, its time of grace is over.</summary>
    private static DateOnly Overdue => Quarter.Of(Today).FirstDay.AddMonths(-3);

    private static string Own(Guid organisation) => $"/partners/v1/organisations/{organisation}/attestations";

    /// <summary>The body that attests to what the statement shows.</summary>
    private static JsonObject Attest(Answer statement) =>
        new JsonObject { ["role"] = "senior-information-risk-owner", ["clients"] = Part(statement, "clients"), ["contacts"] = Part(statement, "contacts") };

    private static JsonNode? Part(Answer statement, string name) => JsonNode.Parse(statement.Body.GetProperty(name).GetRawText());

    private async Task<Partner> OwingAsync(DateOnly? dueFrom)
    {
        var partner = await service.LiveAsync(scopes: [Scopes.ReferralsSubmit, Scopes.OrganisationAttest]);
        await service.DoDueWorkAsync<AttestationClock>();
        if (dueFrom is { } day)
        {
            await MoveAsync(partner.Organisation, day);
        }

        return partner;
    }

    /// <summary>The clock cannot be turned: the day from which it owes an attestation is moved instead.</summary>
    private Task<List<string>> MoveAsync(Guid organisation, DateOnly dueFrom) => service.QueryAsync(
        "update attestation_duty set due_from = $2, shared_until = $3 where organisation_id = $1", organisation, dueFrom, AttestationDuty.EndOfGrace(dueFrom, 28));

    /// <summary>Its responsible individual, with a token from after its last cut-off.</summary>
    private async Task<HttpClient> ResponsibleAsync(Guid organisation)
    {
        foreach (var cutOff in await CutOffAsync(organisation))
        {
            await Eventually.TrueAsync(() => Task.FromResult(DateTimeOffset.UtcNow >= cutOff.AddSeconds(1)), "the cut-off has passed");
        }

        return service.Host.As(organisation, "a-responsible-individual", Scopes.OrganisationAttest);
    }

    private Task<List<DateTimeOffset>> CutOffAsync(Guid organisation) => service.DatedCutOffAsync(organisation);

    private async Task<IEnumerable<string>> ScopesAsync(Partner partner) =>
        (await service.TokenAsync(partner)).Expect(HttpStatusCode.OK).Body.GetProperty("scope").GetString()!.Split(' ').Order(StringComparer.Ordinal);

    private static async Task<List<Guid>> AllAsync(HttpClient caller, string state)
    {
        var (all, cursor) = (new List<Guid>(), "");
        do
        {
            var page = (await caller.ReadAsync($"/partners/v1/attestations?state={state}{cursor}")).Expect(HttpStatusCode.OK).Body;
            all.AddRange(page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("organisation").GetGuid()));
            cursor = page.GetProperty("next").GetString() is { } next ? "&cursor=" + next : null;
        }
        while (cursor is not null);
        return all;
    }
}
