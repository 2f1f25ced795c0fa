using Npgsql;
using NpgsqlTypes;
using Soc.Messaging.Database;

namespace Soc.Messaging.Outbox;

/// <summary>A row as it was claimed.</summary>
internal sealed record ClaimedRow(
    long Seq, Guid MessageId, string MessageType, string? Destination, Guid? AggregateId, long? AggregateVersion, Guid? CausationId, Guid? CorrelationId,
    string? Traceparent, byte[] Body, DateTimeOffset OccurredAt, int Attempts);

/// <summary>What became of one publish.</summary>
/// <param name="Row">The row.</param>
/// <param name="ErrorCode">Null when the broker confirmed it.</param>
/// <param name="Permanent">Whether no repetition can help.</param>
internal sealed record Attempt(ClaimedRow Row, string? ErrorCode, bool Permanent = false);

/// <summary>How full the outbox is.</summary>
internal sealed record OutboxDepth(long Pending, double OldestSeconds, long Parked, double OldestParkedSeconds, double OldestXminSeconds, long DeadTuples);

/// <summary>
/// The statements of the dispatcher, each its own short transaction on connections that do not wait for the disk: what a crash can take back is a
/// claim (the row is free again) or a settlement (the row is published once more under the same id).
/// </summary>
internal sealed class OutboxStore(ServiceDatabase database, MessageCatalogue catalogue)
{
    private const string Columns = """
        o.seq, o.message_id, o.message_type, o.destination, o.aggregate_id, o.aggregate_version, o.causation_id, o.correlation_id,
        o.traceparent, o.body, o.occurred_at, o.attempts
        """;

    // An array and not a join: the planner would guess a tenth of the table for the limit, and read all of it for each batch.
    private const string Claim = $"""
        update outbox_message o
           set locked_until = clock_timestamp() + @lease, lock_token = @token, attempts = least(attempts + 1, 32767)
         where o.seq = any(array(
               select seq from outbox_message
                where seq > @hint and message_type <> all(@facts) and available_at + hold_back <= clock_timestamp()
                  and (locked_until is null or locked_until < clock_timestamp())
                order by seq limit @batch for update skip locked))
        returning {Columns}
        """;

    // In random order, so that facts that waited out an outage do not leave in the order of their cases.
    private const string ClaimFacts = $"""
        update outbox_message o
           set locked_until = clock_timestamp() + @lease, lock_token = @token, attempts = least(attempts + 1, 32767)
         where o.seq = any(array(
               select seq from outbox_message
                where message_type = any(@facts) and available_at + hold_back <= clock_timestamp()
                  and (locked_until is null or locked_until < clock_timestamp())
                order by random() limit @batch for update skip locked))
        returning {Columns}
        """;

    private const string Delete = "delete from outbox_message where seq = any(@seqs) and lock_token = @token";

    private const string Release = """
        update outbox_message o
           set locked_until = null, lock_token = null, available_at = clock_timestamp() + r.delay, hold_back = interval '0', last_error_code = r.code
          from unnest(@seqs, @delays, @codes) as r(seq, delay, code)
         where o.seq = r.seq and o.lock_token = @token
        """;

    private const string Park = """
        with gone as (delete from outbox_message where seq = any(@seqs) and lock_token = @token returning *)
        insert into parked_message (message_id, queue, message_type, schema_version, aggregate_id, aggregate_version, causation_id, correlation_id,
                                    traceparent, body, key_id, occurred_at, reason, attempts, state)
        select g.message_id, coalesce(g.destination, 'outbox'), g.message_type, g.schema_version, g.aggregate_id, g.aggregate_version, g.causation_id,
               g.correlation_id, g.traceparent, g.body, g.key_id, g.occurred_at, r.code, g.attempts, 'parked'
          from gone g join unnest(@seqs, @codes) as r(seq, code) on r.seq = g.seq
        on conflict (message_id, queue) do update
           set body = excluded.body, reason = excluded.reason, state = 'parked', last_seen = clock_timestamp(),
               attempts = least(parked_message.attempts + excluded.attempts, 32767)
        """;

    private const string Depth = """
        select (select count(*) from outbox_message),
               (select coalesce(extract(epoch from clock_timestamp() - min(available_at + hold_back)), 0)::float8 from outbox_message
                 where available_at + hold_back <= clock_timestamp()),
               (select count(*) from parked_message where state in ('parked', 'discarding')),
               (select coalesce(extract(epoch from clock_timestamp() - min(first_seen)), 0)::float8 from parked_message where state in ('parked', 'discarding')),
               (select coalesce(extract(epoch from clock_timestamp() - min(xact_start)), 0)::float8 from pg_stat_activity
                 where datname = current_database() and backend_xmin is not null),
               (select coalesce(sum(n_dead_tup), 0)::bigint from pg_stat_user_tables where relname = 'outbox_message')
        """;

    private readonly string[] facts = catalogue.PublishedFacts;

    public bool HasFacts => facts.Length > 0;

    public bool IsFact(ClaimedRow row) => facts.Contains(row.MessageType);

    public Task<List<ClaimedRow>> ClaimAsync(Guid token, TimeSpan lease, int batch, long hint, CancellationToken cancellation) =>
        ClaimAsync(Claim, token, lease, batch, hint, cancellation);

    public Task<List<ClaimedRow>> ClaimFactsAsync(Guid token, TimeSpan lease, int batch, CancellationToken cancellation) =>
        ClaimAsync(ClaimFacts, token, lease, batch, hint: null, cancellation);

    /// <summary>Deletes what was confirmed, releases what failed, parks what cannot succeed: only rows that still carry the token.</summary>
    /// <returns>How many rows were no longer ours: the lease had run out and somebody else has them.</returns>
    public async Task<int> SettleAsync(Guid token, IReadOnlyCollection<Attempt> attempts, Func<Attempt, TimeSpan> backoff, CancellationToken cancellation)
    {
        await using var connection = await database.Dispatcher.OpenConnectionAsync(cancellation);
        await using var batch = connection.CreateBatch();
        var confirmed = attempts.Where(attempt => attempt.ErrorCode is null).ToList();
        var parked = attempts.Where(attempt => attempt is { ErrorCode: not null, Permanent: true }).ToList();
        var released = attempts.Where(attempt => attempt is { ErrorCode: not null, Permanent: false }).ToList();
        if (confirmed.Count > 0)
        {
            batch.BatchCommands.Add(Command(Delete, token, confirmed));
        }

        if (released.Count > 0)
        {
            var command = Command(Release, token, released);
            command.Parameters.AddWithValue("delays", released.Select(backoff).ToArray());
            command.Parameters.AddWithValue("codes", released.Select(attempt => attempt.ErrorCode!).ToArray());
            batch.BatchCommands.Add(command);
        }

        if (parked.Count > 0)
        {
            var command = Command(Park, token, parked);
            command.Parameters.AddWithValue("codes", parked.Select(attempt => attempt.ErrorCode!).ToArray());
            batch.BatchCommands.Add(command);
        }

        return attempts.Count - await batch.ExecuteNonQueryAsync(cancellation);
    }

    public async Task<OutboxDepth> DepthAsync(CancellationToken cancellation)
    {
        await using var command = database.Dispatcher.CreateCommand(Depth);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return new(reader.GetInt64(0), reader.GetDouble(1), reader.GetInt64(2), reader.GetDouble(3), reader.GetDouble(4), reader.GetInt64(5));
    }

    private static NpgsqlBatchCommand Command(string text, Guid token, IEnumerable<Attempt> attempts) => new(text)
    {
        Parameters =
        {
            new NpgsqlParameter<long[]>("seqs", [.. attempts.Select(attempt => attempt.Row.Seq)]),
            new NpgsqlParameter<Guid>("token", token),
        },
    };

    private async Task<List<ClaimedRow>> ClaimAsync(string text, Guid token, TimeSpan lease, int batch, long? hint, CancellationToken cancellation)
    {
        await using var command = database.Dispatcher.CreateCommand(text);
        command.Parameters.AddWithValue("lease", lease);
        command.Parameters.AddWithValue("token", token);
        command.Parameters.AddWithValue("facts", NpgsqlDbType.Array | NpgsqlDbType.Text, facts);
        command.Parameters.AddWithValue("batch", batch);
        if (hint is { } from)
        {
            command.Parameters.AddWithValue("hint", from);
        }

        var rows = new List<ClaimedRow>();
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            rows.Add(new(
                reader.GetInt64(0), reader.GetGuid(1), reader.GetString(2), Nullable(3, reader.GetString), Value(4, reader.GetGuid), Value(5, reader.GetInt64),
                Value(6, reader.GetGuid), Value(7, reader.GetGuid), Nullable(8, reader.GetString), reader.GetFieldValue<byte[]>(9),
                reader.GetFieldValue<DateTimeOffset>(10), reader.GetInt16(11)));
        }

        return rows;

        T? Value<T>(int column, Func<int, T> read)
            where T : struct => reader.IsDBNull(column) ? null : read(column);

        T? Nullable<T>(int column, Func<int, T> read)
            where T : class => reader.IsDBNull(column) ? null : read(column);
    }
}
