using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Soc.Partners.Clients;
using Soc.Partners.Data;
using Soc.Partners.Founding;
using Soc.ServiceDefaults;

namespace Soc.Partners.Tokens;

/// <summary>Configuration section <c>SigningKeys</c>.</summary>
internal sealed class SigningKeySettings
{
    /// <summary>
    /// For how long a new key is published before it signs: longer than any process goes without reading the set again (five minutes), and than the set may be
    /// cached on the way (one minute).
    /// </summary>
    [Range(typeof(TimeSpan), "00:06:30", "1.00:00:00")]
    public TimeSpan PublishedBefore { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a running replica uses what it has read: far less than a new key is published before it signs.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan ReadEvery { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How old the newest key may be before the migration step makes the next, in days.</summary>
    [Range(1, 365)]
    public int RotateAfterDays { get; set; } = 90;
}

/// <summary>
/// Making signing keys: what the owner of the tables does, with the migration step or by the command <c>signing-keys</c>. The service's role can only read
/// them, so whoever takes over the running service cannot leave a key of their own behind.
/// </summary>
internal static class SigningKeyRotation
{
    private const string Usage = """
        signing-keys list
        signing-keys rotate [--when-due]   makes the next key; with --when-due only when the newest is older than SigningKeys:RotateAfterDays
        Run it as the owner of the tables, as the migration step is.
        """;

    /// <summary>What a replica that had not read the table for a while may still sign with a key that is retired, and the tolerance of verifiers.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(2);

    /// <summary>Runs the command.</summary>
    /// <returns>The process exit code: 0 done, 2 not understood.</returns>
    public static async Task<int> RunAsync(IServiceProvider services, string[] args)
    {
        await using var scope = services.CreateAsyncScope();
        var (db, now) = (scope.ServiceProvider.GetRequiredService<PartnersDb>(), services.GetRequiredService<TimeProvider>().Now());
        switch (args)
        {
            case ["signing-keys", "list"]:
                break;
            case ["signing-keys", "rotate", .. ([] or ["--when-due"])]:
                await RotateAsync(services, db, onlyWhenDue: args.Length == 3, now);
                break;
            default:
                await Console.Out.WriteLineAsync(Usage);
                return 2;
        }

        var keys = await db.SigningKeys.AsNoTracking().OrderBy(key => key.SignsFrom).ToListAsync();
        var signing = keys.FindLast(key => key.SignsFrom <= now);
        foreach (var key in keys)
        {
            var state = now < key.SignsFrom ? "pending" : key == signing ? "signing" : key.IsGone(now) ? "gone" : "retired";
            await Console.Out.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"{key.KeyId}  {state,-7}  signs from {key.SignsFrom:u}  published until {key.PublishedUntil:u}"));
        }

        return 0;
    }

    /// <summary>Makes the first key, or the next when the newest is old; forgets those that are gone.</summary>
    public static async Task RotateAsync(IServiceProvider services, PartnersDb db, bool onlyWhenDue, DateTimeOffset now)
    {
        var settings = services.GetRequiredService<IOptions<SigningKeySettings>>().Value;
        await using var transaction = await db.Database.BeginTransactionAsync();

        // One at a time: two that rotate at once would both follow the same key.
        await db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock(hashtextextended('partners.signing-keys', 0))");
        var keys = await db.SigningKeys.OrderByDescending(key => key.SignsFrom).ToListAsync();
        foreach (var gone in keys.Where(key => key.IsGone(now)))
        {
            db.SigningKeys.Remove(gone);
            db.Audit("signing-key.forget", gone.KeyId, now);
        }

        var newest = keys.FirstOrDefault();
        if (newest is null || !onlyWhenDue || newest.CreatedAt <= now.AddDays(-settings.RotateAfterDays))
        {
            var next = NewKey(services.GetRequiredService<KeyEncryption>(), signsFrom: newest is null ? now : now + settings.PublishedBefore, now);
            foreach (var followed in keys.Where(key => key.PublishedUntil is null))
            {
                followed.PublishedUntil = next.SignsFrom.AddSeconds(TokenIssuer.LifetimeSeconds) + Margin;
            }

            db.SigningKeys.Add(next);
            db.Audit("signing-key.make", next.KeyId, now);
        }

        await db.SaveChangesAsync();
        await transaction.CommitAsync();
    }

    private static SigningKey NewKey(KeyEncryption encryption, DateTimeOffset signsFrom, DateTimeOffset now)
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var keyId = PublicKey.Of(pair).KeyId;
        var (sealedWith, sealedKey) = encryption.Wrap(pair.ExportPkcs8PrivateKey(), SigningKeys.BoundTo(keyId));
        return new SigningKey { KeyId = keyId, SealedPrivateKey = sealedKey, SealedWith = sealedWith, CreatedAt = now, SignsFrom = signsFrom };
    }
}
