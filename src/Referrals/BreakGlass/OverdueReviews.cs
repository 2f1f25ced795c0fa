using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Soc.Referrals.Data;
using Soc.ServiceDefaults;

namespace Soc.Referrals.BreakGlass;

/// <summary>Counts, for the operators' alarm, the emergency accesses whose review is overdue: in all units together, and nothing but their number.</summary>
internal sealed partial class OverdueReviews(
    IServiceScopeFactory scopes, IOptions<ReferralsOptions> options, BreakGlassMetrics metrics, TimeProvider clock, ILogger<OverdueReviews> log) : BackgroundService
{
    public static async Task<int> CountAsync(IServiceScopeFactory scopes, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ReferralsDb>();
        await using var transaction = await db.BeginForAsync(new Caller(Guid.Empty, "clock", "clock", new HashSet<string>()), cancellation, WorkPurpose.Clock);
        return await db.Set<EmergencyAccess>().CountAsync(access => access.ReviewDueAt < now && access.ReviewedAt == null, cancellation);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Repeating.EveryAsync(
        options.Value.Clocks.Poll, clock, async () => metrics.Observe(await CountAsync(scopes, clock.Now(), stoppingToken)),
        exception => LogFailed(exception.GetType()), stoppingToken);

    [LoggerMessage(1, LogLevel.Warning, "Counting overdue reviews failed and is done again: {Type}")]
    private partial void LogFailed(Type type);
}
