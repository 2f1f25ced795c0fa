using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Soc.Partners.Organisations;
using Soc.Partners.ReferenceData;
using Soc.ServiceDefaults;

namespace Soc.Partners.Clients;

/// <summary>Registers a client of an organisation; its name becomes its client_id, of a sandbox client with a random end. Its keys are one key to begin with, or the set at an address; a
/// sandbox client can begin without.</summary>
public sealed record RegisterClient(
    [property: Required, RegularExpression(@"^[a-z0-9][a-z0-9-]{1,46}[a-z0-9]\z")] string Name,
    [property: Required, MinLength(1), KnownCodes(ReferenceCodes.ClientScopes)] IReadOnlyList<string> Scopes,
    JsonElement? Jwk = null, [property: StringLength(2000)] string? KeySet = null, bool Sandbox = false);

/// <summary>Registers a further public key of a client: from when and until when it is good, and for how many days the one before it goes on.</summary>
public sealed record RegisterKey(JsonElement Jwk, DateTimeOffset? NotBefore = null, DateTimeOffset? Expires = null, int? OverlapDays = null);

/// <summary>Has the client's keys read from a JSON Web Key Set at an address.</summary>
public sealed record UseKeySet([property: Required, StringLength(2000)] string Address);

/// <summary>Registers a certificate that the client's tokens may be bound to: X.509 in DER, base64.</summary>
public sealed record RegisterCertificate([property: Required, StringLength(8192)] string Certificate);

/// <summary>Takes a credential away.</summary>
public sealed record RevokeCredential([property: Required, KnownCodes(ReferenceCodes.RevocationReasons)] string Reason);

/// <summary>A client as its organisation, registrars and security officers see it.</summary>
internal sealed record ClientView(
    string ClientId, Guid Reference, Guid Organisation, IReadOnlyList<string> Scopes, string Environment, DateTimeOffset RegisteredAt, IEnumerable<KeyView> Keys,
    KeySetView? KeySet, IEnumerable<SecretView> Secrets, bool CertificateBound, IReadOnlyList<string> Certificates, IEnumerable<string> AllowedActions)
{
    public static ClientView Of(ApiClient client, OrganisationStatus organisation, Caller caller, DateTimeOffset now) => new(
        client.Id, client.Reference, client.OrganisationId, client.Scopes, client.Sandbox ? "sandbox" : "live", client.RegisteredAt,
        client.Keys.OrderBy(key => key.RegisteredAt).Select(key => new KeyView(
            key.KeyId, key.Thumbprint, key.StatusAt(now), key.RegisteredAt, key.NotBefore, key.EndsAt, key.RevokedAt, key.RevokedFor, key.LastUsedAt)),
        client.KeySetUri is null ? null : new KeySetView(client.KeySetUri, client.KeySetReadAt, client.KeySetGivenAt, client.KeySetError),
        client.Secrets.OrderBy(secret => secret.CreatedAt).Select(secret => new SecretView(
            secret.Id, secret.StatusAt(now), secret.CreatedAt, secret.ExpiresAt, secret.RevokedAt, secret.RevokedFor, secret.LastUsedAt)),
        client.CertificateBound, client.Certificates, Actions(client, organisation, caller, now));

    private static IEnumerable<string> Actions(ApiClient client, OrganisationStatus organisation, Caller caller, DateTimeOffset now)
    {
        var own = caller.Scopes.Contains(Contracts.Scopes.IntegrationManage) && client.OrganisationId == caller.Organisation;
        IEnumerable<string> giving = (caller.IsRegistrar() || own) && caller.MayGiveCredentials(client.Scopes)
            ? client.CanBeGiven(organisation, now)
            : [];
        if (caller.Scopes.Contains(Contracts.Scopes.OrganisationsSuspend) && client.Keys.Exists(key => key.ProposedBy is { } proposer && proposer != caller.Actor && !key.HasEnded(now)))
        {
            giving = giving.Append("approval");
        }

        return caller.IsRegistrar() || own || caller.Scopes.Contains(Contracts.Scopes.OrganisationsSuspend) ? giving.Append("revocation") : giving;
    }
}

/// <summary>One public key of a client: <c>proposed</c>, <c>withdrawn</c>, <c>pending</c>, <c>active</c>, <c>retiring</c>, <c>expired</c> or <c>revoked</c>.</summary>
internal sealed record KeyView(
    string KeyId, string Thumbprint, string Status, DateTimeOffset RegisteredAt, DateTimeOffset NotBefore, DateTimeOffset EndsAt, DateTimeOffset? RevokedAt,
    string? RevokedFor, DateTimeOffset? LastUsedAt);

/// <summary>
/// Where a client's keys are read from, when they were last asked for and last read, and why not the last time: a code of <see cref="KeySetErrors"/>, nothing of what the site
/// said.
/// </summary>
internal sealed record KeySetView(string Address, DateTimeOffset? LastTriedAt, DateTimeOffset? LastReadAt, string? LastError);

/// <summary>One secret of a sandbox client, without the secret.</summary>
internal sealed record SecretView(
    Guid Id, string Status, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? RevokedAt, string? RevokedFor, DateTimeOffset? LastUsedAt);

/// <summary>The one answer that holds a secret.</summary>
internal sealed record NewSecretView(Guid Id, string Secret, DateTimeOffset ExpiresAt);
