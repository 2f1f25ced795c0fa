using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Soc.Messaging.Outbox;

/// <summary>
/// Carries rows from the outbox to the broker: claims a batch under a lease, publishes it, and settles it under the lease's token. Every step may be
/// cut off by a crash at any point; what is left is a row that is published again under the same message id.
/// </summary>
internal sealed partial class OutboxDispatcher(
    OutboxStore store, OutboxSignal signal, IBus bus, MessageCatalogue catalogue, IOptions<MessagingSettings> options, MessagingMetrics metrics,
    TimeProvider time, ILogger<OutboxDispatcher> logger) : BackgroundService
{
    /// <summary>What one look takes along, in batches: their backlog after an outage must shrink also while they come at the services' peak rate.</summary>
    private const int BatchesOfFacts = 10;

    private static readonly TimeSpan FirstBackoff = TimeSpan.FromSeconds(0.2);
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromSeconds(60);

    private readonly MessagingSettings settings = options.Value;

    private readonly OutboxPublisher publisher = new(bus, catalogue);
    private readonly Lock hintLock = new();
    private long hint;
    private long lastSweep;
    private long lastFacts;
    private volatile bool brokerDoubtful;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var lanes = new SemaphoreSlim(settings.Lanes);
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var full = await DispatchAsync(lanes, stoppingToken);
                failures = 0;
                if (!full)
                {
                    await signal.WaitAsync(settings.Poll * (0.9 + (0.2 * Random.Shared.NextDouble())), stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (NpgsqlException exception)
            {
                if (failures++ == 0)
                {
                    LogDatabase(exception.SqlState);
                }

                await Task.Delay(Backoff(Math.Min(failures, 5)), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        // Batches under way end by the deadlines of publishing and settling; waiting for them releases their leases.
        for (var lane = 0; lane < settings.Lanes; lane++)
        {
            await lanes.WaitAsync(CancellationToken.None);
        }
    }

    /// <returns>Whether there may be more to claim at once.</returns>
    private async Task<bool> DispatchAsync(SemaphoreSlim lanes, CancellationToken stopping)
    {
        await lanes.WaitAsync(stopping);
        var handedOver = false;
        try
        {
            // While the broker does not answer, one row at a time asks whether it is back (ten, if they are facts).
            var limit = brokerDoubtful ? 1 : settings.Batch;
            if (brokerDoubtful && lanes.CurrentCount < settings.Lanes - 1)
            {
                return false;
            }

            var token = Guid.NewGuid();
            var sweep = time.GetElapsedTime(Interlocked.Read(ref lastSweep)) >= settings.Sweep;
            var rows = await ClaimAsync(token, limit, sweep, stopping);
            if (rows.Count == 0)
            {
                return false;
            }

            metrics.Claimed(rows);
            DispatchSteps.Reach("claimed");
            handedOver = true;
            _ = PublishAndSettleAsync(token, rows, lanes, stopping);
            return (rows.Count == limit || store.IsFact(rows[0])) && !brokerDoubtful;
        }
        finally
        {
            if (!handedOver)
            {
                lanes.Release();
            }
        }
    }

    private async Task<List<ClaimedRow>> ClaimAsync(Guid token, int limit, bool sweep, CancellationToken stopping)
    {
        // Looked for at intervals, so that facts that keep coming keep no ordinary events from leaving.
        if (store.HasFacts && time.GetElapsedTime(lastFacts) >= settings.Sweep)
        {
            lastFacts = time.GetTimestamp();
            var facts = await store.ClaimFactsAsync(token, settings.Lease, limit * BatchesOfFacts, stopping);
            if (facts.Count > 0)
            {
                Random.Shared.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(facts));
                return facts;
            }
        }

        if (!sweep)
        {
            return await store.ClaimAsync(token, settings.Lease, limit, Interlocked.Read(ref hint), stopping);
        }

        Interlocked.Exchange(ref lastSweep, time.GetTimestamp());
        return await ClaimFromTheStartAsync(token, limit, stopping);
    }

    private async Task<List<ClaimedRow>> ClaimFromTheStartAsync(Guid token, int limit, CancellationToken stopping)
    {
        var rows = await store.ClaimAsync(token, settings.Lease, limit, hint: 0, stopping);
        if (rows.Count > 0)
        {
            PullHintBack(rows.Min(row => row.Seq));
        }

        return rows;
    }

    private async Task PublishAndSettleAsync(Guid token, List<ClaimedRow> rows, SemaphoreSlim lanes, CancellationToken stopping)
    {
        try
        {
            // Evenly over the interval until the next are looked for, lest the work on them stands before everybody else's on the same machine.
            var pause = store.IsFact(rows[0]) ? settings.Sweep / rows.Count : TimeSpan.Zero;
            using var deadline = new CancellationTokenSource(settings.PublishDeadline + (pause * rows.Count));
            var publishing = rows.Select((row, place) => PublishAsync(row, pause * place, deadline.Token, stopping)).ToList();
            DispatchSteps.Reach("publishing");
            var attempts = await Task.WhenAll(publishing);
            brokerDoubtful = !attempts.Any(attempt => attempt.ErrorCode is null || attempt.Permanent);
            DispatchSteps.Reach("confirmed");
            using var settling = new CancellationTokenSource(settings.PublishDeadline);
            var lost = await store.SettleAsync(token, attempts, attempt => Backoff(attempt.Row.Attempts), settling.Token);
            DispatchSteps.Reach("settled");
            metrics.Settled(attempts, lost);
            MoveHint(attempts);
            Log(attempts);
        }
        catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException)
        {
            // The leases run out and the rows are published again under the same ids.
            LogDatabase((exception as NpgsqlException)?.SqlState);
        }
#pragma warning disable CA1031 // Nobody awaits this; the leases run out as above.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogFailed(exception.GetType());
        }
        finally
        {
            lanes.Release();
        }
    }

    private async Task<Attempt> PublishAsync(ClaimedRow row, TimeSpan wait, CancellationToken deadline, CancellationToken stopping)
    {
        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // who stops does not wait
        }

        return await publisher.PublishAsync(row, deadline);
    }

    private void MoveHint(Attempt[] attempts)
    {
        lock (hintLock)
        {
            hint = Math.Max(hint, attempts.Max(attempt => attempt.Row.Seq) - settings.HintDistance);
        }

        if (attempts.Where(attempt => attempt is { ErrorCode: not null, Permanent: false }).Select(attempt => (long?)attempt.Row.Seq).Min() is { } released)
        {
            PullHintBack(released);
        }
    }

    private void PullHintBack(long seq)
    {
        lock (hintLock)
        {
            hint = Math.Min(hint, seq - 1);
        }
    }

    /// <summary>0.2 s doubled with each attempt, at most a minute, full jitter.</summary>
    private static TimeSpan Backoff(int attempts)
    {
        var most = FirstBackoff * Math.Pow(2, Math.Min(attempts, 12));
        return (most < MaxBackoff ? most : MaxBackoff) * Random.Shared.NextDouble();
    }

    private void Log(Attempt[] attempts)
    {
        foreach (var group in attempts.Where(attempt => attempt.ErrorCode is not null).GroupBy(attempt => (attempt.ErrorCode, attempt.Permanent)))
        {
            if (group.Key.Permanent)
            {
                LogParked(group.Count(), group.Key.ErrorCode!);
            }
            else
            {
                LogReleased(group.Count(), group.Key.ErrorCode!);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The outbox cannot reach its database (SQLSTATE {SqlState}); it goes on trying.")]
    private partial void LogDatabase(string? sqlState);

    [LoggerMessage(4, LogLevel.Error, "A batch of the outbox failed ({Type}); it is published again when its lease ends.")]
    private partial void LogFailed(Type type);

    [LoggerMessage(2, LogLevel.Error, "{Count} messages were parked: {Reason}.")]
    private partial void LogParked(int count, string reason);

    [LoggerMessage(3, LogLevel.Warning, "{Count} messages were not confirmed ({Reason}); they will be published again.")]
    private partial void LogReleased(int count, string reason);
}
