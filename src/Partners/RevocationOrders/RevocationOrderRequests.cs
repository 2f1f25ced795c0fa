using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Soc.Partners.ReferenceData;
using Soc.ServiceDefaults;

namespace Soc.Partners.RevocationOrders;

/// <summary>Says what became of that which was received.</summary>
public sealed record AcknowledgeRevocation(
    [property: Required, KnownCodes(ReferenceCodes.RevocationActions)] string Action,
    [property: KnownCodes(ReferenceCodes.RetentionBases)] string? RetentionBasis = null,
    [property: StringLength(64, MinimumLength = 3), RegularExpression(@"^[A-Za-z0-9][A-Za-z0-9 ./_-]*\z")] string? DocumentReference = null);

/// <summary>How much of one data category was received in one month.</summary>
/// <param name="DataCategory">The category.</param>
/// <param name="Month">Such as <c>2026-11</c>, in the United Kingdom.</param>
/// <param name="Items">How many pieces of information.</param>
internal sealed record ReceivedInMonth(string DataCategory, string Month, long Items);

/// <summary>A revocation order as its organisation and the officers see it; what was received is told with a single order.</summary>
internal sealed record RevocationOrderView(
    Guid Id, Guid Organisation, string Cause, Guid? Agreement, Guid? SharingGroup, string? RevokedKey, string Status, DateTimeOffset IssuedAt,
    DateTimeOffset? EnforcedAt, DateTimeOffset DueAt, DateTimeOffset? OverdueAt, AcknowledgementView? Acknowledgement,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ReceivedInMonth>? Received, IEnumerable<string> AllowedActions)
{
    public static RevocationOrderView Of(RevocationOrder order, IReadOnlyList<ReceivedInMonth>? received, Caller caller) => new(
        order.Id, order.OrganisationId, order.Cause, order.AgreementId, order.SharingGroupId, order.RevokedKey, order.Status.Code(), order.IssuedAt,
        order.EnforcedAt, order.DueAt, order.OverdueAt,
        order.Acknowledgement is { } given
            ? new AcknowledgementView(given.Action, given.RetentionBasis, given.DocumentReference, given.FromLetter, given.At)
            : null,
        received, order.AllowedActions(caller));
}

/// <summary>What the organisation said, by its responsible individual or by a letter that an officer recorded.</summary>
internal sealed record AcknowledgementView(string Action, string? RetentionBasis, string? DocumentReference, bool FromLetter, DateTimeOffset At);

/// <param name="Items">The latest first.</param>
/// <param name="Next">The cursor of the next page; null on the last one.</param>
internal sealed record RevocationOrdersPage(IReadOnlyList<RevocationOrderView> Items, string? Next);
