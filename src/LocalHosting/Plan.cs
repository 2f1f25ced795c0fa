namespace Soc.LocalHosting;

/// <summary>What the builder's calls have said about one resource, for the orchestrator to carry out.</summary>
internal sealed class Plan
{
    public string Command { get; set; } = "";

    public string WorkingDirectory { get; set; } = "";

    /// <summary>Values are text, or providers asked when the process starts.</summary>
    public List<object> Arguments { get; } = [];

    public List<(string Name, object? Value)> Environment { get; } = [];

    public List<Endpoint> Endpoints { get; } = [];

    public List<Wait> Waits { get; } = [];

    public int Replicas { get; set; } = 1;

    /// <summary>Says whether the resource can be used; null means as soon as it runs.</summary>
    public Func<CancellationToken, Task<bool>>? HealthCheck { get; set; }

    /// <summary>Ends by itself (a migration): another resource waits for its completion, so it is not restarted.</summary>
    public bool RunsToCompletion { get; set; }
}

/// <summary>A place where a resource listens. With a proxy, others use the orchestrator's port and each replica gets one of its own.</summary>
internal sealed class Endpoint(string name, string scheme, int? port, string? variable, bool proxied)
{
    public string Name => name;

    public string Scheme => scheme;

    public string Host { get; } = "127.0.0.1";

    /// <summary>The port others use; 0 until the application starts, unless it was given.</summary>
    public int Port { get; set; } = port ?? 0;

    /// <summary>The environment variable that tells the process its port.</summary>
    public string? Variable => variable;

    public bool Proxied => proxied;

    /// <summary>The orchestrator's service for a proxied endpoint.</summary>
    public string ServiceName { get; set; } = "";
}

/// <summary>That a resource starts only when another is healthy or, with an exit code, has ended with it.</summary>
internal sealed record Wait(string Dependency, int? ExitCode);

/// <summary>Wakes everyone who waits for a condition whenever something changed.</summary>
internal sealed class Signal
{
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Pulse() => Interlocked.Exchange(ref _next, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();

    public async Task Until(Func<bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            var next = Volatile.Read(ref _next).Task;
            if (condition())
            {
                return;
            }

            await next.WaitAsync(cancellationToken);
        }
    }
}
