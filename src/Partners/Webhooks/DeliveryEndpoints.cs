using Microsoft.EntityFrameworkCore;
using Soc.Contracts;
using Soc.Messaging.Idempotency;
using Soc.Partners.Data;
using Soc.ServiceDefaults;

namespace Soc.Partners.Webhooks;

/// <summary>A delivery and what came of each attempt at it.</summary>
internal sealed record DeliveryView(
    Guid Id, string EventType, string Status, DateTimeOffset CreatedAt, DateTimeOffset? NextAttemptAt, IEnumerable<AttemptView> Attempts,
    IEnumerable<string> AllowedActions)
{
    public static DeliveryView Of(Delivery delivery, Webhook webhook) => new(
        delivery.EventId, delivery.EventType, delivery.Status.Code(), delivery.CreatedAt,
        delivery.Status == DeliveryStatus.Pending ? delivery.NextAttemptAt : null,
        delivery.Log.OrderBy(attempt => attempt.Number).Select(attempt => new AttemptView(attempt.At, attempt.DurationMilliseconds, attempt.StatusCode, attempt.Error)),
        webhook.IsSentTo ? ["replay"] : []);
}

/// <summary>When an attempt was made, how long it took, what status the receiver answered, and why it failed, if it did.</summary>
internal sealed record AttemptView(DateTimeOffset At, int DurationMilliseconds, short? StatusCode, string? Error);

/// <summary>A page of the log, the newest first.</summary>
internal sealed record DeliveryPage(IReadOnlyList<DeliveryView> Items, string? Next);

/// <summary>How many deliveries are sent again.</summary>
internal sealed record Replayed(int Count);

/// <summary>The log of a webhook's deliveries, and sending them again.</summary>
internal static class DeliveryEndpoints
{
    private const int PageSize = 100;

    public static void MapDeliveries(this IEndpointRouteBuilder routes)
    {
        var webhook = routes.MapGroup("/partners/v1/webhooks/{id:guid}");
        webhook.MapGet("deliveries", List).RequireAuthorization(Scopes.IntegrationManage);
        webhook.MapPost("deliveries/{delivery:guid}/replay", ReplayOne).RequireAuthorization(Scopes.IntegrationManage).RequireIdempotencyKey<PartnersDb>();
        webhook.MapPost("replay", ReplaySince).RequireAuthorization(Scopes.IntegrationManage).RequireIdempotencyKey<PartnersDb>();
    }

    private static async Task<IResult> List(Guid id, string? cursor, Caller caller, PartnersDb db, CancellationToken cancellation)
    {
        if (await FindAsync(db, id, caller, cancellation) is not { } webhook)
        {
            return PartnersProblems.WebhookNotFound.ToResult();
        }

        var deliveries = db.Deliveries.AsNoTracking().Where(delivery => delivery.WebhookId == id);
        if (cursor is not null)
        {
            if (!Cursor.TryParse(cursor, out DateTimeOffset _, out Guid last))
            {
                return PartnersProblems.CursorInvalid.ToResult();
            }

            deliveries = deliveries.Where(delivery => delivery.EventId.CompareTo(last) < 0);
        }

        // The ids are in the order of time.
        var found = await deliveries.Include(delivery => delivery.Log).OrderByDescending(delivery => delivery.EventId).Take(PageSize + 1).ToListAsync(cancellation);
        return Results.Ok(new DeliveryPage(
            [.. found.Take(PageSize).Select(delivery => DeliveryView.Of(delivery, webhook))], found.Count > PageSize ? Cursor.Of(found[PageSize - 1].CreatedAt, found[PageSize - 1].EventId) : null));
    }

    private static Task<IResult> ReplayOne(Guid id, Guid delivery, Caller caller, PartnersDb db, TimeProvider clock, CancellationToken cancellation) =>
        ReplayAsync(
            id, "webhook.replay-one",
            async () => await db.Deliveries.AnyAsync(found => found.WebhookId == id && found.EventId == delivery, cancellation)
                ? await ReplayAsync(db, id, DateTimeOffset.MinValue, delivery, cancellation) : null,
            caller, db, clock, cancellation);

    private static Task<IResult> ReplaySince(
        Guid id, ReplayDeliveries body, Caller caller, PartnersDb db, TimeProvider clock, CancellationToken cancellation) =>
        ReplayAsync(id, "webhook.replay", async () => await ReplayAsync(db, id, body.Since, null, cancellation), caller, db, clock, cancellation);

    private static async Task<IResult> ReplayAsync(
        Guid id, string action, Func<Task<int?>> replay, Caller caller, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        if (await FindAsync(db, id, caller, cancellation) is not { } webhook)
        {
            return PartnersProblems.WebhookNotFound.ToResult();
        }

        if (!webhook.IsSentTo)
        {
            return PartnersProblems.WebhookStatus.ToResult();
        }

        if (await replay() is not { } count)
        {
            return PartnersProblems.WebhookDeliveryNotFound.ToResult();
        }

        await db.SaveAsync(caller, action, id.ToString(), null, clock.Now(), cancellation);
        return Results.Accepted(value: new Replayed(count));
    }

    /// <summary>From the schedule's beginning, under the id it always had; what is being sent at this moment is left alone.</summary>
    private static Task<int> ReplayAsync(PartnersDb db, Guid webhook, DateTimeOffset since, Guid? only, CancellationToken cancellation) => db.Database.ExecuteSqlAsync(
        $"""
         update webhook_delivery set status = 'Pending', step = 0, next_attempt_at = now(), settled_at = null
          where webhook_id = {webhook} and created_at >= {since.ToUniversalTime()} and ({only}::uuid is null or event_id = {only})
            and (locked_until is null or locked_until <= now())
         """,
        cancellation);

    private static Task<Webhook?> FindAsync(PartnersDb db, Guid id, Caller caller, CancellationToken cancellation) =>
        db.Webhooks.AsNoTracking().SingleOrDefaultAsync(webhook => webhook.Id == id && webhook.OrganisationId == caller.Organisation, cancellation);
}
