using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Soc.Contracts.Referrals;
using Soc.Messaging;
using Soc.Referrals.Cases;
using Soc.Referrals.Data;
using Soc.Referrals.Vocabulary;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Updates;

/// <summary>What became of one of the organisation's referrals, and what is asked of it.</summary>
/// <param name="RedirectTo">Where the referral was redirected: the kind of service to turn to.</param>
internal sealed record UpdateItem(Guid Id, Guid ReferralId, string Reference, string Status, IReadOnlyList<string> Requests, DateTimeOffset At, string? RedirectTo);

/// <param name="Items">In the order in which they came to be.</param>
/// <param name="Next">Where to go on; the same as asked for when there was nothing new.</param>
/// <param name="More">Whether there is more already.</param>
internal sealed record UpdatesPage(IReadOnlyList<UpdateItem> Items, string? Next, bool More);

/// <summary>The feed of a referring organisation: its own referrals, their outcome and what is asked of it; nothing else.</summary>
internal static class ReadUpdates
{
    private const int PageSize = 100;

    /// <summary>What an update is, in the words of the agreements that open it.</summary>
    private const string DataCategory = "protected-person-referrals";

    public static async Task<IResult> HandleAsync(string? after, Caller caller, ReferralsDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var position = 0L;
        if (after is not null
            && (Cursor.Parts(after) is not [var part] || !long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out position)))
        {
            return ReferralsProblems.CursorInvalid.ToResult();
        }

        await using var transaction = await db.BeginForAsync(caller, cancellation);
        await UpdateFeed.PlaceNewAsync(db, caller.Organisation, cancellation);
        var updates = await db.Updates.AsNoTracking()
            .Where(update => update.Organisation == caller.Organisation && update.Position > position)
            .OrderBy(update => update.Position).Take(PageSize + 1).ToListAsync(cancellation);
        var page = updates.Take(PageSize).ToList();
        if (page.Exists(update => !update.Given))
        {
            await DiscloseAsync(db, caller.Organisation, page, clock.Now(), cancellation);
        }

        await transaction.CommitAsync(cancellation); // the positions stand before anybody hears of them
        return Results.Ok(new UpdatesPage(
            [.. page.Select(update => new UpdateItem(
                update.Id, update.ReferralId, update.Reference, Codes.Of(update.Status), [.. ReferralVocabulary.Current.RequestsFor(update.Status), .. update.Asked], update.At, update.RedirectTo))],
            page.Count > 0 ? Cursor.Of(page[^1].Position!.Value) : after,
            updates.Count > PageSize));
    }

    /// <summary>Tells how many of these the organisation is given for the first time; of two requests for the same page one does.</summary>
    private static async Task DiscloseAsync(ReferralsDb db, Guid organisation, List<ReferrerUpdate> page, DateTimeOffset now, CancellationToken cancellation)
    {
        var fresh = await db.Database.ExecuteSqlAsync(
            $"""
             update referrer_update set given = true
              where organisation = {organisation} and position between {page[0].Position} and {page[^1].Position} and not given
             """, cancellation);
        if (fresh > 0)
        {
            db.PublishFact(new InformationDisclosed(organisation, DataCategory, fresh, new DateTimeOffset(now.Date.AddHours(now.Hour), TimeSpan.Zero)));
            await db.SaveChangesAsync(cancellation);
        }
    }
}
