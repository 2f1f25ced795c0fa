using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Soc.Partners.Data;
using Soc.ServiceDefaults;

namespace Soc.Partners.Clients;

/// <summary>
/// When each credential was last used: noted in memory by the token endpoint and written once a minute, so that issuing tokens does not wait for it. A
/// replica that dies takes a minute's notes with it; nothing is decided by them.
/// </summary>
internal sealed partial class CredentialUse(IServiceScopeFactory scopes, TimeProvider clock, ILogger<CredentialUse> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(string Client, string Credential), DateTimeOffset> noted = new();

    public void Note(string client, string credential) => noted[(client, credential)] = clock.Now();

    /// <summary>Writes what was noted since the last time. Of several replicas the first writes for the minute.</summary>
    public async Task WriteAsync(CancellationToken cancellation)
    {
        var uses = noted.ToArray();
        if (uses.Length == 0)
        {
            return;
        }

        foreach (var use in uses)
        {
            noted.TryRemove(use);
        }

        var (clients, credentials, instants) = (uses.Select(use => use.Key.Client).ToArray(), uses.Select(use => use.Key.Credential).ToArray(), uses.Select(use => use.Value).ToArray());
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<PartnersDb>().Database.ExecuteSqlAsync(
            $"""
             with used as (select * from unnest({clients}, {credentials}, {instants}) as u (client_id, credential, at)),
             keys as (
               update client_key k set last_used_at = used.at from used
               where k.client_id = used.client_id and k.key_id = used.credential and (k.last_used_at is null or k.last_used_at < used.at - interval '50 seconds'))
             update client_secret s set last_used_at = used.at from used
             where s.client_id = used.client_id and s.id::text = used.credential and (s.last_used_at is null or s.last_used_at < used.at - interval '50 seconds')
             """,
            cancellation);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await WriteAsync(stoppingToken);
            }
#pragma warning disable CA1031 // The next minute writes the next uses; without this one failure would end it for good.
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                LogFailed(exception.GetType());
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The last use of credentials could not be written: {Type}")]
    private partial void LogFailed(Type type);
}
