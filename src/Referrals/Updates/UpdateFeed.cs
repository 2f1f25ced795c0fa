using Microsoft.EntityFrameworkCore;
using Soc.Referrals.Data;

namespace Soc.Referrals.Updates;

/// <summary>The last position that was given out to an organisation; its row is the lock under which positions are given.</summary>
internal sealed class UpdateFeed
{
    public Guid Organisation { get; init; }

    public long LastPosition { get; init; }

    /// <summary>
    /// Gives the organisation's new updates their positions. Not when they are written: identities and timestamps are drawn before the commit, commits
    /// overtake each other, and a reader would pass by a row that shows itself late; a counter at the write would make every submission of an
    /// organisation wait for the one before. At the read, whoever holds the feed's row sees only committed updates and appends them after all that
    /// was ever given out. Their sequence number keeps those of one case in order: each step of a case begins after the commit of the one before.
    /// </summary>
    public static async Task PlaceNewAsync(ReferralsDb db, Guid organisation, CancellationToken cancellation)
    {
        if (!await db.Updates.AnyAsync(update => update.Organisation == organisation && update.Position == null, cancellation))
        {
            return;
        }

        // Two statements, so that the second has a snapshot from after the lock.
        await db.Database.ExecuteSqlAsync(
            $"""
             insert into update_feed (organisation, last_position) values ({organisation}, 0)
             on conflict (organisation) do update set last_position = update_feed.last_position
             """, cancellation);
        await db.Database.ExecuteSqlAsync(
            $"""
             with fresh as (
                 select id, row_number() over (order by sequence) as number from referrer_update where organisation = {organisation} and position is null
             ), placed as (
                 update referrer_update set position = last_position + number from fresh, update_feed
                  where referrer_update.id = fresh.id and update_feed.organisation = {organisation}
                 returning 1
             )
             update update_feed set last_position = last_position + (select count(*) from placed) where organisation = {organisation}
             """, cancellation);
    }
}
