using System.Globalization;
using Npgsql;
using Soc.Messaging.Inbox;

namespace Soc.Messaging.Parking;

/// <summary>What may be done with a parked message.</summary>
internal static class ParkingCommands
{
    private const string Resend = """
        with again as (
            update parked_message p set state = 'redriven', body = null, actor = @actor, acted_at = clock_timestamp()
              from (select id, body from parked_message where id = @id and state in ('held', 'parked', 'discarding') and message_type is not null for update) before
             where p.id = before.id
            returning p.*, before.body as kept)
        insert into outbox_message (message_id, message_type, schema_version, destination, aggregate_id, aggregate_version, causation_id,
                                    correlation_id, traceparent, body, key_id, occurred_at)
        select message_id, message_type, schema_version, nullif(queue, 'outbox'), aggregate_id, aggregate_version, causation_id,
               correlation_id, traceparent, kept, key_id, coalesce(occurred_at, clock_timestamp())
          from again
        """;

    private const string RequestDiscard = """
        update parked_message set state = 'discarding', actor = @actor, acted_at = clock_timestamp() where id = @id and state = 'parked'
        """;

    private const string ConfirmDiscard = """
        update parked_message set state = 'discarded', body = null, actor = actor || ' and ' || @actor, acted_at = clock_timestamp()
         where id = @id and state = 'discarding' and actor <> @actor
        returning queue, aggregate_id
        """;

    private const string List = """
        select id, state, reason, queue, coalesce(message_type, '?'), attempts, first_seen, coalesce(actor, '') from parked_message
         where state in ('held', 'parked', 'discarding') or @id is not null and id = @id
         order by id
        """;

    /// <summary>Writes an outbox row with the same message id for the message's own queue only; for what never reached a queue, to all.</summary>
    /// <returns>Whether there was one to send.</returns>
    public static async Task<bool> SendAgainAsync(NpgsqlConnection connection, NpgsqlTransaction? transaction, long id, string actor, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Resend, connection, transaction);
        command.Parameters.AddWithValue("id", id);
        command.Parameters.AddWithValue("actor", actor);
        return await command.ExecuteNonQueryAsync(cancellation) == 1;
    }

    /// <summary>
    /// The first person's request marks the message, a second person's removes its body and lets what waited for it go on.
    /// </summary>
    /// <returns>What the state now is, or null when nothing was changed.</returns>
    public static async Task<string?> DiscardAsync(NpgsqlConnection connection, long id, string actor, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var request = new NpgsqlCommand(RequestDiscard, connection, transaction))
        {
            request.Parameters.AddWithValue("id", id);
            request.Parameters.AddWithValue("actor", actor);
            if (await request.ExecuteNonQueryAsync(cancellation) == 1)
            {
                await transaction.CommitAsync(cancellation);
                return "discarding";
            }
        }

        await using var confirm = new NpgsqlCommand(ConfirmDiscard, connection, transaction);
        confirm.Parameters.AddWithValue("id", id);
        confirm.Parameters.AddWithValue("actor", actor);
        string queue;
        Guid? aggregate;
        await using (var reader = await confirm.ExecuteReaderAsync(cancellation))
        {
            if (!await reader.ReadAsync(cancellation))
            {
                return null;
            }

            (queue, aggregate) = (reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetGuid(1));
        }

        if (queue != "outbox" && aggregate is { } waitedFor)
        {
            await new InboxTransaction(connection, transaction, queue).SkipDiscardedAsync(waitedFor, cancellation);
        }

        await transaction.CommitAsync(cancellation);
        return "discarded";
    }

    /// <summary>One line a message: what is needed to decide, nothing of what it says.</summary>
    public static async Task<IReadOnlyList<string>> ListAsync(NpgsqlConnection connection, long? id, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(List, connection);
        command.Parameters.AddWithValue("id", NpgsqlTypes.NpgsqlDbType.Bigint, (object?)id ?? DBNull.Value);
        var lines = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            if (id is null || reader.GetInt64(0) == id)
            {
                lines.Add(string.Create(CultureInfo.InvariantCulture,
                    $"{reader.GetInt64(0),6}  {reader.GetString(1),-10}  {reader.GetString(2),-24}  {reader.GetString(3),-10}  {reader.GetString(4)}  attempts {reader.GetInt16(5)}  since {reader.GetDateTime(6):yyyy-MM-dd HH:mm}Z  {reader.GetString(7)}").TrimEnd());
            }
        }

        return lines;
    }
}
