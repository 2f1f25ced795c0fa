using System.ComponentModel.DataAnnotations;
using Soc.Partners.ReferenceData;

namespace Soc.Partners.Attestations;

/// <summary>Attests that the organisation's clients, their scopes and its contacts are right: exactly those that the statement shows.</summary>
public sealed record MakeAttestation(
    [property: Required, KnownCodes(ReferenceCodes.AttestationRoles)] string Role,
    [property: Required, MaxLength(500)] IReadOnlyList<AttestedClient> Clients,
    [property: Required, MaxLength(500)] IReadOnlyList<AttestedContact> Contacts);

/// <summary>A client as it was seen, with all that it can prove itself by but a sandbox client's secrets, which open nothing of anybody else's.</summary>
public sealed record AttestedClient(
    [property: Required, StringLength(64)] string ClientId,
    [property: Required, MaxLength(100)] IReadOnlyList<string> Scopes,
    [property: Required, MaxLength(100)] IReadOnlyList<string> KeyThumbprints,
    [property: Required, MaxLength(100)] IReadOnlyList<string> Certificates,
    [property: StringLength(2000)] string? KeySet);

/// <summary>A contact as it was seen: who it is, the contact itself says.</summary>
public sealed record AttestedContact(Guid Id, [property: Required, StringLength(64)] string Role);

/// <summary>What is to be attested, when it is due and what has been attested.</summary>
internal sealed record AttestationStatementView(
    Guid Organisation, string State, DateOnly? DueFrom, DateTimeOffset? SharedUntil, IReadOnlyList<AttestedClient> Clients,
    IReadOnlyList<AttestedContact> Contacts, IEnumerable<AttestationView> Made, IEnumerable<string> AllowedActions);

/// <summary>An attestation that was made.</summary>
internal sealed record AttestationView(Guid Id, Guid Organisation, string Quarter, DateTimeOffset MadeAt, string Role, string Actor);

/// <summary>Where an organisation stands.</summary>
internal sealed record AttestationDutyView(Guid Organisation, string State, DateOnly DueFrom, DateTimeOffset SharedUntil, IEnumerable<string> AllowedActions);

/// <summary>A page of organisations; next is the cursor of the page after it, if there is one.</summary>
internal sealed record AttestationDutyPage(IReadOnlyList<AttestationDutyView> Items, string? Next);
