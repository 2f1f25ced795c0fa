using System.Net;
using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Npgsql;

namespace Soc.LocalHosting;

/// <summary>Finds ports that nobody uses.</summary>
internal static class Ports
{
    /// <summary>Below the range for outgoing connections, so that none of those takes it before the server does.</summary>
    public static int Free()
    {
        while (true)
        {
            var port = Random.Shared.Next(20000, 32000);
            if (IsFree(port))
            {
                return port;
            }
        }
    }

    public static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

/// <summary>Whether a resource can be used.</summary>
internal static class HealthChecks
{
    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(5) };

    public static async Task<bool> HttpAsync(Endpoint endpoint, string path, int statusCode, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await Http.GetAsync($"http://{endpoint.Host}:{endpoint.Port}{path}", cancellationToken);
            return (int)answer.StatusCode == statusCode;
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    /// <summary>RabbitMQ answers the protocol header only once it takes clients.</summary>
    public static async Task<bool> RabbitMQAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(endpoint.Host, endpoint.Port, cancellationToken);
            await client.GetStream().WriteAsync("AMQP\0\0\x09\x01"u8.ToArray(), cancellationToken);
            return await client.GetStream().ReadAsync(new byte[1], cancellationToken) == 1;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }

    /// <summary>Logs in, and makes the databases that are not there yet.</summary>
    public static async Task<bool> PostgresAsync(PostgresServerResource server, CancellationToken cancellationToken)
    {
        try
        {
            await using var source = NpgsqlDataSource.Create($"{await server.GetValueAsync(cancellationToken)};Pooling=false;Timeout=3");
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            foreach (var database in server.DatabaseNames.Values)
            {
                await using var exists = new NpgsqlCommand("select 1 from pg_database where datname = $1", connection) { Parameters = { new() { Value = database } } };
                if (await exists.ExecuteScalarAsync(cancellationToken) is null)
                {
                    // CREATE DATABASE takes no parameters; the name comes from the application model and is quoted.
                    await using var create = new NpgsqlCommand($"create database {new NpgsqlCommandBuilder().QuoteIdentifier(database)}", connection);
                    await create.ExecuteNonQueryAsync(cancellationToken);
                }
            }

            return true;
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or TimeoutException)
        {
            return false;
        }
    }
}
