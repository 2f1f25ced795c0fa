using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using Soc.Messaging.Broker;
using Soc.Messaging.Database;

namespace Soc.Messaging.Parking;

/// <summary>Messages that wait: for their predecessor (held) or for a person (parked).</summary>
internal sealed partial class ParkingStore(ServiceDatabase database, MessagingMetrics metrics, TimeProvider time, ILogger<ParkingStore> logger)
{
    private const string Insert = """
        insert into parked_message as p (message_id, queue, message_type, schema_version, aggregate_id, aggregate_version, causation_id, correlation_id,
                                    traceparent, body, occurred_at, reason, attempts, state)
        values (@message_id, @queue, @message_type, @schema_version, @aggregate_id, @aggregate_version, @causation_id, @correlation_id,
                @traceparent, @body, @occurred_at, @reason, @attempts, @state)
        on conflict (message_id, queue) do update
           set body = excluded.body, reason = excluded.reason, state = excluded.state, last_seen = clock_timestamp(),
               attempts = least(p.attempts + excluded.attempts, 32767)
        """;

    /// <summary>Parks a message for a person. While the database is down it waits: the message is then still the broker's.</summary>
    public async Task ParkAsync(Received message, string queue, string reason, int attempts, CancellationToken cancellation)
    {
        for (var wait = TimeSpan.FromMilliseconds(250); ; wait = wait < TimeSpan.FromSeconds(4) ? wait * 2 : wait)
        {
            try
            {
                await using var command = database.Service.CreateCommand(Insert);
                Fill(command.Parameters, message, queue, reason, attempts, "parked");
                await command.ExecuteNonQueryAsync(cancellation);
                metrics.Parked(reason);
                LogParked(message.MessageType, message.MessageId, reason);
                return;
            }
            catch (NpgsqlException exception) when (DatabaseFaults.IsUnavailable(exception) || DatabaseFaults.IsContention(exception))
            {
                await Task.Delay(wait * (0.5 + Random.Shared.NextDouble()), time, cancellation);
            }
        }
    }

    /// <summary>Holds an event until its predecessor was applied, inside the transaction that has locked the aggregate's position.</summary>
    public static async Task HoldAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, Received message, string queue, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Insert, connection, transaction);
        Fill(command.Parameters, message, queue, "early", 1, "held");
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static void Fill(NpgsqlParameterCollection parameters, Received message, string queue, string reason, int attempts, string state)
    {
        parameters.AddWithValue("message_id", message.MessageId);
        parameters.AddWithValue("queue", queue);
        parameters.AddWithValue("message_type", NpgsqlDbType.Text, (object?)message.MessageType ?? DBNull.Value);
        parameters.AddWithValue("schema_version", message.SchemaVersion);
        parameters.AddWithValue("aggregate_id", NpgsqlDbType.Uuid, (object?)message.AggregateId ?? DBNull.Value);
        parameters.AddWithValue("aggregate_version", NpgsqlDbType.Bigint, (object?)message.AggregateVersion ?? DBNull.Value);
        parameters.AddWithValue("causation_id", NpgsqlDbType.Uuid, (object?)message.CausationId ?? DBNull.Value);
        parameters.AddWithValue("correlation_id", NpgsqlDbType.Uuid, (object?)message.CorrelationId ?? DBNull.Value);
        parameters.AddWithValue("traceparent", NpgsqlDbType.Text, (object?)message.Traceparent ?? DBNull.Value);
        parameters.AddWithValue("body", message.Body);
        parameters.AddWithValue("occurred_at", NpgsqlDbType.TimestampTz, (object?)message.OccurredAt?.ToUniversalTime() ?? DBNull.Value);
        parameters.AddWithValue("reason", reason);
        parameters.AddWithValue("attempts", (short)Math.Min(attempts, short.MaxValue));
        parameters.AddWithValue("state", state);
    }

    [LoggerMessage(10, LogLevel.Error, "Parked a message of type {MessageType} ({MessageId}): {Reason}.")]
    private partial void LogParked(string? messageType, Guid messageId, string reason);
}
