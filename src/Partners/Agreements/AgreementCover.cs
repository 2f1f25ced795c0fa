namespace Soc.Partners.Agreements;

/// <summary>The part of an agreement that decides about access.</summary>
internal sealed record AgreementCover(Guid Id, AgreementStatus Status, IReadOnlyList<string> Categories, Marking MarkingCeiling, DateOnly ReviewDate)
{
    public bool InForce(DateTimeOffset now) => Status == AgreementStatus.Active && now < Agreement.EndsAt(ReviewDate);

    public bool Covers(string scope) =>
        MarkingCeiling >= DataCategories.MarkingOf(scope) && Categories.Any(category => DataCategories.All[category].Scopes.Contains(scope));

    public bool CoversEvent(string eventType) =>
        MarkingCeiling >= DataCategories.MarkingOfEvent(eventType) && Categories.Any(category => DataCategories.All[category].EventTypes.Contains(eventType));
}
