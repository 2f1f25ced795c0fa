using Microsoft.EntityFrameworkCore;
using Soc.Messaging;
using Soc.Partners.CutOffs;
using Soc.Partners.Data;
using Soc.Partners.DueWork;

namespace Soc.Partners.RevocationOrders;

/// <summary>
/// Establishes that revocation orders are enforced, and that they are overdue. An order is enforced when every process that reads the cut-offs has, since it was
/// issued, named the list that is in force now as the one it goes by; or, where one of them is silent, when every token from before has expired.
/// </summary>
internal sealed class RevocationOrdersDue : IDueWork
{
    /// <summary>The life of a token, five minutes, with room for clocks that differ.</summary>
    public static readonly TimeSpan TokensExpire = TimeSpan.FromMinutes(6);

    public string Name => "revocation-orders";

    public TimeSpan Every => TimeSpan.FromSeconds(1);

    public async Task RunAsync(PartnersDb db, DateTimeOffset now, CancellationToken cancellation)
    {
        await db.ForgetReadersAsync(now, cancellation);
        await EnforceAsync(db, now, cancellation);
        foreach (var order in await db.RevocationOrders
            .Where(order => order.OverdueAt == null && order.Acknowledgement == null && order.DueAt <= now).OrderBy(order => order.DueAt).Take(100).ToListAsync(cancellation))
        {
            db.Publish(order.BecomeOverdue(now), order.Id, order.EventVersion);
        }
    }

    private static async Task EnforceAsync(PartnersDb db, DateTimeOffset now, CancellationToken cancellation)
    {
        var waiting = await db.RevocationOrders.Where(order => order.EnforcedAt == null).OrderBy(order => order.IssuedAt).Take(100).ToListAsync(cancellation);
        if (waiting.Count == 0)
        {
            return;
        }

        // In this order: a list that is read after the orders has their cut-offs, and who names it goes by them.
        var current = CutOffs.CutOffs.TagOf(await db.ReadCutOffsAsync(cancellation));
        var readers = await db.CutOffReaders.AsNoTracking().ToListAsync(cancellation);
        foreach (var order in waiting.Where(order =>
            now >= order.IssuedAt + TokensExpire || (readers.Count > 0 && readers.TrueForAll(reader => reader.Applied == current && reader.SeenAt > order.IssuedAt))))
        {
            order.Enforce(now);
        }
    }
}
