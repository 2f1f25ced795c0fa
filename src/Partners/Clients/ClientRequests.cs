using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Soc.Partners.ReferenceData;

namespace Soc.Partners.Clients;

/// <summary>Registers a client of an organisation; its name becomes its client_id.</summary>
public sealed record RegisterClient(
    [property: Required, RegularExpression(@"^[a-z0-9][a-z0-9-]{1,62}[a-z0-9]\z")] string Name,
    [property: Required, MinLength(1), KnownCodes(ReferenceCodes.ClientScopes)] IReadOnlyList<string> Scopes,
    JsonElement Jwk);

/// <summary>Registers a further public key of a client.</summary>
public sealed record RegisterKey(JsonElement Jwk);

/// <summary>A client as its organisation and registrars see it.</summary>
internal sealed record ClientView(string ClientId, Guid Organisation, IReadOnlyList<string> Scopes, DateTimeOffset RegisteredAt, IEnumerable<KeyView> Keys)
{
    public static ClientView Of(ApiClient client) => new(
        client.Id, client.OrganisationId, client.Scopes, client.RegisteredAt,
        client.Keys.OrderBy(key => key.RegisteredAt).Select(key => new KeyView(
            key.KeyId, key.Thumbprint, key.RevokedAt is null ? "active" : "revoked", key.RegisteredAt, key.RevokedAt)));
}

/// <summary>One public key of a client.</summary>
internal sealed record KeyView(string KeyId, string Thumbprint, string Status, DateTimeOffset RegisteredAt, DateTimeOffset? RevokedAt);
