using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Soc.Contracts.Referrals;
using Soc.Messaging;
using Soc.Referrals.Audit;
using Soc.Referrals.Cases;
using Soc.Referrals.Data;
using Soc.Referrals.Drafts;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Clocks;

/// <summary>
/// Looks for cases with something due and brings it about, one case in one transaction under the lock that changes to a case take. What is due, the
/// database's clock says: a replica whose own is ahead tells nothing early and moves no case before its instant. What was told is stored with the case:
/// several replicas, or one that is killed and started again, tell it once.
/// </summary>
internal sealed partial class ClockRunner(
    IServiceScopeFactory scopes, IOptions<ReferralsOptions> options, ClockMetrics metrics, TimeProvider clock, ILogger<ClockRunner> log) : BackgroundService
{
    private const int Batch = 100;
    private static readonly TimeSpan BetweenPurges = TimeSpan.FromHours(1);

    /// <summary>
    /// Does everything that is due now, the longest due first. Each case gets one try: one that fails holds up no other, and is due again the next time.
    /// </summary>
    /// <returns>How many cases had something due here.</returns>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        var (done, failed) = (0, new Dictionary<Type, int>());
        var until = await AsClockAsync(Guid.Empty, (db, _) => db.ClockAsync(cancellation), cancellation);
        (DateTimeOffset At, Guid Id) after = (DateTimeOffset.MinValue, Guid.Empty);
        for (var more = true; more;)
        {
            var due = await DueAsync(after, until, cancellation);
            foreach (var each in due)
            {
                try
                {
                    // One after the other: the case is the new unit's even if its clocks cannot be told.
                    var moved = each.Moves && await FireAsync(each.Id, each.Unit, TakeEffect, cancellation);
                    done += await FireAsync(each.Id, each.Unit, Tell, cancellation) || moved ? 1 : 0;
                }
#pragma warning disable CA1031 // Whatever one case throws, the others' breaches are told.
                catch (Exception exception) when (!cancellation.IsCancellationRequested)
#pragma warning restore CA1031
                {
                    failed[exception.GetType()] = failed.GetValueOrDefault(exception.GetType()) + 1;
                }
            }

            (after, more) = due.Count > 0 ? ((due[^1].At, due[^1].Id), true) : (after, false);
        }

        foreach (var (type, count) in failed)
        {
            metrics.Failed(count);
            LogCasesFailed(count, type);
        }

        return done;
    }

    /// <summary>Deletes drafts that were last saved before an instant, and with each row its key.</summary>
    public static async Task<int> PurgeDraftsAsync(IServiceScopeFactory scopes, DateTimeOffset savedBefore, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ReferralsDb>();
        await using var transaction = await db.BeginForAsync(Of(Guid.Empty), cancellation, WorkPurpose.Clock);
        var purged = await db.Set<Draft>().Where(draft => draft.SavedAt < savedBefore).ExecuteDeleteAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return purged;
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        Repeating.EveryAsync(options.Value.Clocks.Poll, clock, () => RunAsync(stoppingToken), Failed, stoppingToken),
        Repeating.EveryAsync(BetweenPurges, clock, () => PurgeDraftsAsync(scopes, clock.Now().AddDays(-options.Value.DraftDays), stoppingToken), Failed, stoppingToken));

    private void Failed(Exception exception) => LogFailed(exception.GetType());

    /// <summary>The next cases with something due, after the last one that was tried.</summary>
    private Task<List<DueCase>> DueAsync((DateTimeOffset At, Guid Id) after, DateTimeOffset until, CancellationToken cancellation) =>
        AsClockAsync(
            Guid.Empty,
            (db, _) => db.Referrals.AsNoTracking().IgnoreAutoIncludes()
                .Where(referral => referral.NextClockAt < until
                    && EF.Functions.GreaterThan(ValueTuple.Create(referral.NextClockAt!.Value, referral.Id), ValueTuple.Create(after.At, after.Id)))
                .OrderBy(referral => referral.NextClockAt).ThenBy(referral => referral.Id).Take(Batch)
                .Select(referral => new DueCase(
                    referral.Id, referral.EffectiveAt <= until ? referral.ReceivingUnit!.Value : referral.ResponsibleUnit, referral.NextClockAt!.Value, referral.EffectiveAt <= until))
                .ToListAsync(cancellation),
            cancellation);

    /// <summary>Does one thing to a case under its lock, where it is still due; false where it is not, or somebody else is at the case.</summary>
    private Task<bool> FireAsync(Guid id, Guid unit, Func<ReferralsDb, Guid, Referral, DateTimeOffset, Action?> work, CancellationToken cancellation) =>
        AsClockAsync(
            unit,
            async (db, commit) =>
            {
                if (!await db.TryLockCaseAsync(id, cancellation))
                {
                    return false; // what another replica has locked is its to do
                }

                var now = await db.ClockAsync(cancellation);
                if (await db.Referrals.AsSplitQuery().SingleOrDefaultAsync(each => each.Id == id && each.NextClockAt < now, cancellation) is not { } referral
                    || work(db, unit, referral, now) is not { } count)
                {
                    return false;
                }

                await db.SaveChangesAsync(cancellation);
                await commit();
                count();
                return true;
            },
            cancellation);

    private static Action? TakeEffect(ReferralsDb db, Guid unit, Referral referral, DateTimeOffset now)
    {
        if (referral.EffectiveAt is not { } effective || effective > now)
        {
            return null;
        }

        db.TakeEffect(referral, effective);
        return () => { };
    }

    private Action Tell(ReferralsDb db, Guid unit, Referral referral, DateTimeOffset now)
    {
        var (band, (warned, breached)) = (referral.Band, referral.FireClocks(now));
        foreach (var each in breached)
        {
            db.PublishFact(new ClockBreached(Guid.NewGuid(), referral.Region, Codes.Of(band), Codes.Of(each.Kind), StatisticalWeek.Of(each.DueAt!.Value)));
            db.Add(AuditEntry.Of(Of(unit), "clock.breach", referral.Id, [], AuditEntry.Done, now));
        }

        return () =>
        {
            metrics.Warned(warned.Select(each => each.Kind), band);
            metrics.Breached(breached.Select(each => each.Kind), band);
        };
    }

    private async Task<T> AsClockAsync<T>(Guid unit, Func<ReferralsDb, Func<Task>, Task<T>> work, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ReferralsDb>();
        await using var transaction = await db.BeginForAsync(Of(unit), cancellation, WorkPurpose.Clock);
        return await work(db, () => transaction.CommitAsync(cancellation));
    }

    private sealed record DueCase(Guid Id, Guid Unit, DateTimeOffset At, bool Moves);

    /// <summary>Nobody's token: the clock has no scope, and row security lets it find what is due and nothing that was told about a person.</summary>
    private static Caller Of(Guid unit) => new(unit, "clock", "clock", new HashSet<string>());

    [LoggerMessage(1, LogLevel.Warning, "Looking for what is due failed and is done again: {Type}")]
    private partial void LogFailed(Type type);

    [LoggerMessage(2, LogLevel.Error, "The clocks of {Count} cases could not be told and are tried again: {Type}")]
    private partial void LogCasesFailed(int count, Type type);
}
