using System.Diagnostics;
using System.Net.Http.Json;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Soc.Contracts.Partners;
using Soc.Messaging;
using Soc.Messaging.Database;
using Soc.TestKit;

namespace Soc.Benchmarks;

/// <summary>A database that holds nothing but messaging's own tables.</summary>
internal sealed class OutboxDb(DbContextOptions<OutboxDb> options) : DbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.AddMessagingTables();
}

/// <summary>
/// How fast the real dispatcher empties an outbox of rows that were there before, beside MassTransit publishing the same events, confirmed, in batches
/// of 100, without an outbox. Both publish into one quorum queue that nobody reads, emptied before each round.
/// </summary>
internal static class OutboxMeasure
{
    private const int Rows = 15_000;
    private const int Rounds = 3;

    public static async Task<IReadOnlyList<Figure>> MakeAsync(Run run, CancellationToken cancellation)
    {
        run.Say("outbox: starting a private PostgreSQL and RabbitMQ");
        var server = await Servers.RabbitMqAsync();
        var broker = await server.CreateVirtualHostAsync("outbox");
        await using var app = await StartAsync("outbox", broker, cancellation);
        await using var database = NpgsqlDataSource.Create(app.Configuration["ConnectionStrings:outbox"]!);
        using var queue = new Queue(server, broker.AbsolutePath[1..]);
        await queue.BindAsync(cancellation);
        var direct = app.Services.GetRequiredService<IBus>();

        // The first round of each warms up and does not count.
        var (dispatched, published) = (new List<double>(), new List<double>());
        for (var round = 0; round <= Rounds; round++)
        {
            await queue.PurgeAsync(cancellation);
            dispatched.Add(await DrainAsync(database, cancellation));
            await queue.PurgeAsync(cancellation);
            published.Add(await PublishAsync(direct, cancellation));
        }

        dispatched.RemoveAt(0);
        published.RemoveAt(0);
        run.Say($"outbox {Statistics.Spread(dispatched)}, direct {Statistics.Spread(published)} events/s");
        return
        [
            new("outbox.rps", Statistics.Median(dispatched), "events/s"),
            new("outbox.rps.ratioToDirectPublish", Statistics.Median(dispatched) / Statistics.Median(published), "ratio"),
        ];
    }

    /// <summary>A process's worth of messaging over a database and a virtual host of its own, publishing one kind of event.</summary>
    public static async Task<WebApplication> StartAsync(string name, Uri broker, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration[$"ConnectionStrings:{name}"] =
            new NpgsqlConnectionStringBuilder(await (await Servers.PostgresAsync()).CreateDatabaseAsync(name)) { MaxPoolSize = 40, Timeout = 15 }.ConnectionString;
        builder.Configuration["ConnectionStrings:rabbitmq"] = broker.ToString();
        builder.Configuration["urls"] = "http://127.0.0.1:0";
        builder.AddDatabase<OutboxDb>(name);
        builder.AddMessaging<OutboxDb>(name, messaging => messaging.Publishes<OrganisationRegistered>());
        var app = builder.Build();
        await using (var scope = app.Services.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<OutboxDb>().Database.EnsureCreatedAsync(cancellation);
        }

        await app.StartAsync(cancellation);
        return app;
    }

    private static async Task<double> DrainAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        // One transaction: the dispatcher, at its next look, finds all of them.
        await using (var fill = database.CreateCommand("""
            insert into outbox_message (message_id, message_type, schema_version, aggregate_id, aggregate_version, correlation_id, body)
            select gen_random_uuid(), @type, 1, id, 1, gen_random_uuid(), convert_to(replace(@body, '00000000-0000-0000-0000-000000000000', id::text), 'UTF8')
              from (select gen_random_uuid() as id from generate_series(1, @rows)) as fresh
            """))
        {
            fill.Parameters.AddWithValue("type", Event.Type);
            fill.Parameters.AddWithValue("body", System.Text.Json.JsonSerializer.Serialize(Event.Of(Guid.Empty), System.Text.Json.JsonSerializerOptions.Web));
            fill.Parameters.AddWithValue("rows", Rows);
            await fill.ExecuteNonQueryAsync(cancellation);
        }

        var start = Stopwatch.GetTimestamp();
        await using var left = database.CreateCommand("select exists (select from outbox_message)");
        await using var parked = database.CreateCommand("select exists (select from parked_message)");
        while (await left.ExecuteScalarAsync(cancellation) is true)
        {
            await Task.Delay(20, cancellation);
        }

        var took = Stopwatch.GetElapsedTime(start);
        return await parked.ExecuteScalarAsync(cancellation) is true
            ? throw new InvalidOperationException("The dispatcher parked events instead of publishing them.") : Rows / took.TotalSeconds;
    }

    private static async Task<double> PublishAsync(IBus bus, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        for (var sent = 0; sent < Rows; sent += 100)
        {
            await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => bus.Publish(Event.Of(Guid.NewGuid()), cancellation))).WaitAsync(cancellation);
        }

        return Rows / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>A quorum queue bound to the event, without a reader.</summary>
    private sealed class Queue(RabbitMqServer server, string virtualHost) : IDisposable
    {
        private readonly HttpClient management = server.ManagementClient();

        public void Dispose() => management.Dispose();

        public async Task BindAsync(CancellationToken cancellation)
        {
            // The exchange as MassTransit declares it.
            await CallAsync(HttpMethod.Put, $"exchanges/{virtualHost}/{Event.Type}", new { type = "fanout", durable = true }, cancellation);
            await CallAsync(HttpMethod.Put, $"queues/{virtualHost}/bench", new { durable = true, arguments = new Dictionary<string, object> { ["x-queue-type"] = "quorum" } }, cancellation);
            await CallAsync(HttpMethod.Post, $"bindings/{virtualHost}/e/{Event.Type}/q/bench", new { }, cancellation);
        }

        public Task PurgeAsync(CancellationToken cancellation) => CallAsync(HttpMethod.Delete, $"queues/{virtualHost}/bench/contents", null, cancellation);

        private async Task CallAsync(HttpMethod method, string path, object? body, CancellationToken cancellation)
        {
            using var request = new HttpRequestMessage(method, new Uri("api/" + path, UriKind.Relative)) { Content = body is null ? null : JsonContent.Create(body) };
            using var answer = await management.SendAsync(request, cancellation);
            answer.EnsureSuccessStatusCode();
        }
    }
}

/// <summary>The event that the measures of messaging publish.</summary>
internal static class Event
{
    public const string Type = "soc.partners.organisation.registered.v1";

    public static OrganisationRegistered Of(Guid organisation) => new(organisation, "voluntary");
}
