using Microsoft.EntityFrameworkCore;
using Soc.Messaging;
using Soc.Partners.Data;
using Soc.Partners.DueWork;

namespace Soc.Partners.Clients;

/// <summary>Warns 30, 7 and 1 days before a credential expires, so that nobody is shut out by forgetting.</summary>
internal sealed class CredentialWarnings : IDueWork
{
    private const int Longest = 30;

    public string Name => "credential-warnings";

    public TimeSpan Every => TimeSpan.FromMinutes(15);

    public async Task RunAsync(PartnersDb db, DateTimeOffset now, CancellationToken cancellation)
    {
        var horizon = now.AddDays(Longest);
        var clients = await db.Clients
            .Where(client => client.Keys.Any(key => key.RevokedAt == null && key.ExpiresAt > now && key.ExpiresAt <= horizon)
                || client.Secrets.Any(secret => secret.RevokedAt == null && secret.ExpiresAt > now && secret.ExpiresAt <= horizon))
            .ToListAsync(cancellation);
        foreach (var client in clients)
        {
            foreach (var (warning, version) in client.Warn(now))
            {
                db.Publish(warning, client.Reference, version);
            }
        }
    }
}
