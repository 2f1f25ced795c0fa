using System.Net.Http.Json;
using System.Text.Json;
using Soc.TestKit;

namespace Soc.Partners.Tests;

/// <summary>An event as it was on the broker.</summary>
internal sealed record Published(string Type, Guid Aggregate, long Version, string Message);

/// <summary>A queue of this test's own, bound to every event of the service.</summary>
internal sealed class EventQueue(HttpClient management, string path) : IAsyncDisposable
{
    private static readonly string[] EventTypes =
    [
        "soc.partners.organisation.registered.v1", "soc.partners.organisation.changed.v1", "soc.partners.organisation.suspended.v1",
        "soc.partners.organisation.reinstated.v1", "soc.partners.isa.activated.v1", "soc.partners.application.reminded.v1", "soc.partners.organisation.closed.v1",
        "soc.partners.forum.created.v1", "soc.partners.forum.memberjoined.v1", "soc.partners.forum.memberleft.v1", "soc.partners.forum.closed.v1",
        "soc.partners.sharinggroup.memberadded.v1", "soc.partners.sharinggroup.memberremoved.v1",
        "soc.partners.revocation.issued.v1", "soc.partners.revocation.acknowledged.v1", "soc.partners.revocation.overdue.v1",
        "soc.partners.client.approved.v1", "soc.partners.credential.rotated.v1", "soc.partners.credential.revoked.v1", "soc.partners.credential.expiring.v1",
        "soc.partners.webhook.disabled.v1",
        "soc.partners.isa.reviewdue.v1", "soc.partners.isa.reviewed.v1", "soc.partners.isa.expired.v1", "soc.partners.isa.terminated.v1",
        "soc.partners.attestation.made.v1", "soc.partners.attestation.overdue.v1",
    ];

    private readonly List<Published> read = [];

    public static async Task<EventQueue> BindAsync(PartnersService service)
    {
        var management = (await Servers.RabbitMqAsync()).ManagementClient();
        var (host, queue) = (service.Host.Broker.AbsolutePath.Trim('/'), "test-" + Guid.NewGuid().ToString("N"));
        (await management.PutAsJsonAsync($"api/queues/{host}/{queue}", new { durable = true })).EnsureSuccessStatusCode();
        foreach (var type in EventTypes)
        {
            (await management.PutAsJsonAsync($"api/exchanges/{host}/{type}", new { type = "fanout", durable = true })).EnsureSuccessStatusCode();
            (await management.PostAsJsonAsync($"api/bindings/{host}/e/{type}/q/{queue}", new { })).EnsureSuccessStatusCode();
        }

        return new EventQueue(management, $"api/queues/{host}/{queue}");
    }

    public Task<List<Published>> ReadUntilAsync(Guid organisation, int count) =>
        ReadUntilAsync(organisation, about => about.Count >= count, $"{count} events about the organisation");

    /// <summary>Until there is one of this type about it.</summary>
    public Task<List<Published>> ReadUntilAsync(Guid organisation, string type) =>
        ReadUntilAsync(organisation, about => about.Exists(each => each.Type == type), $"{type} about the organisation");

    private async Task<List<Published>> ReadUntilAsync(Guid organisation, Predicate<List<Published>> enough, string what)
    {
        await Eventually.TrueAsync(
            async () =>
            {
                var got = await management.PostAsJsonAsync($"{path}/get", new { count = 500, ackmode = "ack_requeue_false", encoding = "auto" });
                foreach (var message in (await got.Content.ReadFromJsonAsync<JsonElement>()).EnumerateArray())
                {
                    read.Add(Read(message));
                }

                return enough(About(organisation));
            },
            what);
        return About(organisation);
    }

    public ValueTask DisposeAsync()
    {
        management.Dispose();
        return ValueTask.CompletedTask;
    }

    private List<Published> About(Guid organisation) => [.. read.Where(each => each.Message.Contains(organisation.ToString(), StringComparison.Ordinal))];

    private static Published Read(JsonElement message)
    {
        var envelope = JsonDocument.Parse(message.GetProperty("payload").GetString()!).RootElement;
        var headers = envelope.GetProperty("headers");
        return new Published(
            message.GetProperty("exchange").GetString()!, Guid.Parse(headers.GetProperty("soc-aggregate-id").GetString()!),
            long.Parse(headers.GetProperty("soc-aggregate-version").ToString(), System.Globalization.CultureInfo.InvariantCulture),
            JsonSerializer.Serialize(envelope.GetProperty("message")));
    }
}
