using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Soc.Messaging.Broker;
using Soc.Messaging.Database;
using Soc.Messaging.Outbox;
using Soc.Messaging.Parking;

namespace Soc.Messaging.Inbox;

/// <summary>The message that a scope is working on, so that what it publishes names its cause.</summary>
internal sealed class CurrentMessage
{
    public Guid? MessageId { get; set; }

    public Guid? CorrelationId { get; set; }
}

/// <summary>Whether the events of this type are put in the order of their aggregate's versions.</summary>
internal sealed record ConsumptionRules<T>(bool Ordered);

/// <summary>
/// What stands around every consumer: inbox row, order, effects and the outbox rows they cause are one transaction. An outage of the database is
/// waited out with the message unacknowledged; what the consumer cannot do is parked after a bounded number of attempts.
/// </summary>
internal sealed partial class InboxConsumer<TDb, T, TConsumer>(
    IServiceScopeFactory scopes, ConsumptionRules<T> rules, ServiceName service, ParkingStore parking, OutboxSignal signal, MessagingMetrics metrics,
    IOptions<MessagingSettings> options, TimeProvider time, ILogger<InboxConsumer<TDb, T, TConsumer>> logger) : IConsumer<T>
    where TDb : DbContext
    where T : class
    where TConsumer : class, IConsumer<T>
{
    /// <summary>About five seconds when the lock is refused at once, and no more than a person can wait for when each attempt runs into a timeout.</summary>
    private const int ContentionAttempts = 50;

    public async Task Consume(ConsumeContext<T> context)
    {
        var message = Received.From(context.ReceiveContext);
        if (message.OccurredAt < time.GetUtcNow() - options.Value.InboxRetention)
        {
            // Its inbox row, if there was one, is gone: it cannot be told from a repetition.
            metrics.TooOld();
            await parking.ParkAsync(message, service.Value, "too-old-to-deduplicate", attempts: 1, context.CancellationToken);
            return;
        }

        for (var (attempt, outages, contentions) = (1, 0, 0); ;)
        {
            TimeSpan pause;
            try
            {
                await ApplyAsync(context, message);
                return;
            }
            catch (Exception exception) when (!context.CancellationToken.IsCancellationRequested && DatabaseFaults.IsUnavailable(exception))
            {
                if (outages++ == 0)
                {
                    LogOutage(message.MessageType);
                }

                pause = TimeSpan.FromSeconds(Math.Min(4, 0.25 * Math.Pow(2, Math.Min(outages, 10))));
            }
            catch (Exception exception) when (DatabaseFaults.IsContention(exception))
            {
                if (++contentions == ContentionAttempts)
                {
                    await parking.ParkAsync(message, service.Value, "contention", contentions, context.CancellationToken);
                    return;
                }

                pause = TimeSpan.FromMilliseconds(100);
            }
            catch (PermanentException exception)
            {
                await parking.ParkAsync(message, service.Value, exception.Reason, attempt, context.CancellationToken);
                return;
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !context.CancellationToken.IsCancellationRequested)
            {
                if (attempt == options.Value.Attempts)
                {
                    // The type and never the text, which may quote the message.
                    LogFailed(message.MessageType, exception.GetType().Name);
                    await parking.ParkAsync(message, service.Value, "failed", attempt, context.CancellationToken);
                    return;
                }

                pause = TimeSpan.FromMilliseconds(50 * Math.Pow(3, attempt++));
            }

            await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()), time, context.CancellationToken);
        }
    }

    private async Task ApplyAsync(ConsumeContext<T> context, Received message)
    {
        var cancellation = context.CancellationToken;
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<TDb>();
        var current = scope.ServiceProvider.GetRequiredService<CurrentMessage>();
        (current.MessageId, current.CorrelationId) = (message.MessageId, message.CorrelationId);

        db.Database.AutoSavepointsEnabled = false; // as in a request: what fails is rolled back whole
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var inbox = new InboxTransaction((NpgsqlConnection)db.Database.GetDbConnection(), (NpgsqlTransaction)transaction.GetDbTransaction(), service.Value);
        var place = await inbox.EnterAsync(message, rules.Ordered && message.AggregateId is not null, cancellation);
        switch (place)
        {
            case Place.Repeated:
                metrics.Duplicate();
                return;
            case Place.Early:
                await inbox.HoldAsync(message, cancellation);
                await transaction.CommitAsync(cancellation);
                return;
            case Place.Next:
                await scope.ServiceProvider.GetRequiredService<TConsumer>().Consume(context);
                await db.SaveChangesAsync(cancellation);
                var released = await inbox.ReleaseNextAsync(message, cancellation);
                DispatchSteps.Reach("consumer-before-commit");
                await transaction.CommitAsync(cancellation);
                DispatchSteps.Reach("consumer-after-commit");
                if (released)
                {
                    signal.Set();
                }

                return;
            default:
                throw new InvalidOperationException(place.ToString());
        }
    }

    [LoggerMessage(20, LogLevel.Warning, "The database does not answer; a message of type {MessageType} waits, unacknowledged.")]
    private partial void LogOutage(string? messageType);

    [LoggerMessage(21, LogLevel.Error, "The consumer of {MessageType} failed for the last time with {ExceptionType}.")]
    private partial void LogFailed(string? messageType, string exceptionType);
}
