using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Soc.Contracts;
using Soc.Partners.SharingGroups;

namespace Soc.Partners.Tests;

public sealed class SharingGroupTests(PartnersService service)
{
    internal static readonly object Share = new { reference = "REF-1", dataCategory = "protected-person-referrals", marking = "OFFICIAL-SENSITIVE" };

    [Fact]
    public async Task Members_see_their_group_and_its_members_and_for_everybody_else_it_does_not_exist()
    {
        await using var group = await GroupAsync();
        using var stranger = service.Host.As(Guid.CreateVersion7(), "a-stranger", Scopes.OrganisationsRead, Scopes.IntegrationManage);
        using var party = service.Host.As(group.Third, "a-party", Scopes.OrganisationsRead, Scopes.IntegrationManage);

        var seen = (await group.One.ReadAsync(group.Path)).Expect(HttpStatusCode.OK).Body;

        Assert.Equal(new[] { group.First, group.Second }.Order(), Members(seen).Order());
        Assert.Equal(JsonValueKind.Null, seen.GetProperty("memberships").ValueKind);
        Assert.Equal(["shares"], seen.GetProperty("allowedActions").EnumerateArray().Select(action => action.GetString()!));
        Assert.Equal([group.Id], Ids(await group.One.ReadAsync("/partners/v1/sharing-groups")));
        foreach (var outsider in new[] { stranger, party })
        {
            var hidden = (await outsider.ReadAsync(group.Path)).Expect(HttpStatusCode.NotFound, "sharing-group.not-found");
            Assert.Equal(hidden.Text, (await outsider.ReadAsync($"/partners/v1/sharing-groups/{Guid.CreateVersion7()}")).Text);
            Assert.Empty(Ids(await outsider.ReadAsync("/partners/v1/sharing-groups")));
            (await outsider.CreateAsync(group.Path + "/shares", Share)).Expect(HttpStatusCode.NotFound, "sharing-group.not-found");
        }
    }

    [Fact]
    public async Task A_group_rests_on_an_agreement_in_force_and_only_its_parties_can_join()
    {
        (await service.Registrar.CreateAsync("/partners/v1/sharing-groups", Named(Guid.CreateVersion7())))
            .Expect(HttpStatusCode.UnprocessableEntity, "sharing-group.agreement");
        await using var group = await GroupAsync();

        (await service.Registrar.ChangeAsync(group.Path + "/members", new { organisation = await service.ApprovedAsync() }, await group.ETagAsync()))
            .Expect(HttpStatusCode.UnprocessableEntity, "sharing-group.not-a-party");
        (await service.Registrar.ChangeAsync(group.Path + "/members", new { organisation = group.First }, await group.ETagAsync()))
            .Expect(HttpStatusCode.Conflict, "sharing-group.overlap");
        (await service.Registrar.ChangeAsync(group.Path + "/members", new { organisation = group.Third, from = DateTimeOffset.UtcNow.AddMinutes(-1) }, await group.ETagAsync()))
            .Expect(HttpStatusCode.UnprocessableEntity, "sharing-group.period");
        (await service.Registrar.ChangeAsync(group.Path + "/members", new { organisation = group.Third }, null)).Expect((HttpStatusCode)428);
        (await service.Registrar.ChangeAsync(group.Path + "/members", new { organisation = group.Third }, "\"1\"")).Expect(HttpStatusCode.PreconditionFailed);
        (await service.Registrar.ChangeAsync($"{group.Path}/members/{group.Third}/removal", null, await group.ETagAsync()))
            .Expect(HttpStatusCode.NotFound, "sharing-group.no-membership");
    }

    [Theory]
    [InlineData("update agreement set review_date = current_date - 1 where id = (select agreement_id from sharing_group where id = $1)")]
    [InlineData(
        "insert into attestation_duty (id, organisation_id, due_from, shared_until, lapsed, version, event_version) select gen_random_uuid(), organisation_id, "
        + "(date_trunc('quarter', current_date) - interval '3 months')::date, date_trunc('quarter', current_date) - interval '2 months', false, 0, 0 from sharing_group_membership "
        + "where sharing_group_id = $1 on conflict (organisation_id) do update set due_from = excluded.due_from, shared_until = excluded.shared_until")]
    [InlineData("update organisation set status = 'Sandbox' where id in (select organisation_id from sharing_group_membership where sharing_group_id = $1)")]
    public async Task Where_nothing_is_shared_with_a_member_any_more_its_group_does_not_exist_for_it(string end)
    {
        await using var group = await GroupAsync();
        (await group.One.ReadAsync(group.Path)).Expect(HttpStatusCode.OK);

        await service.QueryAsync(end, group.Id);

        (await group.One.ReadAsync(group.Path)).Expect(HttpStatusCode.NotFound, "sharing-group.not-found");
        Assert.Empty(Ids(await group.One.ReadAsync("/partners/v1/sharing-groups")));
        (await group.One.CreateAsync(group.Path + "/shares", Share)).Expect(HttpStatusCode.NotFound, "sharing-group.not-found");
    }

    [Fact]
    public async Task The_database_itself_refuses_memberships_that_overlap_and_allows_those_that_meet()
    {
        await using var group = await GroupAsync();
        const string insert = """
            insert into sharing_group_membership (id, sharing_group_id, organisation_id, "from", until, beginning_told, end_told)
            values (gen_random_uuid(), $1, $2, now() + make_interval(hours => $3), now() + make_interval(hours => $4), true, true)
            """;
        await service.QueryAsync(insert, group.Id, group.Third, 1, 2);
        await service.QueryAsync(insert, group.Id, group.Third, 3, 4);

        var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => service.QueryAsync(insert, group.Id, group.Third, 1, 3));
        Assert.Equal(("23P01", "ex_sharing_group_membership_overlap"), (refused.SqlState, refused.ConstraintName));
        Assert.Equal(
            "ck_sharing_group_membership_period",
            (await Assert.ThrowsAsync<Npgsql.PostgresException>(() => service.QueryAsync(insert, group.Id, group.Third, 9, 8))).ConstraintName);
    }

    [Fact]
    public async Task The_membership_that_held_is_proven_by_sha256sum_and_no_later_change_touches_it()
    {
        await using var group = await GroupAsync();
        var shared = (await group.One.CreateAsync(group.Path + "/shares", Share)).Expect(HttpStatusCode.Created);
        var before = (await group.One.ReadAsync(shared.Location!.ToString())).Expect(HttpStatusCode.OK).Body;

        (await service.Registrar.ChangeAsync(group.Path + "/members", new { organisation = group.Third }, await group.ETagAsync())).Expect(HttpStatusCode.OK);
        (await service.Registrar.ChangeAsync($"{group.Path}/members/{group.Second}/removal", null, await group.ETagAsync())).Expect(HttpStatusCode.OK);
        await service.SuspendAsync(service.OfficerA, group.Third);

        var after = (await service.Registrar.ReadAsync(shared.Location.ToString())).Expect(HttpStatusCode.OK).Body;
        Assert.Equal(before.GetProperty("text").GetString(), after.GetProperty("text").GetString());
        Assert.Equal(new[] { group.First, group.Second }.Order(), after.GetProperty("members").EnumerateArray().Select(member => member.GetGuid()).Order());
        Assert.Contains($"\nmember {group.Second} ", after.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal(shared.Body.GetProperty("sha256").GetString(), await Sha256SumAsync(after.GetProperty("text").GetString()!));
        Assert.Equal(("REF-1", JsonValueKind.Null), (before.GetProperty("reference").GetString(), after.GetProperty("reference").ValueKind));
    }

    [Fact]
    public async Task Who_received_a_share_reads_its_membership_while_a_member_and_who_joins_later_does_not()
    {
        await using var group = await GroupAsync();
        var path = (await group.One.CreateAsync(group.Path + "/shares", Share)).Expect(HttpStatusCode.Created).Location!.ToString();
        (await group.Two.ReadAsync(path)).Expect(HttpStatusCode.OK);
        (await service.Registrar.ChangeAsync(group.Path + "/members", new { organisation = group.Third }, await group.ETagAsync())).Expect(HttpStatusCode.OK);
        using var late = service.Host.As(group.Third, "a-late-member", Scopes.OrganisationsRead);
        (await late.ReadAsync(group.Path)).Expect(HttpStatusCode.OK);
        var hidden = (await late.ReadAsync(path)).Expect(HttpStatusCode.NotFound, "share.not-found");
        Assert.Equal(hidden.Text, (await late.ReadAsync($"{group.Path}/shares/{Guid.CreateVersion7()}/membership")).Text);

        (await service.Registrar.ChangeAsync($"{group.Path}/members/{group.Second}/removal", null, await group.ETagAsync())).Expect(HttpStatusCode.OK);
        (await service.Registrar.ChangeAsync($"{group.Path}/members/{group.First}/removal", null, await group.ETagAsync())).Expect(HttpStatusCode.OK);

        (await group.Two.ReadAsync(path)).Expect(HttpStatusCode.NotFound, "share.not-found");
        (await group.One.ReadAsync(path)).Expect(HttpStatusCode.OK);
        (await group.Two.ReadAsync(group.Path)).Expect(HttpStatusCode.NotFound, "sharing-group.not-found");
    }

    [Fact]
    public async Task A_share_is_within_the_agreements_categories_and_ceiling_and_the_agreement_in_force()
    {
        await using var group = await GroupAsync("OFFICIAL");

        (await group.One.CreateAsync(group.Path + "/shares", Share)).Expect(HttpStatusCode.UnprocessableEntity, "share.not-covered");
        (await group.One.CreateAsync(group.Path + "/shares", new { reference = "R", dataCategory = "strategy-progress", marking = "OFFICIAL" }))
            .Expect(HttpStatusCode.UnprocessableEntity, "share.not-covered");
        var within = new { reference = "R", dataCategory = "protected-person-referrals", marking = "OFFICIAL" };
        (await group.One.CreateAsync(group.Path + "/shares", within)).Expect(HttpStatusCode.Created);
        await service.QueryAsync("update agreement set review_date = $2 where id = $1", group.Agreement, DateOnly.FromDateTime(DateTime.UtcNow).AddDays(-2));
        (await group.One.CreateAsync(group.Path + "/shares", within)).Expect(HttpStatusCode.NotFound, "sharing-group.not-found");
        Assert.Equal(["1"], await service.QueryAsync("select count(*) from share where sharing_group_id = $1", group.Id));
    }

    [Fact]
    public async Task A_share_counts_once_as_received_by_each_other_member_and_not_by_who_is_suspended()
    {
        await using var group = await GroupAsync();
        (await service.Registrar.ChangeAsync(group.Path + "/members", new { organisation = group.Third }, await group.ETagAsync())).Expect(HttpStatusCode.OK);
        await service.SuspendAsync(service.OfficerA, group.Third);
        var key = Guid.NewGuid().ToString();

        (await group.One.CreateAsync(group.Path + "/shares", Share, key)).Expect(HttpStatusCode.Created);
        (await group.One.CreateAsync(group.Path + "/shares", Share, key)).Expect(HttpStatusCode.Created);

        var item = Assert.Single((await group.Two.ReadAsync("/partners/v1/received")).Expect(HttpStatusCode.OK).Body.GetProperty("items").EnumerateArray());
        Assert.Equal(
            ("share", "protected-person-referrals", 1, group.Agreement, group.Id, "partners"),
            (item.GetProperty("kind").GetString(), item.GetProperty("dataCategory").GetString(), item.GetProperty("items").GetInt32(),
                item.GetProperty("agreement").GetGuid(), item.GetProperty("sharingGroup").GetGuid(), item.GetProperty("source").GetString()));
        Assert.DoesNotContain("REF-1", item.ToString(), StringComparison.Ordinal);
        Assert.Equal([group.Second.ToString()], await service.QueryAsync("select organisation_id from disclosure where sharing_group_id = $1", group.Id));
    }

    [Fact]
    public async Task A_share_and_a_removal_at_the_same_time_agree_on_who_was_a_member()
    {
        await using var group = await GroupAsync();
        var etag = await group.ETagAsync();
        var shares = Enumerable.Range(0, 12).Select(_ => group.One.CreateAsync(group.Path + "/shares", Share)).ToList();
        var removal = service.Registrar.ChangeAsync($"{group.Path}/members/{group.Second}/removal", null, etag);
        await Task.WhenAll([.. shares, removal]);

        (await removal).Expect(HttpStatusCode.OK);
        Assert.Equal(
            ["0"],
            await service.QueryAsync(
                """
                select count(*) from share join sharing_group_membership m using (sharing_group_id)
                 where sharing_group_id = $1 and (m.organisation_id = any(members)) <> (m."from" <= at and (m.until is null or at < m.until))
                """, group.Id));
    }

    [Fact]
    public async Task Memberships_that_begin_and_end_by_the_clock_are_told_and_the_end_issues_an_order()
    {
        await using var queue = await EventQueue.BindAsync(service);
        await using var group = await GroupAsync();
        var from = DateTimeOffset.UtcNow.AddHours(1);
        (await service.Registrar.ChangeAsync(group.Path + "/members", new { organisation = group.Third, from, until = from.AddHours(1) }, await group.ETagAsync()))
            .Expect(HttpStatusCode.OK);

        await service.DoDueWorkAsync<MembershipsDue>(TimeSpan.FromMinutes(90));
        await service.DoDueWorkAsync<MembershipsDue>(TimeSpan.FromMinutes(150));
        await service.DoDueWorkAsync<MembershipsDue>(TimeSpan.FromMinutes(150));

        var told = await queue.ReadUntilAsync(group.Id, 4);
        Assert.Equal(
            [(1L, "memberadded"), (2L, "memberadded"), (3L, "memberadded"), (4L, "memberremoved")],
            told.Where(each => each.Aggregate == group.Id).OrderBy(each => each.Version).Select(each => (each.Version, each.Type.Split('.')[3])));
        Assert.Equal(
            $$"""{"sharingGroupId":"{{group.Id}}","organisationId":"{{group.Third}}"}""", told.Single(each => each.Version == 4 && each.Aggregate == group.Id).Message);
        Assert.Equal(["sharing-group-removal"], await service.QueryAsync("select cause from revocation_order where organisation_id = $1", group.Third));
    }

    [Fact]
    public async Task The_lead_pages_through_all_groups_with_an_opaque_cursor()
    {
        await using var one = await GroupAsync();
        await using var two = await GroupAsync();
        var (all, path) = (new List<Guid>(), "/partners/v1/sharing-groups");
        for (string? next = ""; next is not null;)
        {
            var page = (await service.Registrar.ReadAsync(path + next)).Expect(HttpStatusCode.OK);
            all.AddRange(Ids(page));
            next = page.Body.GetProperty("next").GetString() is { } cursor ? "?cursor=" + cursor : null;
        }

        Assert.Contains(one.Id, all);
        Assert.Contains(two.Id, all);
        Assert.Distinct(all);
        (await service.Registrar.ReadAsync(path + "?cursor=nonsense")).Expect(HttpStatusCode.BadRequest, "cursor.invalid");
    }

    private static IEnumerable<Guid> Members(JsonElement group) => group.GetProperty("members").EnumerateArray().Select(member => member.GetProperty("organisation").GetGuid());

    private static List<Guid> Ids(Answer page) => [.. page.Expect(HttpStatusCode.OK).Body.GetProperty("items").EnumerateArray().Select(group => group.GetProperty("id").GetGuid())];

    private static object Named(Guid agreement) => new { name = "Financial sector exchange", purpose = "Early warning of fraud against people at risk", agreement };

    private Task<SharingGroupOf> GroupAsync(string ceiling = "OFFICIAL-SENSITIVE") => SharingGroupOf.FormAsync(service, ceiling);

    private static async Task<string> Sha256SumAsync(string text)
    {
        using var process = Process.Start(new ProcessStartInfo("sha256sum") { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await process.StandardInput.WriteAsync(text);
        process.StandardInput.Close();
        return (await process.StandardOutput.ReadToEndAsync()).Split(' ')[0];
    }
}

/// <summary>A group of two members, and a third party of its agreement that is none.</summary>
internal sealed record SharingGroupOf(PartnersService Service, Guid Id, Guid Agreement, Guid First, Guid Second, Guid Third, HttpClient One, HttpClient Two) : IAsyncDisposable
{
    public string Path => $"/partners/v1/sharing-groups/{Id}";

    public static async Task<SharingGroupOf> FormAsync(PartnersService service, string ceiling = "OFFICIAL-SENSITIVE")
    {
        var parties = await Task.WhenAll(service.ConformantAsync(), service.ConformantAsync(), service.ConformantAsync());
        var (first, second, third) = (parties[0], parties[1], parties[2]);
        var agreement = await service.ActiveAgreementAsync(PartnersService.Agreement(["protected-person-referrals"], ceiling, first, second, third));
        var formed = (await service.Registrar.CreateAsync(
            "/partners/v1/sharing-groups", new { name = "Safeguarding exchange", purpose = "Early warning about people at risk", agreement })).Expect(HttpStatusCode.Created);
        var group = new SharingGroupOf(
            service, formed.Body.GetProperty("id").GetGuid(), agreement, first, second, third,
            service.Host.As(first, "first-system", Scopes.IntegrationManage), service.Host.As(second, "second-system", Scopes.IntegrationManage, Scopes.OrganisationsRead));
        var etag = formed.ETag;
        foreach (var organisation in new[] { first, second })
        {
            etag = (await service.Registrar.ChangeAsync(group.Path + "/members", new { organisation }, etag)).Expect(HttpStatusCode.OK).ETag;
        }

        return group;
    }

    public async Task<string> ETagAsync() => (await Service.Registrar.ReadAsync(Path)).Expect(HttpStatusCode.OK).ETag!;

    public ValueTask DisposeAsync()
    {
        One.Dispose();
        Two.Dispose();
        return ValueTask.CompletedTask;
    }
}
