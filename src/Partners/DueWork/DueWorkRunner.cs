using Microsoft.EntityFrameworkCore;
using Soc.Partners.Data;
using Soc.ServiceDefaults;

namespace Soc.Partners.DueWork;

/// <summary>Looks for due work at each one's interval. Of several replicas one does it, and what one was interrupted in the next one finds still due.</summary>
internal sealed partial class DueWorkRunner(
    IServiceScopeFactory scopes, IEnumerable<IDueWork> works, IHostApplicationLifetime host, TimeProvider clock, ILogger<DueWorkRunner> log) : BackgroundService
{
    private static readonly TimeSpan AfterStart = TimeSpan.FromSeconds(1.5);

    /// <summary>Does one work now, unless another replica is at it.</summary>
    /// <returns>Whether it was done here.</returns>
    public static async Task<bool> RunAsync(IServiceScopeFactory scopes, IDueWork work, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PartnersDb>();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var locked = await db.Database
            .SqlQuery<bool>($"select pg_try_advisory_xact_lock(hashtextextended({"partners.due-work." + work.Name}, 0)) as \"Value\"").SingleAsync(cancellation);
        if (locked)
        {
            await work.RunAsync(db, now, cancellation);
            await db.SaveChangesAsync(cancellation);
            await transaction.CommitAsync(cancellation);
        }

        return locked;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource();
        await using var registration = host.ApplicationStarted.Register(started.SetResult);
        await Task.WhenAll(works.Select(work => RepeatAsync(work, started, stoppingToken)));
    }

    private async Task RepeatAsync(IDueWork work, TaskCompletionSource started, CancellationToken stopping)
    {
        // Not during the start itself, when everything wants the processor and nobody is served yet.
        await started.Task.WaitAsync(stopping);
        await Task.Delay(AfterStart, clock, stopping);
        await Repeating.EveryAsync(
            work.Every, clock, () => RunAsync(scopes, work, clock.Now(), stopping), exception => LogFailed(work.Name, exception.GetType()), stopping);
    }

    [LoggerMessage(1, LogLevel.Warning, "Due work {Work} failed and is looked at again: {Type}")]
    private partial void LogFailed(string work, Type type);
}
