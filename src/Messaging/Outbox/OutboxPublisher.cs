using System.Diagnostics;
using System.Text.Json;
using MassTransit;

namespace Soc.Messaging.Outbox;

/// <summary>Names of the headers that carry what MassTransit's envelope has no place for.</summary>
internal static class EventHeaders
{
    public const string Type = "soc-type";
    public const string AggregateId = "soc-aggregate-id";
    public const string AggregateVersion = "soc-aggregate-version";
    public const string OccurredAt = "soc-occurred-at";
}

/// <summary>Publishes one claimed row with its own message id, trace and cause, and says what became of it.</summary>
internal sealed class OutboxPublisher(IBus bus, MessageCatalogue catalogue)
{
    public async Task<Attempt> PublishAsync(ClaimedRow row, CancellationToken deadline)
    {
        if (catalogue.Find(row.MessageType) is not { } contract)
        {
            return new(row, "unknown-type", Permanent: true);
        }

        object message;
        try
        {
            message = JsonSerializer.Deserialize(row.Body, contract.Type, OutboxWriter.Json) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            return new(row, "unreadable", Permanent: true);
        }

        Activity.Current = null;
        ActivityContext.TryParse(row.Traceparent, null, isRemote: true, out var parent);
        using var activity = MessagingMetrics.Source.StartActivity("outbox publish", ActivityKind.Internal, parent);
        activity?.SetTag("messaging.message.type", row.MessageType);
        try
        {
            // The deadline ends the wait and never the publish itself: the message may still arrive, and the same id goes out again.
            await SendAsync(row, contract, message, deadline).WaitAsync(deadline);
            return new(row, null);
        }
        catch (MessageReturnedException)
        {
            return new(row, "unroutable", Permanent: true);
        }
        catch (OperationCanceledException)
        {
            return new(row, "timeout");
        }
#pragma warning disable CA1031 // Whatever the transport throws, the row stays and is tried again: nothing is lost, and the code says where it failed.
        catch (Exception)
#pragma warning restore CA1031
        {
            return new(row, "broker");
        }
    }

    private async Task SendAsync(ClaimedRow row, EventContract contract, object message, CancellationToken deadline)
    {
        if (row.Destination is null)
        {
            await bus.Publish(message, contract.Type, Pipe.Execute<PublishContext>(context => Fill(context, row)), deadline);
            return;
        }

        // The exchange and not the queue: declaring the queue is its consumer's business, and this one must not guess its arguments.
        var endpoint = await bus.GetSendEndpoint(new Uri("exchange:" + row.Destination));
        await endpoint.Send(message, contract.Type, Pipe.Execute<SendContext>(context => Fill(context, row)), deadline);
    }

    private static void Fill(SendContext context, ClaimedRow row)
    {
        context.MessageId = row.MessageId;
        context.CorrelationId = row.CorrelationId;
        context.InitiatorId = row.CausationId;
        context.ConversationId = row.CorrelationId ?? row.MessageId;
        context.Durable = true;
        context.Headers.Set(EventHeaders.Type, row.MessageType);
        context.Headers.Set(EventHeaders.OccurredAt, row.OccurredAt.ToString("O", System.Globalization.CultureInfo.InvariantCulture));
        if (row.AggregateId is { } id)
        {
            context.Headers.Set(EventHeaders.AggregateId, id.ToString());
            context.Headers.Set(EventHeaders.AggregateVersion, row.AggregateVersion!.Value.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        if (context.TryGetPayload<RabbitMqSendContext>(out var rabbit))
        {
            // Without it the broker confirms a message that no queue is bound for, and it is gone.
            rabbit.Mandatory = true;
        }
    }
}
