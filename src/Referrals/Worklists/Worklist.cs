using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Soc.Referrals.Cases;
using Soc.Referrals.Data;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Worklists;

/// <summary>One open case of the unit. Nothing of the person: the reference is enough to ask for the case, and that is audited.</summary>
internal sealed record WorklistItem(Guid Id, string Reference, string Band, string Status, DateTimeOffset SubmittedAt, long AgeMinutes);

internal sealed record WorklistPage(IReadOnlyList<WorklistItem> Items, string? Next);

/// <summary>The unit's open cases, the most pressing band first and within it the oldest first.</summary>
internal static class Worklist
{
    private const int DefaultLimit = 25;
    private const int MaximumLimit = 100;

    public static async Task<IResult> HandleAsync(
        string? cursor, int? limit, Caller caller, ReferralsDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var take = limit ?? DefaultLimit;
        if (take is < 1 or > MaximumLimit)
        {
            return ReferralsProblems.LimitInvalid.ToResult();
        }

        (PriorityBand Band, DateTimeOffset SubmittedAt, Guid Id) after = default;
        if (cursor is not null && !TryParse(cursor, out after))
        {
            return ReferralsProblems.CursorInvalid.ToResult();
        }

        await using var transaction = await db.BeginForAsync(caller, cancellation);
        var open = Casework.VisibleTo(db, caller).AsNoTracking().IgnoreAutoIncludes().Where(referral => referral.ResponsibleUnit == caller.Organisation && ReferralPath.Open.Contains(referral.Status));
        if (cursor is not null)
        {
            open = open.Where(referral => EF.Functions.GreaterThan(
                ValueTuple.Create(referral.Band, referral.SubmittedAt, referral.Id), ValueTuple.Create(after.Band, after.SubmittedAt, after.Id)));
        }

        var rows = await open.OrderBy(referral => referral.Band).ThenBy(referral => referral.SubmittedAt).ThenBy(referral => referral.Id).Take(take + 1)
            .Select(referral => new { referral.Id, referral.Reference, referral.Band, referral.Status, referral.SubmittedAt }).ToListAsync(cancellation);
        var now = clock.GetUtcNow();
        return Results.Ok(new WorklistPage(
            [.. rows.Take(take).Select(row => new WorklistItem(
                row.Id, row.Reference, Codes.Of(row.Band), Codes.Of(row.Status), row.SubmittedAt, (long)(now - row.SubmittedAt).TotalMinutes))],
            rows.Count > take ? Cursor.Of((short)rows[take - 1].Band, rows[take - 1].SubmittedAt.UtcTicks, rows[take - 1].Id) : null));
    }

    private static bool TryParse(string cursor, out (PriorityBand Band, DateTimeOffset SubmittedAt, Guid Id) after)
    {
        after = default;
        if (Cursor.Parts(cursor) is not [var band, var ticks, var id]
            || !short.TryParse(band, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || !long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at) || at > DateTime.MaxValue.Ticks
            || !Guid.TryParseExact(id, "D", out var last))
        {
            return false;
        }

        after = ((PriorityBand)number, new DateTimeOffset(at, TimeSpan.Zero), last);
        return true;
    }
}
