using MassTransit;
using Soc.Messaging.Broker;

namespace Soc.Messaging.Parking;

/// <summary>Keeps a message that no consumer could be given; the broker's copy goes only after the row is committed.</summary>
internal sealed class ParkingFilter(ParkingStore store, string queue, string? reason) : IFilter<ReceiveContext>, IFilter<ExceptionReceiveContext>
{
    public async Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        if (context.TryGetPayload<Kept>(out _))
        {
            // The error pipe runs inside this one, and to the transport a message without a consumer looks skipped all the same.
            return;
        }

        await store.ParkAsync(Received.From(context), queue, reason ?? "unknown-type", attempts: 1, context.CancellationToken);
        await next.Send(context);
    }

    public async Task Send(ExceptionReceiveContext context, IPipe<ExceptionReceiveContext> next)
    {
        if (context.Exception is OperationCanceledException)
        {
            // The process stops: the message stays the broker's.
            throw context.Exception;
        }

        await store.ParkAsync(Received.From(context), queue, reason ?? "unreadable", attempts: 1, context.CancellationToken);
        context.GetOrAddPayload(() => new Kept());
        await next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("parking");

    private sealed class Kept;
}
