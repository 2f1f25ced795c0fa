using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Soc.Messaging.Database;

/// <summary>The service's pools of connections.</summary>
internal sealed class ServiceDatabase : IAsyncDisposable
{
    public ServiceDatabase(IConfiguration configuration, string name)
    {
        var given = configuration.GetConnectionString(name)
            ?? throw new InvalidOperationException($"ConnectionStrings:{name} is not set.");
        Name = name;
        Service = Build(new(given));
        var dispatcher = new NpgsqlConnectionStringBuilder(given) { MaxPoolSize = 8, ApplicationName = name + " outbox" };
        dispatcher.Options = $"{dispatcher.Options} -c synchronous_commit=off -c plan_cache_mode=force_custom_plan".Trim();
        Dispatcher = Build(dispatcher);
    }

    public string Name { get; }

    /// <summary>For everything that answers for what it commits.</summary>
    public NpgsqlDataSource Service { get; }

    /// <summary>
    /// For the outbox dispatcher only: its commits do not wait for the disk, and its statements are planned for the table as it is, which a moment ago
    /// was empty.
    /// </summary>
    public NpgsqlDataSource Dispatcher { get; }

    /// <summary>Whether it was seen with every migration of this program; never taken back, so that this is asked once.</summary>
    public bool IsMigrated { get; set; }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        await Dispatcher.DisposeAsync();
    }

    private static NpgsqlDataSource Build(NpgsqlConnectionStringBuilder connection)
    {
        // What the connection string does not say. An outage is to be answered while the caller still waits.
        Default(connection, "Timeout", () => connection.Timeout = 3);
        Default(connection, "Command Timeout", () => connection.CommandTimeout = 15);
        Default(connection, "Maximum Pool Size", () => connection.MaxPoolSize = 40);
        Default(connection, "Max Auto Prepare", () => connection.MaxAutoPrepare = 50);
        Default(connection, "Keepalive", () => connection.KeepAlive = 15);
        connection.IncludeErrorDetail = false;
        var builder = new NpgsqlDataSourceBuilder(connection.ConnectionString);

        // Who looks for work several times a second says so in front of the statement; a trace of each look would bury the others.
        builder.ConfigureTracing(tracing => tracing
            .ConfigureCommandFilter(command => IsTraced(command.CommandText)).ConfigureBatchFilter(batch => IsTraced(batch.BatchCommands[0].CommandText)));
        return builder.Build();
    }

    private static bool IsTraced(string statement) =>
        !statement.StartsWith("/* quiet */", StringComparison.Ordinal) && !statement.Contains("outbox_message", StringComparison.Ordinal);

    private static void Default(NpgsqlConnectionStringBuilder connection, string keyword, Action set)
    {
        if (!connection.ShouldSerialize(keyword))
        {
            set();
        }
    }
}
