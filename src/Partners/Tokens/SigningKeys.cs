using System.Buffers.Text;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Soc.Partners.Data;
using Soc.ServiceDefaults;

namespace Soc.Partners.Tokens;

/// <summary>
/// The keys that access tokens are signed with, opened and kept in memory, and read again every few seconds: a rotation reaches a running replica long before
/// the new key signs.
/// </summary>
internal sealed class SigningKeys(IServiceScopeFactory scopes, KeyEncryption encryption, IOptions<SigningKeySettings> settings, TimeProvider clock) : IDisposable
{
    private readonly SemaphoreSlim reading = new(1);
    private volatile Snapshot? latest;

    /// <summary>Every key whose tokens are to be trusted, the one that signs last first.</summary>
    public async ValueTask<IReadOnlyList<OpenSigningKey>> PublishedAsync(CancellationToken cancellation)
    {
        var (known, now) = (await SnapshotAsync(cancellation), clock.Now());
        return [.. known.Keys.Where(key => !key.Stored.IsGone(now))];
    }

    /// <summary>The key that signs now. Where none does yet, because this clock is behind that of the migration step, it is the first.</summary>
    public async ValueTask<OpenSigningKey> CurrentAsync(CancellationToken cancellation)
    {
        var (known, now) = (await SnapshotAsync(cancellation), clock.Now());
        return known.Keys.FirstOrDefault(key => key.Stored.SignsFrom <= now) ?? known.Keys[^1];
    }

    public void Dispose()
    {
        reading.Dispose();
        foreach (var key in latest?.Keys ?? [])
        {
            key.Dispose();
        }
    }

    internal static byte[] BoundTo(string keyId) => Encoding.UTF8.GetBytes("partners.signing-key:" + keyId);

    private async ValueTask<Snapshot> SnapshotAsync(CancellationToken cancellation)
    {
        var readEvery = settings.Value.ReadEvery;
        if (latest is { } ready && clock.GetElapsedTime(ready.ReadAt) < readEvery)
        {
            return ready;
        }

        await reading.WaitAsync(cancellation);
        try
        {
            if (latest is { } another && clock.GetElapsedTime(another.ReadAt) < readEvery)
            {
                return another;
            }

            return latest = await ReadAsync(latest, cancellation);
        }
        catch (DbException) when (latest is not null)
        {
            // The set of keys stays published while the database is away. Tokens are not issued then: their facts cannot be read either.
            return latest;
        }
        finally
        {
            reading.Release();
        }
    }

    /// <summary>Keys that are open already stay so: only a new one is unwrapped. One that has left the table is left to the collector, for it may be signing.</summary>
    private async Task<Snapshot> ReadAsync(Snapshot? before, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var stored = await scope.ServiceProvider.GetRequiredService<PartnersDb>().SigningKeys.AsNoTracking()
            .OrderByDescending(key => key.SignsFrom).ToListAsync(cancellation);
        return stored.Count > 0
            ? new Snapshot([.. stored.Select(Open)], clock.GetTimestamp())
            : throw new InvalidOperationException("There is no signing key: run the migration step.");

        OpenSigningKey Open(SigningKey key) => before?.Keys.FirstOrDefault(open => open.Stored.KeyId == key.KeyId) is { } open
            ? open.With(key)
            : new OpenSigningKey(key, encryption.Unwrap(key.SealedWith, key.SealedPrivateKey, BoundTo(key.KeyId)));
    }

    private sealed record Snapshot(IReadOnlyList<OpenSigningKey> Keys, long ReadAt);
}

/// <summary>One key, ready to sign with.</summary>
internal sealed class OpenSigningKey : IDisposable
{
    private readonly ECDsa pair;
    private readonly string header;

    public OpenSigningKey(SigningKey stored, byte[] privateKey)
    {
        (Stored, pair) = (stored, ECDsa.Create());
        pair.ImportPkcs8PrivateKey(privateKey, out _);
        CryptographicOperations.ZeroMemory(privateKey);
        var point = pair.ExportParameters(includePrivateParameters: false).Q;
        Jwk = new Dictionary<string, string>
        {
            ["kty"] = "EC",
            ["crv"] = "P-256",
            ["x"] = Base64Url.EncodeToString(point.X),
            ["y"] = Base64Url.EncodeToString(point.Y),
            ["use"] = "sig",
            ["alg"] = "ES256",
            ["kid"] = stored.KeyId,
        };
        header = Encode(new Dictionary<string, string> { ["alg"] = "ES256", ["typ"] = "at+jwt", ["kid"] = stored.KeyId });
    }

    private OpenSigningKey(OpenSigningKey open, SigningKey stored) => (Stored, pair, header, Jwk) = (stored, open.pair, open.header, open.Jwk);

    /// <summary>Its row, as last read.</summary>
    public SigningKey Stored { get; }

    /// <summary>The public half.</summary>
    public IReadOnlyDictionary<string, string> Jwk { get; }

    /// <summary>The same open key with its row as it is now.</summary>
    public OpenSigningKey With(SigningKey stored) => new(this, stored);

    public string Sign(AccessTokenClaims claims)
    {
        var signed = $"{header}.{Encode(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(pair.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }

    public void Dispose() => pair.Dispose();

    private static string Encode<T>(T value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value, JsonSerializerOptions.Web));
}
