using System.ComponentModel.DataAnnotations;
using Soc.Partners.ReferenceData;
using Soc.ServiceDefaults;

namespace Soc.Partners.Agreements;

/// <summary>Drafts an information sharing agreement, or replaces every term of a draft.</summary>
public sealed record DraftAgreement(
    [property: Required, MinLength(2), MaxLength(50)] IReadOnlyList<Guid> Parties,
    [property: Required, StringLength(500, MinimumLength = 10), RegularExpression(@"^\S(\P{C}*\S)?\z")] string Purpose,
    [property: Required, StringLength(300, MinimumLength = 3), RegularExpression(@"^\S(\P{C}*\S)?\z")] string LegalGateway,
    [property: Required, MinLength(1), KnownCodes(ReferenceCodes.Categories)] IReadOnlyList<string> DataCategories,
    [property: Required, StringLength(64, MinimumLength = 3), RegularExpression(@"^[A-Za-z0-9][A-Za-z0-9 ./_-]*\z")] string DpiaReference,
    [property: Required, KnownCodes(ReferenceCodes.MarkingCeilings)] string MarkingCeiling,
    [property: Range(1, 1200)] int RetentionMonths,
    DateOnly ReviewDate)
{
    internal AgreementTerms Terms => new(Parties, Purpose, LegalGateway, DataCategories, DpiaReference, MarkingCeiling, RetentionMonths, ReviewDate);
}

/// <summary>Records that a party has signed on paper.</summary>
public sealed record SignAgreement(
    Guid Organisation,
    [property: Required, StringLength(64, MinimumLength = 3), RegularExpression(@"^[A-Za-z0-9][A-Za-z0-9 ./_-]*\z")] string DocumentReference);

/// <summary>Signs an agreement for one's own organisation.</summary>
public sealed record SignOwnAgreement(
    [property: Required, StringLength(64, MinimumLength = 3), RegularExpression(@"^[A-Za-z0-9][A-Za-z0-9 ./_-]*\z")] string DocumentReference);

/// <summary>Records a completed review.</summary>
public sealed record ReviewAgreement(DateOnly ReviewDate);

/// <summary>Ends an agreement: at once, or where it is given at a later instant.</summary>
public sealed record TerminateAgreement([property: Required, KnownCodes(ReferenceCodes.TerminationReasons)] string Reason, DateTimeOffset? Effective = null);

/// <summary>An agreement as its parties and those who manage agreements see it.</summary>
internal sealed record AgreementView(
    Guid Id, IEnumerable<PartyView> Parties, string Purpose, string LegalGateway, IReadOnlyList<string> DataCategories, IEnumerable<CoverView> Covers,
    string DpiaReference, string MarkingCeiling, int RetentionMonths, DateOnly ReviewDate, string Status, TerminationView? Termination,
    IEnumerable<string> AllowedActions)
{
    public static AgreementView Of(Agreement agreement, Caller caller, DateTimeOffset now) => new(
        agreement.Id, agreement.Parties.Select(party => new PartyView(party.OrganisationId, party.DocumentReference, party.SignedAt, party.OnPaper)),
        agreement.Purpose, agreement.LegalGateway, agreement.Categories, agreement.Categories.Select(category => CoverView.Of(category, agreement.MarkingCeiling)),
        agreement.DpiaReference, agreement.MarkingCeiling.Code(), agreement.RetentionMonths, agreement.ReviewDate, agreement.StatusAt(now).Code(),
        agreement.TerminatesAt is { } effective ? new TerminationView(agreement.TerminatedBy!.Value, agreement.TerminationReason!, effective) : null,
        agreement.AllowedActions(caller, now));
}

/// <summary>A party and its signature, if it has signed: itself, or on paper as the lead recorded.</summary>
internal sealed record PartyView(Guid Organisation, string? DocumentReference, DateTimeOffset? SignedAt, bool OnPaper);

/// <summary>What a data category of the agreement covers, as far as the marking ceiling reaches.</summary>
internal sealed record CoverView(string DataCategory, IEnumerable<string> Scopes, IEnumerable<string> EventTypes)
{
    public static CoverView Of(string category, Marking ceiling) => new(
        category, DataCategories.All[category].Scopes.Where(scope => DataCategories.MarkingOf(scope) <= ceiling),
        DataCategories.All[category].EventTypes.Where(type => DataCategories.MarkingOfEvent(type) <= ceiling));
}

/// <summary>Who ends it, why and when.</summary>
internal sealed record TerminationView(Guid By, string Reason, DateTimeOffset Effective);

/// <summary>A page of agreements; next is the cursor of the page after it, if there is one.</summary>
internal sealed record AgreementPage(IReadOnlyList<AgreementView> Items, string? Next);
