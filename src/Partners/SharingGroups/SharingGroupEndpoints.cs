using Microsoft.EntityFrameworkCore;
using Soc.Contracts;
using Soc.Messaging.Idempotency;
using Soc.Partners.Agreements;
using Soc.Partners.Data;
using Soc.ServiceDefaults;

namespace Soc.Partners.SharingGroups;

internal static class SharingGroupEndpoints
{
    private const int PageSize = 50;

    public static void MapSharingGroups(this IEndpointRouteBuilder routes)
    {
        var groups = routes.MapGroup("/partners/v1/sharing-groups");
        groups.MapPost("", Form).RequireAuthorization(Scopes.AgreementsManage).RequireIdempotencyKey<PartnersDb>();
        groups.MapGet("", List).RequireAuthorization(Policies.SharingGroupsRead);
        groups.MapGet("{id:guid}", Read).RequireAuthorization(Policies.SharingGroupsRead);
        groups.MapPost("{id:guid}/members", Add).RequireAuthorization(Scopes.AgreementsManage);
        groups.MapPost("{id:guid}/members/{organisation:guid}/end", End).RequireAuthorization(Scopes.AgreementsManage);
        groups.MapPost("{id:guid}/members/{organisation:guid}/removal", Remove).RequireAuthorization(Scopes.AgreementsManage);
        groups.MapShares();
    }

    /// <summary>The groups that an organisation is now a member of, while the agreement that a group rests on is in force and something is shared with the organisation at all.</summary>
    public static IQueryable<SharingGroup> SharingGroupsOf(this PartnersDb db, Guid organisation, DateTimeOffset now)
    {
        var (agreements, sharing) = (db.AgreementsInForce(organisation, now), db.SharedWith(now));
        return db.SharingGroups.Where(group =>
            agreements.Any(agreement => agreement.Id == group.AgreementId) && sharing.Contains(organisation)
            && group.Memberships.Any(member => member.OrganisationId == organisation && member.From <= now && (member.Until == null || member.Until > now)));
    }

    /// <summary>With whom of those that were ever members of these groups something is shared now: who is suspended, or did not attest, is left out wherever members are told.</summary>
    public static async Task<IReadOnlySet<Guid>> WithAccessAsync(this PartnersDb db, IEnumerable<SharingGroup> groups, DateTimeOffset now, CancellationToken cancellation)
    {
        var ids = groups.SelectMany(group => group.Memberships).Select(member => member.OrganisationId).Distinct().ToList();
        return await db.SharedWith(now).Where(organisation => ids.Contains(organisation)).ToHashSetAsync(cancellation);
    }

    private static IQueryable<SharingGroup> SharingGroupsVisibleTo(this PartnersDb db, Caller caller, DateTimeOffset now) =>
        caller.Scopes.Contains(Scopes.AgreementsManage) ? db.SharingGroups : db.SharingGroupsOf(caller.Organisation, now);

    private static async Task<IResult> Form(
        FormSharingGroup body, Caller caller, HttpResponse response, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.Now();
        if (!await db.AgreementsInForce(now).AnyAsync(agreement => agreement.Id == body.Agreement, cancellation))
        {
            return PartnersProblems.SharingGroupAgreement.ToResult();
        }

        var group = SharingGroup.Form(Guid.CreateVersion7(now), body.Name, body.Purpose, body.Agreement, now);
        db.SharingGroups.Add(group);
        await db.SaveAsync(caller, "sharing-group.form", group.Id.ToString(), null, now, cancellation);
        response.SetETag(group.Version);
        return Results.Created($"/partners/v1/sharing-groups/{group.Id}", SharingGroupView.Of(group, new HashSet<Guid>(), caller, now));
    }

    private static async Task<IResult> List(string? cursor, Caller caller, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.Now();
        var found = db.SharingGroupsVisibleTo(caller, now).AsNoTracking();
        if (cursor is not null)
        {
            if (!Cursor.TryParse(cursor, out DateTimeOffset formed, out Guid id))
            {
                return PartnersProblems.CursorInvalid.ToResult();
            }

            found = found.Where(group => group.FormedAt > formed || (group.FormedAt == formed && group.Id > id));
        }

        var rows = await found.OrderBy(group => group.FormedAt).ThenBy(group => group.Id).Take(PageSize + 1).ToListAsync(cancellation);
        var page = rows.Take(PageSize).ToList();
        var withAccess = await db.WithAccessAsync(page, now, cancellation);
        return Results.Ok(new SharingGroupsPage(
            [.. page.Select(group => SharingGroupView.Of(group, withAccess, caller, now))],
            rows.Count > PageSize ? Cursor.Of(page[^1].FormedAt, page[^1].Id) : null));
    }

    private static async Task<IResult> Read(
        Guid id, Caller caller, HttpResponse response, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.Now();
        return await db.SharingGroupsVisibleTo(caller, now).AsNoTracking().SingleOrDefaultAsync(group => group.Id == id, cancellation) is { } found
            ? await OkAsync(found, caller, response, db, now, cancellation)
            : PartnersProblems.SharingGroupNotFound.ToResult();
    }

    private static Task<IResult> Add(
        Guid id, AddMember body, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation) =>
        ChangeAsync(
            id, "sharing-group.add-member",
            async (group, now) => group.Add(
                Guid.CreateVersion7(now), body.Organisation, body.From?.ToUniversalTime() ?? now, body.Until?.ToUniversalTime(),
                await db.Agreements.AsNoTracking().SingleAsync(agreement => agreement.Id == group.AgreementId, cancellation), now),
            caller, http, db, clock, cancellation);

    private static Task<IResult> End(
        Guid id, Guid organisation, EndMembership body, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation) =>
        ChangeAsync(
            id, "sharing-group.end-membership", (group, now) => Task.FromResult(group.End(organisation, body.Until.ToUniversalTime(), now)),
            caller, http, db, clock, cancellation);

    private static Task<IResult> Remove(
        Guid id, Guid organisation, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation) =>
        ChangeAsync(
            id, "sharing-group.remove-member", (group, now) => Task.FromResult(group.Remove(organisation, now)),
            caller, http, db, clock, cancellation);

    /// <summary>
    /// One change of a group's memberships. Its row is locked before the clock is read, and so it is where something is shared: what was shared before a change
    /// has an instant before it.
    /// </summary>
    private static async Task<IResult> ChangeAsync(
        Guid id, string action, Func<SharingGroup, DateTimeOffset, Task<Problem?>> verb,
        Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await db.Database.ExecuteSqlAsync($"select from sharing_group where id = {id} for update", cancellation);
        if (await db.SharingGroups.SingleOrDefaultAsync(group => group.Id == id, cancellation) is not { } group)
        {
            return PartnersProblems.SharingGroupNotFound.ToResult();
        }

        if (Preconditions.Check(http.Request, group.Version) is { } stale)
        {
            return stale.ToResult();
        }

        var now = clock.Now();
        var refusal = await verb(group, now);
        if (refusal is null)
        {
            db.TellMemberships(group, now);
        }

        refusal = await db.SaveAsync(caller, action, id.ToString(), refusal, now, cancellation);
        await transaction.CommitAsync(cancellation);
        return refusal?.ToResult() ?? await OkAsync(group, caller, http.Response, db, now, cancellation);
    }

    private static async Task<IResult> OkAsync(
        SharingGroup group, Caller caller, HttpResponse response, PartnersDb db, DateTimeOffset now, CancellationToken cancellation)
    {
        response.SetETag(group.Version);
        return Results.Ok(SharingGroupView.Of(group, await db.WithAccessAsync([group], now, cancellation), caller, now));
    }
}
