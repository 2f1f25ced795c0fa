using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Soc.Partners.Data;

namespace Soc.Partners.Attestations;

/// <summary>What an attestation pins: the organisation's clients with their scopes and keys, and its contacts, which never change but by being replaced.</summary>
internal sealed record AttestationStatement(IReadOnlyList<AttestedClient> Clients, IReadOnlyList<AttestedContact> Contacts)
{
    public static async Task<AttestationStatement> ReadAsync(PartnersDb db, Guid organisation, DateTimeOffset now, CancellationToken cancellation) => new(
        [
            .. (await db.Clients.AsNoTracking().Where(client => client.OrganisationId == organisation).OrderBy(client => client.Id).ToListAsync(cancellation))
                .Select(client => new AttestedClient(client.Id, client.Scopes, [.. client.Keys.Where(key => !key.HasEnded(now)).Select(key => key.Thumbprint)],
                    client.Certificates, client.KeySetUri)),
        ],
        await db.Contacts.Where(contact => contact.OrganisationId == organisation).OrderBy(contact => contact.Id)
            .Select(contact => new AttestedContact(contact.Id, contact.Role)).ToListAsync(cancellation));

    /// <summary>As it is compared and kept: the same for the same, in whatever order it was written.</summary>
    public string Canonical() => JsonSerializer.Serialize(
        new AttestationStatement(
            [
                .. Clients.OrderBy(client => client.ClientId, StringComparer.Ordinal).Select(client => new AttestedClient(
                    client.ClientId, [.. client.Scopes.Order(StringComparer.Ordinal)], [.. client.KeyThumbprints.Order(StringComparer.Ordinal)],
                    [.. client.Certificates.Order(StringComparer.Ordinal)], client.KeySet)),
            ],
            [.. Contacts.OrderBy(contact => contact.Id)]),
        JsonSerializerOptions.Web);
}
