namespace Soc.ServiceDefaults;

/// <summary>Work that a process does again and again while it lives.</summary>
public static class Repeating
{
    /// <summary>Does the work at once and then at every interval, until the process stops. What it throws ends nothing: it is told, and the work is done again.</summary>
    /// <param name="interval">From one beginning to the next; work that takes longer is begun again as soon as it has ended.</param>
    /// <param name="clock">What the interval is measured by.</param>
    /// <param name="work">What to do.</param>
    /// <param name="failed">Is told what the work threw, unless the process is stopping.</param>
    /// <param name="stopping">Says that the process stops.</param>
    /// <exception cref="OperationCanceledException">The process stops.</exception>
    public static async Task EveryAsync(TimeSpan interval, TimeProvider clock, Func<Task> work, Action<Exception> failed, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(failed);
        using var timer = new PeriodicTimer(interval, clock);
        do
        {
            try
            {
                await work();
            }
#pragma warning disable CA1031 // Without this one failure would end it for good.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                if (!stopping.IsCancellationRequested)
                {
                    failed(exception);
                }
            }
        }
        while (await timer.WaitForNextTickAsync(stopping));
    }
}
