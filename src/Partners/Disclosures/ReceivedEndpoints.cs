using Microsoft.EntityFrameworkCore;
using Soc.Partners.Data;
using Soc.ServiceDefaults;

namespace Soc.Partners.Disclosures;

/// <summary>One record of something received.</summary>
internal sealed record ReceivedItem(
    DateTimeOffset Hour, string Kind, string DataCategory, int Items, Guid? Agreement, Guid? SharingGroup, string Source);

/// <param name="From">The first day.</param>
/// <param name="To">The last day.</param>
/// <param name="Items">The latest first.</param>
/// <param name="Next">The cursor of the next page; null on the last one.</param>
internal sealed record ReceivedPage(DateOnly From, DateOnly To, IReadOnlyList<ReceivedItem> Items, string? Next);

internal static class ReceivedEndpoints
{
    private const int PageSize = 100;

    public static void MapReceived(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/partners/v1/received", Read).RequireAuthorization(Policies.OwnRecords);

    /// <summary>What the caller's organisation received, under which agreement, when.</summary>
    private static async Task<IResult> Read(
        DateOnly? from, DateOnly? to, string? cursor, Caller caller, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        if (Period.Of(from, to, clock.Now()) is not { } period)
        {
            return PartnersProblems.PeriodInvalid.ToResult();
        }

        var found = db.Disclosures.AsNoTracking().Where(disclosure =>
            disclosure.OrganisationId == caller.Organisation && disclosure.Hour >= period.Begins && disclosure.Hour < period.Ends);
        if (cursor is not null)
        {
            if (!Cursor.TryParse(cursor, out DateTimeOffset hour, out long sequence))
            {
                return PartnersProblems.CursorInvalid.ToResult();
            }

            found = found.Where(disclosure => disclosure.Hour < hour || (disclosure.Hour == hour && disclosure.Sequence < sequence));
        }

        var rows = await found.OrderByDescending(disclosure => disclosure.Hour).ThenByDescending(disclosure => disclosure.Sequence)
            .Take(PageSize + 1).ToListAsync(cancellation);
        var page = rows.Take(PageSize).ToList();
        return Results.Ok(new ReceivedPage(
            period.From, period.To,
            [.. page.Select(disclosure => new ReceivedItem(
                disclosure.Hour, disclosure.Kind.Code(), disclosure.DataCategory, disclosure.Items, disclosure.AgreementId, disclosure.SharingGroupId, disclosure.Source))],
            rows.Count > PageSize ? Cursor.Of(page[^1].Hour, page[^1].Sequence) : null));
    }
}
