using System.ComponentModel.DataAnnotations;
using Soc.Partners.ReferenceData;
using Soc.ServiceDefaults;

namespace Soc.Partners.Contacts;

/// <summary>Names a person to speak to at an organisation. Prints nothing of the person.</summary>
public sealed record CreateContact(
    [property: Required, KnownCodes(ReferenceCodes.ContactRoles)] string Role,
    [property: Required, StringLength(200, MinimumLength = 2), RegularExpression(@"^\S(\P{C}*\S)?\z")] string Name,
    [property: StringLength(254, MinimumLength = 3), RegularExpression(@"^[^\s@\p{C}]+@[^\s@\p{C}]+\z")] string? Email = null,
    [property: StringLength(30, MinimumLength = 3), RegularExpression(@"^\+?[0-9][0-9 ()-]*\z")] string? Phone = null)
{
    /// <inheritdoc/>
    public override string ToString() => nameof(CreateContact);
}

/// <summary>A contact without anything of the person: what a creation answers, because answers to creations are kept for repetition.</summary>
internal sealed record ContactEntry(Guid Id, string Role, DateTimeOffset CreatedAt);

/// <summary>A contact with the person's details. Prints nothing of them.</summary>
internal sealed record ContactView(Guid Id, string Role, DateTimeOffset CreatedAt, string Name, string? Email, string? Phone, IReadOnlyList<string> AllowedActions)
{
    public static ContactView Of(Contact contact, KeyEncryption keys, Caller caller)
    {
        var details = contact.Open(keys);
        return new ContactView(
            contact.Id, contact.Role, contact.CreatedAt, details.Name, details.Email, details.Phone,
            caller.Scopes.Overlaps(Policies.AnyOf[Policies.Onboarding]) ? ["deletion"] : []);
    }

    public override string ToString() => $"{nameof(ContactView)} {Id}";
}
