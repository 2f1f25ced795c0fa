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

    public bool CoversEvent(string eventType) =>
        MarkingCeiling >= DataCategories.MarkingOfEvent(eventType) && Categories.Any(category => DataCategories.All[category].EventTypes.Contains(eventType));
}
