namespace Soc.Benchmarks;

/// <summary>How long a second start takes from the command to ready, and what the platform then holds in memory while nobody asks anything of it.</summary>
internal static class StartMeasure
{
    private static readonly string[] Parts =
        ["gateway", "strategy", "partners", "referrals", "reporting", "postgres", "rabbitmq", "apphost", "dcp", "dashboard"];

    public static async Task<IReadOnlyList<Figure>> MakeAsync(Run run, CancellationToken cancellation)
    {
        run.Say("start: the first start, which makes the databases and the sample data");
        await run.Platform.DownAsync();
        await run.Platform.UpAsync(dashboard: true, cancellation);
        await run.Platform.DownAsync();
        run.Say("start: the second start");
        var took = await run.Platform.UpAsync(dashboard: true, cancellation);
        await Task.Delay(TimeSpan.FromSeconds(15), cancellation);
        var memory = run.Platform.Memory();
        await run.Platform.DownAsync();
        return Parts.FirstOrDefault(part => !memory.ContainsKey(part)) is { } missing
            ? throw new InvalidOperationException($"No process of {missing} was found.")
            :
            [
                new("up.warm.seconds", took.TotalSeconds, "s"),
                new("memory.idle.total.mib", memory.Values.Sum(), "MiB"),
                .. memory.OrderByDescending(part => part.Value).Select(part => new Figure($"memory.idle.{part.Key}.mib", part.Value, "MiB")),
            ];
    }
}
