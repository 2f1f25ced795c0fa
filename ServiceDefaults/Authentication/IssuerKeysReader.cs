using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry;

namespace Soc.ServiceDefaults;

/// <summary>
/// Reads the issuers' keys again and again, so that a key is known before it signs. A process that looked a new key up only with its first token could fail to just then,
/// and would have to answer 503.
/// </summary>
internal sealed class IssuerKeysReader(AccessTokens tokens, IOptions<AuthenticationSettings> settings, TimeProvider time) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        using var timer = new PeriodicTimer(settings.Value.KeysReadEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await tokens.ReadKeysAheadAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The process stops.
        }
    }
}
