using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Npgsql;
using Soc.ServiceDefaults;

namespace Soc.Partners.Webhooks;

/// <summary>
/// Sends what is due: claims as many deliveries as it has free calls, so that none waits in memory for its turn; calls; settles the outcomes together. Every
/// step may be cut off by a crash: what is left is a delivery whose lease runs out and that is sent again under the same id.
/// </summary>
internal sealed partial class DeliveryWorker(
    DeliveryStore store, WebhookSender sender, WebhookDisabling disabling, IOptions<WebhookSettings> options, WebhookMetrics metrics, TimeProvider clock,
    ILogger<DeliveryWorker> log) : BackgroundService
{
    private const int SettledTogether = 200;

    private readonly WebhookSettings settings = options.Value;
    private readonly Channel<SettledDelivery> settled = Channel.CreateUnbounded<SettledDelivery>(new() { SingleReader = true });
    private readonly SemaphoreSlim free = new(0, 1);
    private int underWay;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var (settling, observing) = (SettleAsync(), ObserveAsync(stoppingToken));
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await ClaimAsync(stoppingToken) == 0)
                {
                    // The time is up, or a call has ended: both are reasons to look.
                    await free.WaitAsync(settings.Poll, stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
#pragma warning disable CA1031 // Nobody else would claim in this process: whatever it was, it is looked again.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                LogDatabase((exception as NpgsqlException)?.SqlState);
                await Task.Delay(TimeSpan.FromSeconds(1), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        // Calls under way end by their own limit, and their outcomes are settled.
        while (Volatile.Read(ref underWay) > 0)
        {
            await free.WaitAsync(settings.Poll, CancellationToken.None);
        }

        settled.Writer.Complete();
        await Task.WhenAll(settling, observing);
    }

    private async Task<int> ClaimAsync(CancellationToken stopping)
    {
        var slots = settings.Concurrency - Volatile.Read(ref underWay);
        if (slots == 0)
        {
            return 0;
        }

        var claimed = await store.ClaimAsync(slots, settings.PerWebhook, settings.Lease, stopping);
        Interlocked.Add(ref underWay, claimed.Count);
        foreach (var delivery in claimed)
        {
            _ = SendAsync(delivery);
        }

        return claimed.Count;
    }

    private async Task SendAsync(ClaimedDelivery delivery)
    {
        await Task.Yield();
        var outcome = new SendOutcome(clock.Now(), TimeSpan.Zero, null, DeliveryErrors.NotEntitled, null);
        try
        {
            if (delivery.Entitled)
            {
                outcome = await sender.SendAsync(delivery.Address, delivery.EventId, delivery.Body, delivery.Secrets, CancellationToken.None);
            }
        }
#pragma warning disable CA1031 // Nobody awaits this, and the delivery must be settled: a secret that cannot be opened is tried again like any failure.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogFailed(exception.GetType());
            outcome = outcome with { Error = DeliveryErrors.Protocol };
        }

        settled.Writer.TryWrite(DeliverySchedule.Settle(delivery, outcome, settings));
    }

    private async Task SettleAsync()
    {
        var batch = new List<SettledDelivery>(SettledTogether);
        while (await settled.Reader.WaitToReadAsync(CancellationToken.None))
        {
            batch.Clear();
            while (batch.Count < SettledTogether && settled.Reader.TryRead(out var one))
            {
                batch.Add(one);
            }

            await SettleAsync(batch);
            Interlocked.Add(ref underWay, -batch.Count);
            if (free.CurrentCount == 0)
            {
                free.Release();
            }
        }
    }

    private async Task SettleAsync(List<SettledDelivery> batch)
    {
        for (var start = clock.GetTimestamp(); ;)
        {
            try
            {
                var lost = await store.SettleAsync(batch, CancellationToken.None);
                metrics.Settled(batch, lost);
                break;
            }
#pragma warning disable CA1031 // Whatever it was, nobody else settles: tried again while the leases hold, and after that the deliveries are sent again.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                LogDatabase((exception as NpgsqlException)?.SqlState);
                if (clock.GetElapsedTime(start) > settings.Lease)
                {
                    return;
                }

                await Task.Delay(TimeSpan.FromSeconds(0.25), clock, CancellationToken.None);
            }
        }

        foreach (var (webhook, address) in batch.Where(each => each.Outcome.Error == DeliveryErrors.Gone).Select(each => (each.Delivery.Webhook, each.Delivery.Address)).Distinct())
        {
            await DisableAsync(webhook, address);
        }
    }

    private async Task DisableAsync(Guid webhook, Uri address)
    {
        try
        {
            await disabling.DisableAsync(webhook, address, Webhook.Gone, CancellationToken.None);
        }
#pragma warning disable CA1031 // What was settled stays so; the next delivery to the receiver that is gone asks for it again.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogDatabase((exception as NpgsqlException)?.SqlState);
        }
    }

    private async Task ObserveAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(5), clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                try
                {
                    metrics.Observe(await store.DepthAsync(stopping));
                }
                catch (NpgsqlException exception)
                {
                    LogDatabase(exception.SqlState);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Webhook deliveries cannot reach their database (SQLSTATE {SqlState}); they are tried again.")]
    private partial void LogDatabase(string? sqlState);

    [LoggerMessage(2, LogLevel.Error, "A webhook delivery failed with {Type}; it is tried again.")]
    private partial void LogFailed(Type type);

    public override void Dispose()
    {
        free.Dispose();
        base.Dispose();
    }
}

/// <summary>What becomes of a delivery after an attempt.</summary>
internal static class DeliverySchedule
{
    public static SettledDelivery Settle(ClaimedDelivery delivery, SendOutcome outcome, WebhookSettings settings)
    {
        var schedule = settings.EffectiveSchedule;
        return outcome.Error switch
        {
            null => new(delivery, outcome, DeliveryStatus.Delivered, TimeSpan.Zero),
            DeliveryErrors.NotEntitled => new(delivery, outcome, DeliveryStatus.Withheld, TimeSpan.Zero),
            _ when delivery.Step >= schedule.Count => new(delivery, outcome, DeliveryStatus.Exhausted, TimeSpan.Zero),
            _ => new(delivery, outcome, DeliveryStatus.Pending, Wait(schedule[delivery.Step], outcome.RetryAfter, settings.LongestRetryAfter)),
        };
    }

    /// <summary>A tenth more or less, so that what failed together does not come back together; never sooner than the receiver asked, within bounds.</summary>
    private static TimeSpan Wait(TimeSpan scheduled, TimeSpan? asked, TimeSpan longest)
    {
        var wait = scheduled * (0.9 + (0.2 * Random.Shared.NextDouble()));
        return asked is { } after && after > wait ? after < longest ? after : longest : wait;
    }
}
