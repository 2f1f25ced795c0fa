using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Soc.TestKit;

namespace Soc.LocalHosting.Tests;

/// <summary>The sample application as a process of its own. Everything it starts carries a mark in its environment, by which it is found again.</summary>
internal sealed class RunningHost : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(120);
    private readonly string _mark = $"SOC_MARK={Guid.NewGuid():N}";
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Process _process;

    private RunningHost(string data, string[] arguments)
    {
        Data = data;
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Soc.LocalHosting.SampleHost.dll"), $"--data={data}", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPIRE_CLI"] = Tools.Folder;
        start.Environment["SOC_MARK"] = _mark.Split('=')[1];
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Data { get; }

    public int ProcessId => _process.Id;

    public string Output => string.Join('\n', _lines);

    public static RunningHost Start(params string[] arguments)
    {
        Tools.Require();
        return new RunningHost(Directory.CreateTempSubdirectory("soc-host-").FullName, arguments);
    }

    /// <summary>Waits for a line that holds the text.</summary>
    public Task SaysAsync(string text) => Eventually.TrueAsync(
        () => _process.HasExited && !Output.Contains(text, StringComparison.Ordinal)
            ? throw new InvalidOperationException($"It ended without saying '{text}':\n{Output}")
            : Task.FromResult(Output.Contains(text, StringComparison.Ordinal)), $"'{text}' in:\n{Output}", Bound);

    /// <summary>Waits until the resource is ready and gives a client for it.</summary>
    public async Task<HttpClient> ClientAsync(string resource)
    {
        await SaysAsync($"platform | {resource}: ready at ");
        return new HttpClient { BaseAddress = new Uri(Regex.Match(Output, $@"platform \| {resource}: ready at (\S+)").Groups[1].Value) };
    }

    public void Signal(string signal)
    {
        using var kill = Process.Start("kill", ["-s", signal, $"{ProcessId}"]);
        kill.WaitForExit();
    }

    public async Task<int> EndedAsync()
    {
        await _process.WaitForExitAsync(new CancellationTokenSource(Bound).Token);
        return _process.ExitCode;
    }

    /// <summary>What of it runs, by command line.</summary>
    public IReadOnlyList<string> Processes()
    {
        var found = new List<string>();
        foreach (var folder in Directory.GetDirectories("/proc").Where(f => int.TryParse(Path.GetFileName(f), out _)))
        {
            try
            {
                if (File.ReadAllText(Path.Combine(folder, "environ")).Contains(_mark, StringComparison.Ordinal))
                {
                    found.Add(File.ReadAllText(Path.Combine(folder, "cmdline")).Replace('\0', ' '));
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It ended while we looked, or is none of ours.
            }
        }

        return found;
    }

    public Task NothingIsLeftAsync() => Eventually.TrueAsync(() => Task.FromResult(Processes().Count == 0), "no process of it is left", Bound);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await NothingIsLeftAsync();
        _process.Dispose();
        Directory.Delete(Data, recursive: true);
    }
}

/// <summary>Aspire's orchestrator, without which nothing here can run.</summary>
internal static class Tools
{
    public static string Folder { get; } = Environment.GetEnvironmentVariable("ASPIRE_CLI") ?? Path.Combine(Repository.Root, ".platform", "tools");

    public static void Require() => Assert.SkipUnless(
        Directory.Exists(Folder) && Directory.EnumerateFiles(Folder, "dcp", SearchOption.AllDirectories).Any(), $"Aspire's orchestrator is not in {Folder}; './platform up' fetches it.");
}
