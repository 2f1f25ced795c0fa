using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Npgsql;
using Soc.TestKit;

namespace Soc.Benchmarks;

/// <summary>
/// Issuing tokens: the built Partners as a process of its own on a database with the sample data, asked directly by the sample clients in turn. Every assertion is
/// signed here before the round, because it can be used once and lives a minute; what is measured is the checking, the two statements and the signing.
/// </summary>
internal static class TokenMeasure
{
    private const int Rounds = 3;
    private const int Connections = 32;
    private const int Seconds = 5;
    private const string Path = "/partners/oauth/token";

    /// <summary>Enough assertions for a service as fast as this; a faster one would run out of them and the measure would say so.</summary>
    private const int FastestImaginable = 8000;

    public static async Task<IReadOnlyList<Figure>> MakeAsync(Run run, CancellationToken cancellation)
    {
        run.Say("token: starting Partners on a database of its own");
        var service = new Uri($"http://127.0.0.1:{Servers.FreePort()}");
        var clients = await StartAsync(run, service, cancellation);
        run.Say("token: warming up");
        await CeilingAsync();
        var rates = new List<double>();
        for (var round = 1; round <= Rounds; round++)
        {
            rates.Add(await CeilingAsync());
        }

        run.Say($"token {Statistics.Spread(rates)} tokens/s");
        var rate = Statistics.Median(rates) / 2;
        var slow = new List<double>();
        for (var round = 0; round <= Rounds; round++)
        {
            var bodies = Bodies(clients, service, (int)(rate * Seconds) + 1);
            slow.Add(Statistics.Percentile(
                await Load.LatenciesAsync(number => Request(service, bodies[number]), HttpStatusCode.OK, rate, Connections, TimeSpan.FromSeconds(Seconds), cancellation), 99));
        }

        slow.RemoveAt(0); // the first warms up this process's client
        run.Say($"token at {rate:0}/s: p99 {Statistics.Spread(slow)} ms");
        return [new("token.rps", Statistics.Median(rates), "tokens/s"), new("token.p99.ms", Statistics.Median(slow), "ms")];

        async Task<double> CeilingAsync()
        {
            var (bodies, script) = (System.IO.Path.Combine(run.Folder.FullName, "assertions"), System.IO.Path.Combine(run.Folder.FullName, "token.lua"));
            await File.WriteAllTextAsync(script, $$"""
                local bodies = {}
                for line in io.lines("{{bodies}}") do bodies[#bodies + 1] = line end
                local number = 0
                local headers = { ["Content-Type"] = "application/x-www-form-urlencoded" }
                request = function()
                  number = number + 1
                  return wrk.format("POST", "{{Path}}", headers, bodies[number])
                end
                """, cancellation);
            await File.WriteAllLinesAsync(bodies, Bodies(clients, service, FastestImaginable * Seconds), cancellation);
            return await Load.CeilingAsync(run, service, Connections, TimeSpan.FromSeconds(Seconds), script, cancellation);
        }
    }

    /// <summary>Partners as it is shipped, with the service's own role.</summary>
    /// <returns>The sample clients with their keys.</returns>
    private static async Task<List<(string Client, string KeyId, ECDsa Key)>> StartAsync(Run run, Uri service, CancellationToken cancellation)
    {
        var program = System.IO.Path.Combine(Repository.Root, "src", "Partners", "bin", "Release", "net10.0", "Soc.Partners.dll");
        if (!File.Exists(program))
        {
            throw new InvalidOperationException($"{program} is missing: build the solution with -c Release.");
        }

        var owner = new NpgsqlConnectionStringBuilder(await (await Servers.PostgresAsync()).CreateDatabaseAsync("partners"));
        var keys = run.Folder.CreateSubdirectory("clients").FullName;
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var settings = new Dictionary<string, string?>
        {
            ["ASPNETCORE_URLS"] = service.ToString(),
            ["ConnectionStrings__partners"] = owner.ConnectionString,
            ["ConnectionStrings__rabbitmq"] = (await (await Servers.RabbitMqAsync()).CreateVirtualHostAsync("token")).ToString(),
            ["Database__ServicePassword"] = password,
            ["Database__ServiceRole"] = owner.Database + "_service",
            ["KeyEncryption__Directory"] = System.IO.Path.Combine(run.Folder.FullName, "key-encryption"),
            ["KeyEncryption__CreateWhenEmpty"] = "true",
            ["SampleData__KeysDirectory"] = keys,
            ["Authentication__Audience"] = TestIssuer.Audience,
            ["Authentication__Issuers__0__Issuer"] = Issuer(service),
            ["Authentication__Issuers__0__JwksUri"] = Issuer(service) + "/.well-known/jwks.json",
            ["Platform__InternalKey"] = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
            ["Logging__LogLevel__Default"] = "Warning",
        };
        await run.OutputOfAsync("dotnet", [program, "migrate", "--sample-data"], cancellation, settings);
        settings["ConnectionStrings__partners"] = new NpgsqlConnectionStringBuilder(owner.ConnectionString)
        {
            Username = owner.Database + "_service", Password = password,
        }.ConnectionString;
        var process = run.Serve("dotnet", [program], settings, System.IO.Path.GetDirectoryName(program));
        using var client = new HttpClient();
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    using var ready = await client.GetAsync(new Uri(service, "/health/ready"), cancellation);
                    return ready.IsSuccessStatusCode;
                }
                catch (HttpRequestException) when (!process.HasExited)
                {
                    return false;
                }
            },
            "Partners is ready",
            TimeSpan.FromSeconds(60));
        return [.. Directory.GetFiles(keys, "*.json").Select(Read)];
    }

    private static (string Client, string KeyId, ECDsa Key) Read(string file)
    {
        using var about = JsonDocument.Parse(File.ReadAllText(file));
        var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(System.IO.Path.ChangeExtension(file, ".pem")));
        return (about.RootElement.GetProperty("clientId").GetString()!, about.RootElement.GetProperty("keyId").GetString()!, key);
    }

    /// <summary>As many requests for a token, each good once and from now on for most of a minute.</summary>
    private static string[] Bodies(List<(string Client, string KeyId, ECDsa Key)> clients, Uri service, int count)
    {
        var expires = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 58;
        return [.. Enumerable.Range(0, count).Select(number =>
        {
            var (client, keyId, key) = clients[number % clients.Count];
            var signed = Encode(new { alg = "ES256", kid = keyId }) + "."
                + Encode(new { iss = client, sub = client, aud = Issuer(service), jti = Guid.NewGuid().ToString("N"), exp = expires });
            return "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion="
                + signed + "." + Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256));
        })];
    }

    private static string Encode<T>(T value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));

    private static string Issuer(Uri service) => string.Create(CultureInfo.InvariantCulture, $"{service.GetLeftPart(UriPartial.Authority)}/partners");

    private static HttpRequestMessage Request(Uri service, string body) => new(HttpMethod.Post, new Uri(service, Path))
    {
        Content = new StringContent(body, Encoding.ASCII, "application/x-www-form-urlencoded"),
    };
}
