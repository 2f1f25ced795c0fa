using System.Diagnostics;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.Options;
using Soc.Messaging.Inbox;

namespace Soc.Messaging.Outbox;

internal static class OutboxWriter
{
    /// <summary>What is larger is a document: store it and send a reference.</summary>
    public const int MaxBody = 64 * 1024;

    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static void AddEvent(DbContext db, object message, Guid aggregateId, long aggregateVersion)
    {
        var contract = Declared(db, message, linkable: true);
        var cause = db.GetService<CurrentMessage>();
        db.Add(new OutboxMessage
        {
            MessageId = Guid.CreateVersion7(),
            MessageType = contract.Name,
            SchemaVersion = contract.SchemaVersion,
            AggregateId = aggregateId,
            AggregateVersion = aggregateVersion,
            CausationId = cause.MessageId,
            CorrelationId = cause.CorrelationId ?? TraceAsGuid(),
            Traceparent = Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null,
            Body = Serialise(message, contract),
        });
    }

    public static void AddFact(DbContext db, object fact)
    {
        var contract = Declared(db, fact, linkable: false);
        var now = db.GetService<TimeProvider>().GetUtcNow();
        var window = db.GetService<IOptions<MessagingSettings>>().Value.FactWindow;
        db.Add(new OutboxMessage
        {
            // Random, not time-ordered: a version 7 id would carry the millisecond of the commit to every consumer.
            MessageId = Guid.NewGuid(),
            MessageType = contract.Name,
            SchemaVersion = contract.SchemaVersion,
            Body = Serialise(fact, contract),
            OccurredAt = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero),
            HoldBack = window * (System.Security.Cryptography.RandomNumberGenerator.GetInt32(int.MaxValue) / (double)int.MaxValue),
        });
    }

    private static EventContract Declared(DbContext db, object message, bool linkable)
    {
        var contract = db.GetService<MessageCatalogue>().Find(message.GetType());
        return contract is not { Publishes: true }
            ? throw new InvalidOperationException($"{message.GetType()} was not declared with Publishes: it cannot be published.")
            : contract.Linkable != linkable
                ? throw new InvalidOperationException(linkable
                    ? $"{message.GetType()} is a statistical fact: use PublishFact, which keeps it from being linked."
                    : $"{message.GetType()} may be linked to its aggregate: use Publish.")
                : contract;
    }

    private static byte[] Serialise(object message, EventContract contract)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(message, contract.Type, Json);
        return body.Length <= MaxBody ? body : throw new InvalidOperationException($"{contract.Type} has a body over {MaxBody} bytes.");
    }

    private static Guid? TraceAsGuid() => Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity
        ? Guid.ParseExact(activity.TraceId.ToHexString(), "N") : null;
}
