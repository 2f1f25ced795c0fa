using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Soc.Messaging.Database;

/// <summary>What a failure of the database means for the one who met it.</summary>
internal static class DatabaseFaults
{
    /// <summary>The database does not answer, refuses connections, shuts down, or has no room: nobody's fault and nothing to park for.</summary>
    public static bool IsUnavailable(Exception exception) => Chain(exception).Any(inner => inner switch
    {
        PostgresException postgres => postgres.SqlState[..2] is "08" or "28" or "53" or "57" or "58" && postgres.SqlState != PostgresErrorCodes.QueryCanceled
            || postgres.SqlState is PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.ReadOnlySqlTransaction,
        NpgsqlException npgsql => npgsql.IsTransient,
        SocketException => true,
        _ => false,
    });

    /// <summary>Somebody else was faster, or holds a lock: the same work done again may well succeed.</summary>
    public static bool IsContention(Exception exception) => Chain(exception).Any(inner => inner is DbUpdateConcurrencyException
        or PostgresException
        {
            SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected
            or PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled
        });

    private static IEnumerable<Exception> Chain(Exception exception)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            yield return inner;
        }
    }
}
