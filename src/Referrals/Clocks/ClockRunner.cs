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
/// Looks for cases with something due and brings it about, one case in one transaction under the lock that changes to a case take. What was told is stored
/// with the case: several replicas, or one that is killed and started again, tell it once.
/// </summary>
internal sealed partial class ClockRunner(
    IServiceScopeFactory scopes, IOptions<ReferralsOptions> options, TimeProvider clock, ILogger<ClockRunner> log) : BackgroundService
{
    private const int Batch = 100;

    /// <summary>Does everything that is due now.</summary>
    /// <returns>How many cases had something due here.</returns>
    public static async Task<int> RunAsync(IServiceScopeFactory scopes, DateTimeOffset now, CancellationToken cancellation)
    {
        var done = 0;
        for (var due = await DueAsync(scopes, now, cancellation); due.Count > 0;)
        {
            var fired = 0;
            foreach (var (id, unit) in due)
            {
                fired += await FireAsync(scopes, id, unit, now, cancellation) ? 1 : 0;
            }

            done += fired;
            due = fired > 0 ? await DueAsync(scopes, now, cancellation) : []; // what another replica has locked is its to do
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

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Clocks.Poll, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RunAsync(scopes, clock.Now(), stoppingToken);
                await PurgeDraftsAsync(scopes, clock.Now().AddDays(-options.Value.DraftDays), stoppingToken);
            }
#pragma warning disable CA1031 // What was not done is still due the next time; without this one failure would end it for good.
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                LogFailed(exception.GetType());
            }
        }
    }

    private static async Task<List<(Guid Id, Guid Unit)>> DueAsync(IServiceScopeFactory scopes, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ReferralsDb>();
        await using var transaction = await db.BeginForAsync(Of(Guid.Empty), cancellation, WorkPurpose.Clock);
        var due = await db.Referrals.AsNoTracking().IgnoreAutoIncludes().Where(referral => referral.NextClockAt < now)
            .OrderBy(referral => referral.NextClockAt).Take(Batch).Select(referral => new { referral.Id, referral.ResponsibleUnit }).ToListAsync(cancellation);
        return [.. due.Select(each => (each.Id, each.ResponsibleUnit))];
    }

    private static async Task<bool> FireAsync(IServiceScopeFactory scopes, Guid id, Guid unit, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ReferralsDb>();
        await using var transaction = await db.BeginForAsync(Of(unit), cancellation, WorkPurpose.Clock);
        if (!await db.TryLockCaseAsync(id, cancellation)
            || await db.Referrals.AsSplitQuery().SingleOrDefaultAsync(each => each.Id == id && each.NextClockAt < now, cancellation) is not { } referral)
        {
            return false;
        }

        if (referral.EffectiveAt is { } effective && effective < now)
        {
            referral.TakeEffect();
            db.PublishFact(new ReferralTransferred(Guid.NewGuid(), referral.Region, StatisticalWeek.Of(effective)));
        }

        foreach (var breached in referral.FireClocks(now))
        {
            db.PublishFact(new ClockBreached(
                Guid.NewGuid(), referral.Region, Codes.Of(referral.Band), Codes.Of(breached.Kind), StatisticalWeek.Of(breached.DueAt!.Value)));
            db.Add(AuditEntry.Of(Of(unit), "clock.breach", id, [], AuditEntry.Done, now));
        }

        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return true;
    }

    /// <summary>Nobody's token: the clock has no scope, and row security lets it find what is due and nothing that was told about a person.</summary>
    private static Caller Of(Guid unit) => new(unit, "clock", "clock", new HashSet<string>());

    [LoggerMessage(1, LogLevel.Warning, "Looking for due clocks failed and is done again: {Type}")]
    private partial void LogFailed(Type type);
}
