using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore;
using Soc.Partners.Data;
using Soc.Partners.Disclosures;
using Soc.ServiceDefaults;

namespace Soc.Partners.Calls;

/// <summary>What a gateway counted since its last batch.</summary>
/// <param name="Id">Its own: a repetition has no further effect.</param>
/// <param name="Counts">The counts.</param>
public sealed record CallBatch(Guid Id, [property: Required, MaxLength(5_000)] IReadOnlyList<CallLine> Counts);

/// <summary>Requests of one organisation that were answered by one route with one class of status in one minute.</summary>
public sealed record CallLine(
    Guid Organisation, [property: Required, StringLength(64, MinimumLength = 1)] string Service, [property: Required, StringLength(128, MinimumLength = 1)] string Route,
    [property: Range(1, 5)] short StatusClass, DateTimeOffset Minute, [property: Range(1, int.MaxValue)] int Calls);

/// <summary>An organisation's calls in a period, by day.</summary>
internal sealed record CallsView(DateOnly From, DateOnly To, IEnumerable<DayView> Days);

/// <param name="Day">A day in the United Kingdom.</param>
/// <param name="Calls">All calls.</param>
/// <param name="Errors">Those that were answered with 4xx or 5xx.</param>
/// <param name="Routes">The same by route and class of status.</param>
internal sealed record DayView(DateOnly Day, long Calls, long Errors, IEnumerable<RouteView> Routes);

/// <summary>Calls by one route that were answered with one class of status, such as <c>2xx</c>.</summary>
internal sealed record RouteView(string Service, string Route, string Status, long Calls);

internal static class CallEndpoints
{
    public static void MapCalls(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/partners/v1/calls", Read).RequireAuthorization(Policies.OwnRecords);
        routes.MapPost("/internal/request-counts", Add).RequireAuthorization(Policies.Platform);
    }

    /// <summary>The calls and errors of the caller's organisation.</summary>
    private static async Task<IResult> Read(
        DateOnly? from, DateOnly? to, Caller caller, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        if (Period.Of(from, to, clock.Now()) is not { } period)
        {
            return PartnersProblems.PeriodInvalid.ToResult();
        }

        var counts = await db.CallCounts.AsNoTracking()
            .Where(count => count.OrganisationId == caller.Organisation && count.Day >= period.From && count.Day <= period.To)
            .OrderBy(count => count.Day).ThenBy(count => count.Service).ThenBy(count => count.Route).ThenBy(count => count.StatusClass)
            .ToListAsync(cancellation);
        return Results.Ok(new CallsView(period.From, period.To, counts.GroupBy(count => count.Day).Select(day => new DayView(
            day.Key, day.Sum(count => count.Calls), day.Where(count => count.StatusClass >= 4).Sum(count => count.Calls),
            day.Select(count => new RouteView(count.Service, count.Route, $"{count.StatusClass}xx", count.Calls))))));
    }

    /// <summary>Adds a gateway's counts, once for each batch.</summary>
    private static async Task<IResult> Add(CallBatch batch, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var (id, now, lines) = (batch.Id, clock.Now(), batch.Counts);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (await db.Database.ExecuteSqlAsync(
            $"insert into call_count_batch (id, received_at) values ({id}, {now}) on conflict do nothing", cancellation) == 1)
        {
            var (organisations, services, routes) = (lines.Select(line => line.Organisation).ToArray(), lines.Select(line => line.Service).ToArray(), lines.Select(line => line.Route).ToArray());
            var (classes, minutes, calls) = (lines.Select(line => line.StatusClass).ToArray(), lines.Select(line => line.Minute.ToUniversalTime()).ToArray(), lines.Select(line => line.Calls).ToArray());

            // In one order, so that two gateways' batches do not wait for each other in a circle.
            await db.Database.ExecuteSqlAsync(
                $"""
                 insert into call_count (organisation_id, day, service, route, status_class, calls)
                 select organisation, (minute at time zone 'Europe/London')::date, service, route, status_class, sum(calls)
                   from unnest({organisations}, {services}, {routes}, {classes}, {minutes}, {calls}) as line (organisation, service, route, status_class, minute, calls)
                  group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
                 on conflict (organisation_id, day, service, route, status_class) do update set calls = call_count.calls + excluded.calls
                 """, cancellation);
            await RecordReadsAsync(db, lines, cancellation);
            await db.SaveChangesAsync(cancellation);
            await transaction.CommitAsync(cancellation);
        }

        return Results.NoContent();
    }

    /// <summary>What was answered with something of others is on record as received, by the hour.</summary>
    private static async Task RecordReadsAsync(PartnersDb db, IReadOnlyList<CallLine> lines, CancellationToken cancellation)
    {
        var reads = lines.Where(line => line.StatusClass == 2 && CountedReads.Counted.ContainsKey(line.Route))
            .GroupBy(line => (line.Organisation, line.Service, Read: CountedReads.Counted[line.Route], Hour: Disclosures.Disclosures.HourOf(line.Minute)));
        foreach (var read in reads)
        {
            var (organisation, service, counted, hour) = read.Key;
            await db.RecordDisclosureAsync(organisation, DisclosureKind.Read, counted.Categories, read.Sum(line => line.Calls), service, hour, cancellation, counted.OthersOnlyWhereCovered);
        }
    }
}
