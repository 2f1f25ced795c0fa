namespace Soc.TestKit;

/// <summary>Waits for a condition, bounded; the only waiting that tests do.</summary>
public static class Eventually
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    /// <summary>Asks again until the probe says yes.</summary>
    /// <exception cref="TimeoutException">It did not within the bound.</exception>
    public static Task TrueAsync(Func<Task<bool>> probe, string what, TimeSpan? within = null) =>
        NotNullAsync<object>(async () => await probe() ? new object() : null, what, within);

    /// <summary>Asks again until the probe gives something.</summary>
    /// <exception cref="TimeoutException">It did not within the bound.</exception>
    public static async Task<T> NotNullAsync<T>(Func<Task<T?>> probe, string what, TimeSpan? within = null)
        where T : class
    {
        using var bound = new CancellationTokenSource(within ?? Bound);
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(25));
        try
        {
            do
            {
                if (await probe().WaitAsync(bound.Token) is { } found)
                {
                    return found;
                }
            }
            while (await tick.WaitForNextTickAsync(bound.Token));
        }
        catch (OperationCanceledException) when (bound.IsCancellationRequested)
        {
        }

        throw new TimeoutException($"Not within {within ?? Bound}: {what}");
    }
}
