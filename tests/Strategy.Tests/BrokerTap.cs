using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Soc.TestKit;

namespace Soc.Strategy.Tests;

/// <summary>A queue of the test's own, bound to the exchanges of some events before they are published: what the service really sends.</summary>
internal sealed class BrokerTap : IDisposable
{
    private readonly HttpClient client;
    private readonly string virtualHost;
    private readonly List<JsonElement> envelopes = [];

    private BrokerTap(HttpClient client, string virtualHost)
    {
        this.client = client;
        this.virtualHost = virtualHost;
    }

    public static async Task<BrokerTap> OnAsync(Uri broker, params string[] events)
    {
        var tap = new BrokerTap((await Servers.RabbitMqAsync()).ManagementClient(), broker.AbsolutePath.Trim('/'));
        await tap.PutAsync($"api/queues/{tap.virtualHost}/tap", new { durable = true });
        foreach (var name in events)
        {
            await tap.PutAsync($"api/exchanges/{tap.virtualHost}/{name}", new { type = "fanout", durable = true });
            using var bound = await tap.client.PostAsJsonAsync(Relative($"api/bindings/{tap.virtualHost}/e/{name}/q/tap"), new { });
            bound.EnsureSuccessStatusCode();
        }

        return tap;
    }

    /// <summary>Waits until that many events have come, and gives every one that has, as the envelopes' JSON.</summary>
    public async Task<IReadOnlyList<JsonElement>> ReceiveAsync(int count)
    {
        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await client.PostAsJsonAsync(
                    Relative($"api/queues/{virtualHost}/tap/get"), new { count = 100, ackmode = "ack_requeue_false", encoding = "base64" });
                answer.EnsureSuccessStatusCode();
                envelopes.AddRange((await answer.Content.ReadFromJsonAsync<JsonElement[]>())!.Select(message =>
                    JsonSerializer.Deserialize<JsonElement>(Encoding.UTF8.GetString(message.GetProperty("payload").GetBytesFromBase64()))));
                return envelopes.Count >= count;
            },
            $"{count} events on the broker");
        return envelopes;
    }

    public void Dispose() => client.Dispose();

    private async Task PutAsync(string path, object body)
    {
        using var answer = await client.PutAsJsonAsync(Relative(path), body);
        answer.EnsureSuccessStatusCode();
    }

    private static Uri Relative(string path) => new(path, UriKind.Relative);
}
