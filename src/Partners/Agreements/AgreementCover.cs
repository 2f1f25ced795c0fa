namespace Soc.Partners.Agreements;

/// <summary>The part of an agreement that decides about access.</summary>
internal sealed record AgreementCover(
    Guid Id, AgreementStatus Status, IReadOnlyList<string> Categories, Marking MarkingCeiling, DateOnly ReviewDate, DateTimeOffset? TerminatesAt)
{
    public static AgreementCover Of(Agreement agreement) =>
        new(agreement.Id, agreement.Status, agreement.Categories, agreement.MarkingCeiling, agreement.ReviewDate, agreement.TerminatesAt);

    public DateTimeOffset EndsAt => AgreementLife.EndsAt(ReviewDate, TerminatesAt);

    public bool InForce(DateTimeOffset now) => AgreementLife.At(Status, ReviewDate, TerminatesAt, now).InForce();

    public bool Covers(string scope) =>
        MarkingCeiling >= DataCategories.MarkingOf(scope) && Categories.Any(category => DataCategories.All[category].Scopes.Contains(scope));

    /// <summary>The category by which it covers events of this type, or null where it does not.</summary>
    public string? CategoryOfEvent(string eventType) => MarkingCeiling >= DataCategories.MarkingOfEvent(eventType)
        ? Categories.FirstOrDefault(category => DataCategories.All[category].EventTypes.Contains(eventType))
        : null;
}
