using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Soc.Referrals.Audit;
using Soc.Referrals.Cases;
using Soc.Referrals.Data;
using Soc.Referrals.Team;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Transfers;

/// <summary>
/// Carries out bulk transfers that both units have agreed on: one case in one transaction with its line of the report, under the case's own lock, so that a
/// run that is interrupted goes on where it stopped and several replicas share it.
/// </summary>
internal sealed partial class BulkTransferRunner(
    IServiceScopeFactory scopes, IOptions<ReferralsOptions> options, TimeProvider clock, ILogger<BulkTransferRunner> log) : BackgroundService
{
    public const string Moved = "moved";

    /// <summary>The cases that a bulk transfer has not come to yet: those of the unit at this instant that were there before the agreed one.</summary>
    public static IQueryable<Referral> LoadOf(ReferralsDb db, BulkTransfer bulk) => db.Referrals.IgnoreAutoIncludes().Where(referral =>
        referral.ResponsibleUnit == bulk.FromUnit && (referral.EffectiveAt == null || referral.EffectiveAt > DateTimeOffset.UtcNow)
        && referral.SubmittedAt < bulk.EffectiveAt && referral.Status != ReferralStatus.Closed && referral.Status != ReferralStatus.Retained
        && !db.Set<BulkTransferItem>().Any(item => item.BulkTransferId == bulk.Id && item.ReferralId == referral.Id));

    /// <summary>Goes on with every bulk transfer that is running. A case that cannot be moved keeps nothing else from being moved, and is tried again in the next run.</summary>
    /// <returns>How many cases were dealt with here, and why others could not be.</returns>
    public static async Task<(int Done, IReadOnlyList<Exception> Failures)> RunAsync(IServiceScopeFactory scopes, CancellationToken cancellation)
    {
        var (done, failures) = (0, new List<Exception>());
        foreach (var bulk in await WithAsync(scopes, Of(Guid.Empty), WorkPurpose.Clock, db =>
            db.Set<BulkTransfer>().AsNoTracking().Where(each => each.Status == "running").ToListAsync(cancellation), cancellation))
        {
            var last = Guid.Empty;
            for (var more = true; more;)
            {
                var ids = await WithAsync(scopes, Of(bulk.FromUnit), WorkPurpose.Moving, db =>
                    LoadOf(db, bulk).AsNoTracking().Where(referral => referral.Id > last).OrderBy(referral => referral.Id).Take(100).Select(referral => referral.Id).ToListAsync(cancellation), cancellation);
                foreach (var id in ids)
                {
                    try
                    {
                        done += await WithAsync(scopes, Of(bulk.FromUnit), WorkPurpose.Moving, db => MoveAsync(db, bulk, id, cancellation), cancellation) ? 1 : 0;
                    }
#pragma warning disable CA1031 // Whatever is the matter with one case, the people of the others are not to wait for it.
                    catch (Exception exception) when (!cancellation.IsCancellationRequested)
#pragma warning restore CA1031
                    {
                        failures.Add(exception);
                    }
                }

                // What somebody else is at, and what arrives meanwhile, the next run finds.
                (last, more) = ids.Count > 0 ? (ids[^1], true) : (last, false);
            }

            await WithAsync(scopes, Of(bulk.FromUnit), WorkPurpose.Moving, db => FinishAsync(db, bulk, cancellation), cancellation);
        }

        return (done, failures);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Repeating.EveryAsync(
        options.Value.Clocks.Poll, clock,
        async () =>
        {
            foreach (var failure in (await RunAsync(scopes, stoppingToken)).Failures.Select(failure => failure.GetType()).Distinct())
            {
                LogLeft(failure);
            }
        },
        exception => LogFailed(exception.GetType()), stoppingToken);

    private static async Task<bool> MoveAsync(ReferralsDb db, BulkTransfer bulk, Guid id, CancellationToken cancellation)
    {
        await db.WorkOnAsync(id, cancellation);
        if (!await db.TryLockCaseAsync(id, cancellation)
            || !await LoadOf(db, bulk).AnyAsync(referral => referral.Id == id, cancellation)
            || await db.Referrals.AsSplitQuery().SingleOrDefaultAsync(each => each.Id == id, cancellation) is not { } referral)
        {
            return false; // somebody is at it, or another replica has dealt with it
        }

        var now = await db.ClockAsync(cancellation); // after the lock, by the clock that moves the case
        var team = TeamMember.Roles(JsonSerializer.Deserialize<List<TeamMember>>(bulk.Team!));
        var effective = bulk.EffectiveAt > now ? bulk.EffectiveAt : now; // until it is written the old unit was responsible, and knew it
        var transfer = TransferCase.Of(referral, bulk.ToUnit, bulk.Reason, bulk.ProposedBy, now, "accepted", bulk, effective);
        var problem = referral.Move(bulk.ToUnit, effective, team, bulk.AcceptedBy!, now);
        if (problem is null)
        {
            db.Add(transfer);
        }

        db.Add(new BulkTransferItem { BulkTransferId = bulk.Id, ReferralId = id, Reference = referral.Reference, Outcome = problem?.Code ?? Moved, At = now });
        db.Add(AuditEntry.Of(Of(bulk.FromUnit), "referral.move", id, [], problem?.Code ?? AuditEntry.Done, now));
        await db.SaveChangesAsync(cancellation);
        return true;
    }

    /// <summary>Ends it once its instant has come and no case is left; until then cases that arrive at the old unit still go with it.</summary>
    private static async Task<bool> FinishAsync(ReferralsDb db, BulkTransfer bulk, CancellationToken cancellation) =>
        !await LoadOf(db, bulk).AnyAsync(cancellation)
            && await db.Database.ExecuteSqlAsync($"update bulk_transfer set status = 'done' where id = {bulk.Id} and status = 'running' and effective_at <= now()", cancellation) > 0;

    private static async Task<T> WithAsync<T>(
        IServiceScopeFactory scopes, Caller caller, string purpose, Func<ReferralsDb, Task<T>> work, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ReferralsDb>();
        await using var transaction = await db.BeginForAsync(caller, cancellation, purpose);
        var result = await work(db);
        await transaction.CommitAsync(cancellation);
        return result;
    }

    private static Caller Of(Guid unit) => new(unit, "clock", "bulk-transfer", new HashSet<string>());

    [LoggerMessage(2, LogLevel.Error, "A case could not be moved with its unit's load and is tried again: {Type}")]
    private partial void LogLeft(Type type);

    [LoggerMessage(1, LogLevel.Warning, "A bulk transfer was interrupted and goes on: {Type}")]
    private partial void LogFailed(Type type);
}
