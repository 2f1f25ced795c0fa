using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Soc.Benchmarks;

/// <summary>One run: its folder, the platform and the programs it started. All are gone when it is disposed of.</summary>
internal sealed class Run : IAsyncDisposable
{
    private readonly TextWriter progress;
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly CancellationTokenSource interrupted = new();
    private readonly List<PosixSignalRegistration> signals = [];
    private readonly List<Process> programs = [];

    public Run(TextWriter progress)
    {
        this.progress = progress;
        Platform = new RunningPlatform(this);
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM })
        {
            signals.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                interrupted.Cancel();
            }));
        }
    }

    /// <summary>Somebody pressed Ctrl-C: whatever is under way ends, and everything that was started is stopped.</summary>
    public CancellationToken Interrupted => interrupted.Token;

    /// <summary>A folder of this run's own.</summary>
    public DirectoryInfo Folder { get; } = Directory.CreateTempSubdirectory("soc-bench-");

    /// <summary>Says on the error stream what is being done.</summary>
    public void Say(string what) => progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"[{clock.Elapsed:mm\\:ss}] {what}"));

    /// <summary>The platform of this run; not started before somebody starts it.</summary>
    public RunningPlatform Platform { get; }

    /// <summary>The platform, started at first need; without the dashboard, whose keeping of every trace is not the platform's work.</summary>
    public async Task<RunningPlatform> PlatformAsync(CancellationToken cancellation)
    {
        if (!Platform.IsUp)
        {
            Say("starting the platform without the dashboard, its limits raised");
            await Platform.UpAsync(dashboard: false, cancellation);
        }

        return Platform;
    }

    /// <summary>Starts a server; it ends with this run at the latest. What it complains of is shown, the rest of its output is dropped.</summary>
    public Process Serve(string file, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string?>>? environment = null, string? folder = null)
    {
        var server = Start(file, arguments, environment, folder);

        // Read in any case: a full pipe would stop it.
        server.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is { Length: > 0 } complaint)
            {
                Say($"{Path.GetFileName(arguments.First())}: {complaint}");
            }
        };
        server.BeginOutputReadLine();
        server.BeginErrorReadLine();
        return server;
    }

    private Process Start(string file, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string?>>? environment = null, string? folder = null)
    {
        var start = new ProcessStartInfo(file) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder ?? Folder.FullName };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException($"Cannot start {file}.");
        programs.Add(process);
        return process;
    }

    /// <summary>Runs a program to its end and gives what it printed.</summary>
    /// <exception cref="InvalidOperationException">It ended with another code than 0.</exception>
    public async Task<string> OutputOfAsync(
        string file, IEnumerable<string> arguments, CancellationToken cancellation, IEnumerable<KeyValuePair<string, string?>>? environment = null)
    {
        using var process = Start(file, arguments, environment);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(cancellation), process.StandardError.ReadToEndAsync(cancellation));
        try
        {
            await process.WaitForExitAsync(cancellation);
        }
        finally
        {
            Stop(process);
        }

        return process.ExitCode == 0 ? await output
            : throw new InvalidOperationException($"{Path.GetFileName(file)} ended with {process.ExitCode}: {Shortened(await errors + await output)}");
    }

    /// <summary>Stops a program that was started here.</summary>
    public void Stop(Process process)
    {
        programs.Remove(process);
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in programs.ToArray())
        {
            Stop(process);
        }

        await Platform.DownAsync();
        signals.ForEach(signal => signal.Dispose());
        interrupted.Dispose();
        Folder.Delete(recursive: true);
    }

    private static string Shortened(string text) => text.Length <= 600 ? text.Trim() : "…" + text[^600..].Trim();
}
