using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Soc.Messaging.Idempotency;
using Soc.Referrals.Audit;
using Soc.Referrals.Cases;
using Soc.Referrals.Data;
using Soc.Referrals.Vocabulary;
using Soc.ServiceDefaults;

namespace Soc.Referrals.ThreatNotices;

/// <summary>How many threat-to-life notices of a kind a unit gave in a region and month. What a notice said, and to whom, is nowhere in the platform.</summary>
internal sealed class ThreatNoticeCount
{
    public required Guid Unit { get; init; }

    public required string Kind { get; init; }

    public required string Region { get; init; }

    /// <summary>Such as <c>2026-11</c>.</summary>
    public required string Month { get; init; }

    public required int Count { get; init; }
}

internal sealed record ThreatNoticeRequest(string? Kind, string? Region);

internal sealed record ThreatNoticeItem(string Kind, string Region, string Month, int Count);

internal sealed record ThreatNoticeList(IReadOnlyList<ThreatNoticeItem> Items);

internal static class ThreatNotices
{
    public static void MapThreatNotices(this WebApplication app)
    {
        var notices = app.MapGroup("/referrals/v1/threat-notices").RequireAuthorization(Policies.CaseLeads);
        ((IEndpointConventionBuilder)notices).Finally(ReferralEndpoints.DoNotStore);
        notices.MapPost("", CountAsync).RequireIdempotencyKey<ReferralsDb>();
        notices.MapGet("", ListAsync);
    }

    private static async Task<IResult> CountAsync(ThreatNoticeRequest request, Caller caller, ReferralsDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var problem = Fields.Refusal(
            Fields.OneOf("kind", request.Kind, ReferralVocabulary.Current.ThreatNoticeKinds), Fields.OneOf("region", request.Region, ReferralVocabulary.Current.Regions));
        if (problem is not null)
        {
            return problem.ToResult();
        }

        var now = clock.Now();
        var month = UkCalendar.Day(now).ToString("yyyy-MM", CultureInfo.InvariantCulture);
        await db.ActForAsync(caller, cancellation);
        await db.Database.ExecuteSqlAsync(
            $"""
             insert into threat_notice_count (unit, kind, region, month, count) values ({caller.Organisation}, {request.Kind}, {request.Region}, {month}, 1)
             on conflict (unit, kind, region, month) do update set count = threat_notice_count.count + 1
             """, cancellation);
        db.Add(AuditEntry.Of(caller, "threat-notice.count", Guid.CreateVersion7(now), [], AuditEntry.Done, now));
        await db.SaveChangesAsync(cancellation);
        var row = await db.Set<ThreatNoticeCount>().AsNoTracking().SingleAsync(
            each => each.Unit == caller.Organisation && each.Kind == request.Kind && each.Region == request.Region && each.Month == month, cancellation);
        return Results.Ok(new ThreatNoticeItem(row.Kind, row.Region, row.Month, row.Count));
    }

    public static IQueryable<ThreatNoticeCount> Of(ReferralsDb db, Caller caller) => db.Set<ThreatNoticeCount>().Where(each => each.Unit == caller.Organisation);

    private static async Task<IResult> ListAsync(Caller caller, ReferralsDb db, CancellationToken cancellation)
    {
        await using var transaction = await db.BeginForAsync(caller, cancellation);
        var rows = await Of(db, caller).AsNoTracking()
            .OrderByDescending(each => each.Month).ThenBy(each => each.Region).ThenBy(each => each.Kind).Take(1000).ToListAsync(cancellation);
        return Results.Ok(new ThreatNoticeList([.. rows.Select(row => new ThreatNoticeItem(row.Kind, row.Region, row.Month, row.Count))]));
    }
}
