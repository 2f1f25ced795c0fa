using System.Net;
using System.Text.Json;
using Soc.Contracts;
using Soc.Partners.Forums;

namespace Soc.Partners.Tests;

/// <summary>Forums and networks: who is in them when, and who sees that.</summary>
public sealed class ForumTests(PartnersService service)
{
    private const string Path = "/partners/v1/forums";
    private static readonly DateOnly First = new(2026, 1, 1);

    [Theory]
    [InlineData(null, 0, false)]
    [InlineData(10, 10, false)]
    [InlineData(10, 11, true)]
    public void A_membership_begins_after_the_last_day_of_the_one_before(int? ended, int begins, bool joins)
    {
        var (forum, _) = Forum.Create(Guid.CreateVersion7(), "sector-forum", "Example Forum", [], First, null);
        var (member, organisation) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        Assert.NotNull(forum.Join(member, organisation, "member", First).Event);
        if (ended is { } days)
        {
            Assert.NotNull(forum.Leave(member, First.AddDays(days)).Event);
        }

        Assert.Equal(joins ? null : "forum.overlap", forum.Join(Guid.CreateVersion7(), organisation, "chair", First.AddDays(begins)).Refusal?.Code);
        Assert.Null(forum.Join(Guid.CreateVersion7(), Guid.CreateVersion7(), "member", First).Refusal);
    }

    [Fact]
    public void What_a_forum_is_told_fits_its_days()
    {
        var (forum, _) = Forum.Create(Guid.CreateVersion7(), "sector-forum", "Example Forum", [], First, null);
        var member = Guid.CreateVersion7();

        Assert.Equal("forum.dates", forum.Join(member, Guid.CreateVersion7(), "member", First.AddDays(-1)).Refusal?.Code);
        Assert.NotNull(forum.Join(member, Guid.CreateVersion7(), "member", First.AddDays(5)).Event);
        Assert.Equal("forum.dates", forum.Leave(member, First.AddDays(4)).Refusal?.Code);
        Assert.Equal("forum.member-not-found", forum.Leave(Guid.CreateVersion7(), First.AddDays(9)).Refusal?.Code);
        Assert.Equal("forum.dates", forum.Close(First.AddDays(4)).Refusal?.Code);
        Assert.Single(forum.MembersOn(First.AddDays(5)));
        Assert.NotNull(forum.Leave(member, First.AddDays(6)).Event);
        Assert.Empty(forum.MembersOn(First.AddDays(7)));
        Assert.Equal("forum.member-not-found", forum.Leave(member, First.AddDays(8)).Refusal?.Code);
        Assert.NotNull(forum.Close(First.AddDays(6)).Event);
        Assert.Equal("forum.status", forum.Close(First.AddDays(9)).Refusal?.Code);
        Assert.Equal("forum.dates", forum.Join(Guid.CreateVersion7(), Guid.CreateVersion7(), "member", First.AddDays(8)).Refusal?.Code);
        Assert.Equal(4, forum.Version);
    }

    [Fact]
    public async Task A_member_sees_the_forum_and_the_others_by_their_role_and_to_everybody_else_it_is_not_there()
    {
        var partner = await service.SharedPartnerAsync();
        var (stranger, outsider) = (await service.RegisteredAsync(), await service.RegisteredAsync());
        var forum = await CreatedAsync();
        foreach (var (organisation, role) in new[] { (partner.Organisation, "member"), (partner.Counterparty, "chair"), (stranger, "secretariat") })
        {
            await JoinAsync(forum, organisation, role);
        }

        using var member = service.Host.As(partner.Organisation, "a-member", Scopes.OrganisationsRead);
        using var other = service.Host.As(outsider, "an-outsider", Scopes.OrganisationsRead);
        var seen = (await member.ReadAsync(forum)).Expect(HttpStatusCode.OK);

        Assert.Equal(
            [("member", partner.Organisation.ToString()), ("chair", partner.Counterparty.ToString()), ("secretariat", null)],
            seen.Body.GetProperty("members").EnumerateArray().Select(each => (each.GetProperty("role").GetString(), each.GetProperty("organisation").GetString())));
        Assert.DoesNotContain(stranger.ToString(), seen.Text, StringComparison.Ordinal);
        Assert.Contains(seen.Body.GetProperty("id").GetString()!, (await member.ReadAsync(Path)).Text, StringComparison.Ordinal);
        var hidden = (await other.ReadAsync(forum)).Expect(HttpStatusCode.NotFound, "forum.not-found");
        Assert.Equal(hidden.Text, (await other.ReadAsync($"{Path}/{Guid.CreateVersion7()}")).Text);
        Assert.Equal("""{"items":[],"next":null}""", (await other.ReadAsync(Path)).Text);
    }

    [Fact]
    public async Task A_member_that_has_left_sees_the_forum_no_more_and_every_change_is_told_with_a_gap_free_version()
    {
        await using var queue = await EventQueue.BindAsync(service);
        var organisation = await service.RegisteredAsync();
        var forum = await CreatedAsync();
        var joined = await JoinAsync(forum, organisation, "member");
        var member = joined.Body.GetProperty("members")[0].GetProperty("id").GetString();
        using var client = service.Host.As(organisation, "a-member", Scopes.OrganisationsRead);
        (await client.ReadAsync(forum)).Expect(HttpStatusCode.OK);
        var yesterday = new { until = DateOnly.FromDateTime(DateTime.UtcNow).AddDays(-2) };

        (await service.Registrar.ChangeAsync($"{forum}/members/{member}/departure", yesterday, null)).Expect((HttpStatusCode)428);
        (await service.Registrar.ChangeAsync($"{forum}/members/{member}/departure", yesterday, "\"1\"")).Expect(HttpStatusCode.PreconditionFailed);
        var left = (await service.Registrar.ChangeAsync($"{forum}/members/{member}/departure", yesterday, joined.ETag)).Expect(HttpStatusCode.OK);

        (await client.ReadAsync(forum)).Expect(HttpStatusCode.NotFound, "forum.not-found");
        (await service.Registrar.ChangeAsync($"{forum}/closure", yesterday, left.ETag)).Expect(HttpStatusCode.OK);
        var id = Guid.Parse(forum.Split('/')[^1]);
        Assert.Equal(
            ["created", "memberjoined", "memberleft", "closed"],
            (await queue.ReadUntilAsync(id, 4)).OrderBy(each => each.Version).Select(each => each.Type.Split('.')[3]));
    }

    [Theory]
    [InlineData("kind", "\"club\"")]
    [InlineData("area", """["ATLANTIS"]""")]
    [InlineData("area", "null")]
    [InlineData("name", "\"\"")]
    [InlineData("from", "\"soon\"")]
    public async Task A_bad_forum_is_a_problem_with_a_code(string member, string value)
    {
        var body = JsonSerializer.SerializeToNode(Sample())!;
        body[member] = System.Text.Json.Nodes.JsonNode.Parse(value);

        Assert.Contains((await service.Registrar.CreateAsync(Path, body)).Expect(HttpStatusCode.BadRequest).Code, new[] { "request.malformed", "request.invalid" });
    }

    internal static object Sample() => new { kind = "overseas-policy-network", name = "Example Network Project", area = new[] { "POST-TIRANA", "SCT" }, from = First };

    private async Task<string> CreatedAsync() => (await service.Registrar.CreateAsync(Path, Sample())).Expect(HttpStatusCode.Created).Location!.ToString();

    private async Task<Answer> JoinAsync(string forum, Guid organisation, string role) => (await service.Registrar.ChangeAsync(
        forum + "/members", new { organisation, role, from = First }, (await service.Registrar.ReadAsync(forum)).ETag)).Expect(HttpStatusCode.OK);
}
