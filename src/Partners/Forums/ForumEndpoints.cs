using Microsoft.EntityFrameworkCore;
using Soc.Contracts;
using Soc.Messaging;
using Soc.Messaging.Idempotency;
using Soc.Partners.Data;
using Soc.Partners.Organisations;
using Soc.ServiceDefaults;

namespace Soc.Partners.Forums;

internal static class ForumEndpoints
{
    private const int PageSize = 50;

    public static void MapForums(this IEndpointRouteBuilder routes)
    {
        var forums = routes.MapGroup("/partners/v1/forums");
        forums.MapPost("", Create).RequireAuthorization(Scopes.OrganisationsRegister).RequireIdempotencyKey<PartnersDb>();
        forums.MapGet("", List).RequireAuthorization(Scopes.OrganisationsRead);
        forums.MapGet("{id:guid}", Read).RequireAuthorization(Scopes.OrganisationsRead);
        forums.MapPost("{id:guid}/members", Join).RequireAuthorization(Scopes.OrganisationsRegister);
        forums.MapPost("{id:guid}/members/{member:guid}/departure", Leave).RequireAuthorization(Scopes.OrganisationsRegister);
        forums.MapPost("{id:guid}/closure", Close).RequireAuthorization(Scopes.OrganisationsRegister);
    }

    private static async Task<IResult> Create(
        CreateForum body, Caller caller, HttpResponse response, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        if (body.Until < body.From)
        {
            return PartnersProblems.ForumDates.ToResult();
        }

        var now = clock.Now();
        var (forum, created) = Forum.Create(Guid.CreateVersion7(now), body.Kind, body.Name, body.Area, body.From, body.Until);
        db.Forums.Add(forum);
        db.Publish(created, forum.Id, forum.Version);
        await db.SaveAsync(caller, "forum.create", forum.Id.ToString(), null, now, cancellation);
        response.SetETag(forum.Version);
        return Results.Created($"/partners/v1/forums/{forum.Id}", View(forum, caller, [], UkCalendar.Day(now)));
    }

    private static async Task<IResult> List(string? cursor, Caller caller, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var (name, last) = ("", Guid.Empty);
        if (cursor is not null && !Cursor.TryParse(cursor, out name, out last))
        {
            return PartnersProblems.CursorInvalid.ToResult();
        }

        var rows = await db.ForumsVisibleTo(caller, clock.Now()).AsNoTracking()
            .Where(forum => cursor == null || EF.Functions.GreaterThan(ValueTuple.Create(forum.Name, forum.Id), ValueTuple.Create(name, last)))
            .OrderBy(forum => forum.Name).ThenBy(forum => forum.Id).Take(PageSize + 1).ToListAsync(cancellation);
        var known = await KnownAsync(rows, caller, db, clock, cancellation);
        return Results.Ok(new ForumPage(
            rows.Take(PageSize).Select(forum => View(forum, caller, known, UkCalendar.Day(clock.Now()))),
            rows.Count > PageSize ? Cursor.Of(rows[PageSize - 1].Name, rows[PageSize - 1].Id) : null));
    }

    private static async Task<IResult> Read(
        Guid id, Caller caller, HttpResponse response, PartnersDb db, TimeProvider clock, CancellationToken cancellation) =>
        await db.ForumsVisibleTo(caller, clock.Now()).AsNoTracking().SingleOrDefaultAsync(forum => forum.Id == id, cancellation) is { } found
            ? await OkAsync(found, caller, response, db, clock, cancellation)
            : PartnersProblems.ForumNotFound.ToResult();

    private static async Task<IResult> Join(
        Guid id, JoinForum body, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var known = await db.Organisations.AnyAsync(organisation => organisation.Id == body.Organisation, cancellation);
        return await ChangeAsync(
            id, "forum.join",
            forum => known ? forum.Join(Guid.CreateVersion7(clock.Now()), body.Organisation, body.Role, body.From) : PartnersProblems.ForumOrganisation,
            caller, http, db, clock, cancellation);
    }

    private static Task<IResult> Leave(
        Guid id, Guid member, EndForum body, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation) =>
        ChangeAsync(id, "forum.leave", forum => forum.Leave(member, body.Until), caller, http, db, clock, cancellation);

    private static Task<IResult> Close(
        Guid id, EndForum body, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation) =>
        ChangeAsync(id, "forum.close", forum => forum.Close(body.Until), caller, http, db, clock, cancellation);

    private static async Task<IResult> ChangeAsync<TEvent>(
        Guid id, string action, Func<Forum, Decision<TEvent>> verb, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
        where TEvent : class
    {
        if (await db.Forums.SingleOrDefaultAsync(forum => forum.Id == id, cancellation) is not { } forum)
        {
            return PartnersProblems.ForumNotFound.ToResult();
        }

        if (Preconditions.Check(http.Request, forum.Version) is { } stale)
        {
            return stale.ToResult();
        }

        var decision = verb(forum);
        if (decision.Event is { } changed)
        {
            db.Publish(changed, forum.Id, forum.Version);
        }

        var refusal = await db.SaveAsync(caller, action, id.ToString(), decision.Refusal, clock.Now(), cancellation);
        return refusal?.ToResult() ?? await OkAsync(forum, caller, http.Response, db, clock, cancellation);
    }

    /// <summary>Registrars see every forum, everybody else those that they are members of today.</summary>
    private static IQueryable<Forum> ForumsVisibleTo(this PartnersDb db, Caller caller, DateTimeOffset now)
    {
        var today = UkCalendar.Day(now);
        return caller.Scopes.Contains(Scopes.OrganisationsRegister) ? db.Forums : db.Forums.Where(forum =>
            forum.From <= today && (forum.Until == null || forum.Until >= today)
            && forum.Members.Any(member => member.OrganisationId == caller.Organisation && member.From <= today && (member.Until == null || member.Until >= today)));
    }

    /// <summary>Those of the members that the caller may see in the register: a forum tells nobody of others.</summary>
    private static Task<List<Guid>> KnownAsync(IEnumerable<Forum> forums, Caller caller, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var members = forums.SelectMany(forum => forum.Members).Select(member => member.OrganisationId).Distinct().ToList();
        return db.OrganisationsVisibleTo(caller, clock.Now()).Where(organisation => members.Contains(organisation.Id)).Select(organisation => organisation.Id)
            .ToListAsync(cancellation);
    }

    private static async Task<IResult> OkAsync(
        Forum forum, Caller caller, HttpResponse response, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        response.SetETag(forum.Version);
        return Results.Ok(View(forum, caller, await KnownAsync([forum], caller, db, clock, cancellation), UkCalendar.Day(clock.Now())));
    }

    private static ForumView View(Forum forum, Caller caller, IReadOnlyList<Guid> known, DateOnly today)
    {
        var registrar = caller.Scopes.Contains(Scopes.OrganisationsRegister);
        var members = registrar ? forum.Members : forum.MembersOn(today);
        return new ForumView(
            forum.Id, forum.Kind, forum.Name, forum.Area, forum.From, forum.Until,
            members.OrderBy(member => member.From).ThenBy(member => member.Id).Select(member => new ForumMemberView(
                member.Id, member.Role, known.Contains(member.OrganisationId) ? member.OrganisationId : null, member.From, member.Until)),
            !registrar ? [] : forum.Until is null ? ["members", "closure"] : ["members"]);
    }
}
