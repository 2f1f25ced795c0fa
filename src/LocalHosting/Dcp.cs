using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Aspire.Hosting;

namespace Soc.LocalHosting;

/// <summary>
/// One running DCP, Aspire's orchestrator: a Kubernetes-style API over local processes. It ends itself and every process it started when the
/// process it monitors (this one) is gone, however that went. Field names are those of microsoft/aspire, src/Aspire.Hosting/Dcp/Model.
/// </summary>
internal sealed class Dcp : IAsyncDisposable
{
    private const string Group = "usvc-dev.developer.microsoft.com/v1";

    private readonly HttpClient _http;
    private readonly string _session;
    private readonly ConcurrentDictionary<string, JsonNode> _statuses = new();
    private readonly Signal _changed = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _watching;

    private Dcp(HttpClient http, string session)
    {
        (_http, _session) = (http, session);
        _watching = WatchAsync();
    }

    /// <summary>Ends when the orchestrator can no longer be reached.</summary>
    public Task Lost => _watching;

    public static async Task<Dcp> StartAsync(string program, CancellationToken cancellationToken)
    {
        var session = Directory.CreateTempSubdirectory("soc-").FullName;
        var kubeconfig = Path.Combine(session, "kubeconfig");
        var (certificate, key) = await CertifyAsync(session, cancellationToken);
        // Detached: a Ctrl-C in the terminal goes to this process alone, which then ends the others in order.
        var start = new ProcessStartInfo(program, ["start-apiserver", "--monitor", Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture),
            "--monitor-interval", "1", "--detach", "--kubeconfig", kubeconfig, "--tls-cert-file", certificate, "--tls-key-file", key])
        {
            WorkingDirectory = session,
        };
        start.Environment["DCP_SESSION_FOLDER"] = session;
        start.Environment.Remove("ASPNETCORE_URLS");
        using var process = Process.Start(start)!;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(60));
        try
        {
            while (!File.Exists(kubeconfig) || !File.ReadAllText(kubeconfig).Contains("token:", StringComparison.Ordinal))
            {
                await Task.Delay(20, deadline.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DistributedApplicationException($"The orchestrator {program} did not start within 60 s.");
        }

        var http = Connect(await File.ReadAllLinesAsync(kubeconfig, cancellationToken));
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync("executables", deadline.Token);
                if (answer.IsSuccessStatusCode)
                {
                    File.Delete(key);
                    return new Dcp(http, session);
                }
            }
            catch (HttpRequestException)
            {
            }

            await Task.Delay(50, deadline.Token);
        }
    }

    /// <summary>Reserves a port with a proxy that shares connections among the service's producers.</summary>
    public async Task<int> CreateServiceAsync(string name, int port, CancellationToken cancellationToken)
    {
        var spec = new JsonObject { ["protocol"] = "TCP", ["address"] = "127.0.0.1", ["addressAllocationMode"] = "Localhost" };
        if (port != 0)
        {
            spec["port"] = port;
        }

        await CreateAsync("services", "Service", name, [], spec, cancellationToken);
        for (var i = 0; i < 600; i++)
        {
            var service = await _http.GetFromJsonAsync<JsonNode>($"services/{name}", cancellationToken);
            if ((string?)service?["status"]?["state"] == "Ready" || (int?)service?["status"]?["effectivePort"] > 0)
            {
                return (int)service["status"]!["effectivePort"]!;
            }

            await Task.Delay(20, cancellationToken);
        }

        throw new DistributedApplicationException($"The orchestrator could not open port {port} for '{name}'; something else may be using it.");
    }

    public Task StartProcessAsync(string name, string program, string folder, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>> environment,
        IEnumerable<string> services, CancellationToken cancellationToken)
    {
        var produced = new JsonArray([.. services.Select(s => new JsonObject { ["serviceName"] = s, ["address"] = "127.0.0.1" })]);
        var annotations = new JsonObject { ["service-producer"] = produced.ToJsonString() };
        return CreateAsync("executables", "Executable", name, annotations, new JsonObject
        {
            ["executablePath"] = program,
            ["workingDirectory"] = folder,
            ["args"] = new JsonArray([.. arguments.Select(a => JsonValue.Create(a))]),
            ["env"] = new JsonArray([.. environment.Select(e => new JsonObject { ["name"] = e.Key, ["value"] = e.Value })]),
            ["executionType"] = "Process",
        }, cancellationToken);
    }

    /// <summary>Waits until the process runs; false when it has already ended or could not start.</summary>
    public async Task<bool> RunningAsync(string name, CancellationToken cancellationToken)
    {
        await _changed.Until(() => State(name) is "Running" || HasEnded(name), cancellationToken);
        return State(name) == "Running";
    }

    /// <summary>Waits for the process's end and gives its exit code; -1 when a signal ended it or it never started.</summary>
    public async Task<int> EndedAsync(string name, CancellationToken cancellationToken)
    {
        await _changed.Until(() => HasEnded(name), cancellationToken);
        return (int?)_statuses[name]["exitCode"] ?? -1;
    }

    public async Task StopProcessAsync(string name, CancellationToken cancellationToken)
    {
        using var patch = new StringContent("""{"spec":{"stop":true}}""", new MediaTypeHeaderValue("application/merge-patch+json"));
        using var answer = await _http.PatchAsync($"executables/{name}", patch, cancellationToken);
        if (answer.IsSuccessStatusCode)
        {
            await _changed.Until(() => HasEnded(name), cancellationToken);
        }
    }

    public async Task DeleteProcessAsync(string name, CancellationToken cancellationToken)
    {
        using var answer = await _http.DeleteAsync($"executables/{name}", cancellationToken);
        _statuses.TryRemove(name, out _);
    }

    /// <summary>Hands on each line the process writes, until its output ends.</summary>
    public async Task FollowAsync(string name, string source, Action<string> line, CancellationToken cancellationToken)
    {
        try
        {
            using var reader = new StreamReader(await _http.GetStreamAsync($"executables/{name}/log?source={source}&follow=true", cancellationToken));
            while (await reader.ReadLineAsync(cancellationToken) is { } text)
            {
                line(text);
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            // The process or the orchestrator is gone; whoever supervises it says so.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        try
        {
            using var patch = new StringContent("""{"status":"Stopping","shutdownResourceCleanup":"Full"}""", new MediaTypeHeaderValue("application/merge-patch+json"));
            using var answer = await _http.PatchAsync(new Uri(_http.BaseAddress!, "/admin/execution"), patch);
        }
        catch (HttpRequestException)
        {
            // Already gone.
        }

        await _watching;
        _http.Dispose();
        _closing.Dispose();
        try
        {
            Directory.Delete(_session, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The orchestrator deletes its session folder as it ends; whoever comes second finds nothing.
        }
    }

    /// <summary>A certificate for this run alone, in a folder for this user alone: the orchestrator would make itself one with a key that takes it seconds to find.</summary>
    private static async Task<(string Certificate, string Key)> CertifyAsync(string session, CancellationToken cancellationToken)
    {
        var (certificate, key) = (Path.Combine(session, "certificate.pem"), Path.Combine(session, "key.pem"));
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", pair, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddYears(1));
        await File.WriteAllTextAsync(certificate, made.ExportCertificatePem(), cancellationToken);
        await File.WriteAllTextAsync(key, pair.ExportPkcs8PrivateKeyPem(), cancellationToken);
        return (certificate, key);
    }

    private static HttpClient Connect(string[] kubeconfig)
    {
        string Value(string key) => kubeconfig.First(l => l.TrimStart().TrimStart('-').TrimStart().StartsWith(key + ":", StringComparison.Ordinal)).Split(':', 2)[1].Trim();
        var authority = X509CertificateLoader.LoadCertificate(Encoding.UTF8.GetBytes(
            Encoding.UTF8.GetString(Convert.FromBase64String(Value("certificate-authority-data")))));
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    RevocationMode = X509RevocationMode.NoCheck,
                    CustomTrustStore = { authority },
                },
            },
        };
        return new HttpClient(handler)
        {
            BaseAddress = new Uri($"{Value("server")}/apis/{Group}/"),
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", Value("token")) },
        };
    }

    private async Task CreateAsync(string plural, string kind, string name, JsonObject annotations, JsonObject spec, CancellationToken cancellationToken)
    {
        var body = new JsonObject
        {
            ["apiVersion"] = Group,
            ["kind"] = kind,
            ["metadata"] = new JsonObject { ["name"] = name, ["annotations"] = annotations },
            ["spec"] = spec,
        };
        using var answer = await _http.PostAsJsonAsync(plural, body, cancellationToken);
        if (answer.StatusCode is not (HttpStatusCode.Created or HttpStatusCode.OK))
        {
            throw new DistributedApplicationException($"The orchestrator refused {kind} '{name}': {(int)answer.StatusCode}.");
        }
    }

    private string? State(string name) => _statuses.TryGetValue(name, out var status) ? (string?)status["state"] : null;

    private bool HasEnded(string name) => State(name) is "Finished" or "Terminated" or "FailedToStart";

    private async Task WatchAsync()
    {
        // A watch may be cut; each new one begins with the present state. A refused connection means that the orchestrator is gone.
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                using var reader = new StreamReader(await _http.GetStreamAsync("executables?watch=true", _closing.Token));
                while (await reader.ReadLineAsync(_closing.Token) is { } line)
                {
                    if (JsonNode.Parse(line)?["object"] is { } executable && executable["status"] is { } status)
                    {
                        _statuses[(string)executable["metadata"]!["name"]!] = status;
                        _changed.Pulse();
                    }
                }
            }
            catch (IOException)
            {
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                return;
            }
        }
    }
}
