using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Soc.TestKit;

/// <summary>
/// One service over HTTP: its own database on the run's PostgreSQL, migrated by the service's own migration step in a process of its own, its own
/// virtual host on the run's RabbitMQ, Kestrel on a free port, and an issuer it trusts.
/// </summary>
/// <typeparam name="TProgram">A public or visible type of the service's assembly, such as its Program.</typeparam>
public sealed class ServiceHost<TProgram> : IAsyncDisposable
    where TProgram : class
{
    private readonly Factory factory;
    private readonly bool isSecond;

    private ServiceHost(Factory factory, TestIssuer issuer, string owner, string service, Uri broker, bool isSecond = false)
    {
        (this.factory, this.isSecond) = (factory, isSecond);
        Issuer = issuer;
        OwnerConnectionString = owner;
        ServiceConnectionString = service;
        Broker = broker;
        Anonymous = factory.NewClient();
    }

    /// <summary>The issuer whose tokens the service accepts.</summary>
    public TestIssuer Issuer { get; }

    /// <summary>The database, as the role that owns the tables.</summary>
    public string OwnerConnectionString { get; }

    /// <summary>The database, as the role the service runs as.</summary>
    public string ServiceConnectionString { get; }

    /// <summary>The broker's virtual host.</summary>
    public Uri Broker { get; }

    /// <summary>A client without a token.</summary>
    public HttpClient Anonymous { get; }

    /// <summary>The running service's container: for looking at its endpoints and its registrations, never for arranging state.</summary>
    public IServiceProvider Services => factory.Services;

    /// <summary>Everything that the service logged, as formatted lines.</summary>
    public IReadOnlyCollection<string> Logs => factory.Log.Lines;

    /// <summary>Migrates and starts the service.</summary>
    /// <param name="database">The name of its database and connection string, such as <c>partners</c>.</param>
    /// <param name="settings">Further configuration, over the defaults.</param>
    /// <param name="sampleData">Whether the migration step loads the sample data.</param>
    /// <param name="clock">What the service takes for the time, where it is not to be that of the system.</param>
#pragma warning disable CA1000 // ServiceHost<Program>.StartAsync reads as what it does.
    public static async Task<ServiceHost<TProgram>> StartAsync(
        string database, IReadOnlyDictionary<string, string?>? settings = null, bool sampleData = false, TimeProvider? clock = null)
#pragma warning restore CA1000
    {
        var postgres = await Servers.PostgresAsync();
        var broker = await (await Servers.RabbitMqAsync()).CreateVirtualHostAsync(database);
        var owner = await postgres.CreateDatabaseAsync(database);
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var service = new NpgsqlConnectionStringBuilder(owner) { Username = database + "_service", Password = password }.ConnectionString;
        var issuer = await TestIssuer.StartAsync();
        var all = new Dictionary<string, string?>(issuer.Settings)
        {
            ["ConnectionStrings:rabbitmq"] = broker.ToString(),
            ["KeyEncryption:Directory"] = Directory.CreateTempSubdirectory("soc-keys-").FullName,
            ["Messaging:FactWindow"] = "00:00:00.1",
        };
        foreach (var (key, value) in settings ?? new Dictionary<string, string?>())
        {
            all[key] = value;
        }

        // Roles belong to the server, not to a database: tests in parallel processes would change each other's password.
        all["Database:ServiceRole"] = $"{database}_{Guid.NewGuid():N}";
        service = new NpgsqlConnectionStringBuilder(service) { Username = all["Database:ServiceRole"] }.ConnectionString;
        await MigrateAsync(
            new Dictionary<string, string?>(all)
            {
                ["ConnectionStrings:" + database] = owner,
                ["Database:ServicePassword"] = password,
                ["KeyEncryption:CreateWhenEmpty"] = "true",
            },
            sampleData);
        all["ConnectionStrings:" + database] = service;
        var factory = new Factory(all, clock);
        factory.UseKestrel(0);
        factory.StartServer();
        var host = new ServiceHost<TProgram>(factory, issuer, owner, service, broker);
        await host.BecomeReadyAsync();
        return host;
    }

    /// <summary>Starts the service once more over the same database, broker and issuer: what a restart finds, and what a second replica does. The caller disposes of it.</summary>
    /// <param name="settings">What is configured otherwise in this one.</param>
    public async Task<ServiceHost<TProgram>> StartAgainAsync(IReadOnlyDictionary<string, string?>? settings = null)
    {
        var all = new Dictionary<string, string?>(factory.Settings);
        foreach (var (key, value) in settings ?? new Dictionary<string, string?>())
        {
            all[key] = value;
        }

        var again = new Factory(all, factory.Clock);
        again.UseKestrel(0);
        again.StartServer();
        var host = new ServiceHost<TProgram>(again, Issuer, OwnerConnectionString, ServiceConnectionString, Broker, isSecond: true);
        await host.BecomeReadyAsync();
        return host;
    }

    /// <summary>A client that always has a token; the caller disposes of it.</summary>
    public HttpClient As(Guid organisation, string actor, params string[] scopes) =>
        new(new FreshToken(() => Issuer.Token(organisation, actor, scopes))) { BaseAddress = Anonymous.BaseAddress };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Anonymous.Dispose();
        await factory.DisposeAsync();
        if (!isSecond)
        {
            await Issuer.DisposeAsync();
        }
    }

    private Task BecomeReadyAsync() => Eventually.TrueAsync(
        async () =>
        {
            using var ready = await Anonymous.GetAsync(new Uri("/health/ready", UriKind.Relative));
            return ready.IsSuccessStatusCode;
        },
        "the service is ready");

    private static async Task MigrateAsync(Dictionary<string, string?> settings, bool sampleData)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { typeof(TProgram).Assembly.Location, "migrate" },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (sampleData)
        {
            start.ArgumentList.Add("--sample-data");
        }

        foreach (var (key, value) in settings)
        {
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException("Cannot start dotnet.");
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await process.WaitForExitAsync(limit.Token);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"The migration step ended with {process.ExitCode}:\n{await output}\n{await errors}");
        }
    }

    private sealed class Factory(IReadOnlyDictionary<string, string?> settings, TimeProvider? clock) : WebApplicationFactory<TProgram>
    {
        public LogCapture Log { get; } = new();

        public IReadOnlyDictionary<string, string?> Settings => settings;

        public TimeProvider? Clock => clock;

        /// <summary>Kestrel's address is in the factory's own options once it has started; new options would say http://localhost.</summary>
        public HttpClient NewClient() => CreateClient(new() { AllowAutoRedirect = false, BaseAddress = ClientOptions.BaseAddress });

        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            foreach (var (key, value) in settings)
            {
                builder.UseSetting(key, value);
            }

            builder.ConfigureLogging(logging => logging.AddProvider(Log));
            if (clock is not null)
            {
                builder.ConfigureTestServices(services => services.AddSingleton(clock));
            }
        }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (disposing)
            {
                Log.Dispose();
            }
        }
    }
}
