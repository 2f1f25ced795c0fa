using System.Globalization;
using System.Text.Json;
using MassTransit;
using Soc.Messaging.Outbox;

namespace Soc.Messaging.Broker;

/// <summary>A message as it arrived, read from its envelope without knowing its type, so that also what cannot be consumed can be kept.</summary>
internal sealed record Received(
    Guid MessageId, string? MessageType, Guid? AggregateId, long? AggregateVersion, Guid? CausationId, Guid? CorrelationId, string? Traceparent,
    DateTimeOffset? OccurredAt, byte[] Body)
{
    public short SchemaVersion => MessageType is { } type && type.LastIndexOf(".v", StringComparison.Ordinal) is > 0 and var at
        && short.TryParse(type.AsSpan(at + 2), CultureInfo.InvariantCulture, out var version) ? version : (short)0;

    public static Received From(ReceiveContext context)
    {
        var raw = context.Body.GetBytes();
        try
        {
            using var envelope = JsonDocument.Parse(raw);
            if (envelope.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("message", out var message))
            {
                var headers = root.TryGetProperty("headers", out var found) && found.ValueKind == JsonValueKind.Object ? found : default;
                return new(
                    Id(root, "messageId") ?? FromTransport(context), Text(headers, EventHeaders.Type), Id(headers, EventHeaders.AggregateId),
                    long.TryParse(Text(headers, EventHeaders.AggregateVersion), CultureInfo.InvariantCulture, out var version) ? version : null,
                    Id(root, "initiatorId"), Id(root, "correlationId"), Text(headers, "MT-Activity-Id"),
                    DateTimeOffset.TryParse(Text(headers, EventHeaders.OccurredAt), CultureInfo.InvariantCulture, out var at) ? at : null,
                    System.Text.Encoding.UTF8.GetBytes(message.GetRawText()));
            }
        }
        catch (JsonException)
        {
            // Not an envelope of ours; kept as it is.
        }

        return new(FromTransport(context), null, null, null, null, null, null, null, raw);
    }

    private static Guid FromTransport(ReceiveContext context) => context.GetMessageId() ?? Guid.CreateVersion7();

    private static Guid? Id(JsonElement from, string name) => Guid.TryParse(Text(from, name), out var id) ? id : null;

    private static string? Text(JsonElement from, string name) =>
        from.ValueKind == JsonValueKind.Object && from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
