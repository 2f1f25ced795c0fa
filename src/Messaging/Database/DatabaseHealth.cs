using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Soc.Messaging.Database;

/// <summary>
/// Ready only while the database answers, and not before it has every migration that this program knows: a new release waits for its migration step.
/// A database that has more is ready, so that the release before goes on.
/// </summary>
internal sealed class DatabaseHealth<TDb>(ServiceDatabase database, TDb db) : IHealthCheck
    where TDb : DbContext
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using (var command = database.Service.CreateCommand("select 1"))
            {
                command.CommandTimeout = 3;
                await command.ExecuteScalarAsync(cancellationToken);
            }

            if (!database.IsMigrated && (await db.Database.GetPendingMigrationsAsync(cancellationToken)).Any())
            {
                return new HealthCheckResult(context.Registration.FailureStatus, "The database lacks a migration.");
            }

            database.IsMigrated = true;
            return HealthCheckResult.Healthy();
        }
        catch (NpgsqlException)
        {
            // Without the exception: its text names hosts and roles.
            return new HealthCheckResult(context.Registration.FailureStatus, "The database does not answer.");
        }
    }
}
