extern alias partners;

using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;
using Soc.Contracts;
using Soc.TestKit;

namespace Soc.Benchmarks;

/// <summary>
/// How fast one delivery worker of the real Partners service, with its shipped settings, sends signed webhooks that were due before to a receiver on this
/// machine; receiver and worker share the process, and with it the processors.
/// </summary>
internal static class WebhookMeasure
{
    private const int Deliveries = 5_000;
    private const int Rounds = 3;
    private static readonly string[] EventTypes = ["soc.partners.isa.activated.v1"];
    private static readonly Guid HarbourTrust = new("01900000-0000-7000-8000-000000000003");

    public static async Task<IReadOnlyList<Figure>> MakeAsync(Run run, CancellationToken cancellation)
    {
        run.Say("webhooks: starting Partners and a receiver");
        await using var partners = await ServiceHost<partners::Program>.StartAsync(
            "partners",
            new Dictionary<string, string?>
            {
                ["Logging:LogLevel:Default"] = "None",
                ["Outgoing:AllowPrivateAddresses"] = "true",
                ["SampleData:KeysDirectory"] = Path.Combine(run.Folder.FullName, "clients"),
            },
            sampleData: true);
        await using var receiver = await Receiver.StartAsync(cancellation);
        using var developer = partners.As(HarbourTrust, "harbour-trust-developer", Scopes.IntegrationManage);
        var webhook = await VerifiedAsync(developer, receiver.Address, cancellation);
        await using var database = NpgsqlDataSource.Create(partners.OwnerConnectionString);

        // The first round warms up and does not count.
        var rates = new List<double>();
        for (var round = 0; round <= Rounds; round++)
        {
            rates.Add(await SendAllAsync(database, webhook, receiver, cancellation));
        }

        rates.RemoveAt(0);
        run.Say($"webhooks {Statistics.Spread(rates)}, webhooks/s");
        return [new("webhooks.rps", Statistics.Median(rates), "webhooks/s")];
    }

    private static async Task<double> SendAllAsync(NpgsqlDataSource database, Guid webhook, Receiver receiver, CancellationToken cancellation)
    {
        var before = receiver.Received;
        await using (var fill = database.CreateCommand("""
            insert into webhook_delivery (webhook_id, event_id, event_type, by_agreement, body, status, attempts, step)
            select $1, gen_random_uuid(), 'soc.partners.isa.activated.v1', false, $2, 'Pending', 0, 0 from generate_series(1, $3)
            """))
        {
            fill.Parameters.AddWithValue(webhook);
            fill.Parameters.AddWithValue(Encoding.UTF8.GetBytes(
                $$$"""{"specversion":"1.0","id":"{{{Guid.Empty}}}","source":"urn:soc:partners","type":"soc.partners.isa.activated.v1","subject":"{{{Guid.Empty}}}","time":"2026-11-22T09:00:00Z","datacontenttype":"application/json","dataschema":"urn:soc:event:soc.partners.isa.activated.v1","classification":"OFFICIAL","orgid":"{{{Guid.Empty}}}","data":{"agreementId":"{{{Guid.Empty}}}"}}"""));
            fill.Parameters.AddWithValue(Deliveries);
            await fill.ExecuteNonQueryAsync(cancellation);
        }

        // The clock starts when the rows are there: the worker may look a quarter of a second later, which is part of the figure.
        var start = Stopwatch.GetTimestamp();
        await using var left = database.CreateCommand("select exists (select from webhook_delivery where status <> 'Delivered')");
        while (await left.ExecuteScalarAsync(cancellation) is true)
        {
            await Task.Delay(20, cancellation);
        }

        var took = Stopwatch.GetElapsedTime(start);
        return receiver.Received - before == Deliveries ? Deliveries / took.TotalSeconds
            : throw new InvalidOperationException($"{receiver.Received - before} of {Deliveries} webhooks were received.");
    }

    private static async Task<Guid> VerifiedAsync(HttpClient developer, Uri address, CancellationToken cancellation)
    {
        var created = await SendAsync("/partners/v1/webhooks", new { url = address, description = "Receiver", eventTypes = EventTypes }, "Idempotency-Key", Guid.NewGuid().ToString());
        var path = created.Headers.Location!.ToString();
        var secret = await SendAsync(path + "/secrets", null, "If-Match", created.Headers.ETag!.Tag);
        await SendAsync(path + "/verification", null, "If-Match", secret.Headers.ETag!.Tag);
        return Guid.Parse(path.Split('/')[^1]);

        async Task<HttpResponseMessage> SendAsync(string to, object? body, string header, string value)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, to) { Content = body is null ? null : JsonContent.Create(body) };
            request.Headers.TryAddWithoutValidation(header, value);
            return (await developer.SendAsync(request, cancellation)).EnsureSuccessStatusCode();
        }
    }

    /// <summary>Returns the challenge and counts the rest.</summary>
    private sealed class Receiver(WebApplication app) : IAsyncDisposable
    {
        private int received;

        public int Received => Volatile.Read(ref received);

        public Uri Address => new(app.Urls.Single());

        public static async Task<Receiver> StartAsync(CancellationToken cancellation)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var app = builder.Build();
            var receiver = new Receiver(app);
            app.Run(receiver.HandleAsync);
            await app.StartAsync(cancellation);
            return receiver;
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();

        private async Task HandleAsync(HttpContext http)
        {
            using var body = await JsonDocument.ParseAsync(http.Request.Body);
            if (body.RootElement.GetProperty("data").TryGetProperty("challenge", out var challenge))
            {
                await http.Response.WriteAsJsonAsync(new { challenge = challenge.GetString() });
                return;
            }

            Interlocked.Increment(ref received);
        }
    }
}
