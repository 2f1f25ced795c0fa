using System.ComponentModel.DataAnnotations;
using Soc.Partners.ReferenceData;
using Soc.ServiceDefaults;

namespace Soc.Partners.Agreements;

/// <summary>Drafts an information sharing agreement.</summary>
public sealed record DraftAgreement(
    [property: Required, MinLength(2), MaxLength(50)] IReadOnlyList<Guid> Parties,
    [property: Required, StringLength(500, MinimumLength = 10), RegularExpression(@"^\S(\P{C}*\S)?\z")] string Purpose,
    [property: Required, StringLength(300, MinimumLength = 3), RegularExpression(@"^\S(\P{C}*\S)?\z")] string LegalGateway,
    [property: Required, MinLength(1), KnownCodes(ReferenceCodes.Categories)] IReadOnlyList<string> DataCategories,
    [property: Required, StringLength(64, MinimumLength = 3), RegularExpression(@"^[A-Za-z0-9][A-Za-z0-9 ./_-]*\z")] string DpiaReference,
    [property: Required, KnownCodes(ReferenceCodes.MarkingCeilings)] string MarkingCeiling,
    [property: Range(1, 1200)] int RetentionMonths,
    DateOnly ReviewDate);

/// <summary>Records that a party has signed.</summary>
public sealed record SignAgreement(
    Guid Organisation,
    [property: Required, StringLength(64, MinimumLength = 3), RegularExpression(@"^[A-Za-z0-9][A-Za-z0-9 ./_-]*\z")] string DocumentReference);

/// <summary>An agreement as its parties and those who manage agreements see it.</summary>
internal sealed record AgreementView(
    Guid Id, IEnumerable<PartyView> Parties, string Purpose, string LegalGateway, IReadOnlyList<string> DataCategories, string DpiaReference,
    string MarkingCeiling, int RetentionMonths, DateOnly ReviewDate, string Status, IEnumerable<string> AllowedActions)
{
    public static AgreementView Of(Agreement agreement, Caller caller, DateTimeOffset now) => new(
        agreement.Id, agreement.Parties.Select(party => new PartyView(party.OrganisationId, party.DocumentReference, party.SignedAt)),
        agreement.Purpose, agreement.LegalGateway, agreement.Categories, agreement.DpiaReference, agreement.MarkingCeiling.Code(),
        agreement.RetentionMonths, agreement.ReviewDate, agreement.StatusAt(now), agreement.AllowedActions(caller));
}

/// <summary>A party and its signature, if it has signed.</summary>
internal sealed record PartyView(Guid Organisation, string? DocumentReference, DateTimeOffset? SignedAt);
