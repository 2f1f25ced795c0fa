using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Soc.Messaging.Database;
using Soc.Messaging.Outbox;

namespace Soc.Messaging;

/// <summary>Removes what is past its retention, hands events that waited too long to a person, and looks how full the outbox is.</summary>
internal sealed partial class Housekeeping(
    ServiceDatabase database, OutboxStore outbox, MessagingMetrics metrics, IOptions<MessagingSettings> options, TimeProvider time,
    ILogger<Housekeeping> logger) : BackgroundService
{
    private const int Batch = 1000;

    private const string OldInbox = """
        delete from inbox_message where ctid = any(array(
            select ctid from inbox_message where processed_at < clock_timestamp() - @age limit @batch for update skip locked))
        """;

    private const string OldKeys = """
        delete from idempotency_key where ctid = any(array(
            select ctid from idempotency_key where created_at < clock_timestamp() - @age limit @batch for update skip locked))
        """;

    private const string Gaps = """
        update parked_message set state = 'parked', reason = 'gap', last_seen = clock_timestamp() where id = any(array(
            select id from parked_message where state = 'held' and last_seen < clock_timestamp() - @age limit @batch for update skip locked))
        """;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);

    private readonly MessagingSettings settings = options.Value;

    /// <summary>One round, in short batches so that no lock is held for long.</summary>
    internal async Task CleanAsync(CancellationToken cancellation)
    {
        await InBatchesAsync(OldInbox, settings.InboxRetention, cancellation);
        await InBatchesAsync(OldKeys, settings.IdempotencyRetention, cancellation);
        for (var gaps = await InBatchesAsync(Gaps, settings.GapTimeout, cancellation); gaps > 0; gaps--)
        {
            metrics.Parked("gap");
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(settings.Housekeeping < Look ? settings.Housekeeping : Look, time);
        var cleaned = time.GetTimestamp();
        do
        {
            try
            {
                metrics.Observe(await outbox.DepthAsync(stoppingToken));
                if (time.GetElapsedTime(cleaned) >= settings.Housekeeping)
                {
                    cleaned = time.GetTimestamp();
                    await CleanAsync(stoppingToken);
                }
            }
            catch (NpgsqlException exception)
            {
                LogSkipped(exception.SqlState);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<int> InBatchesAsync(string text, TimeSpan age, CancellationToken cancellation)
    {
        for (var total = 0; ;)
        {
#pragma warning disable CA2100 // Only the constants above are passed.
            await using var command = database.Service.CreateCommand(text);
#pragma warning restore CA2100
            command.Parameters.AddWithValue("age", age);
            command.Parameters.AddWithValue("batch", Batch);
            var affected = await command.ExecuteNonQueryAsync(cancellation);
            total += affected;
            if (affected < Batch)
            {
                return total;
            }
        }
    }

    [LoggerMessage(30, LogLevel.Warning, "Housekeeping was skipped: the database does not answer (SQLSTATE {SqlState}).")]
    private partial void LogSkipped(string? sqlState);
}
