using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Soc.Messaging.Database;
using Soc.Messaging.Worker;
using Soc.TestKit;

namespace Soc.Messaging.Tests;

/// <summary>One test's database and virtual host, and the processes and in-process hosts of the ledger that run over them.</summary>
internal sealed class LedgerBed : IAsyncDisposable
{
    private readonly Dictionary<string, string?> settings;
    private readonly List<WebApplication> hosts = [];
    private readonly List<Process> processes = [];

    private LedgerBed(Dictionary<string, string?> settings, NpgsqlDataSource owner, RabbitMqServer broker)
    {
        this.settings = settings;
        Owner = owner;
        Wire = new RawBroker(new Uri(settings["ConnectionStrings:rabbitmq"]!), broker);
    }

    /// <summary>The database, for looking.</summary>
    public NpgsqlDataSource Owner { get; }

    /// <summary>The virtual host, without MassTransit.</summary>
    public RawBroker Wire { get; }

    public LogCapture Log { get; } = new();

    /// <summary>Makes database, role, queues; nothing runs yet.</summary>
    public static async Task<LedgerBed> CreateAsync(
        Dictionary<string, string?>? further = null, PostgresServer? postgres = null, RabbitMqServer? broker = null, bool queues = true)
    {
        broker ??= await Servers.RabbitMqAsync();
        var owner = await (postgres ?? await Servers.PostgresAsync()).CreateDatabaseAsync("ledger");
        var (role, password) = ($"ledger_{Guid.NewGuid():N}", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));
        var settings = new Dictionary<string, string?>
        {
            ["ConnectionStrings:ledger"] = new NpgsqlConnectionStringBuilder(owner) { Username = role, Password = password, MaxPoolSize = 12 }.ConnectionString,
            ["ConnectionStrings:rabbitmq"] = (await broker.CreateVirtualHostAsync("ledger")).ToString(),
            ["Messaging:FactWindow"] = "00:00:00.2",
            ["Logging:LogLevel:Default"] = "Warning",
            ["Urls"] = "http://127.0.0.1:0",
        };
        foreach (var (key, value) in further ?? [])
        {
            settings[key] = value;
        }

        var bed = new LedgerBed(settings, NpgsqlDataSource.Create(owner), broker);
        await using var app = bed.Build(new()
        {
            ["ConnectionStrings:ledger"] = owner,
            ["ConnectionStrings:rabbitmq"] = queues ? settings["ConnectionStrings:rabbitmq"] : null,
            ["Database:ServiceRole"] = role,
            ["Database:ServicePassword"] = password,
        });
        Assert.Equal(0, await app.MigrateAsync<LedgerDb>().WithinAsync("the migration step has ended", 120));
        return bed;
    }

    /// <summary>Builds a host in this process without starting it.</summary>
    public WebApplication Build(Dictionary<string, string?>? further = null, bool consumes = true, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = Ledger.CreateBuilder([], consumes);
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Configuration.AddInMemoryCollection(further ?? []);
        builder.Logging.ClearProviders().AddProvider(Log);
        configure?.Invoke(builder);
        return builder.Build();
    }

    /// <summary>Starts a host in this process.</summary>
    public async Task<WebApplication> StartAsync(
        Dictionary<string, string?>? further = null, bool consumes = true, Action<WebApplicationBuilder>? configure = null, Action<WebApplication>? map = null)
    {
        var app = Build(further, consumes, configure);
        map?.Invoke(app);
        hosts.Add(app);
        await app.StartAsync().WithinAsync("the host has started", 60);
        return app;
    }

    /// <summary>Starts the worker as a process of its own, to die at a step or of a message.</summary>
    public Process StartProcess(string? failAt = null, string? write = null, bool consumes = true, Dictionary<string, string?>? further = null)
    {
        var start = new ProcessStartInfo("dotnet") { ArgumentList = { typeof(Ledger).Assembly.Location }, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in settings.Concat(further ?? []))
        {
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        start.Environment["FAIL_AT"] = failAt;
        start.Environment["WRITE"] = write;
        start.Environment["CONSUMES"] = consumes ? "true" : "false";
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        processes.Add(process);
        return process;
    }

    /// <summary>Runs the worker until the fail-point or the message has killed it.</summary>
    public async Task DiesAsync(string? failAt = null, string? write = null, bool consumes = true, Dictionary<string, string?>? further = null)
    {
        var process = StartProcess(failAt, write, consumes, further);
        await process.WaitForExitAsync().WithinAsync($"the worker has died (at {failAt ?? write ?? "its message"})", 60);
        Assert.NotEqual(0, process.ExitCode);
    }

    /// <summary>Whether a worker's process listens yet.</summary>
    public static async Task<bool> AnswersAsync(Uri worker)
    {
        try
        {
            using var client = new HttpClient { BaseAddress = worker, Timeout = TimeSpan.FromSeconds(5) };
            using var answer = await client.GetAsync(new Uri("/entries", UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Writes an entry through a host, as a command would.</summary>
    public static async Task<Entry> WriteAsync(WebApplication app, string text)
    {
        await using var scope = app.Services.CreateAsyncScope();
        return await Ledger.WriteAsync(scope.ServiceProvider.GetRequiredService<LedgerDb>(), text);
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
#pragma warning disable CA2100 // Statements of the tests themselves.
        await using var command = Owner.CreateCommand(sql);
#pragma warning restore CA2100
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task ExecuteAsync(string sql)
    {
#pragma warning disable CA2100 // Statements of the tests themselves.
        await using var command = Owner.CreateCommand(sql);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    public Task<long> EffectsAsync() => ScalarAsync<long>("select count(*) from effect");

    public Task<long> PendingAsync() => ScalarAsync<long>("select count(*) from outbox_message");

    /// <summary>Everything written has left, and everything sent has been dealt with: not "quiet", but empty.</summary>
    public Task DrainedAsync(TimeSpan? within = null) => Eventually.TrueAsync(
        async () => await PendingAsync() == 0 && await Wire.ReadyAsync("ledger") == 0 && await Wire.DepthAsync("ledger") == 0, "outbox and queue are empty", within);

    public Task ParkedAsync(string reason, long count = 1, TimeSpan? within = null) => Eventually.TrueAsync(
        async () => await ScalarAsync<long>($"select count(*) from parked_message where state = 'parked' and reason = '{reason}'") == count,
        $"{count} parked as {reason}", within);

    public async ValueTask DisposeAsync()
    {
        foreach (var process in processes)
        {
            if (!process.HasExited)
            {
                process.Kill();
                await process.WaitForExitAsync().WithinAsync("a killed worker has ended");
            }

            process.Dispose();
        }

        await Task.WhenAll(hosts.Select(async host =>
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(8));
            await host.StopAsync(limit.Token).WaitAsync(TimeSpan.FromSeconds(30)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await host.DisposeAsync().AsTask().WithinAsync("a host is disposed of");
        }));
        await Wire.DisposeAsync();
        await Owner.DisposeAsync().AsTask().WithinAsync("the pool of connections is disposed of");
        Log.Dispose();
    }
}
