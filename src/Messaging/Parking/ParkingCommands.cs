using Npgsql;

namespace Soc.Messaging.Parking;

/// <summary>What may be done with a parked message, inside the caller's transaction.</summary>
internal static class ParkingCommands
{
    private const string Resend = """
        with again as (
            update parked_message p set state = 'redriven', body = null, actor = @actor, acted_at = clock_timestamp()
              from (select id, body from parked_message where id = @id and state in ('held', 'parked', 'discarding') for update) before
             where p.id = before.id
            returning p.*, before.body as kept)
        insert into outbox_message (message_id, message_type, schema_version, destination, aggregate_id, aggregate_version, causation_id,
                                    correlation_id, traceparent, body, key_id, occurred_at)
        select message_id, message_type, schema_version, nullif(queue, 'outbox'), aggregate_id, aggregate_version, causation_id,
               correlation_id, traceparent, kept, key_id, coalesce(occurred_at, clock_timestamp())
          from again
        """;

    /// <summary>Writes an outbox row with the same message id for the message's own queue only.</summary>
    /// <returns>Whether there was one to send.</returns>
    public static async Task<bool> SendAgainAsync(NpgsqlConnection connection, NpgsqlTransaction? transaction, long id, string actor, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Resend, connection, transaction);
        command.Parameters.AddWithValue("id", id);
        command.Parameters.AddWithValue("actor", actor);
        return await command.ExecuteNonQueryAsync(cancellation) == 1;
    }
}
