using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Soc.TestKit;

/// <summary>A PostgreSQL server that tests may create databases on.</summary>
/// <param name="ConnectionString">As its superuser.</param>
public sealed record PostgresServer(string ConnectionString)
{
    /// <summary>Creates an empty database of that test's own.</summary>
    /// <returns>A connection string to it as its owner.</returns>
    public async Task<string> CreateDatabaseAsync(string prefix)
    {
        var name = $"{prefix}_{Guid.NewGuid():N}";
        await using var source = NpgsqlDataSource.Create(ConnectionString);
        await using var create = source.CreateCommand();
#pragma warning disable CA2100 // A database name cannot be a parameter; this one is made of letters of the test's and a GUID.
        create.CommandText = $"create database \"{name}\"";
#pragma warning restore CA2100
        await create.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(ConnectionString) { Database = name, MaxPoolSize = 20 }.ConnectionString;
    }
}

/// <summary>A RabbitMQ server that tests may create virtual hosts on.</summary>
/// <param name="Uri"><c>amqp://user:password@host:port</c>, without a virtual host.</param>
/// <param name="Management">The management API, with user and password.</param>
public sealed record RabbitMqServer(Uri Uri, Uri Management)
{
    /// <summary>Creates a virtual host of that test's own.</summary>
    /// <returns>The address to connect to, with the virtual host as its path.</returns>
    public async Task<Uri> CreateVirtualHostAsync(string prefix)
    {
        var name = $"{prefix}-{Guid.NewGuid():N}";
        using var client = ManagementClient();
        using var created = await client.PutAsync(new Uri($"api/vhosts/{name}", UriKind.Relative), null);
        created.EnsureSuccessStatusCode();
        return new Uri(Uri, "/" + name);
    }

    /// <summary>A client of the management API; the caller disposes of it.</summary>
    public HttpClient ManagementClient()
    {
        var client = new HttpClient { BaseAddress = new Uri(Management.GetLeftPart(UriPartial.Authority) + "/") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(System.Uri.UnescapeDataString(Management.UserInfo))));
        return client;
    }
}

/// <summary>
/// The servers that a test run uses, in this order: those named in the environment (SOC_TEST_POSTGRES, SOC_TEST_RABBITMQ with
/// SOC_TEST_RABBITMQ_MANAGEMENT; <c>./platform test</c> sets them), containers where that is compiled in and Docker answers, private instances of
/// the machine's own programs. Each is started once a process and ends with it.
/// </summary>
public static class Servers
{
    private static readonly Lazy<Task<PostgresServer>> Postgres = new(StartPostgresAsync);
    private static readonly Lazy<Task<RabbitMqServer>> RabbitMq = new(StartRabbitMqAsync);

    /// <summary>The run's PostgreSQL.</summary>
    public static Task<PostgresServer> PostgresAsync() => Postgres.Value;

    /// <summary>The run's RabbitMQ.</summary>
    public static Task<RabbitMqServer> RabbitMqAsync() => RabbitMq.Value;

    /// <summary>A port that was free a moment ago.</summary>
    public static int FreePort()
    {
        // Below the range for outgoing connections, so that none of those has it when the server starts, or starts again.
        while (true)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                var port = Random.Shared.Next(20_000, 32_000);
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it.
            }
        }
    }

    private static async Task<PostgresServer> StartPostgresAsync()
    {
        if (Environment.GetEnvironmentVariable("SOC_TEST_POSTGRES") is { Length: > 0 } given)
        {
            return new PostgresServer(given);
        }

#if CONTAINERS
        if (await Containers.StartPostgresAsync() is { } container)
        {
            return container;
        }

#endif
        var server = await PrivateServer.StartPostgresAsync();
        return new PostgresServer(server.ConnectionString);
    }

    private static async Task<RabbitMqServer> StartRabbitMqAsync()
    {
        if (Environment.GetEnvironmentVariable("SOC_TEST_RABBITMQ") is { Length: > 0 } given)
        {
            var management = Environment.GetEnvironmentVariable("SOC_TEST_RABBITMQ_MANAGEMENT")
                ?? throw new InvalidOperationException("SOC_TEST_RABBITMQ is set: set SOC_TEST_RABBITMQ_MANAGEMENT too.");
            return new RabbitMqServer(new Uri(given), new Uri(management));
        }

#if CONTAINERS
        if (await Containers.StartRabbitMqAsync() is { } container)
        {
            return container;
        }

#endif
        return await PrivateServer.StartRabbitMqAsync();
    }
}

/// <summary>A server program of the machine, run by scripts/servers for one test that stops, pauses or kills it, or for the run.</summary>
public sealed class PrivateServer : IAsyncDisposable
{
    private readonly string script;
    private readonly string folder;
    private readonly int port;
    private readonly Dictionary<string, string> environment;
    private Process process;
    private bool disposed;

    private PrivateServer(string script, string folder, int port, Dictionary<string, string> environment)
    {
        this.script = script;
        this.folder = folder;
        this.port = port;
        this.environment = environment;
        process = Run();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Kill();
    }

    /// <summary>The connection string (PostgreSQL) or address (RabbitMQ).</summary>
    public string ConnectionString { get; private init; } = "";

    /// <summary>The id of the script, whose child the server is.</summary>
    public int ProcessId => process.Id;

    /// <summary>Starts a PostgreSQL of the caller's own and waits until it answers.</summary>
    public static async Task<PrivateServer> StartPostgresAsync()
    {
        var (port, password) = (Servers.FreePort(), NewPassword());
        var server = new PrivateServer("postgres", NewFolder(), port, new() { ["POSTGRES_PASSWORD"] = password })
        {
            ConnectionString = $"Host=127.0.0.1;Port={port};Username=postgres;Password={password};Database=postgres;Timeout=3",
        };
        await server.ReadyAsync();
        return server;
    }

    /// <summary>Starts a RabbitMQ of the caller's own and waits until it answers.</summary>
    public static async Task<RabbitMqServer> StartRabbitMqAsync() => (await StartPrivateRabbitMqAsync()).Server;

    /// <summary>Starts a RabbitMQ of the caller's own that the caller may stop and start again.</summary>
    public static async Task<(PrivateServer Process, RabbitMqServer Server)> StartPrivateRabbitMqAsync()
    {
        var (port, managementPort, password) = (Servers.FreePort(), Servers.FreePort(), NewPassword());
        var server = new PrivateServer("rabbitmq", NewFolder(), port, new()
        {
            ["RABBITMQ_USER"] = "test",
            ["RABBITMQ_PASSWORD"] = password,
            ["RABBITMQ_MANAGEMENT_PORT"] = managementPort.ToString(System.Globalization.CultureInfo.InvariantCulture),
        })
        {
            ConnectionString = $"amqp://test:{password}@127.0.0.1:{port}",
            management = new Uri($"http://test:{password}@127.0.0.1:{managementPort}"),
        };
        await server.ReadyAsync();
        return (server, new RabbitMqServer(new Uri(server.ConnectionString), server.management!));
    }

    private Uri? management;

    /// <summary>
    /// Waits until this RabbitMQ has written down the names of so many quorum queues of a virtual host. It keeps new names in memory for some three seconds;
    /// killed before that, it finds the queue again with neither content nor leader (docs/operations.md, "A queue without a leader").
    /// </summary>
    public Task QueuesWrittenAsync(Uri virtualHost, int count) => Eventually.TrueAsync(
        async () =>
        {
            var names = Directory.GetFiles(folder, "names.dets", new EnumerationOptions { RecurseSubdirectories = true }).Single(file => file.Contains("/quorum/", StringComparison.Ordinal));
            return (await File.ReadAllTextAsync(names, Encoding.Latin1)).Split($"{virtualHost.AbsolutePath[1..]}_").Length > count;
        },
        $"the broker has written down {count} queues");

    /// <summary>Kills the server with SIGKILL and waits until it is gone.</summary>
    public void Kill()
    {
        if (disposed || process.HasExited)
        {
            return;
        }

        // What the script started, and not the script: it reaps them and ends. Otherwise postmaster.pid would still name a process for a moment.
        foreach (var child in Descendants(process.Id))
        {
            try
            {
                using var running = Process.GetProcessById(child);
                running.Kill();
            }
            catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
            {
                // Gone already.
            }
        }

        if (!process.WaitForExit(TimeSpan.FromSeconds(5)))
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit(TimeSpan.FromSeconds(10));
        }
    }

    private static List<int> Descendants(int of)
    {
        var list = $"/proc/{of}/task/{of}/children";
        var children = File.Exists(list) ? File.ReadAllText(list).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(child => int.Parse(child, System.Globalization.CultureInfo.InvariantCulture)) : [];
        return [.. children.SelectMany(child => Descendants(child).Prepend(child))];
    }

    /// <summary>Starts it again on the same data and port, and waits until it answers.</summary>
    public async Task RestartAsync()
    {
        Kill();
        process.Dispose();
        process = Run();
        await ReadyAsync();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Kill();
        disposed = true;
        process.Dispose();
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        return ValueTask.CompletedTask;
    }

    private static string NewPassword() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    private static string NewFolder() => Path.Combine(Path.GetTempPath(), "soc-test-" + Guid.NewGuid().ToString("N")[..12]);

    private Process Run()
    {
        var start = new ProcessStartInfo(Path.Combine(Repository.Root, "scripts", "servers", script))
        {
            ArgumentList = { folder, port.ToString(System.Globalization.CultureInfo.InvariantCulture) },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var started = Process.Start(start) ?? throw new InvalidOperationException("Cannot start " + script);
        started.OutputDataReceived += (_, _) => { };
        started.ErrorDataReceived += (_, _) => { };
        started.BeginOutputReadLine();
        started.BeginErrorReadLine();
        return started;
    }

    private Task ReadyAsync() => Eventually.TrueAsync(
        async () =>
        {
            if (process.HasExited)
            {
                throw new InvalidOperationException($"scripts/servers/{script} ended with {process.ExitCode}.");
            }

            return script == "postgres" ? await PostgresAnswersAsync() : await RabbitMqAnswersAsync();
        },
        script + " answers",
        TimeSpan.FromSeconds(60));

    private async Task<bool> PostgresAnswersAsync()
    {
        try
        {
            await using var source = NpgsqlDataSource.Create(ConnectionString + ";Pooling=false");
            await using var connection = await source.OpenConnectionAsync();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private async Task<bool> RabbitMqAnswersAsync()
    {
        try
        {
            using var client = new RabbitMqServer(new Uri(ConnectionString), management!).ManagementClient();
            using var answer = await client.GetAsync(new Uri("api/aliveness-test/%2F", UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
