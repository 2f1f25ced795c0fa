using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Soc.ServiceDefaults;

/// <summary>What a token is worth: a caller, or the problem that says why not.</summary>
internal sealed record TokenVerdict(ClaimsPrincipal? User, Problem? Problem, Guid Organisation, DateTimeOffset IssuedAt, DateTimeOffset Expires)
{
    public static readonly TokenVerdict Invalid = new(null, PlatformProblems.TokenInvalid, default, default, default);
    public static readonly TokenVerdict Unknown = new(null, PlatformProblems.AccessUnknown, default, default, default);

    /// <summary>The thumbprint of the certificate that the token must be used with, where it is bound to one.</summary>
    public string? BoundTo { get; init; }

    /// <summary>Until when this verdict may be given again without looking at the signature.</summary>
    public DateTimeOffset CachedUntil { get; init; }
}

/// <summary>
/// Decides about access tokens: signed by a trusted issuer's key with one of two algorithms, of the right type, for this audience, living no longer than
/// five minutes, with exactly the claims that <see cref="Caller"/> needs. Good verdicts are kept for up to a minute under the token's hash; expiry and
/// cut-offs are looked at on every request all the same.
/// </summary>
internal sealed class AccessTokens : IDisposable
{
    /// <summary>A token longer than this, in characters, is refused unread.</summary>
    public const int LongestToken = 8192;

    private const int CacheCapacity = 10_000;
    private static readonly TimeSpan CacheFor = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(10);

    /// <summary>Five minutes, and a second because the wire holds whole seconds.</summary>
    private static readonly TimeSpan LongestLife = TimeSpan.FromSeconds(301);

    private static readonly JsonDocumentOptions StrictJson = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    private readonly JsonWebTokenHandler handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = LongestToken };
    private readonly ConcurrentDictionary<Hash, TokenVerdict> cache = new();
    private readonly Dictionary<string, Issuer> issuers;
    private readonly CutOffList cutOffs;
    private readonly TimeProvider time;

    public AccessTokens(IOptions<AuthenticationSettings> options, CutOffList cutOffs, IHttpClientFactory clients, TimeProvider time)
    {
        (this.cutOffs, this.time) = (cutOffs, time);
        var settings = options.Value;
        issuers = settings.Issuers.ToDictionary(each => each.Issuer, each => NewIssuer(each, settings.Audience, clients), StringComparer.Ordinal);
    }

    public async ValueTask<TokenVerdict> JudgeAsync(string token)
    {
        var hash = Hash.Of(token);
        var now = time.GetUtcNow();
        if (!cache.TryGetValue(hash, out var verdict) || verdict.CachedUntil <= now)
        {
            verdict = await ValidateAsync(token, now);
            if (verdict.Problem is not null)
            {
                return verdict;
            }

            if (cache.Count >= CacheCapacity)
            {
                cache.Clear();
            }

            cache[hash] = verdict;
        }

        return !cutOffs.IsKnown ? TokenVerdict.Unknown
            : verdict.Expires + Skew <= now ? TokenVerdict.Invalid
            : cutOffs.Refuses(verdict.Organisation, verdict.IssuedAt) ? verdict with { User = null, Problem = PlatformProblems.CutOff }
            : verdict;
    }

    /// <summary>Reads the key sets ahead of their use.</summary>
    public Task ReadKeysAheadAsync(CancellationToken stopping) => Task.WhenAll(issuers.Values.Select(issuer => issuer.Keys.ReadAheadAsync(stopping)));

    public void Dispose()
    {
        foreach (var issuer in issuers.Values)
        {
            issuer.Keys.Dispose();
        }
    }

    private async ValueTask<TokenVerdict> ValidateAsync(string token, DateTimeOffset now)
    {
        if (token.Length > LongestToken || !HasStrictShape(token) || Read(token) is not { } read || !issuers.TryGetValue(read.Issuer, out var issuer))
        {
            return TokenVerdict.Invalid;
        }

        await issuer.Keys.EnsureAsync(read.Kid);
        if (!issuer.Keys.CanJudge(read.Kid))
        {
            return TokenVerdict.Unknown;
        }

        var result = await handler.ValidateTokenAsync(token, issuer.Parameters);
        return result.IsValid ? Accept((JsonWebToken)result.SecurityToken, issuer.Settings, now) : TokenVerdict.Invalid;
    }

    /// <summary>The claims that the platform uses, under the platform's names, whichever issuer it was.</summary>
    private static TokenVerdict Accept(JsonWebToken token, IssuerSettings settings, DateTimeOffset now)
    {
        if (!token.TryGetPayloadValue<string>("sub", out var subject) || string.IsNullOrWhiteSpace(subject)
            || !token.TryGetPayloadValue<string>("jti", out var id) || string.IsNullOrWhiteSpace(id)
            || !token.TryGetPayloadValue<string>(settings.ClientClaim, out var client) || string.IsNullOrWhiteSpace(client)
            || !token.TryGetPayloadValue<string>(settings.ScopeClaim, out var scope) || scope is null
            || !token.TryGetPayloadValue<string>(settings.OrganisationClaim, out var org)
            || !Guid.TryParseExact(org, "D", out var organisation))
        {
            return TokenVerdict.Invalid;
        }

        if (!TryReadBinding(token, out var boundTo))
        {
            return TokenVerdict.Invalid;
        }

        var issuedAt = new DateTimeOffset(token.IssuedAt, TimeSpan.Zero);
        var expires = new DateTimeOffset(token.ValidTo, TimeSpan.Zero);
        if (token.IssuedAt == DateTime.MinValue || issuedAt > now + Skew || expires - issuedAt > LongestLife)
        {
            return TokenVerdict.Invalid;
        }

        var identity = new ClaimsIdentity(
            [
                new("iss", token.Issuer), new("sub", subject), new("client_id", client), new("org", organisation.ToString()),
                new("scope", scope), new("jti", id),
            ],
            AccessTokenHandler.Scheme, "sub", roleType: null);
        var until = now + CacheFor;
        return new(new(identity), null, organisation, issuedAt, expires) { BoundTo = boundTo, CachedUntil = until < expires + Skew ? until : expires + Skew };
    }

    /// <summary>
    /// The confirmation claim (RFC 7800): absent, or a certificate's thumbprint and nothing else. A token that is bound to anything that this code cannot check is
    /// not accepted at all.
    /// </summary>
    private static bool TryReadBinding(JsonWebToken token, out string? thumbprint)
    {
        thumbprint = null;
        if (!token.TryGetPayloadValue<JsonElement>("cnf", out var confirmation))
        {
            return !token.TryGetPayloadValue<object>("cnf", out _);
        }

        thumbprint = confirmation.ValueKind == JsonValueKind.Object && confirmation.EnumerateObject().ToList() is [{ Name: "x5t#S256", Value.ValueKind: JsonValueKind.String } only]
            ? only.Value.GetString()
            : null;
        return thumbprint is { Length: > 0 };
    }

    /// <summary>
    /// Three parts, the first two JSON objects without a repeated member: two readers must not see two different tokens. No critical extension: RFC 7515
    /// has them refused by whoever does not know them, and the token library does not.
    /// </summary>
    private static bool HasStrictShape(string token)
    {
        var first = token.IndexOf('.', StringComparison.Ordinal);
        var last = token.LastIndexOf('.');
        return first > 0 && last > first + 1 && last < token.Length - 1 && token.AsSpan(first + 1, last - first - 1).IndexOf('.') < 0
            && IsStrictObject(token.AsSpan(0, first), without: "crit") && IsStrictObject(token.AsSpan(first + 1, last - first - 1));
    }

    private static bool IsStrictObject(ReadOnlySpan<char> part, string? without = null)
    {
        try
        {
            using var document = JsonDocument.Parse(Base64Url.DecodeFromChars(part), StrictJson);
            return document.RootElement.ValueKind == JsonValueKind.Object && (without is null || !document.RootElement.TryGetProperty(without, out _));
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            return false;
        }
    }

    private static JsonWebToken? Read(string token)
    {
        try
        {
            return new JsonWebToken(token);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private Issuer NewIssuer(IssuerSettings settings, string audience, IHttpClientFactory clients)
    {
        var keys = new IssuerKeys(settings.JwksUri!, clients, time);
        return new(settings, keys, new TokenValidationParameters
        {
            ValidIssuer = settings.Issuer,
            ValidAudience = audience,
            ValidTypes = [settings.TokenType],
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.RsaSsaPssSha256],
            IssuerSigningKeyResolver = (_, _, keyId, _) => keys.Known(keyId) is { } key ? [key] : [],
            TryAllIssuerSigningKeys = false,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            LifetimeValidator = (notBefore, expires, _, _) =>
            {
                var now = time.GetUtcNow().UtcDateTime;
                return expires > now - Skew && (notBefore is null || notBefore <= now + Skew);
            },
        });
    }

    private sealed record Issuer(IssuerSettings Settings, IssuerKeys Keys, TokenValidationParameters Parameters);

    /// <summary>SHA-256 of a token, so that the cache holds no token.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Hash(ulong A, ulong B, ulong C, ulong D)
    {
        private const int OnStack = 1024;

        public static Hash Of(string token)
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            if (token.Length <= LongestToken)
            {
                var bytes = token.Length <= OnStack ? stackalloc byte[OnStack] : new byte[token.Length];
                SHA256.HashData(bytes[..Encoding.Latin1.GetBytes(token, bytes)], hash);
            }

            return MemoryMarshal.Read<Hash>(hash);
        }
    }
}
