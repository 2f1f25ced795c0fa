using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Npgsql;
using Soc.TestKit;

namespace Soc.Benchmarks;

/// <summary>
/// Submitting referrals through the gateway to the running platform, each with a key of its own, beside pgbench running the same statements, recorded
/// from the service, against a copy of the same database on the same server.
/// </summary>
internal static partial class SubmitMeasure
{
    private const int Rounds = 3;
    private const int Connections = 16;
    private const string Path = "/referrals/v1/referrals";
    private const string Copy = "referrals_pgbench";

    private static readonly string Body = JsonSerializer.Serialize(new
    {
        region = "ENG-SE",
        priority = "standard",
        narrative = string.Concat(Enumerable.Repeat("Synthetic narrative of a benchmark. No part of it describes anybody. ", 8)),
        subject = new { name = "Example Person", dateOfBirth = "not-known", location = "1 Example Street, Exampletown" },
    });

    private static int series;

    public static async Task<IReadOnlyList<Figure>> MakeAsync(Run run, CancellationToken cancellation)
    {
        var platform = await run.PlatformAsync(cancellation);
        var token = await platform.TokenAsync("harbour-trust", cancellation);
        run.Say("submit: recording what the service runs, and copying its database");
        var script = System.IO.Path.Combine(run.Folder.FullName, "submit.sql");
        await File.WriteAllTextAsync(script, await RecordAsync(platform, token, cancellation), cancellation);
        await CopyDatabaseAsync(run, platform, cancellation);

        run.Say("submit: warming up");
        await SubmitAsync(60); // until the runtime has compiled the busiest code of all that take part for good
        await PgbenchAsync(2);
        await CaughtUpAsync(platform, cancellation);
        var (submitted, statements) = (new List<double>(), new List<double>());
        for (var round = 1; round <= Rounds; round++)
        {
            // What comes of a submission is part of its price: the rate counts until Reporting has heard of every one.
            var watch = Stopwatch.StartNew();
            var count = await SubmitAsync(10) * 10;
            await CaughtUpAsync(platform, cancellation);
            submitted.Add(count / watch.Elapsed.TotalSeconds);
            statements.Add(await PgbenchAsync(5));
        }

        run.Say($"submit {Statistics.Spread(submitted)}, pgbench {Statistics.Spread(statements)} transactions/s");
        var peak = Statistics.Median(submitted);
        await LatenciesAsync(peak / 2, 5); // until the runtime has compiled the client, which is on the same cores
        var latencies = await LatenciesAsync(peak / 2, 15);
        run.Say("submit: p50/longest of each second: " + string.Join(' ', latencies.Chunk((int)(peak / 2))
            .Select(second => string.Create(CultureInfo.InvariantCulture, $"{Statistics.Percentile(second, 50):0}/{second.Max():0}"))));
        run.Say(string.Create(CultureInfo.InvariantCulture, $"submit at {peak / 2:0}/s: p50 {Statistics.Percentile(latencies, 50):0.0} ms over {latencies.Length} samples"));
        return
        [
            new("submit.rps", peak, "requests/s"),
            new("submit.p99.ms", Statistics.Percentile(latencies, 99), "ms"),
            new("submit.rps.ratioToPgbench", peak / Statistics.Median(statements), "ratio"),
        ];

        Task<double[]> LatenciesAsync(double rate, int seconds) => Load.LatenciesAsync(
            _ => Request(platform, token), HttpStatusCode.Created, rate, Connections, TimeSpan.FromSeconds(seconds), cancellation);

        async Task<double> SubmitAsync(int seconds)
        {
            var lua = System.IO.Path.Combine(run.Folder.FullName, "submit.lua");
            await File.WriteAllTextAsync(lua, $$"""
                wrk.method = "POST"
                wrk.path = "{{Path}}"
                wrk.body = [==[{{Body}}]==]
                wrk.headers["Content-Type"] = "application/json"
                wrk.headers["Authorization"] = "Bearer {{token}}"
                local number = 0
                request = function()
                  number = number + 1
                  wrk.headers["Idempotency-Key"] = "{{Guid.NewGuid():N}}-" .. number
                  return wrk.format()
                end
                """, cancellation);
            return await Load.CeilingAsync(run, platform.Gateway, Connections, TimeSpan.FromSeconds(seconds), lua, cancellation);
        }

        async Task<double> PgbenchAsync(int seconds)
        {
            var service = new NpgsqlConnectionStringBuilder(platform.ServiceConnectionString("referrals"));
            var output = await run.OutputOfAsync(
                RunningPlatform.PostgresProgram("pgbench"),
                ["-n", "-M", "prepared", "-D", $"n={series++ * 1_000_000}", "-c", $"{Connections}", "-j", "1", "-T", $"{seconds}", "-f", script, "-h", service.Host!,
                    "-p", $"{service.Port}", "-U", service.Username!, Copy],
                cancellation, [new("PGPASSWORD", service.Password)]);
            return Failed().IsMatch(output) ? throw new InvalidOperationException("pgbench had failed transactions.")
                : double.Parse(Rate().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
        }
    }

    private static async Task<string> RecordAsync(RunningPlatform platform, string token, CancellationToken cancellation)
    {
        await using var server = NpgsqlDataSource.Create(platform.OwnerConnectionString);
        await ExecuteAsync(server, cancellation, $"alter system set log_line_prefix = '{RecordedTransaction.Prefix}'", "alter system set log_error_verbosity = 'default'", "alter system set log_statement = 'all'", "select pg_reload_conf()");
        try
        {
            // More than two: at first the statements are not yet prepared, and log lines of other connections come between.
            await Load.LatenciesAsync(_ => Request(platform, token), HttpStatusCode.Created, 4, 1, TimeSpan.FromSeconds(2), cancellation);
            for (; ; await Task.Delay(100, cancellation))
            {
                var role = new NpgsqlConnectionStringBuilder(platform.ServiceConnectionString("referrals")).Username!;
                if (RecordedTransaction.Find(platform.Log(), role, "referral") is [.., var one, var other])
                {
                    return one.ToScript(other);
                }
            }
        }
        finally
        {
            await ExecuteAsync(server, CancellationToken.None, "alter system reset log_statement", "alter system reset log_error_verbosity", "alter system reset log_line_prefix", "select pg_reload_conf()");
        }
    }

    private static async Task CaughtUpAsync(RunningPlatform platform, CancellationToken cancellation)
    {
        await using var referrals = platform.Database("referrals");
        await using var reporting = platform.Database("reporting");
        await using var submitted = referrals.CreateCommand("select count(*) from referral");
        await using var heard = reporting.CreateCommand("select count(*) from fact_log where type = 'soc.referrals.referral.submitted.v1'");
        await Eventually.TrueAsync(
            async () => Equals(await submitted.ExecuteScalarAsync(cancellation), await heard.ExecuteScalarAsync(cancellation)),
            "Reporting has heard of every referral", TimeSpan.FromMinutes(2));
    }

    private static async Task CopyDatabaseAsync(Run run, RunningPlatform platform, CancellationToken cancellation)
    {
        var dump = System.IO.Path.Combine(run.Folder.FullName, "referrals.sql");
        var owner = new NpgsqlConnectionStringBuilder(platform.OwnerConnectionString);
        KeyValuePair<string, string?>[] password = [new("PGPASSWORD", owner.Password)];
        string[] server = ["-h", owner.Host!, "-p", $"{owner.Port}", "-U", owner.Username!];
        await run.OutputOfAsync(RunningPlatform.PostgresProgram("pg_dump"), [.. server, "-f", dump, "referrals"], cancellation, password);
        await run.OutputOfAsync(RunningPlatform.PostgresProgram("createdb"), [.. server, Copy], cancellation, password);
        await run.OutputOfAsync(RunningPlatform.PostgresProgram("psql"), [.. server, "-q", "-v", "ON_ERROR_STOP=1", "-f", dump, Copy], cancellation, password);
    }

    private static async Task ExecuteAsync(NpgsqlDataSource server, CancellationToken cancellation, params string[] statements)
    {
        foreach (var statement in statements)
        {
#pragma warning disable CA2100 // Constants of this file.
            await using var command = server.CreateCommand(statement);
#pragma warning restore CA2100
            await command.ExecuteNonQueryAsync(cancellation);
        }
    }

    private static HttpRequestMessage Request(RunningPlatform platform, string token) => new(HttpMethod.Post, new Uri(platform.Gateway, Path))
    {
        Headers = { { "Authorization", "Bearer " + token }, { "Idempotency-Key", Guid.NewGuid().ToString() } },
        Content = new StringContent(Body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")),
    };

    [GeneratedRegex(@"tps = ([\d.]+)")]
    private static partial Regex Rate();

    [GeneratedRegex(@"number of failed transactions: [1-9]")]
    private static partial Regex Failed();
}
