using System.Text;
using Soc.ServiceDefaults;

namespace Soc.Partners.Contacts;

/// <summary>
/// A person to speak to at an organisation. Name, address and number are stored sealed under the platform's key-encryption key; each is bound to its
/// organisation, contact and field, so that a value moved elsewhere does not open. A contact is not changed: it is deleted and another made.
/// </summary>
internal sealed class Contact
{
    public const string ResponsibleIndividual = "responsible-individual";

    private Contact()
    {
    }

    public Guid Id { get; private init; }

    public Guid OrganisationId { get; private init; }

    /// <summary>A code of the closed list.</summary>
    public string Role { get; private init; } = "";

    public DateTimeOffset CreatedAt { get; private init; }

    public SealedValue Name { get; private init; } = null!;

    public SealedValue? Email { get; private init; }

    public SealedValue? Phone { get; private init; }

    public static Contact Create(Guid id, Guid organisation, string role, ContactDetails details, KeyEncryption keys, DateTimeOffset now) => new()
    {
        Id = id,
        OrganisationId = organisation,
        Role = role,
        CreatedAt = now,
        Name = Seal(keys, organisation, id, nameof(Name), details.Name),
        Email = details.Email is { } email ? Seal(keys, organisation, id, nameof(Email), email) : null,
        Phone = details.Phone is { } phone ? Seal(keys, organisation, id, nameof(Phone), phone) : null,
    };

    /// <summary>The details in the clear: only after the audit entry of the reading has been saved.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A value was changed, or belongs elsewhere.</exception>
    public ContactDetails Open(KeyEncryption keys) => new(
        Open(keys, nameof(Name), Name), Email is null ? null : Open(keys, nameof(Email), Email), Phone is null ? null : Open(keys, nameof(Phone), Phone));

    private static SealedValue Seal(KeyEncryption keys, Guid organisation, Guid id, string field, string text)
    {
        var (keyId, content) = keys.Wrap(Encoding.UTF8.GetBytes(text), Context(organisation, id, field));
        return new SealedValue(keyId, content);
    }

    private static byte[] Context(Guid organisation, Guid id, string field) => Encoding.UTF8.GetBytes($"partners.contact/{organisation}/{id}/{field}");

    private string Open(KeyEncryption keys, string field, SealedValue value) =>
        Encoding.UTF8.GetString(keys.Unwrap(value.KeyId, value.Content, Context(OrganisationId, Id, field)));
}

/// <summary>A value as it is stored: ciphertext, and the id of the key that opens it.</summary>
internal sealed record SealedValue(string KeyId, byte[] Content);

/// <summary>A contact's details in the clear. Prints nothing of them.</summary>
internal sealed record ContactDetails(string Name, string? Email, string? Phone)
{
    public override string ToString() => nameof(ContactDetails);
}
