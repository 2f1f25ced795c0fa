using Soc.Partners.Agreements;
using Soc.ServiceDefaults;

namespace Soc.Partners.Clients;

/// <summary>A system of an organisation that may ask for tokens, with the public keys it signs with.</summary>
internal sealed class ApiClient
{
    private const int ActiveKeys = 2;

    private ApiClient()
    {
    }

    /// <summary>Its name, unique in the whole register, and its client_id.</summary>
    public string Id { get; private init; } = "";

    public Guid OrganisationId { get; private init; }

    /// <summary>The most it can have; what it has at an instant is <see cref="EffectiveScopes"/>.</summary>
    public string[] Scopes { get; private init; } = [];

    public DateTimeOffset RegisteredAt { get; private init; }

    public List<ClientKey> Keys { get; private init; } = [];

    public long Version { get; private set; }

    public static ApiClient Register(string id, Guid organisation, IReadOnlyCollection<string> scopes, PublicKey key, DateTimeOffset now) => new()
    {
        Id = id,
        OrganisationId = organisation,
        Scopes = [.. scopes],
        RegisteredAt = now,
        Keys = [new ClientKey(id, key, now)],
        Version = 1,
    };

    public Problem? AddKey(PublicKey key, DateTimeOffset now)
    {
        if (Keys.Exists(known => known.KeyId == key.KeyId))
        {
            return PartnersProblems.ClientAlreadyRegistered;
        }

        if (Keys.Count(known => known.RevokedAt is null) >= ActiveKeys)
        {
            return PartnersProblems.ClientTwoKeys;
        }

        Keys.Add(new ClientKey(Id, key, now));
        Version++;
        return null;
    }

    public Problem? RevokeKey(string keyId, DateTimeOffset now)
    {
        if (Keys.SingleOrDefault(known => known.KeyId == keyId && known.RevokedAt is null) is not { } key)
        {
            return PartnersProblems.ClientKeyNotFound;
        }

        key.Revoke(now);
        Version++;
        return null;
    }
}

/// <summary>One public key of a client.</summary>
internal sealed class ClientKey
{
    private ClientKey()
    {
    }

    public ClientKey(string clientId, PublicKey key, DateTimeOffset now)
    {
        ClientId = clientId;
        KeyId = key.KeyId;
        Thumbprint = key.Thumbprint;
        SubjectPublicKeyInfo = key.SubjectPublicKeyInfo;
        RegisteredAt = now;
    }

    public string ClientId { get; private init; } = "";

    public string KeyId { get; private init; } = "";

    /// <summary>RFC 7638, unique in the whole register: a key proves one client.</summary>
    public string Thumbprint { get; private init; } = "";

    public byte[] SubjectPublicKeyInfo { get; private init; } = [];

    public DateTimeOffset RegisteredAt { get; private init; }

    public DateTimeOffset? RevokedAt { get; private set; }

    public void Revoke(DateTimeOffset now) => RevokedAt = now;
}
