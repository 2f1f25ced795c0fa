using System.Security.Cryptography;
using Soc.Contracts.Partners;
using Soc.Partners.Agreements;
using Soc.Partners.Organisations;
using Soc.ServiceDefaults;

namespace Soc.Partners.Clients;

/// <summary>A system of an organisation that may ask for tokens, with what it proves itself by: keys, or in the sandbox secrets too.</summary>
internal sealed class ApiClient
{
    /// <summary>Of keys, of secrets and of certificates: one in use, and one that follows it.</summary>
    private const int AtOnce = 2;

    /// <summary>What events call a key set as a whole.</summary>
    private const string KeySetCredential = "key-set";

    private ApiClient()
    {
    }

    /// <summary>
    /// Its client_id: its name, unique in the whole register; of a sandbox client the name and a random end, so that no developer learns from a refusal what
    /// others have.
    /// </summary>
    public string Id { get; private init; } = "";

    /// <summary>What events call it: says nothing about whose it is.</summary>
    public Guid Reference { get; private init; }

    public Guid OrganisationId { get; private init; }

    /// <summary>The most it can have; what it has at an instant is <see cref="EffectiveScopes"/>.</summary>
    public string[] Scopes { get; private init; } = [];

    /// <summary>For trying things out: nothing but <see cref="Contracts.Scopes.OwnOrganisation"/>, and it may have secrets.</summary>
    public bool Sandbox { get; private init; }

    public DateTimeOffset RegisteredAt { get; private init; }

    public List<ClientKey> Keys { get; private init; } = [];

    /// <summary>Where its keys are read from, in place of registering each; null where each is registered.</summary>
    public string? KeySetUri { get; private set; }

    /// <summary>When its key set was last asked for; written by <see cref="KeySets"/>.</summary>
    public DateTimeOffset? KeySetReadAt { get; private init; }

    /// <summary>When that last brought keys; written by <see cref="KeySets"/>.</summary>
    public DateTimeOffset? KeySetGivenAt { get; private set; }

    /// <summary>Why it brought none the last time, a code of <see cref="KeySetErrors"/>; written by <see cref="KeySets"/>.</summary>
    public string? KeySetError { get; private set; }

    public List<ClientSecret> Secrets { get; private init; } = [];

    /// <summary>SHA-256 of the certificates that its tokens may be bound to (x5t#S256 of RFC 8705), base64url.</summary>
    public List<string> Certificates { get; private init; } = [];

    /// <summary>
    /// From its first certificate on it gets no token without one of them, also when the last is revoked: whoever could take a certificate away could
    /// otherwise take the protection away.
    /// </summary>
    public bool CertificateBound { get; private set; }

    /// <summary>
    /// Whether it acts for a person who holds an office: decides about cases, suspends, attests, signs. Whoever gives such a client a key could act as that person,
    /// so each of its keys is proposed by one person and approved by another.
    /// </summary>
    public bool IsOfOffice => ClientAccess.AreOfOffice(Scopes);

    /// <summary>Of the resource: what its ETag shows.</summary>
    public long Version { get; private set; }

    public long EventVersion { get; private set; }

    public static (ApiClient Client, ClientApproved Event) Register(
        string name, Guid organisation, IReadOnlyCollection<string> scopes, bool sandbox, PublicKey? key, KeyTerms terms, DateTimeOffset now, string? proposedBy,
        Uri? keySet = null)
    {
        var client = new ApiClient
        {
            Id = sandbox ? $"{name}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}" : name,
            Reference = Guid.CreateVersion7(now),
            OrganisationId = organisation,
            Scopes = [.. scopes],
            Sandbox = sandbox,
            RegisteredAt = now,
            KeySetUri = keySet?.AbsoluteUri,
            Version = 1,
            EventVersion = 1,
        };
        if (key is not null)
        {
            client.Keys.Add(new ClientKey(client, key, terms, now, proposedBy: client.IsOfOffice ? proposedBy : null));
        }

        return (client, new ClientApproved(organisation, client.Reference, sandbox));
    }

    /// <summary>
    /// Adds a key; the one that it follows is retiring from now on and ends with the overlap. To a client of an office it is only proposed, and followed by
    /// nothing until it is approved; <paramref name="proposedBy"/> is null only where the operator gives it.
    /// </summary>
    public Decision<CredentialRotated> AddKey(PublicKey key, KeyTerms terms, DateTimeOffset now, string? proposedBy)
    {
        if (KeySetUri is not null)
        {
            return PartnersProblems.ClientKeySet;
        }

        if (Keys.Exists(known => known.KeyId == key.KeyId))
        {
            return PartnersProblems.ClientAlreadyRegistered;
        }

        var held = Keys.FindAll(known => !known.HasEnded(now));
        if (held.Count >= AtOnce)
        {
            return PartnersProblems.ClientTwoKeys;
        }

        var added = new ClientKey(this, key, terms, now, proposedBy: IsOfOffice ? proposedBy : null);
        if (added.ProposedBy is null)
        {
            held.ForEach(known => known.Retire(terms.NotBefore + terms.Overlap));
        }

        Keys.Add(added);
        return Rotated(Credentials.OpaqueId(key.Thumbprint));
    }

    /// <summary>Makes a proposed key good; the one that it follows ends with the overlap.</summary>
    public Decision<CredentialRotated> ApproveKey(string keyId, string approver, DateTimeOffset now)
    {
        if (Keys.Find(known => known.KeyId == keyId && known.ProposedBy is not null && !known.HasEnded(now)) is not { } proposed)
        {
            return PartnersProblems.ClientKeyNotProposed;
        }

        if (proposed.ProposedBy == approver)
        {
            return PartnersProblems.ClientKeyOwnProposal;
        }

        var overlap = proposed.Approve();
        foreach (var known in Keys.Where(known => known != proposed && known.ProposedBy is null && !known.HasEnded(now)))
        {
            known.Retire((now > proposed.NotBefore ? now : proposed.NotBefore) + overlap);
        }

        return Rotated(Credentials.OpaqueId(proposed.Thumbprint));
    }

    /// <summary>From now on its keys are those of the set at this address; the ones that it has go on until they are followed.</summary>
    public Decision<CredentialRotated> UseKeySet(Uri address)
    {
        if (IsOfOffice)
        {
            return PartnersProblems.ClientKeySetOfOffice;
        }

        KeySetUri = address.AbsoluteUri;
        (KeySetGivenAt, KeySetError) = (null, null);
        return Rotated(KeySetCredential);
    }

    /// <summary>Ends its key set and the keys that came with it.</summary>
    public Decision<CredentialRevoked> RevokeKeySet(string reason, DateTimeOffset now)
    {
        if (KeySetUri is null)
        {
            return PartnersProblems.ClientKeyNotFound;
        }

        KeySetUri = null;
        foreach (var key in Keys.Where(key => key.FromKeySet && !key.HasEnded(now)))
        {
            key.Revoke(reason, now);
        }

        return Revoked(KeySetCredential, reason);
    }

    /// <summary>
    /// Takes over what its key set now holds, of which only the first two count. A key that is no longer there ends; one that is new follows those before it; one that has
    /// ended never comes back.
    /// </summary>
    /// <returns>The events with their versions, or null where nothing changed.</returns>
    public IReadOnlyList<(CredentialRotated Event, long EventVersion)>? ReadKeySet(IReadOnlyList<PublicKey> read, KeyTerms terms, DateTimeOffset now)
    {
        if (IsOfOffice)
        {
            return null;
        }

        var set = read.Where(key => !Keys.Exists(known => known.KeyId == key.KeyId && known.HasEnded(now))).DistinctBy(key => key.KeyId).Take(AtOnce).ToList();
        var gone = Keys.FindAll(known => known.FromKeySet && !known.HasEnded(now) && !set.Exists(key => key.KeyId == known.KeyId));
        gone.ForEach(known => known.Retire(now));
        var held = Keys.FindAll(known => !known.HasEnded(now));
        var added = set.FindAll(key => !held.Exists(known => known.KeyId == key.KeyId)).Take(AtOnce - held.Count).ToList();
        if (gone.Count == 0 && added.Count == 0)
        {
            return null;
        }

        var events = new List<(CredentialRotated, long)>();
        foreach (var key in added)
        {
            held.ForEach(known => known.Retire(terms.NotBefore + terms.Overlap));
            Keys.Add(new ClientKey(this, key, terms, now, fromKeySet: true));
            events.Add((Rotated(Credentials.OpaqueId(key.Thumbprint)), EventVersion));
        }

        if (added.Count == 0)
        {
            Version++;
        }

        return events;
    }

    /// <summary>Whether this key is only proposed: nothing was ever issued on it, so taking it away cuts off nothing.</summary>
    public bool IsProposed(string keyId) => Keys.Exists(known => known.KeyId == keyId && known.ProposedBy is not null);

    public Decision<CredentialRevoked> RevokeKey(string keyId, string reason, DateTimeOffset now)
    {
        if (Keys.Find(known => known.KeyId == keyId && !known.HasEnded(now)) is not { } key)
        {
            return PartnersProblems.ClientKeyNotFound;
        }

        key.Revoke(reason, now);
        return Revoked(Credentials.OpaqueId(key.Thumbprint), reason);
    }

    /// <summary>Adds a secret to a sandbox client; whoever is live proves itself with a key.</summary>
    public Decision<CredentialRotated> AddSecret(ClientSecret secret, OrganisationStatus organisation, DateTimeOffset now)
    {
        if (RefusesSecret(organisation, now) is { } refusal)
        {
            return refusal;
        }

        Secrets.Add(secret);
        return Rotated(Credentials.OpaqueId(secret.Id));
    }

    /// <summary>Why it can have no further secret; null where it can.</summary>
    private Problem? RefusesSecret(OrganisationStatus organisation, DateTimeOffset now) =>
        !Sandbox || IsOfOffice || organisation == OrganisationStatus.Live ? PartnersProblems.ClientSecretSandboxOnly
        : Secrets.Count(known => !known.HasEnded(now)) >= AtOnce ? PartnersProblems.ClientTwoSecrets
        : null;

    /// <summary>What can be given to it now, by the name of the path to post to: exactly what would be accepted.</summary>
    public IEnumerable<string> CanBeGiven(OrganisationStatus organisation, DateTimeOffset now)
    {
        (string Action, bool Allowed)[] actions =
        [
            ("keys", KeySetUri is null && Keys.Count(known => !known.HasEnded(now)) < AtOnce),
            ("key-set", !IsOfOffice),
            ("secrets", RefusesSecret(organisation, now) is null),
            ("certificates", Certificates.Count < AtOnce),
        ];
        return actions.Where(each => each.Allowed).Select(each => each.Action);
    }

    public Decision<CredentialRevoked> RevokeSecret(Guid id, string reason, DateTimeOffset now)
    {
        if (Secrets.Find(known => known.Id == id && !known.HasEnded(now)) is not { } secret)
        {
            return PartnersProblems.ClientSecretNotFound;
        }

        secret.Revoke(reason, now);
        return Revoked(Credentials.OpaqueId(secret.Id), reason);
    }

    public Decision<CredentialRotated> AddCertificate(string thumbprint)
    {
        if (Certificates.Contains(thumbprint))
        {
            return PartnersProblems.ClientCertificateKnown;
        }

        if (Certificates.Count >= AtOnce)
        {
            return PartnersProblems.ClientTwoCertificates;
        }

        Certificates.Add(thumbprint);
        CertificateBound = true;
        return Rotated(Credentials.OpaqueId(thumbprint));
    }

    public Decision<CredentialRevoked> RevokeCertificate(string thumbprint, string reason) => Certificates.Remove(thumbprint)
        ? Revoked(Credentials.OpaqueId(thumbprint), reason)
        : PartnersProblems.ClientCertificateNotFound;

    /// <summary>The warnings that are due: for each key that none outlives and each secret, once at each distance from its end.</summary>
    public IReadOnlyList<(CredentialExpiring Event, long EventVersion)> Warn(DateTimeOffset now)
    {
        var warnings = new List<(CredentialExpiring, long)>();
        var good = Keys.FindAll(key => key.ProposedBy is null && !key.HasEnded(now));
        foreach (var key in good.Where(key => !good.Exists(other => other.EndsAt > key.EndsAt)))
        {
            if (Credentials.WarningDue(key.NotBefore, key.EndsAt, key.WarnedDays, now) is { } days)
            {
                key.WarnedDays = days;
                warnings.Add((new CredentialExpiring(OrganisationId, Reference, Credentials.OpaqueId(key.Thumbprint), days), ++EventVersion));
            }
        }

        foreach (var secret in Secrets.Where(secret => secret.RevokedAt is null))
        {
            if (Credentials.WarningDue(secret.CreatedAt, secret.ExpiresAt, secret.WarnedDays, now) is { } days)
            {
                secret.WarnedDays = days;
                warnings.Add((new CredentialExpiring(OrganisationId, Reference, Credentials.OpaqueId(secret.Id), days), ++EventVersion));
            }
        }

        return warnings;
    }

    private CredentialRotated Rotated(string credential)
    {
        Change();
        return new CredentialRotated(OrganisationId, Reference, credential);
    }

    private CredentialRevoked Revoked(string credential, string reason)
    {
        Change();
        return new CredentialRevoked(OrganisationId, Reference, credential, reason);
    }

    private void Change()
    {
        Version++;
        EventVersion++;
    }
}
