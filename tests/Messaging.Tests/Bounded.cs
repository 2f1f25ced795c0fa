namespace Soc.Messaging.Tests;

/// <summary>Bounds what takes no token, or may not heed it: a run that hangs says nothing, one that fails says where.</summary>
internal static class Bounded
{
    /// <exception cref="TimeoutException">It was still under way.</exception>
    public static async Task WithinAsync(this Task task, string what, int seconds = 30)
    {
        try
        {
            await task.WaitAsync(TimeSpan.FromSeconds(seconds));
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            throw new TimeoutException($"Not within {seconds} s: {what}");
        }
    }

    /// <exception cref="TimeoutException">It was still under way.</exception>
    public static async Task<T> WithinAsync<T>(this Task<T> task, string what, int seconds = 30)
    {
        await WithinAsync((Task)task, what, seconds);
        return await task;
    }
}
