using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Soc.Partners.Clients;
using Soc.Partners.Data;
using Soc.ServiceDefaults;

namespace Soc.Partners.Tokens;

/// <summary>The keys that access tokens are signed with, opened once and kept in memory.</summary>
internal sealed class SigningKeys(IServiceScopeFactory scopes, KeyEncryption encryption) : IDisposable
{
    private readonly SemaphoreSlim opening = new(1);
    private IReadOnlyList<OpenSigningKey>? opened;

    /// <summary>Makes the first key where there is none; the migration step does, as owner.</summary>
    public static async Task CreateFirstAsync(PartnersDb db, KeyEncryption encryption, DateTimeOffset now)
    {
        if (await db.SigningKeys.AnyAsync())
        {
            return;
        }

        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var key = PublicKey.Of(pair);
        var (sealedWith, sealedKey) = encryption.Wrap(pair.ExportPkcs8PrivateKey(), BoundTo(key.KeyId));
        db.SigningKeys.Add(new SigningKey { KeyId = key.KeyId, SealedPrivateKey = sealedKey, SealedWith = sealedWith, CreatedAt = now });
        await db.SaveChangesAsync();
    }

    /// <summary>Every key whose tokens are to be trusted, the newest first.</summary>
    public async Task<IReadOnlyList<OpenSigningKey>> AllAsync(CancellationToken cancellation)
    {
        if (opened is { } ready)
        {
            return ready;
        }

        await opening.WaitAsync(cancellation);
        try
        {
            return opened ??= await OpenAsync(cancellation);
        }
        finally
        {
            opening.Release();
        }
    }

    public async ValueTask<OpenSigningKey> CurrentAsync(CancellationToken cancellation) => (opened ?? await AllAsync(cancellation))[0];

    public void Dispose()
    {
        opening.Dispose();
        foreach (var key in opened ?? [])
        {
            key.Dispose();
        }
    }

    private static byte[] BoundTo(string keyId) => Encoding.UTF8.GetBytes("partners.signing-key:" + keyId);

    private async Task<IReadOnlyList<OpenSigningKey>> OpenAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var stored = await scope.ServiceProvider.GetRequiredService<PartnersDb>().SigningKeys.AsNoTracking()
            .OrderByDescending(key => key.CreatedAt).ToListAsync(cancellation);
        return stored.Count > 0
            ? [.. stored.Select(key => new OpenSigningKey(key.KeyId, encryption.Unwrap(key.SealedWith, key.SealedPrivateKey, BoundTo(key.KeyId))))]
            : throw new InvalidOperationException("There is no signing key: run the migration step.");
    }
}

/// <summary>One key, ready to sign with.</summary>
internal sealed class OpenSigningKey : IDisposable
{
    private readonly ECDsa pair = ECDsa.Create();
    private readonly string header;

    public OpenSigningKey(string keyId, byte[] privateKey)
    {
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
            ["kid"] = keyId,
        };
        header = Encode(new Dictionary<string, string> { ["alg"] = "ES256", ["typ"] = "at+jwt", ["kid"] = keyId });
    }

    /// <summary>The public half.</summary>
    public IReadOnlyDictionary<string, string> Jwk { get; }

    public string Sign(AccessTokenClaims claims)
    {
        var signed = $"{header}.{Encode(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(pair.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }

    public void Dispose() => pair.Dispose();

    private static string Encode<T>(T value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value, JsonSerializerOptions.Web));
}
