using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Soc.Contracts;
using Soc.TestKit;

namespace Soc.Benchmarks;

/// <summary>
/// The gateway with all its policies, and nginx with none, in front of the same upstream, which answers 1 KB to anything. The request is the same too:
/// an authenticated read. The gateway is a process of its own, as it is shipped, with its limits raised out of the way.
/// </summary>
internal static class GatewayMeasure
{
    private const int Rounds = 5;
    private const int Connections = 32;
    private const string Path = "/referrals/v1/updates";

    public static async Task<IReadOnlyList<Figure>> MakeAsync(Run run, CancellationToken cancellation)
    {
        await using var issuer = await TestIssuer.StartAsync();
        var (upstream, nginx, gateway) = (Loopback(), Loopback(), Loopback());
        Process[] servers =
        [
            run.Serve("dotnet", [typeof(Bench).Assembly.Location, "upstream", upstream.Port.ToString(CultureInfo.InvariantCulture)]),
            run.Serve("/usr/sbin/nginx", ["-c", await WriteNginxConfigurationAsync(run, nginx.Port, upstream.Port, cancellation), "-p", run.Folder.FullName]),
            StartGateway(run, issuer, gateway, upstream),
        ];
        var token = issuer.Token(Guid.NewGuid(), "bench", Scopes.All.ToArray());
        foreach (var target in new[] { upstream, nginx, gateway })
        {
            await AnswersAsync(target, token, servers, cancellation);
        }

        var script = System.IO.Path.Combine(run.Folder.FullName, "read.lua");
        await File.WriteAllTextAsync(script, $"wrk.path = \"{Path}\"\nwrk.headers[\"Authorization\"] = \"Bearer {token}\"\n", cancellation);
        run.Say("gateway and nginx: warming up");
        await CeilingAsync(nginx, 2);
        await WarmUpAsync();
        var (ofNginx, ofGateway) = (new List<double>(), new List<double>());
        for (var round = 1; round <= Rounds; round++)
        {
            ofNginx.Add(await CeilingAsync(nginx, 4));
            ofGateway.Add(await CeilingAsync(gateway, 4));
        }

        run.Say($"gateway {Statistics.Spread(ofGateway)}, nginx {Statistics.Spread(ofNginx)} requests/s");
        var rate = Statistics.Median(ofGateway) / 4;
        var (slowNginx, slowGateway) = (new List<double>(), new List<double>());
        await LatencyAsync(gateway, rate);
        for (var round = 1; round <= Rounds; round++)
        {
            slowNginx.Add(await LatencyAsync(nginx, rate));
            slowGateway.Add(await LatencyAsync(gateway, rate));
        }

        Array.ForEach(servers, run.Stop);
        run.Say($"at {rate:0}/s: p99 gateway {Statistics.Spread(slowGateway)}, nginx {Statistics.Spread(slowNginx)} ms");
        return
        [
            new("gateway.rps", Statistics.Median(ofGateway), "requests/s"),
            new("gateway.rps.ratioToNginx", Statistics.Median(ofGateway) / Statistics.Median(ofNginx), "ratio"),
            new("gateway.p99.ratioToNginx", Statistics.Median(slowGateway) / Statistics.Median(slowNginx), "ratio"),
        ];

        // Until the runtime has compiled what is called often: the rate no longer rises.
        async Task WarmUpAsync()
        {
            for (var (round, best) = (0, 0d); round < 8; round++)
            {
                var rate = await CeilingAsync(gateway, 4);
                if (rate < best * 1.03)
                {
                    return;
                }

                best = rate;
            }
        }

        Task<double> CeilingAsync(Uri target, int seconds) =>
            Load.CeilingAsync(run, target, Connections, TimeSpan.FromSeconds(seconds), script, cancellation);

        async Task<double> LatencyAsync(Uri target, double rate) => Statistics.Percentile(
            await Load.LatenciesAsync(_ => Request(target, token), HttpStatusCode.OK, rate, Connections, TimeSpan.FromSeconds(3), cancellation), 99);
    }

    /// <summary>The upstream of both, in a process of its own.</summary>
    public static async Task<int> RunUpstreamAsync(string port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:" + port);
        await using var app = builder.Build();
        var body = System.Text.Encoding.ASCII.GetBytes($"{{\"filler\":\"{new string('x', 1009)}\"}}");
        app.Run(async context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        });
        await app.RunAsync();
        return 0;
    }

    private static Process StartGateway(Run run, TestIssuer issuer, Uri gateway, Uri upstream)
    {
        var program = System.IO.Path.Combine(Repository.Root, "src", "Gateway", "bin", "Release", "net10.0", "Soc.Gateway.dll");
        if (!File.Exists(program))
        {
            throw new InvalidOperationException($"{program} is missing: build the solution with -c Release.");
        }

        var settings = new Dictionary<string, string?>(issuer.Settings) { ["ASPNETCORE_URLS"] = gateway.ToString(), ["Logging:LogLevel:Default"] = "Warning" };
        foreach (var service in new[] { "strategy", "partners", "referrals", "reporting" })
        {
            settings[$"services:{service}:http:0"] = upstream.ToString();
        }

        foreach (var (name, value) in RunningPlatform.RaisedLimits)
        {
            settings[name] = value;
        }

        return run.Serve("dotnet", [program], settings.Select(setting => KeyValuePair.Create(setting.Key.Replace(":", "__", StringComparison.Ordinal), setting.Value)),
            System.IO.Path.GetDirectoryName(program));
    }

    private static async Task<string> WriteNginxConfigurationAsync(Run run, int port, int upstream, CancellationToken cancellation)
    {
        // Without keepalive, HTTP/1.1 and the empty Connection header towards the upstream, nginx's figure would be several times too low.
        var text = $$"""
            daemon off; worker_processes 2; pid nginx.pid; error_log stderr error;
            events { worker_connections 1024; }
            http {
              access_log off; keepalive_requests 100000000;
              client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
              upstream measured { server 127.0.0.1:{{upstream}}; keepalive 64; keepalive_requests 100000000; }
              server {
                listen 127.0.0.1:{{port}};
                location / { proxy_pass http://measured; proxy_http_version 1.1; proxy_set_header Connection ""; }
              }
            }
            """;
        var file = System.IO.Path.Combine(run.Folder.FullName, "nginx.conf");
        await File.WriteAllTextAsync(file, text, cancellation);
        return file;
    }

    private static Task AnswersAsync(Uri target, string token, Process[] servers, CancellationToken cancellation)
    {
        var client = new HttpMessageInvoker(new SocketsHttpHandler());
        return Eventually.TrueAsync(
            async () =>
            {
                if (servers.Any(server => server.HasExited))
                {
                    throw new InvalidOperationException("The upstream, nginx or the gateway ended by itself.");
                }

                try
                {
                    using var request = Request(target, token);
                    using var answer = await client.SendAsync(request, cancellation);
                    return answer.StatusCode == HttpStatusCode.OK;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            $"{target} answers",
            TimeSpan.FromSeconds(60));
    }

    private static HttpRequestMessage Request(Uri target, string token) => new(HttpMethod.Get, new Uri(target, Path))
    {
        Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
    };

    private static Uri Loopback() => new($"http://127.0.0.1:{Servers.FreePort()}");
}
