using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Soc.TestKit;

namespace Soc.Kubernetes.Tests;

/// <summary>
/// A pod of the overlay as a process of this machine: exactly the variables its manifest gives it, with the cluster's addresses, passwords and mounted
/// folders replaced by the test's. The database's owner has the rights that the operator gives it, and is no superuser.
/// </summary>
internal sealed class Pod : IAsyncDisposable
{
    private readonly Process process;
    private readonly Task<string> output;
    private readonly Task<string> errors;
    private readonly HttpClient http;

    private Pod(Process process, int port)
    {
        (this.process, output, errors) = (process, process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(10) };
    }

    /// <param name="manifest">The Deployment or Job.</param>
    /// <param name="surroundings">What is around it.</param>
    /// <param name="command">Arguments in place of the manifest's: what an operator runs inside the pod.</param>
    public static Pod Start(Manifest manifest, Surroundings surroundings, params string[] command)
    {
        var port = Servers.FreePort();
        var service = manifest.Root.Text("metadata", "labels", "app.kubernetes.io/name");
        var project = CultureInfo.InvariantCulture.TextInfo.ToTitleCase(service);
        var build = new DirectoryInfo(AppContext.BaseDirectory); // …/bin/<configuration>/<framework>
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                Path.Combine(Repository.Root, "src", project, "bin", build.Parent!.Name, build.Name, $"Soc.{project}.dll"),
            },
            WorkingDirectory = Path.Combine(Repository.Root, "src", project),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in command.Length > 0 ? command : manifest.Container.Texts("args"))
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var inherited in start.Environment.Keys.Except(["PATH", "HOME", "TMPDIR", "DOTNET_ROOT"]).ToList())
        {
            start.Environment.Remove(inherited);
        }

        foreach (var (name, value) in Production.Variables(manifest))
        {
            start.Environment[name] = surroundings.Replace(name, value);
        }

        // A role belongs to the whole server, which other tests use too: not the name it has in the cluster.
        start.Environment["Database__ServiceRole"] = surroundings.ServiceRole;
        start.Environment["ASPNETCORE_HTTP_PORTS"] = port.ToString(CultureInfo.InvariantCulture);
        return new(Process.Start(start)!, port);
    }

    /// <summary>The answer of a probe's route: 0 while nobody listens.</summary>
    public async Task<int> ProbeAsync(string path)
    {
        if (process.HasExited)
        {
            throw new InvalidOperationException($"The process ended with {process.ExitCode}:\n{await output}\n{await errors}");
        }

        try
        {
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
            return (int)answer.StatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            return 0;
        }
    }

    /// <summary>Waits for a process that does one thing.</summary>
    public async Task CompleteAsync()
    {
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"The process ended with {process.ExitCode}:\n{await output}\n{await errors}");
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
        http.Dispose();
    }
}

/// <summary>What a pod finds around it: a database and a broker of the test's own, an issuer, a folder of keys.</summary>
internal sealed class Surroundings : IAsyncDisposable
{
    private readonly TestIssuer issuer;
    private readonly NpgsqlConnectionStringBuilder database;
    private readonly Uri broker;
    private readonly DirectoryInfo keys = Directory.CreateTempSubdirectory("soc-keys-");

    private Surroundings(TestIssuer issuer, string superuser, string owner, string password, Uri broker)
    {
        (this.issuer, this.broker, ServiceRole) = (issuer, broker, owner.Replace("_owner", "_service", StringComparison.Ordinal));
        database = new(superuser);
        (OwnerConnection, Password) = (new NpgsqlConnectionStringBuilder(superuser) { Username = owner, Password = password }.ConnectionString, password);
        File.WriteAllText(Path.Combine(keys.FullName, "20260101T000000Z.key"), Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32)));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path.Combine(keys.FullName, "20260101T000000Z.key"), UnixFileMode.UserRead | UnixFileMode.GroupRead);
        }
    }

    public string OwnerConnection { get; }

    public string ServiceRole { get; }

    private string Password { get; }

    public static async Task<Surroundings> PrepareAsync(string service)
    {
        var server = await Servers.PostgresAsync();
        var superuser = await server.CreateDatabaseAsync(service);
        var database = new NpgsqlConnectionStringBuilder(superuser).Database!;
        var (owner, password) = ($"{database}_owner", Guid.NewGuid().ToString("N"));
        await using var source = NpgsqlDataSource.Create(superuser);
#pragma warning disable CA2100 // Names of roles and databases cannot be parameters; these are letters of the test's and GUIDs.
        await using var create = source.CreateCommand(
            $"create role \"{owner}\" login createrole password '{password}'; alter database \"{database}\" owner to \"{owner}\"");
#pragma warning restore CA2100
        await create.ExecuteNonQueryAsync();
        var broker = await (await Servers.RabbitMqAsync()).CreateVirtualHostAsync(service);
        return new(await TestIssuer.StartAsync(), superuser, owner, password, broker);
    }

    /// <summary>The test's value of a variable, where the cluster's means nothing here.</summary>
    public string Replace(string name, string value) => name switch
    {
        "ConnectionStrings__rabbitmq" => broker.ToString(),
        "KeyEncryption__Directory" => keys.FullName,
        "DATABASE_PASSWORD" or "Database__ServicePassword" => Password,
        "OTEL_EXPORTER_OTLP_ENDPOINT" => string.Empty,
        _ when name.StartsWith("ConnectionStrings__", StringComparison.Ordinal) => Connection(value),
        _ => issuer.Settings.GetValueOrDefault(name.Replace("__", ":", StringComparison.Ordinal)) ?? value,
    };

    public async ValueTask DisposeAsync()
    {
        await issuer.DisposeAsync();
        keys.Delete(recursive: true);
    }

    private string Connection(string rendered)
    {
        var connection = new NpgsqlConnectionStringBuilder(rendered) { Host = database.Host, Port = database.Port, Database = database.Database, Password = Password };
        connection.Username = connection.Username!.EndsWith("_owner", StringComparison.Ordinal) ? new NpgsqlConnectionStringBuilder(OwnerConnection).Username : ServiceRole;
        (connection.SslMode, connection.RootCertificate) = (SslMode.Prefer, null);
        return connection.ConnectionString;
    }
}
