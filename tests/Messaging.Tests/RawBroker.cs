using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using RabbitMQ.Client;
using Soc.TestKit;

namespace Soc.Messaging.Tests;

/// <summary>A virtual host as its wire shows it: what was really sent, and messages that no outbox would send.</summary>
internal sealed class RawBroker(Uri uri, RabbitMqServer server) : IAsyncDisposable
{
    public const string Written = "soc.ledger.entry.written.v1";

    private readonly HttpClient management = server.ManagementClient();
    private IConnection? connection;
    private IChannel? channel;

    /// <summary>The virtual host's address.</summary>
    public Uri Address => uri;

    private string VirtualHost => uri.AbsolutePath[1..];

    /// <summary>Messages that nobody has been given yet, as of now.</summary>
    public async Task<long> ReadyAsync(string queue) => (await (await ChannelAsync()).QueueDeclarePassiveAsync(queue).WithinAsync("the broker tells the depth of " + queue)).MessageCount;

    /// <summary>Ready and unacknowledged messages, as of the broker's last sample: up to a second ago.</summary>
    public async Task<long> DepthAsync(string queue)
    {
        using var answer = await management.GetAsync(new Uri($"api/queues/{VirtualHost}/{queue}", UriKind.Relative));
        if (!answer.IsSuccessStatusCode)
        {
            return 0;
        }

        var found = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return found.TryGetProperty("messages", out var messages) ? messages.GetInt64() : 0;
    }

    public async Task<IReadOnlyList<string>> QueuesAsync()
    {
        var queues = await management.GetFromJsonAsync<JsonElement>(new Uri($"api/queues/{VirtualHost}", UriKind.Relative));
        return [.. queues.EnumerateArray().Select(queue => queue.GetProperty("name").GetString()!)];
    }

    /// <summary>Listens to an event beside its consumers.</summary>
    public async Task TapAsync(string queue, string exchange)
    {
        var opened = await ChannelAsync();
        await opened.ExchangeDeclareAsync(exchange, "fanout", durable: true).WithinAsync("the exchange is declared");
        await opened.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false).WithinAsync("the queue is declared");
        await opened.QueueBindAsync(queue, exchange, "").WithinAsync("the queue is bound");
    }

    /// <summary>The next message of a queue: its envelope, and the properties that travel outside it.</summary>
    public async Task<(JsonObject Envelope, IReadOnlyBasicProperties Properties)?> NextAsync(string queue)
    {
        var got = await (await ChannelAsync()).BasicGetAsync(queue, autoAck: true).WithinAsync("the broker gives a message");
        return got is null ? null : (JsonNode.Parse(got.Body.Span)!.AsObject(), got.BasicProperties);
    }

    /// <summary>Sends an event as the outbox would have sent it.</summary>
    public Task SendAsync(Guid messageId, Guid aggregate, long version, string text, DateTimeOffset? occurredAt = null) => SendRawAsync(
        Written, messageId, new JsonObject
        {
            ["messageId"] = messageId,
            ["messageType"] = new JsonArray("urn:message:Soc.Messaging.Worker:EntryWritten"),
            ["message"] = new JsonObject { ["entry"] = aggregate, ["text"] = text },
            ["headers"] = new JsonObject
            {
                ["soc-type"] = Written,
                ["soc-aggregate-id"] = aggregate,
                ["soc-aggregate-version"] = version.ToString(System.Globalization.CultureInfo.InvariantCulture),
                ["soc-occurred-at"] = (occurredAt ?? DateTimeOffset.UtcNow).ToString("O"),
            },
        }.ToJsonString());

    public async Task SendRawAsync(string exchange, Guid messageId, string body) => await (await ChannelAsync()).BasicPublishAsync(
        exchange, "", mandatory: true,
        new BasicProperties { MessageId = messageId.ToString(), ContentType = "application/vnd.masstransit+json", Persistent = true },
        Encoding.UTF8.GetBytes(body)).AsTask().WithinAsync("the broker confirms a message");

    public async ValueTask DisposeAsync()
    {
        management.Dispose();
        if (channel is not null)
        {
            await channel.DisposeAsync().AsTask().WithinAsync("the channel is disposed of");
        }

        if (connection is not null)
        {
            await connection.DisposeAsync().AsTask().WithinAsync("the connection is disposed of");
        }
    }

    private async Task<IChannel> ChannelAsync()
    {
        if (channel is not { IsOpen: true })
        {
            // Not recovered by the client: that would go on in the background beside the connection opened here.
            var factory = new ConnectionFactory { Uri = uri, AutomaticRecoveryEnabled = false };
            connection = await factory.CreateConnectionAsync().WithinAsync("the broker takes a connection");
            var confirmed = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);
            channel = await connection.CreateChannelAsync(confirmed).WithinAsync("the broker opens a channel");
        }

        return channel;
    }
}
