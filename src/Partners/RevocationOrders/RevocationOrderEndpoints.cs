using Microsoft.EntityFrameworkCore;
using Soc.Messaging;
using Soc.Partners.Data;
using Soc.Partners.ReferenceData;
using Soc.ServiceDefaults;

namespace Soc.Partners.RevocationOrders;

internal static class RevocationOrderEndpoints
{
    private const int PageSize = 100;

    public static void MapRevocationOrders(this IEndpointRouteBuilder routes)
    {
        var orders = routes.MapGroup("/partners/v1/revocation-orders");
        orders.MapGet("", List).RequireAuthorization(Policies.RevocationOrdersRead);
        orders.MapGet("{id:guid}", Read).RequireAuthorization(Policies.RevocationOrdersRead);
        orders.MapPost("{id:guid}/acknowledgement", Acknowledge).RequireAuthorization(Policies.RevocationOrdersAcknowledge);
    }

    private static IQueryable<RevocationOrder> RevocationOrdersVisibleTo(this PartnersDb db, Caller caller)
    {
        var officer = caller.IsRevocationOfficer();
        return db.RevocationOrders.Where(order => officer || order.OrganisationId == caller.Organisation);
    }

    private static async Task<IResult> List(
        [KnownCodes(ReferenceCodes.RevocationOrderStatuses)] string? status, Guid? organisation, string? cursor, Caller caller, PartnersDb db,
        CancellationToken cancellation)
    {
        var wanted = status is null ? (RevocationOrderStatus?)null : RevocationOrderStatuses.Parse(status);
        var found = db.RevocationOrdersVisibleTo(caller).AsNoTracking()
            .Where(order => (wanted == null || order.Status == wanted) && (organisation == null || order.OrganisationId == organisation));
        if (cursor is not null)
        {
            if (!Cursor.TryParse(cursor, out DateTimeOffset issued, out Guid id))
            {
                return PartnersProblems.CursorInvalid.ToResult();
            }

            found = found.Where(order => order.IssuedAt < issued || (order.IssuedAt == issued && order.Id < id));
        }

        var rows = await found.OrderByDescending(order => order.IssuedAt).ThenByDescending(order => order.Id).Take(PageSize + 1).ToListAsync(cancellation);
        var page = rows.Take(PageSize).ToList();
        return Results.Ok(new RevocationOrdersPage(
            [.. page.Select(order => RevocationOrderView.Of(order, null, caller))], rows.Count > PageSize ? Cursor.Of(page[^1].IssuedAt, page[^1].Id) : null));
    }

    private static async Task<IResult> Read(Guid id, Caller caller, HttpResponse response, PartnersDb db, CancellationToken cancellation) =>
        await db.RevocationOrdersVisibleTo(caller).AsNoTracking().SingleOrDefaultAsync(order => order.Id == id, cancellation) is { } found
            ? await OkAsync(found, caller, response, db, cancellation)
            : PartnersProblems.RevocationOrderNotFound.ToResult();

    private static async Task<IResult> Acknowledge(
        Guid id, AcknowledgeRevocation body, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        if (await db.RevocationOrdersVisibleTo(caller).SingleOrDefaultAsync(order => order.Id == id, cancellation) is not { } order)
        {
            return PartnersProblems.RevocationOrderNotFound.ToResult();
        }

        if (Preconditions.Check(http.Request, order.Version) is { } stale)
        {
            return stale.ToResult();
        }

        var (now, own) = (clock.Now(), order.IsAnsweredBy(caller));
        var decision = own || order.IsRecordedBy(caller)
            ? order.Acknowledge(new Acknowledgement(body.Action, body.RetentionBasis, body.DocumentReference, FromLetter: !own, caller.Actor, now))
            : PartnersProblems.RevocationNotYours;
        if (decision.Event is { } acknowledged)
        {
            db.Publish(acknowledged, order.Id, order.EventVersion);
        }

        var refusal = await db.SaveAsync(caller, "revocation-order.acknowledge", id.ToString(), decision.Refusal, now, cancellation);
        return refusal?.ToResult() ?? await OkAsync(order, caller, http.Response, db, cancellation);
    }

    private static async Task<IResult> OkAsync(RevocationOrder order, Caller caller, HttpResponse response, PartnersDb db, CancellationToken cancellation)
    {
        response.SetETag(order.Version);
        return Results.Ok(RevocationOrderView.Of(order, await ReceivedAsync(order, db, cancellation), caller));
    }

    /// <summary>What the organisation had received by the hour of the order, of that which the order is about.</summary>
    private static async Task<IReadOnlyList<ReceivedInMonth>> ReceivedAsync(RevocationOrder order, PartnersDb db, CancellationToken cancellation) =>
        await db.Database.SqlQuery<ReceivedInMonth>(
            $"""
             select data_category as "DataCategory", to_char(hour at time zone 'Europe/London', 'YYYY-MM') as "Month", sum(items) as "Items"
               from disclosure
              where organisation_id = {order.OrganisationId} and hour <= {order.IssuedAt}
                and ({order.AgreementId}::uuid is null or agreement_id = {order.AgreementId}::uuid)
                and ({order.SharingGroupId}::uuid is null or sharing_group_id = {order.SharingGroupId}::uuid)
              group by 1, 2 order by 2, 1
             """).ToListAsync(cancellation);
}
