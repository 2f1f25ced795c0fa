using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Soc.Messaging.Worker;
using Soc.TestKit;

namespace Soc.Messaging.Tests;

public sealed class OutageTests
{
    /// <summary>Receive endpoints ask for a lost broker at intervals of up to 30 s.</summary>
    private static readonly TimeSpan Reconnected = TimeSpan.FromSeconds(180);

    [Fact]
    public async Task Commands_go_on_while_the_broker_is_down_or_frozen_and_everything_arrives_once_when_it_is_back()
    {
        var (process, broker) = await PrivateServer.StartPrivateRabbitMqAsync();
        await using var server = process;
        await using var bed = await LedgerBed.CreateAsync(new() { ["Messaging:PublishDeadline"] = "00:00:02", ["Messaging:Lease"] = "00:00:10" }, broker: broker);
        var app = await bed.StartAsync();
        await LedgerBed.WriteAsync(app, "before");
        await Eventually.TrueAsync(async () => await bed.EffectsAsync() == 1, "the first");
        await process.QueuesWrittenAsync(bed.Wire.Address, 2);

        process.Kill();
        for (var entry = 0; entry < 150; entry++)
        {
            await LedgerBed.WriteAsync(app, "while it was down");
        }

        await Eventually.TrueAsync(async () => await HealthAsync(app, "broker") == HealthStatus.Degraded, "the broker is reported, and only as degraded");
        Assert.Equal(HealthStatus.Healthy, await HealthAsync(app, "database"));
        Assert.Equal(150, await bed.PendingAsync());
        await process.RestartAsync();
        await ArrivedAsync(bed, 151, "all after the restart");

        Signal(process, "-STOP");
        for (var entry = 0; entry < 50; entry++)
        {
            await LedgerBed.WriteAsync(app, "while it was frozen");
        }

        await Eventually.TrueAsync(() => Task.FromResult(bed.Log.Lines.Any(line => line.Contains("(timeout)", StringComparison.Ordinal))), "a publish met its deadline");
        Signal(process, "-CONT");
        await ArrivedAsync(bed, 201, "all after the thaw");
        await bed.DrainedAsync();
        Assert.Equal(201, await bed.EffectsAsync());
        Assert.Equal(0, await bed.ScalarAsync<long>("select count(*) from parked_message"));
    }

    private static async Task ArrivedAsync(LedgerBed bed, long count, string what)
    {
        try
        {
            await Eventually.TrueAsync(async () => await bed.EffectsAsync() >= count, what, Reconnected);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException(
                $"{exception.Message}: {await bed.EffectsAsync()} of {count} arrived, {await bed.PendingAsync()} wait in the outbox; the log ends:\n{string.Join('\n', bed.Log.Lines.TakeLast(40))}",
                exception);
        }
    }

    [Fact]
    public async Task While_the_database_is_down_requests_get_503_with_Retry_After_and_the_outbox_goes_on_afterwards()
    {
        await using var database = await PrivateServer.StartPostgresAsync();
        await using var bed = await LedgerBed.CreateAsync(postgres: new PostgresServer(database.ConnectionString));
        var app = await bed.StartAsync(map: Ledger.Map);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        client.DefaultRequestHeaders.Add("X-Client", "client");
        client.DefaultRequestHeaders.Add("Idempotency-Key", "key-in-the-outage");
        Assert.Equal(0, await client.GetFromJsonAsync<int>(new Uri("/entries", UriKind.Relative)));

        database.Kill();
        using var read = await client.GetAsync(new Uri("/entries", UriKind.Relative));
        using var write = await client.PostAsJsonAsync("/entries", new NewEntry("refused"));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable), (read.StatusCode, write.StatusCode));
        Assert.NotNull(write.Headers.RetryAfter);
        Assert.Contains("service.unavailable", await write.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Unhealthy, await HealthAsync(app, "database"));
        bed.Owner.Clear();
        await database.RestartAsync();
        await Eventually.TrueAsync(
            async () =>
            {
                using var again = await client.PostAsJsonAsync("/entries", new NewEntry("accepted"));
                return again.StatusCode == HttpStatusCode.Created;
            },
            "the same key is accepted when the database is back");
        await Eventually.TrueAsync(async () => await bed.EffectsAsync() == 1, "the effect");
    }

    private static void Signal(PrivateServer server, string signal)
    {
        // The script has children of its own: the broker's virtual machine is what is to freeze.
        using var kill = Process.Start("bash", ["-c", $"pids() {{ for child in $(pgrep -P $1); do echo $child; pids $child; done; }}; kill {signal} $(pids {server.ProcessId})"]);
        Assert.True(kill.WaitForExit(TimeSpan.FromSeconds(30)), "Not within 30 s: the signal is sent");
    }

    private static async Task<HealthStatus> HealthAsync(WebApplication app, string name)
    {
        var report = await app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Tags.Contains("ready")).WithinAsync("the health checks have ended");
        return report.Entries[name].Status;
    }
}
