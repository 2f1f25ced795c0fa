using System.Diagnostics;
using System.Net.Sockets;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Npgsql;
using Soc.Messaging.Broker;
using Soc.Messaging.Outbox;

namespace Soc.Messaging.Database;

/// <summary>The service's own PostgreSQL database: the context, and the migration step.</summary>
public static class DatabaseExtensions
{
    private const int LockAttempts = 30;

    /// <summary>
    /// Adds the DbContext over <c>ConnectionStrings:&lt;name&gt;</c>, its readiness check, and the answer 503 with Retry-After while the database is away.
    /// Failed statements are never repeated silently: the caller's Idempotency-Key decides what a repetition means.
    /// </summary>
    /// <typeparam name="TDb">The service's DbContext.</typeparam>
    /// <param name="builder">The application's builder.</param>
    /// <param name="name">The database's name, which is also that of the connection string.</param>
    /// <returns>The same builder.</returns>
    public static WebApplicationBuilder AddDatabase<TDb>(this WebApplicationBuilder builder, string name)
        where TDb : DbContext
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddSingleton(provider => new ServiceDatabase(provider.GetRequiredService<IConfiguration>(), name));
        services.TryAddSingleton<OutboxSignal>();
        services.TryAddSingleton<OutboxInterceptor>();
        services.AddDbContext<TDb>((provider, options) => options
            .UseNpgsql(provider.GetRequiredService<ServiceDatabase>().Service)
            .AddInterceptors(provider.GetRequiredService<OutboxInterceptor>()));
        services.AddHealthChecks().AddCheck<DatabaseHealth<TDb>>("database", tags: ["ready"]);

        // Before the last-resort handler, whichever was added first: handlers are asked in the order of their registration.
        services.Insert(0, ServiceDescriptor.Singleton<IExceptionHandler, DatabaseExceptionHandler>());
        return builder;
    }

    /// <summary>
    /// The migration step: applies the migrations as the database's owner, creates or updates the login role <c>&lt;database&gt;_service</c>
    /// (<c>Database:ServiceRole</c> names another) with <c>Database:ServicePassword</c>, gives it its grants, and declares the service's queue where
    /// <c>ConnectionStrings:rabbitmq</c> is given, so that no event of another service is published before there is a queue to keep it.
    /// </summary>
    /// <typeparam name="TDb">The service's DbContext.</typeparam>
    /// <param name="app">The application, built but not started.</param>
    /// <param name="afterwards">What else to do in the same step, as owner: first keys, sample data. Must be repeatable.</param>
    /// <param name="restrict">
    /// Takes grants from the service's role, whose name is <c>current_setting('soc.role')</c>, in the transaction that gives them. Must be repeatable.
    /// </param>
    /// <returns>The process exit code: 0 when all was done.</returns>
    public static async Task<int> MigrateAsync<TDb>(this WebApplication app, Func<IServiceProvider, TDb, Task>? afterwards = null, Func<TDb, Task>? restrict = null)
        where TDb : DbContext
    {
        ArgumentNullException.ThrowIfNull(app);

        // Everybody else goes first, above all the broker that is starting beside it and that it needs in the end.
        using (var self = Process.GetCurrentProcess())
        {
            self.PriorityClass = ProcessPriorityClass.BelowNormal;
        }

        var configuration = app.Services.GetRequiredService<IConfiguration>();
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Soc.Messaging.Migration");
        await using var scope = app.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<TDb>();
        db.Database.SetCommandTimeout(TimeSpan.FromMinutes(10));
        var creator = db.GetService<IRelationalDatabaseCreator>();
        if (!await creator.ExistsAsync())
        {
            await creator.CreateAsync();
        }

        await MigrateUnderLockTimeoutAsync(db, logger);
        await ServiceRole.ApplyAsync(db, configuration, logger, restrict);
        if (afterwards is not null)
        {
            await afterwards(scope.ServiceProvider, db);
        }

        if (app.Services.GetService<BrokerTopology>() is { } topology && configuration.GetConnectionString("rabbitmq") is { Length: > 0 } broker)
        {
            topology.DeployOnly = true;
            var bus = app.Services.GetRequiredService<IBusControl>();
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));

            await ListensAsync(new Uri(broker), limit.Token);

            // Bounded also where the client inside does not look at the token: a step that hangs would keep every service from starting.
            await bus.StartAsync(limit.Token).WaitAsync(limit.Token);
            await StopAsync(bus, logger);
        }

        return 0;
    }

    /// <summary>
    /// Stops a bus that only declared its topology. All is declared by now, and it can wait for ever: MassTransit says that an endpoint is ready before it
    /// notes what a stop has to end, so that a stop between the two misses it.
    /// </summary>
    private static async Task StopAsync(IBusControl bus, ILogger logger)
    {
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await bus.StopAsync(limit.Token).WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            logger.LogWarning("The queues are declared; the client that declared them did not stop within 5 s and ends with this process.");
        }
    }

    /// <summary>Waits for a broker that is starting: the bus itself would ask again only after seconds, and log each refusal at length.</summary>
    private static async Task ListensAsync(Uri broker, CancellationToken limit)
    {
        while (true)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(broker.Host, broker.IsDefaultPort || broker.Port < 0 ? (broker.Scheme == "amqps" ? 5671 : 5672) : broker.Port, limit);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), limit);
            }
        }
    }

    /// <summary>A migration must not queue behind a long query with everybody else behind it: it gives up the lock after two seconds and asks again.</summary>
    private static async Task MigrateUnderLockTimeoutAsync(DbContext db, ILogger logger)
    {
        await db.Database.OpenConnectionAsync();
        await db.Database.ExecuteSqlAsync($"set lock_timeout = '2s'");
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await db.Database.MigrateAsync();
                break;
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable && attempt < LockAttempts)
            {
                logger.LogWarning("A migration could not get its lock within 2 s (attempt {Attempt}); it asks again.", attempt);
                await Task.Delay(TimeSpan.FromSeconds(0.5 + Random.Shared.NextDouble()));
            }
        }

        await db.Database.ExecuteSqlAsync($"set lock_timeout = 0");
        await db.Database.CloseConnectionAsync();
    }
}
