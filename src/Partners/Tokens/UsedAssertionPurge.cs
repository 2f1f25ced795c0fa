using Microsoft.EntityFrameworkCore;
using Soc.Partners.Data;

namespace Soc.Partners.Tokens;

/// <summary>Forgets assertions that nobody can use again because they have expired, by the clock of any replica.</summary>
internal sealed partial class UsedAssertionPurge(IServiceScopeFactory scopes, TimeProvider clock, ILogger<UsedAssertionPurge> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    public static Task<int> PurgeAsync(PartnersDb db, CancellationToken cancellation) =>
        db.Database.ExecuteSqlAsync($"delete from used_assertion where expires_at < now() - interval '5 minutes'", cancellation);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                await PurgeAsync(scope.ServiceProvider.GetRequiredService<PartnersDb>(), stoppingToken);
            }
#pragma warning disable CA1031 // Nothing depends on this minute's purge; the next one does it.
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                LogFailed(exception.GetType());
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Used client assertions could not be purged: {Type}")]
    private partial void LogFailed(Type type);
}
