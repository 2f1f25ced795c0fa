using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Soc.Contracts;
using Soc.Reporting.Data;
using Soc.ServiceDefaults;

namespace Soc.Reporting.Statistics;

internal static class StatisticsEndpoints
{
    private static readonly string[] Measures = ["submitted", "triaged", "decided"];

    public static void MapStatistics(this WebApplication app)
    {
        app.MapGet("/reporting/v1/statistics/referrals/{year}", ReferralsAsync).RequireAuthorization(Scopes.ReportsStatistics);
        app.MapGet("/reporting/v1/partners", PartnersAsync).RequireAuthorization(Scopes.ReportsStatistics);
    }

    private static async Task<IResult> ReferralsAsync(string year, ReportingDb db, CancellationToken cancellation)
    {
        if (year.Length != 4 || !int.TryParse(year, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return ReportingProblems.YearInvalid.ToResult();
        }

        var counts = await db.ReferralCounts.AsNoTracking().Where(c => c.Year == number).ToDictionaryAsync(c => c.Measure, c => c.Count, cancellation);
        return TypedResults.Ok(new ReferralStatistics(
            number, new DisclosurePolicy(Disclosure.Policy, Disclosure.Threshold, Disclosure.RoundingBase, Disclosure.Method),
            [.. Measures.Select(measure => ProtectedCount.Of(measure, counts.GetValueOrDefault(measure)))]));
    }

    private static async Task<IResult> PartnersAsync(ReportingDb db, TimeProvider clock, CancellationToken cancellation)
    {
        // An agreement ends with its review date, by UK time; the event that says so comes a moment later.
        var today = UkCalendar.Day(clock.GetUtcNow());
        return TypedResults.Ok(new PartnerStatistics(
            "none",
            await db.Partners.GroupBy(p => new { p.Sector, p.Status }).OrderBy(g => g.Key.Sector).ThenBy(g => g.Key.Status)
                .Select(g => new PartnerCount(g.Key.Sector, g.Key.Status, g.Count())).ToListAsync(cancellation),
            await db.Agreements.CountAsync(agreement => agreement.ReviewDate >= today, cancellation)));
    }
}

/// <summary>National counts of referrals in a year of whole ISO weeks.</summary>
internal sealed record ReferralStatistics(int Year, DisclosurePolicy Policy, IReadOnlyList<ProtectedCount> Measures);

internal sealed record DisclosurePolicy(string Name, int Threshold, int RoundingBase, string Method);

/// <param name="Count">The protected count, or null when it is hidden.</param>
/// <param name="Shown">What a table shows: the protected count, or <c>[c]</c>.</param>
internal sealed record ProtectedCount(string Measure, long? Count, string Shown)
{
    public static ProtectedCount Of(string measure, long count)
    {
        var shown = Disclosure.Protect(count);
        return new ProtectedCount(measure, shown, shown?.ToString(CultureInfo.InvariantCulture) ?? Disclosure.Hidden);
    }
}

/// <summary>Organisations are not people: their counts need no disclosure control.</summary>
internal sealed record PartnerStatistics(string Policy, IReadOnlyList<PartnerCount> Partners, int ActiveAgreements);

internal sealed record PartnerCount(string Sector, string Status, int Count);
