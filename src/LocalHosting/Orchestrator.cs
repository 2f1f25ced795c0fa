using System.Collections.Concurrent;
using System.Diagnostics;
using Aspire.Hosting.ApplicationModel;

namespace Soc.LocalHosting;

/// <summary>Carries out the plans: ports, then one supervisor per process, each starting when what it waits for is there.</summary>
internal sealed class Orchestrator(IReadOnlyList<Resource> resources, ResourceNotificationService states, string program) : IAsyncDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<string, string> _running = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly List<Task> _supervisors = [];
    private Dcp? _dcp;

    public Task Lost => _dcp!.Lost;

    public static void Say(string what) => Console.WriteLine($"platform | {what}");

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _dcp = await Dcp.StartAsync(program, cancellationToken);
        var endpoints = resources.SelectMany(r => r.Plan.Endpoints.Select(e => (Resource: r, Endpoint: e))).ToList();
        await Task.WhenAll(endpoints.Select(async e =>
        {
            if (e.Endpoint.Proxied)
            {
                e.Endpoint.ServiceName = $"{e.Resource.Name}-{e.Endpoint.Name}";
                e.Endpoint.Port = await _dcp.CreateServiceAsync(e.Endpoint.ServiceName, e.Endpoint.Port, cancellationToken);
            }
            else if (e.Endpoint.Port == 0)
            {
                e.Endpoint.Port = Ports.Free();
            }
        }));
        foreach (var resource in resources.Where(r => r.Plan.Command.Length > 0))
        {
            states.Set(resource.Name, KnownResourceStates.Waiting);
            _supervisors.AddRange(Enumerable.Range(0, resource.Plan.Replicas).Select(replica => SuperviseAsync(resource, replica)));
        }
    }

    /// <summary>Ends everything, those first that wait for others, so that each can still reach what it needs while it drains.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_supervisors);
        if (_dcp is null)
        {
            return;
        }

        foreach (var rank in _running.GroupBy(r => Rank(r.Value)).OrderByDescending(g => g.Key))
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            try
            {
                await Task.WhenAll(rank.Select(r => _dcp.StopProcessAsync(r.Key, patience.Token)));
            }
            catch (Exception e) when (e is OperationCanceledException or HttpRequestException)
            {
                Say($"{string.Join(", ", rank.Select(r => r.Value))} did not end in time; the orchestrator ends it");
            }
        }

        _running.Clear();
        await _dcp.DisposeAsync();
        _dcp = null;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    private int Rank(string name) => resources.First(r => r.Name == name).Plan.Waits.Select(w => Rank(w.Dependency) + 1).DefaultIfEmpty(0).Max();

    private async Task SuperviseAsync(Resource resource, int replica)
    {
        try
        {
            if (!await DependenciesAsync(resource))
            {
                return;
            }

            var pause = TimeSpan.FromSeconds(1);
            for (var attempt = 1; ; attempt++)
            {
                var started = _clock.Elapsed;
                var exitCode = await RunOnceAsync(resource, replica, attempt);
                if (resource.Plan.RunsToCompletion)
                {
                    Say(exitCode == 0 ? $"{resource.Name}: done ({_clock.Elapsed.TotalSeconds:0.0} s)" : $"failed: {resource.Name} ended with code {exitCode}");
                    states.Set(resource.Name, KnownResourceStates.Finished, exitCode: exitCode);
                    return;
                }

                pause = _clock.Elapsed - started > LongestPause ? TimeSpan.FromSeconds(1) : pause;
                Say($"{resource.Name}: ended with code {exitCode}, restarting in {pause.TotalSeconds:0} s");
                states.Set(resource.Name, KnownResourceStates.Waiting);
                await Task.Delay(pause, _stopping.Token);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Stopping.
        }
#pragma warning disable CA1031 // Whatever it was, the others go on, and are stopped in order later.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Say($"failed: {resource.Name} cannot be started: {e.Message}");
            states.Set(resource.Name, KnownResourceStates.FailedToStart);
        }
    }

    private async Task<bool> DependenciesAsync(Resource resource)
    {
        foreach (var wait in resource.Plan.Waits)
        {
            await states.Until(wait.Dependency, s => s.State == KnownResourceStates.FailedToStart || (wait.ExitCode is null ? s.Healthy : s.ExitCode is not null), _stopping.Token);
            var dependency = states.Get(wait.Dependency);
            if (dependency.State == KnownResourceStates.FailedToStart || (wait.ExitCode is { } code && dependency.ExitCode != code))
            {
                Say($"failed: {resource.Name} is not started because of {wait.Dependency}");
                states.Set(resource.Name, KnownResourceStates.FailedToStart);
                return false;
            }
        }

        return true;
    }

    private async Task<int> RunOnceAsync(Resource resource, int replica, int attempt)
    {
        var name = $"{resource.Name}-{replica}-{attempt}";
        var label = resource.Plan.Replicas == 1 ? resource.Name : $"{resource.Name}-{replica}";
        var environment = new Dictionary<string, string>();
        foreach (var (key, value) in resource.Plan.Environment)
        {
            environment[key] = await ResolveAsync(value);
        }

        if (environment.ContainsKey("OTEL_SERVICE_NAME"))
        {
            environment["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={name}";
        }

        foreach (var endpoint in resource.Plan.Endpoints.Where(e => e.Variable is not null))
        {
            var port = endpoint.Proxied ? $$$"""{{- portForServing "{{{endpoint.ServiceName}}}" -}}""" : $"{endpoint.Port}";
            environment[endpoint.Variable!] = endpoint.Variable == "ASPNETCORE_URLS" ? $"http://127.0.0.1:{port}" : port;
        }

        var arguments = new List<string>();
        foreach (var argument in resource.Plan.Arguments)
        {
            arguments.Add(await ResolveAsync(argument));
        }

        _running[name] = resource.Name;
        await _dcp!.StartProcessAsync(name, resource.Plan.Command, resource.Plan.WorkingDirectory, arguments, environment,
            resource.Plan.Endpoints.Where(e => e.Proxied).Select(e => e.ServiceName), _stopping.Token);
        if (await _dcp.RunningAsync(name, _stopping.Token))
        {
            states.Set(resource.Name, KnownResourceStates.Running);
        }

        var output = Task.WhenAll(
            _dcp.FollowAsync(name, "stdout", line => Console.WriteLine($"{label} | {line}"), CancellationToken.None),
            _dcp.FollowAsync(name, "stderr", line => Console.WriteLine($"{label} | {line}"), CancellationToken.None));
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        var healthy = BecomeHealthyAsync(resource, ended.Token);
        var exitCode = await _dcp.EndedAsync(name, _stopping.Token);
        await ended.CancelAsync();
        await healthy;
        var tidied = TidyAsync(name, output);
        if (exitCode != 0)
        {
            // Its last words first, then that it failed.
            await tidied;
        }

        return exitCode;
    }

    /// <summary>Shows what the process wrote last, of which the orchestrator may be late, and forgets it. Who waits for its end does not wait for that.</summary>
    private async Task TidyAsync(string name, Task output)
    {
        try
        {
            await Task.WhenAny(output, Task.Delay(TimeSpan.FromSeconds(2), _stopping.Token));
            _running.TryRemove(name, out _);
            await _dcp!.DeleteProcessAsync(name, _stopping.Token);
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && _stopping.IsCancellationRequested))
        {
            // The orchestrator is going, and forgets all of them.
        }
    }

    private async Task BecomeHealthyAsync(Resource resource, CancellationToken cancellationToken)
    {
        try
        {
            while (resource.Plan.HealthCheck is { } check && !await check(cancellationToken))
            {
                await Task.Delay(200, cancellationToken);
            }

            if (!cancellationToken.IsCancellationRequested && !resource.Plan.RunsToCompletion)
            {
                Say($"{resource.Name}: ready{Address(resource)} ({_clock.Elapsed.TotalSeconds:0.0} s)");
                states.Set(resource.Name, KnownResourceStates.Running, healthy: true);
            }
        }
        catch (OperationCanceledException)
        {
            // It ended, or all are to end.
        }
    }

    private static string Address(Resource resource) =>
        resource.Plan.Endpoints.Find(e => e.Name == "http") is { } http ? $" at http://{http.Host}:{http.Port}" : "";

    private async ValueTask<string> ResolveAsync(object? value) =>
        (value is IValueProvider provider ? await provider.GetValueAsync(_stopping.Token) : value?.ToString()) ?? "";
}
