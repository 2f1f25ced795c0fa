using Microsoft.EntityFrameworkCore;
using Soc.Messaging;
using Soc.Partners.CutOffs;
using Soc.Partners.Data;
using Soc.Partners.DueWork;
using Soc.Partners.RevocationOrders;
using Soc.ServiceDefaults;

namespace Soc.Partners.Organisations;

/// <summary>How an organisation leaves: its access ends at the instant that was named, and later its entry is closed.</summary>
internal static class Leaving
{
    private static readonly TimeSpan Furthest = TimeSpan.FromDays(366);

    public static Task<IResult> OffboardAsync(
        Guid id, OffboardOrganisation body, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var (now, at) = (clock.Now(), body.At?.ToUniversalTime());
        return OrganisationEndpoints.ChangeAsync(
            id, "organisation.offboard",
            organisation => at is not null && (at <= now || at > now + Furthest) ? PartnersProblems.OrganisationLeaving : organisation.Offboard(at),
            at is null ? () => db.EndAccessAsync(id, now, cancellation) : null, caller, http, db, clock, cancellation);
    }

    /// <summary>Within the transaction of the change: nothing of it is accepted any more, and it is asked about what it received.</summary>
    public static Task EndAccessAsync(this PartnersDb db, Guid organisation, DateTimeOffset now, CancellationToken cancellation)
    {
        db.IssueRevocationOrder(organisation, RevocationCause.Offboarding, now);
        return db.CutOffWhileSuspendedAsync(organisation, cancellation);
    }

    public static async Task<IResult> CloseAsync(
        Guid id, CloseOrganisation body, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await db.LockLinksAsync(cancellation);
        var unfit = body.Successor is null != body.NoSuccessor ? PartnersProblems.OrganisationSuccessor
            : !await db.IsLinkAsync(id, body.Successor, organisation => organisation.SuccessorId, cancellation) ? PartnersProblems.OrganisationLink
            : null;
        var answer = await OrganisationEndpoints.ChangeAsync(
            id, "organisation.close", organisation => unfit is null ? organisation.Close(body.Successor, clock.Now()) : unfit, null, caller, http, db, clock, cancellation);
        await transaction.CommitAsync(cancellation);
        return answer;
    }
}

/// <summary>Ends the access of the organisations whose instant to leave has come.</summary>
internal sealed class LeavingDue : IDueWork
{
    public string Name => "leaving";

    public TimeSpan Every => TimeSpan.FromSeconds(1);

    public async Task RunAsync(PartnersDb db, DateTimeOffset now, CancellationToken cancellation)
    {
        foreach (var organisation in await db.Organisations.Where(found => found.LeavesAt <= now).ToListAsync(cancellation))
        {
            db.Publish(organisation.Offboard().Event!, organisation.Id, organisation.Version);
            db.AuditClock(this, "organisation.offboard", organisation.Id, now);
            await db.EndAccessAsync(organisation.Id, now, cancellation);
        }
    }
}
