using System.Net;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using Soc.ServiceDefaults;

namespace Soc.Gateway.Calls;

/// <summary>
/// Brings the counts to the Partners service in batches. A batch has an id and is repeated under it until it was taken, so that it counts once; meanwhile the
/// next one gathers. The last one is sent when the process stops, after the server has answered its last request.
/// </summary>
internal sealed partial class CallCountSender(
    CallCounts counts, IHttpClientFactory clients, IConfiguration configuration, IOptions<CallCountSettings> settings, TimeProvider clock, ILogger<CallCountSender> log)
    : BackgroundService
{
    public const string Service = "partners";

    /// <summary>Far below the size of a body that a service takes.</summary>
    private const int MostLines = 2_000;

    private static readonly Uri Address = new("/internal/request-counts", UriKind.Relative);
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    private Batch? pending;
    private bool failing;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LastWords);
        await SendAllAsync(limit.Token);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        using var timer = new PeriodicTimer(settings.Value.Interval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await SendAllAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The process stops; what is left is sent by StopAsync.
        }
    }

    /// <summary>Sends batch after batch until nothing is left or one was not taken.</summary>
    private async Task SendAllAsync(CancellationToken cancellation)
    {
        if (counts.TakeLost() is > 0 and var lost)
        {
            LogLost(lost);
        }

        while ((pending ??= Next()) is { } batch && await SendAsync(batch, cancellation))
        {
            pending = null;
        }
    }

    private Batch? Next() => counts.Take(MostLines) is { Count: > 0 } lines ? new Batch(Guid.CreateVersion7(), lines) : null;

    /// <returns>Whether the batch is done with: taken, or refused for what it is, so that a repetition would be too.</returns>
    private async Task<bool> SendAsync(Batch batch, CancellationToken cancellation)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, Address) { Content = JsonContent.Create(batch) };
            request.Headers.Add(Policies.PlatformKeyHeader, configuration[Policies.PlatformKeySetting]);
            using var client = clients.CreateClient(Service);
            using var response = await client.SendAsync(request, cancellation);
            if (response.StatusCode == HttpStatusCode.BadRequest)
            {
                LogRefused(batch.Counts.Count);
                return true;
            }

            response.EnsureSuccessStatusCode();
            failing = false;
            return true;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            if (!failing && !cancellation.IsCancellationRequested)
            {
                LogFailing(exception.GetType());
            }

            failing = true;
            return false;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The counts of calls cannot be sent ({Type}); they are kept and sent later")]
    private partial void LogFailing(Type type);

    [LoggerMessage(2, LogLevel.Error, "A batch of {Lines} counts of calls was refused as malformed and is given up")]
    private partial void LogRefused(int lines);

    [LoggerMessage(3, LogLevel.Warning, "{Calls} calls were not counted: there was no room while counts could not be sent")]
    private partial void LogLost(long calls);

    private sealed record Batch(Guid Id, IReadOnlyList<CallLine> Counts);
}
