using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Soc.Benchmarks;

/// <summary>Load on a loopback address.</summary>
internal static partial class Load
{
    /// <summary>The most that a target answers to a fixed number of connections: a closed loop by wrk, for ceilings and never for latency.</summary>
    /// <exception cref="InvalidOperationException">Not every answer was a success.</exception>
    public static async Task<double> CeilingAsync(Run run, Uri target, int connections, TimeSpan time, string script, CancellationToken cancellation)
    {
        RequireLoopback(target);
        var output = await run.OutputOfAsync(
            "wrk", ["-t1", $"-c{connections}", $"-d{time.TotalSeconds:0}s", "-s", script, target.AbsoluteUri], cancellation);
        return Failures().Match(output) is { Success: true } failed ? throw new InvalidOperationException($"{target}: {failed.Value.Trim()}")
            : double.Parse(RequestRate().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// Latencies at a given rate, in milliseconds: an open loop. Every request has its moment, whether or not earlier ones have been answered, and its
    /// latency counts from that moment: a stall is seen by all who would have met it.
    /// </summary>
    /// <exception cref="InvalidOperationException">Not every answer had the expected status.</exception>
    public static async Task<double[]> LatenciesAsync(
        Func<int, HttpRequestMessage> request, HttpStatusCode expected, double rate, int connections, TimeSpan time, CancellationToken cancellation)
    {
        using var handler = new SocketsHttpHandler
        {
            MaxConnectionsPerServer = connections, UseCookies = false, AllowAutoRedirect = false, UseProxy = false, ActivityHeadersPropagator = null,
        };
        using var client = new HttpMessageInvoker(handler);
        var sent = new Task<double>[(int)(rate * time.TotalSeconds)];
        var start = Stopwatch.GetTimestamp();
        for (var number = 0; number < sent.Length;)
        {
            var due = Math.Min(sent.Length, (int)(Stopwatch.GetElapsedTime(start).TotalSeconds * rate) + 1);
            for (; number < due; number++)
            {
                sent[number] = SendAsync(number, start + (long)(number / rate * Stopwatch.Frequency));
            }

            await Task.Delay(1, cancellation);
        }

        return await Task.WhenAll(sent);

        async Task<double> SendAsync(int number, long due)
        {
            using var message = request(number);
            RequireLoopback(message.RequestUri!);
            using var answer = await client.SendAsync(message, cancellation);
            await answer.Content.CopyToAsync(Stream.Null, cancellation);
            return answer.StatusCode == expected ? Stopwatch.GetElapsedTime(due).TotalMilliseconds
                : throw new InvalidOperationException($"{message.RequestUri!.AbsolutePath} was answered {(int)answer.StatusCode}, not {(int)expected}.");
        }
    }

    private static void RequireLoopback(Uri target)
    {
        if (!target.IsLoopback)
        {
            throw new InvalidOperationException($"{target.Host} is not this machine: nothing else is ever loaded.");
        }
    }

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex RequestRate();

    [GeneratedRegex(@"(Non-2xx or 3xx responses|Socket errors).*")]
    private static partial Regex Failures();
}
