using System.Collections.Frozen;
using Microsoft.IdentityModel.Tokens;

namespace Soc.ServiceDefaults;

/// <summary>
/// The public keys of one issuer by key id: read when first needed, then ahead of their use by <see cref="IssuerKeysReader"/>, and at once, but not more often than the
/// limit, when a token names an unknown key. A failed read keeps the keys known.
/// </summary>
internal sealed class IssuerKeys(Uri address, IHttpClientFactory clients, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan RefreshAfter = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan UnknownKeyLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FailureLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(3);
    private const int SmallestRsaKeyBits = 2048;

    private readonly SemaphoreSlim oneAtATime = new(1, 1);
    private volatile FrozenDictionary<string, SecurityKey>? keys;
    private long readAt;
    private long triedAt;
    private bool lastFailed;
    private bool tried;

    /// <summary>Whether a token of this key can be judged: the key is known, or it is known that there is none, because the set could be read.</summary>
    public bool CanJudge(string? keyId) => Known(keyId) is not null || (keys is not null && !Volatile.Read(ref lastFailed));

    /// <summary>The key as known now.</summary>
    public SecurityKey? Known(string? keyId) => keyId is not null && keys is { } known && known.TryGetValue(keyId, out var key) ? key : null;

    /// <summary>Reads the key set if the key is unknown or the set is old, and it is time to.</summary>
    public async ValueTask EnsureAsync(string? keyId)
    {
        if (Known(keyId) is not null && time.GetElapsedTime(Volatile.Read(ref readAt)) < RefreshAfter)
        {
            return;
        }

        // Where the key is known, one caller refreshes the set and the others do not wait for it.
        if (Known(keyId) is null)
        {
            await oneAtATime.WaitAsync();
        }
        else if (!await oneAtATime.WaitAsync(TimeSpan.Zero))
        {
            return;
        }

        try
        {
            var limit = lastFailed ? FailureLimit : UnknownKeyLimit;
            if ((tried && time.GetElapsedTime(triedAt) < limit) || (Known(keyId) is not null && time.GetElapsedTime(readAt) < RefreshAfter))
            {
                return;
            }

            await ReadAsync();
        }
        finally
        {
            oneAtATime.Release();
        }
    }

    /// <summary>Reads the key set again if it has been read before: of an issuer that nobody has come from there is nothing to keep.</summary>
    public async Task ReadAheadAsync(CancellationToken stopping)
    {
        if (keys is null)
        {
            return;
        }

        await oneAtATime.WaitAsync(stopping);
        try
        {
            await ReadAsync();
        }
        finally
        {
            oneAtATime.Release();
        }
    }

    public void Dispose() => oneAtATime.Dispose();

    private async Task ReadAsync()
    {
        try
        {
            (tried, triedAt, lastFailed) = (true, time.GetTimestamp(), true);
            using var deadline = new CancellationTokenSource(ReadLimit);
            using var client = clients.CreateClient(OutgoingExtensions.Internal);
            keys = Read(await client.GetStringAsync(address, deadline.Token));
            Volatile.Write(ref readAt, time.GetTimestamp());
            lastFailed = false;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or ArgumentException)
        {
            // Tokens of known keys stay good; of others nothing can be said, and the caller is told 503, see AccessTokens.
        }
    }

    private static FrozenDictionary<string, SecurityKey> Read(string json) => JsonWebKeySet.Create(json).Keys
        .Where(key => key.Kid is { Length: > 0 } && key.Use is null or "sig" && IsStrong(key))
        .DistinctBy(key => key.Kid, StringComparer.Ordinal)
        .ToFrozenDictionary(key => key.Kid, SecurityKey (key) => key, StringComparer.Ordinal);

    private static bool IsStrong(JsonWebKey key) => key switch
    {
        { Kty: JsonWebAlgorithmsKeyTypes.EllipticCurve, Crv: JsonWebKeyECTypes.P256 } => true,
        { Kty: JsonWebAlgorithmsKeyTypes.RSA } => key.KeySize >= SmallestRsaKeyBits,
        _ => false,
    };
}
