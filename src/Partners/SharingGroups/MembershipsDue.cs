using Microsoft.EntityFrameworkCore;
using Soc.Contracts.Partners;
using Soc.Messaging;
using Soc.Partners.Data;
using Soc.Partners.DueWork;
using Soc.Partners.RevocationOrders;

namespace Soc.Partners.SharingGroups;

/// <summary>
/// Tells of memberships that begin or end by the clock. Whether one holds is read from its period on every request; this is only for the events, and for the
/// revocation order of who has left.
/// </summary>
internal sealed class MembershipsDue : IDueWork
{
    public string Name => "sharing-group-memberships";

    public TimeSpan Every => TimeSpan.FromSeconds(5);

    public async Task RunAsync(PartnersDb db, DateTimeOffset now, CancellationToken cancellation)
    {
        foreach (var group in await db.SharingGroups
            .Where(group => group.Memberships.Any(member => (!member.BeginningTold && member.From <= now) || (!member.EndTold && member.Until <= now)))
            .Take(100).ToListAsync(cancellation))
        {
            db.TellMemberships(group, now);
        }
    }
}

internal static class MembershipEvents
{
    /// <summary>Publishes what memberships have begun and ended, and issues the revocation orders of those who have left; saved with what the caller saves.</summary>
    public static void TellMemberships(this PartnersDb db, SharingGroup group, DateTimeOffset now)
    {
        foreach (var (told, version) in group.Tell(now))
        {
            db.Publish(told, group.Id, version);
            if (told is SharingGroupMemberRemoved left)
            {
                db.IssueRevocationOrder(left.OrganisationId, RevocationCause.LeftSharingGroup(group.Id), now);
            }
        }
    }
}
