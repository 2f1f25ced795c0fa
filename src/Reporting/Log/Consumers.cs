using System.Globalization;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Soc.Reporting.Data;

namespace Soc.Reporting.Log;

/// <summary>Logs an event and applies it to the read models; the inbox around it gives order, once-only and the transaction, and saves.</summary>
internal sealed class EventConsumer<T>(ReportingDb db, TimeProvider time) : IConsumer<T>
    where T : class
{
    public async Task Consume(ConsumeContext<T> context)
    {
        var version = long.Parse(Header(context, "soc-aggregate-version"), CultureInfo.InvariantCulture);
        db.Add(new LoggedEvent
        {
            MessageId = context.MessageId!.Value,
            Type = EventLog.TypeOf(typeof(T)),
            AggregateId = Guid.Parse(Header(context, "soc-aggregate-id")),
            AggregateVersion = version,
            RecordedAt = time.GetUtcNow(),
            Body = EventLog.Write(context.Message),
        });
        await Projection.ApplyAsync(db, context.Message, version, context.CancellationToken);
    }

    private static string Header(ConsumeContext<T> context, string name) =>
        context.Headers.Get<string>(name) ?? throw new InvalidOperationException($"The event came without its header {name}.");
}

/// <summary>Logs a statistical fact and counts it. A token that is logged already has been counted.</summary>
internal sealed class FactConsumer<T>(ReportingDb db) : IConsumer<T>
    where T : class
{
    public async Task Consume(ConsumeContext<T> context)
    {
        var (token, type, body) = (EventLog.TokenOf(context.Message), EventLog.TypeOf(typeof(T)), EventLog.Write(context.Message));
        var added = await db.Database.ExecuteSqlAsync(
            $"insert into fact_log (token, type, body) values ({token}, {type}, {body}::jsonb) on conflict do nothing", context.CancellationToken);
        if (added > 0)
        {
            await Projection.CountAsync(db, context.Message, context.CancellationToken);
        }
    }
}
