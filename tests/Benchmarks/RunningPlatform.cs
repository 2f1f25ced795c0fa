using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Npgsql;
using Soc.TestKit;

namespace Soc.Benchmarks;

/// <summary>The platform as anybody starts it, by <c>./platform up</c>, with a folder and a port of its own.</summary>
internal sealed class RunningPlatform(Run run)
{
    private const string Marker = "SOC_BENCH_RUN";

    /// <summary>What is measured is how fast the platform is and not how strict: its limits would answer 429 to any load worth measuring.</summary>
    public static readonly IReadOnlyDictionary<string, string?> RaisedLimits = (
        from partition in new[] { "Organisation", "Address" }
        from limit in new[] { "Burst", "PerSecond", "Concurrent" }
        select $"RateLimits:{partition}:{limit}").ToDictionary(name => name, _ => (string?)"100000");

    private readonly string id = Guid.NewGuid().ToString("N");
    private readonly string data = Path.Combine(run.Folder.FullName, "platform");

    public Uri Gateway { get; } = new($"http://127.0.0.1:{Servers.FreePort()}");

    public bool IsUp { get; private set; }

    /// <summary>As its superuser; the password is the one that the first start generated.</summary>
    public string OwnerConnectionString
    {
        get
        {
            using var secrets = JsonDocument.Parse(File.ReadAllText(Path.Combine(data, "parameters.json")));
            var service = new NpgsqlConnectionStringBuilder(ServiceConnectionString("referrals"));
            return $"Host={service.Host};Port={service.Port};Username=postgres;Database=postgres;Password={secrets.RootElement.GetProperty("postgres-password")}";
        }
    }

    /// <summary>The database of a service, as the server's superuser; the caller disposes of it.</summary>
    public NpgsqlDataSource Database(string service) => NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(OwnerConnectionString) { Database = service }.ConnectionString);

    /// <summary>Starts it, waits until it is ready, and says how long that took.</summary>
    public async Task<TimeSpan> UpAsync(bool dashboard, CancellationToken cancellation)
    {
        IsUp = true;
        var start = Stopwatch.GetTimestamp();
        string[] arguments = ["up", "--detach", "--data", data, "--port", Gateway.Port.ToString(CultureInfo.InvariantCulture)];
        await CommandAsync(
            dashboard ? arguments : [.. arguments, "--no-dashboard"], cancellation,
            RaisedLimits.Append(new(Marker, id)).Select(setting => KeyValuePair.Create(setting.Key.Replace(":", "__", StringComparison.Ordinal), setting.Value)));
        return Stopwatch.GetElapsedTime(start);
    }

    public async Task DownAsync()
    {
        if (IsUp)
        {
            IsUp = false;
            await CommandAsync(["down", "--data", data], CancellationToken.None);
        }
    }

    public async Task<string> TokenAsync(string client, CancellationToken cancellation) =>
        (await CommandAsync(["token", client, "--data", data], cancellation)).Trim();

    /// <summary>How a service reaches its database, read from the service's own environment.</summary>
    public string ServiceConnectionString(string service) => Processes().Where(process => process.Name == service)
        .Select(process => process.Environment.GetValueOrDefault("ConnectionStrings__" + service)).FirstOrDefault(found => found is not null)
        ?? throw new InvalidOperationException($"The process of {service} is not there.");

    /// <summary>The lines that AppHost and everything it runs have written.</summary>
    public IEnumerable<string> Log()
    {
        using var reader = new StreamReader(new FileStream(Path.Combine(data, "platform.log"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    /// <summary>A program of the newest PostgreSQL on this machine.</summary>
    public static string PostgresProgram(string name) => Directory.GetDirectories("/usr/lib/postgresql")
        .OrderBy(folder => int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture))
        .Select(folder => Path.Combine(folder, "bin", name)).LastOrDefault(File.Exists) ?? name;

    /// <summary>
    /// The memory of each part in MiB: proportional set size, so that what processes share is counted once.
    /// </summary>
    public IReadOnlyDictionary<string, double> Memory() => Processes().GroupBy(process => process.Name)
        .ToDictionary(part => part.Key, part => part.Sum(process => Pss(process.Id)));

    /// <summary>Runs <c>./platform</c>; by way of env, because what .NET starts inherits an ignored SIGPIPE, at which the script's pipes stumble.</summary>
    private Task<string> CommandAsync(
        IEnumerable<string> arguments, CancellationToken cancellation, IEnumerable<KeyValuePair<string, string?>>? environment = null) =>
        run.OutputOfAsync("env", ["--default-signal=PIPE", Path.Combine(Repository.Root, "platform"), .. arguments], cancellation, environment);

    /// <summary>Everything that carries this run's mark in its environment, and its children: PostgreSQL's have written their titles over theirs.</summary>
    private List<(int Id, string Name, IReadOnlyDictionary<string, string> Environment)> Processes()
    {
        var all = new List<(int Id, int Parent, string Name, Dictionary<string, string> Environment)>();
        foreach (var folder in Directory.GetDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out _)))
        {
            try
            {
                var environment = Split(folder, "environ").Select(entry => entry.Split('=', 2)).Where(entry => entry.Length == 2)
                    .DistinctBy(entry => entry[0]).ToDictionary(entry => entry[0], entry => entry[1]);
                var parent = File.ReadAllText(Path.Combine(folder, "stat")).Split(')')[^1].Split(' ')[2];
                all.Add((
                    int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture), int.Parse(parent, CultureInfo.InvariantCulture),
                    NameOf(Split(folder, "cmdline")), environment));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It ended meanwhile, or is another user's and so not ours.
            }
        }

        var ours = all.Where(process => process.Environment.GetValueOrDefault(Marker) == id).Select(process => process.Id).ToHashSet();
        return [.. all.Where(process => ours.Contains(process.Id) || ours.Contains(process.Parent))
            .Select(process => (process.Id, process.Name, (IReadOnlyDictionary<string, string>)process.Environment))];

        static string[] Split(string folder, string file) =>
            Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(folder, file))).Split('\0', StringSplitOptions.RemoveEmptyEntries);
    }

    private static string NameOf(string[] commandLine)
    {
        var whole = string.Join(' ', commandLine);
        string[] projects = ["AppHost", "Gateway", "Strategy", "Partners", "Referrals", "Reporting"];
        return projects.FirstOrDefault(name => whole.Contains($"Soc.{name}", StringComparison.Ordinal)) is { } project ? project.ToLowerInvariant()
            : whole.Contains("postgres", StringComparison.Ordinal) ? "postgres"
            : whole.Contains("aspire-managed", StringComparison.Ordinal) ? "dashboard"
            : Path.GetFileName(commandLine.FirstOrDefault()) is "dcp" or "dcpproc" or "dcpctrl" ? "dcp"
            : whole.Contains("rabbit", StringComparison.Ordinal) || Path.GetFileName(commandLine.FirstOrDefault()) is "epmd" or "erl_child_setup" or "inet_gethost" ? "rabbitmq"
            : "other";
    }

    private static double Pss(int process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/smaps_rollup").First(line => line.StartsWith("Pss:", StringComparison.Ordinal));
            return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return 0; // it ended meanwhile
        }
    }
}
