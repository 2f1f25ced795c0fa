using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Soc.Messaging.Database;

/// <summary>Ready only while the database answers.</summary>
internal sealed class DatabaseHealth(ServiceDatabase database) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var command = database.Service.CreateCommand("select 1");
            command.CommandTimeout = 3;
            await command.ExecuteScalarAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (NpgsqlException)
        {
            // Without the exception: its text names hosts and roles.
            return new HealthCheckResult(context.Registration.FailureStatus, "The database does not answer.");
        }
    }
}
