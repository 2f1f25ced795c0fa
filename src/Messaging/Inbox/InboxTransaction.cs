using Npgsql;
using Soc.Messaging.Broker;
using Soc.Messaging.Parking;

namespace Soc.Messaging.Inbox;

/// <summary>Where a message stands among those that a consumer has applied.</summary>
internal enum Place
{
    /// <summary>To be applied now.</summary>
    Next,

    /// <summary>Applied before, or older than what was.</summary>
    Repeated,

    /// <summary>Its predecessor has not been applied yet.</summary>
    Early,
}

/// <summary>
/// The inbox's part of a consumer's transaction. The row of the aggregate's position is locked from the first statement on, so that two of its events
/// cannot pass each other, and none can be held just after its predecessor has looked for it.
/// </summary>
internal sealed class InboxTransaction(NpgsqlConnection connection, NpgsqlTransaction transaction, string queue)
{
    /// <summary>The service's one queue. The column leaves room for a second, which would have an inbox of its own.</summary>
    private const short Consumer = 1;

    private const string InsertInbox = "insert into inbox_message (consumer, message_id) values (@consumer, @message_id) on conflict do nothing";

    private const string InsertPosition = """
        insert into aggregate_position (consumer, aggregate_id, version) values (@consumer, @aggregate_id, 0) on conflict do nothing
        """;

    private const string AdvancePosition = """
        update aggregate_position set version = @version where aggregate_id = @aggregate_id and consumer = @consumer and version = @version - 1
        """;

    private const string FindWaiting = """
        select id, state from parked_message
         where queue = @queue and aggregate_id = @aggregate_id and aggregate_version = @version + 1
           and (state in ('held', 'discarded') or (state = 'parked' and reason = 'gap'))
        """;

    private const string ReadPosition = "select version from aggregate_position where aggregate_id = @aggregate_id and consumer = @consumer for update";

    private bool somethingWaits;

    public async Task<Place> EnterAsync(Received message, bool ordered, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection, transaction);
        var inbox = Add(batch, InsertInbox, ("consumer", Consumer), ("message_id", message.MessageId));
        NpgsqlBatchCommand? advance = null;
        if (ordered)
        {
            Add(batch, InsertPosition, ("consumer", Consumer), ("aggregate_id", message.AggregateId!.Value));
            advance = Add(batch, AdvancePosition, ("consumer", Consumer), ("aggregate_id", message.AggregateId.Value), ("version", message.AggregateVersion!.Value));
            Add(batch, FindWaiting, ("queue", queue), ("aggregate_id", message.AggregateId.Value), ("version", message.AggregateVersion.Value));
        }

        await using (var reader = await batch.ExecuteReaderAsync(cancellation))
        {
            somethingWaits = ordered && await reader.ReadAsync(cancellation);
        }

        if (inbox.RecordsAffected == 0)
        {
            return Place.Repeated;
        }

        if (advance is null or { RecordsAffected: 1 })
        {
            return Place.Next;
        }

        await using var read = Command(ReadPosition, ("consumer", Consumer), ("aggregate_id", message.AggregateId!.Value));
        var position = (long)(await read.ExecuteScalarAsync(cancellation))!;
        if (position != message.AggregateVersion!.Value - 1)
        {
            return position >= message.AggregateVersion.Value ? Place.Repeated : Place.Early;
        }

        // The predecessor, which had locked the row first, was committed since; it had looked for this event in vain and will not look again.
        await using var late = new NpgsqlBatch(connection, transaction);
        Add(late, AdvancePosition, ("consumer", Consumer), ("aggregate_id", message.AggregateId.Value), ("version", message.AggregateVersion.Value));
        Add(late, FindWaiting, ("queue", queue), ("aggregate_id", message.AggregateId.Value), ("version", message.AggregateVersion.Value));
        await using var waiting = await late.ExecuteReaderAsync(cancellation);
        somethingWaits = await waiting.ReadAsync(cancellation);
        return Place.Next;
    }

    /// <summary>Keeps the event until its predecessor has been applied. It has had no effect yet, so it leaves no inbox row.</summary>
    public async Task HoldAsync(Received message, CancellationToken cancellation)
    {
        await using (var undo = Command("delete from inbox_message where consumer = @consumer and message_id = @message_id",
            ("consumer", Consumer), ("message_id", message.MessageId)))
        {
            await undo.ExecuteNonQueryAsync(cancellation);
        }

        await ParkingStore.HoldAsync(connection, transaction, message, queue, cancellation);
    }

    /// <summary>Sends the event that waited for this one to the queue again; what was discarded on the way counts as applied.</summary>
    /// <returns>Whether one was sent.</returns>
    public async Task<bool> ReleaseNextAsync(Received message, CancellationToken cancellation) =>
        somethingWaits && await ReleaseAsync(message.AggregateId!.Value, message.AggregateVersion!.Value, cancellation);

    /// <summary>Goes on after the last applied version when an event that was waited for has been discarded.</summary>
    public async Task SkipDiscardedAsync(Guid aggregateId, CancellationToken cancellation)
    {
        await using (var insert = Command(InsertPosition, ("consumer", Consumer), ("aggregate_id", aggregateId)))
        {
            await insert.ExecuteNonQueryAsync(cancellation);
        }

        await using var read = Command(ReadPosition, ("consumer", Consumer), ("aggregate_id", aggregateId));
        await ReleaseAsync(aggregateId, (long)(await read.ExecuteScalarAsync(cancellation))!, cancellation);
    }

    private async Task<bool> ReleaseAsync(Guid aggregateId, long applied, CancellationToken cancellation)
    {
        for (var version = applied; ; version++)
        {
            long? held = null;
            await using (var find = Command(FindWaiting, ("queue", queue), ("aggregate_id", aggregateId), ("version", version)))
            await using (var reader = await find.ExecuteReaderAsync(cancellation))
            {
                if (!await reader.ReadAsync(cancellation))
                {
                    return false;
                }

                held = reader.GetString(1) == "discarded" ? null : reader.GetInt64(0);
            }

            if (held is { } id)
            {
                await ParkingCommands.SendAgainAsync(connection, transaction, id, actor: "order", cancellation);
                return true;
            }

            await using var skip = Command(AdvancePosition, ("consumer", Consumer), ("aggregate_id", aggregateId), ("version", version + 1));
            await skip.ExecuteNonQueryAsync(cancellation);
        }
    }


    private static NpgsqlBatchCommand Add(NpgsqlBatch batch, string text, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var command = new NpgsqlBatchCommand(text);
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        batch.BatchCommands.Add(command);
        return command;
    }

    private NpgsqlCommand Command(string text, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
#pragma warning disable CA2100 // Only the constants above are passed.
        var command = new NpgsqlCommand(text, connection, transaction);
#pragma warning restore CA2100
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command;
    }
}
