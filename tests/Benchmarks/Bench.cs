using System.Globalization;
using System.Text.Json;

namespace Soc.Benchmarks;

/// <summary>Measures the platform on the machine it runs on: <c>./platform bench [--json] [--only NAME…]</c>. Loads only 127.0.0.1.</summary>
internal static class Bench
{
    private static readonly Measure[] All =
    [
        new(["up.warm.seconds", "memory.idle."], TimeSpan.FromSeconds(240), StartMeasure.MakeAsync),
        new(["gateway.rps", "gateway.rps.ratioToNginx", "gateway.p99.ratioToNginx"], TimeSpan.FromSeconds(120), GatewayMeasure.MakeAsync),
        new(["token.rps", "token.p99.ms"], TimeSpan.FromSeconds(150), TokenMeasure.MakeAsync),
        new(["submit.rps", "submit.p99.ms", "submit.rps.ratioToPgbench"], TimeSpan.FromSeconds(360), SubmitMeasure.MakeAsync),
        new(["worklist.p99.ms", "worklist.p99.ratio1mTo10k"], TimeSpan.FromSeconds(600), WorklistMeasure.MakeAsync),
        new(["notfound.ratioCaseToRandom"], TimeSpan.FromSeconds(240), NotFoundMeasure.MakeAsync),
        new(["outbox.rps", "outbox.rps.ratioToDirectPublish"], TimeSpan.FromSeconds(90), OutboxMeasure.MakeAsync),
        new(["event.delay.p50.ms", "event.delay.p99.ms"], TimeSpan.FromSeconds(90), EventDelayMeasure.MakeAsync),
        new(["webhooks.rps"], TimeSpan.FromSeconds(120), WebhookMeasure.MakeAsync),
    ];

    private static async Task<int> Main(string[] args)
    {
        if (args is ["upstream", var port])
        {
            return await GatewayMeasure.RunUpstreamAsync(port);
        }

        // Only the figures go to the output stream; a service hosted in this process would log there.
        var output = Console.Out;
        Console.SetOut(Console.Error);
        var json = args.Contains("--json");
        var only = args.SkipWhile(arg => arg != "--only").Skip(1).TakeWhile(arg => !arg.StartsWith("--", StringComparison.Ordinal)).ToArray();
        if (args.FirstOrDefault(arg => arg.StartsWith("--", StringComparison.Ordinal) && arg is not ("--json" or "--only")) is { } unknown)
        {
            return Refuse($"bench: no option {unknown}. Usage: bench [--json] [--only NAME…]");
        }

        if (args.Contains("--only") ? only.Length == 0 || only.Any(name => !All.Any(measure => measure.Gives(name))) : args.Any(arg => arg != "--json"))
        {
            return Refuse("bench: --only takes names or beginnings of names out of: " + string.Join(", ", All.SelectMany(measure => measure.Names)));
        }

        // Where the test host of a service looks for its manifest.
        Environment.CurrentDirectory = AppContext.BaseDirectory;
        await using var run = new Run(Console.Error);
        var figures = new List<Figure>();
        var failed = false;
        foreach (var measure in All.Where(measure => only.Length == 0 || only.Any(measure.Gives)))
        {
            try
            {
                using var bound = CancellationTokenSource.CreateLinkedTokenSource(run.Interrupted);
                bound.CancelAfter(measure.Bound);
                figures.AddRange(await BoundedAsync(measure.MakeAsync(run, bound.Token), bound.Token));
            }
#pragma warning disable CA1031 // Whatever went wrong, the figure was not measured: it is named, none is invented, and the other measures go on.
            catch (Exception exception) when (!run.Interrupted.IsCancellationRequested)
#pragma warning restore CA1031
            {
                failed = true;
                var reason = exception is OperationCanceledException ? $"not done within {measure.Bound.TotalSeconds:0} s" : exception.Message;
                await Console.Error.WriteLineAsync($"NOT MEASURED {string.Join(", ", measure.Names)}: {reason}");
            }
            catch (OperationCanceledException)
            {
                return 130;
            }
        }

        var wanted = figures.Where(figure => only.Length == 0 || only.Any(name => figure.Name.StartsWith(name, StringComparison.Ordinal))).ToList();
        foreach (var name in only.Where(name => !failed && !wanted.Any(figure => figure.Name.StartsWith(name, StringComparison.Ordinal))))
        {
            failed = true;
            await Console.Error.WriteLineAsync($"NOT MEASURED {name}: there is no such figure on this machine.");
        }

        Print(output, wanted, json);
        return failed ? 1 : 0;
    }

    /// <summary>Ends with the bound; the measure first gets a little time to put away what it uses.</summary>
    private static async Task<IReadOnlyList<Figure>> BoundedAsync(Task<IReadOnlyList<Figure>> making, CancellationToken bound)
    {
        try
        {
            return await making.WaitAsync(bound);
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAny(making, Task.Delay(TimeSpan.FromSeconds(20), CancellationToken.None));
            throw;
        }
    }

    private static void Print(TextWriter output, List<Figure> figures, bool json)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(figures.Select(figure => figure with { Value = Rounded(figure.Value) }), JsonSerializerOptions.Web));
            return;
        }

        var width = figures.Select(figure => figure.Name.Length).DefaultIfEmpty().Max();
        foreach (var figure in figures)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{figure.Name.PadRight(width)}  {Rounded(figure.Value),10}  {figure.Unit}"));
        }
    }

    private static double Rounded(double value) => Math.Round(value, value >= 100 ? 0 : value >= 10 ? 1 : 2);

    private static int Refuse(string why)
    {
        Console.Error.WriteLine(why);
        return 2;
    }
}
