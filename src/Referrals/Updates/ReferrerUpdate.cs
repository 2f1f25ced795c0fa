using Microsoft.EntityFrameworkCore;
using Soc.Referrals.Cases;
using Soc.Referrals.Data;

namespace Soc.Referrals.Updates;

/// <summary>What a referring organisation is told about one of its referrals: its new status, and nothing of why.</summary>
internal sealed class ReferrerUpdate(Guid id, Guid organisation, long position, Guid referralId, string reference, ReferralStatus status, DateTimeOffset at)
{
    public Guid Id { get; private init; } = id;

    public Guid Organisation { get; private init; } = organisation;

    /// <summary>Its place among the organisation's updates: from 1, without gaps, in the order of the commits.</summary>
    public long Position { get; private init; } = position;

    public Guid ReferralId { get; private init; } = referralId;

    public string Reference { get; private init; } = reference;

    public ReferralStatus Status { get; private init; } = status;

    public DateTimeOffset At { get; private init; } = at;

    /// <summary>
    /// Adds an update about the referral as it now stands. The organisation's counter stays locked until the transaction ends, so the next position
    /// is given out only when this one can be seen: a reader that has seen position n has seen everything before it. (Identity columns and
    /// timestamps do not give that: they are drawn before the commit, and commits overtake each other.) Call it before other rows are locked.
    /// </summary>
    public static async Task AddAsync(ReferralsDb db, Referral referral, DateTimeOffset now, CancellationToken cancellation)
    {
        var positions = await db.Database.SqlQuery<long>(
            $"""
             insert into update_feed (organisation, last_position) values ({referral.ReferringOrganisation}, 1)
             on conflict (organisation) do update set last_position = update_feed.last_position + 1
             returning last_position
             """).ToListAsync(cancellation);
        db.Updates.Add(new ReferrerUpdate(
            Guid.CreateVersion7(now), referral.ReferringOrganisation, positions.Single(), referral.Id, referral.Reference, referral.Status, now));
    }
}

/// <summary>The last position that was given out to an organisation.</summary>
internal sealed class UpdateFeed
{
    public Guid Organisation { get; init; }

    public long LastPosition { get; init; }
}
