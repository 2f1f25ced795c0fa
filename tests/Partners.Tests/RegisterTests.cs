using System.Net;
using System.Text.Json;
using Soc.Contracts;
using Soc.Partners.Organisations;
using Soc.TestKit;

namespace Soc.Partners.Tests;

/// <summary>What the register states, who finds it, and how an organisation leaves it.</summary>
public sealed class RegisterTests(PartnersService service)
{
    private const string Path = "/partners/v1/organisations";

    [Theory]
    [InlineData("companies-house", "01234567", true)]
    [InlineData("companies-house", "SC123456", true)]
    [InlineData("companies-house", "1234567", false)]
    [InlineData("companies-house", "01234567\n", false)]
    [InlineData("charity-commission", "1234567", true)]
    [InlineData("charity-commission", "12345678", false)]
    [InlineData("charity-regulator-scotland", "SC012345", true)]
    [InlineData("charity-commission-northern-ireland", "NIC100123", true)]
    [InlineData("ons-code", "E08000025", true)]
    [InlineData("ons-code", "X08000025", false)]
    [InlineData("fca-reference", "123456", true)]
    [InlineData("legal-entity-identifier", "213800WSGIIZCXF1P572", true)]
    [InlineData("legal-entity-identifier", "213800wsgiizcxf1p572", false)]
    public void An_identifier_is_taken_as_its_register_writes_it(string scheme, string value, bool taken) =>
        Assert.Equal(taken, ReferenceData.ReferenceCodes.IsIdentifier(scheme, value));

    [Fact]
    public async Task An_identifier_is_in_the_register_once()
    {
        var value = Number();
        var first = await RegisterAsync("Example Quay Project", value);

        (await service.Registrar.CreateAsync(Path, Facts("Example Other Project", value))).Expect(HttpStatusCode.Conflict, "organisation.identifier-taken");
        (await service.Registrar.CreateAsync(Path, Facts("Example Other Project", "no number"))).Expect(HttpStatusCode.UnprocessableEntity, "organisation.identifier");
        var read = (await service.Registrar.ReadAsync($"{Path}/{first}")).Expect(HttpStatusCode.OK);
        Assert.Equal(value, read.Body.GetProperty("identifiers")[0].GetProperty("value").GetString());
    }

    [Fact]
    public async Task A_correction_states_the_whole_entry_anew_and_frees_what_it_leaves_out()
    {
        var (old, fresh) = (Number(), Number());
        var id = await RegisterAsync("Example Slip Project", old);

        (await service.Registrar.ChangeAsync($"{Path}/{id}/correction", Facts("Example Slipway Project", fresh), null)).Expect((HttpStatusCode)428);
        (await service.Registrar.ChangeAsync($"{Path}/{id}/correction", Facts("Example Slipway Project", fresh), "\"9\"")).Expect(HttpStatusCode.PreconditionFailed);
        var corrected = (await service.Registrar.ChangeAsync($"{Path}/{id}/correction", Facts("Example Slipway Project", fresh), "\"1\"")).Expect(HttpStatusCode.OK);

        Assert.Equal(("Example Slipway Project", "\"2\""), (corrected.Body.GetProperty("name").GetString(), corrected.ETag));
        Assert.NotEqual(id, await RegisterAsync("Example Slip Project", old));
        Assert.Equal([$"{id}"], await FoundAsync("q=" + fresh));
    }

    [Fact]
    public async Task An_organisation_is_neither_part_of_itself_nor_its_own_successor_even_by_way_of_others()
    {
        var (one, two, three) = (await RegisterAsync("Example One Project"), await RegisterAsync("Example Two Project"), await RegisterAsync("Example Three Project"));
        foreach (var link in new[] { "parent", "successor" })
        {
            (await LinkAsync(one, link, one)).Expect(HttpStatusCode.UnprocessableEntity, "organisation.link");
            (await LinkAsync(one, link, Guid.CreateVersion7())).Expect(HttpStatusCode.UnprocessableEntity, "organisation.link");
            (await LinkAsync(one, link, two)).Expect(HttpStatusCode.OK);
            (await LinkAsync(two, link, three)).Expect(HttpStatusCode.OK);
            (await LinkAsync(three, link, one)).Expect(HttpStatusCode.UnprocessableEntity, "organisation.link");
            Assert.Equal([$"{one}"], await FoundAsync($"{link}={two}"));
        }
    }

    [Fact]
    public async Task Links_that_are_set_at_the_same_time_make_no_circle()
    {
        var (one, two) = (await RegisterAsync("Example Left Project"), await RegisterAsync("Example Right Project"));

        var answers = await Task.WhenAll(LinkAsync(one, "parent", two), LinkAsync(two, "parent", one));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_search_finds_the_beginnings_of_words_in_any_order_and_pages_by_name()
    {
        var word = "Zz" + Guid.NewGuid().ToString("N")[..8];
        var number = Number();
        var second = await RegisterAsync($"Example {word} Bravo Project", number);
        var first = await RegisterAsync($"Example {word} Alpha Project");

        Assert.Equal([$"{first}", $"{second}"], await FoundAsync($"q={word}"));
        Assert.Equal([$"{second}"], await FoundAsync($"q=brav%20{word[..6]}"));
        Assert.Equal([$"{second}"], await FoundAsync($"q={number[..7]}"));
        Assert.Empty(await FoundAsync($"q={word}&status=live"));
        Assert.Empty(await FoundAsync($"q={word}&region=SCT"));
        Assert.Empty(await FoundAsync($"q={word}&sector=private"));
        Assert.Equal(2, (await FoundAsync($"q={word}&status=registered&region=ENG-NW&sector=voluntary")).Count);
        var page = (await service.Registrar.ReadAsync($"{Path}?q={word}&limit=1")).Expect(HttpStatusCode.OK);
        Assert.Equal([$"{second}"], await FoundAsync($"q={word}&limit=1&cursor={page.Body.GetProperty("next").GetString()}"));
    }

    [Theory]
    [InlineData("q=", "organisation.filter")]
    [InlineData("q=%26%7C!()'%3A*", "organisation.filter")]
    [InlineData("status=gone", "organisation.filter")]
    [InlineData("sector=gone", "organisation.filter")]
    [InlineData("region=gone", "organisation.filter")]
    [InlineData("limit=0", "organisation.filter")]
    [InlineData("limit=101", "organisation.filter")]
    [InlineData("cursor=abc", "cursor.invalid")]
    public async Task A_search_that_cannot_be_done_is_a_problem_with_a_code(string query, string code) =>
        Assert.Equal(code, (await service.Registrar.ReadAsync($"{Path}?{query}")).Code);

    [Fact]
    public async Task A_partner_cannot_search_and_links_name_nobody_to_it()
    {
        var partner = await service.LiveAsync();
        var parent = await RegisterAsync("Example Hidden Project");
        (await LinkAsync(partner.Organisation, "parent", parent)).Expect(HttpStatusCode.OK);
        using var client = service.Host.As(partner.Organisation, partner.ClientId, Scopes.OrganisationsRead, Scopes.OrganisationAdminister);

        var refused = (await client.ReadAsync(Path + "?q=Example")).Expect(HttpStatusCode.Forbidden, "access.scope-missing");
        Assert.Equal(refused.Text, (await client.ReadAsync(Path + "?q=Nobody")).Text);
        var own = (await client.ReadAsync($"{Path}/{partner.Organisation}")).Expect(HttpStatusCode.OK);
        Assert.DoesNotContain(parent.ToString(), own.Text, StringComparison.Ordinal);
        Assert.Contains(parent.ToString(), (await service.Registrar.ReadAsync($"{Path}/{partner.Organisation}")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Access_ends_when_an_organisation_leaves_and_its_entry_is_closed_with_a_word_about_what_follows()
    {
        await using var queue = await EventQueue.BindAsync(service);
        var partner = await service.LiveAsync();
        var path = $"{Path}/{partner.Organisation}";
        (await service.Registrar.ChangeAsync(path + "/closure", new { noSuccessor = true }, await service.ETagAsync(partner.Organisation))).Expect(HttpStatusCode.Conflict, "organisation.status");

        var leaving = (await service.Registrar.ChangeAsync(path + "/offboarding", new { }, await service.ETagAsync(partner.Organisation))).Expect(HttpStatusCode.OK);

        (await service.TokenAsync(partner)).Expect(HttpStatusCode.BadRequest, "unauthorized_client");
        Assert.Contains($"{{\"organisation\":\"{partner.Organisation}\",\"notBefore\":\"9999-12-31", (await service.CutOffsAsync()).Text, StringComparison.Ordinal);
        Assert.Equal(["offboarding"], await service.QueryAsync("select cause from revocation_order where organisation_id = $1", partner.Organisation));
        (await service.Registrar.ChangeAsync(path + "/closure", new { }, leaving.ETag)).Expect(HttpStatusCode.UnprocessableEntity, "organisation.successor");
        (await service.Registrar.ChangeAsync(path + "/closure", new { successor = partner.Organisation }, leaving.ETag)).Expect(HttpStatusCode.UnprocessableEntity, "organisation.link");
        var closed = (await service.Registrar.ChangeAsync(path + "/closure", new { successor = partner.Counterparty }, leaving.ETag)).Expect(HttpStatusCode.OK);
        Assert.Equal(("closed", partner.Counterparty), (closed.Body.GetProperty("status").GetString(), closed.Body.GetProperty("successor").GetGuid()));
        var successor = (await service.Registrar.ReadAsync($"{Path}/{partner.Counterparty}")).Expect(HttpStatusCode.OK);
        Assert.Equal([partner.Organisation], successor.Body.GetProperty("predecessors").EnumerateArray().Select(each => each.GetGuid()));
        using var itself = service.Host.As(partner.Counterparty, "a-successor", Scopes.OrganisationsRead);
        Assert.Equal(JsonValueKind.Null, (await itself.ReadAsync($"{Path}/{partner.Counterparty}")).Expect(HttpStatusCode.OK).Body.GetProperty("predecessors").ValueKind);
        await Eventually.TrueAsync(
            async () => (await queue.ReadUntilAsync(partner.Organisation, 1)).Exists(each => each.Type == "soc.partners.organisation.closed.v1"), "the closure is told");
    }

    [Fact]
    public async Task An_organisation_that_is_to_leave_later_keeps_its_access_until_that_instant()
    {
        var partner = await service.LiveAsync();
        var path = $"{Path}/{partner.Organisation}/offboarding";
        (await service.Registrar.ChangeAsync(path, new { at = DateTimeOffset.UtcNow.AddMinutes(-1) }, await service.ETagAsync(partner.Organisation)))
            .Expect(HttpStatusCode.UnprocessableEntity, "organisation.leaving");
        var asked = await service.Registrar.ChangeAsync(path, new { at = DateTimeOffset.UtcNow.AddDays(30) }, await service.ETagAsync(partner.Organisation));
        Assert.Equal("live", asked.Expect(HttpStatusCode.OK).Body.GetProperty("status").GetString());

        await service.DoDueWorkAsync<LeavingDue>();
        (await service.TokenAsync(partner)).Expect(HttpStatusCode.OK);
        await service.QueryAsync("update organisation set leaves_at = now() where id = $1", partner.Organisation);
        await service.DoDueWorkAsync<LeavingDue>();

        (await service.TokenAsync(partner)).Expect(HttpStatusCode.BadRequest, "unauthorized_client");
        Assert.Contains("clock organisation.offboard done", await service.AuditAsync(partner.Organisation.ToString()));
        Assert.Equal(["offboarding"], await service.QueryAsync("select cause from revocation_order where organisation_id = $1", partner.Organisation));
    }

    private static string Number() => Random.Shared.Next(10_000_000, 99_999_999).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static Dictionary<string, object> Facts(string name, string? number = null)
    {
        var facts = new Dictionary<string, object> { ["name"] = name, ["sector"] = "voluntary", ["kind"] = "charity", ["regions"] = new[] { "ENG-NW" } };
        if (number is not null)
        {
            facts["identifiers"] = new[] { new { scheme = "companies-house", value = number } };
        }

        return facts;
    }

    private async Task<Guid> RegisterAsync(string name, string? number = null) =>
        (await service.Registrar.CreateAsync(Path, Facts(name, number))).Expect(HttpStatusCode.Created).Body.GetProperty("id").GetGuid();

    private async Task<Answer> LinkAsync(Guid id, string link, Guid to) => await service.Registrar.ChangeAsync(
        $"{Path}/{id}/correction", new Dictionary<string, object>(Facts("Example Linked Project")) { [link] = to }, await service.ETagAsync(id));

    private async Task<List<string>> FoundAsync(string query) =>
        [.. (await service.Registrar.ReadAsync($"{Path}?{query}")).Expect(HttpStatusCode.OK).Body.GetProperty("items").EnumerateArray().Select(each => each.GetProperty("id").GetString()!)];
}
