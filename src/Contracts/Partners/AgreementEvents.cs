namespace Soc.Contracts.Partners;

/// <summary>An information sharing agreement, signed by every party, has become active.</summary>
/// <param name="AgreementId">The agreement.</param>
/// <param name="Parties">The organisations that are party to it.</param>
/// <param name="DataCategories">What may be shared, as codes of the closed list of the Partners service.</param>
/// <param name="ReviewDate">The day by which it must be reviewed.</param>
[Event("soc.partners.isa.activated.v1")]
public sealed record AgreementActivated(Guid AgreementId, IReadOnlyList<Guid> Parties, IReadOnlyList<string> DataCategories, DateOnly ReviewDate);

/// <summary>The review date of an information sharing agreement comes near.</summary>
/// <param name="AgreementId">The agreement.</param>
/// <param name="Parties">The organisations that are party to it.</param>
/// <param name="ReviewDate">The day at whose end it expires, unless it is reviewed before.</param>
[Event("soc.partners.isa.reviewdue.v1")]
public sealed record AgreementReviewDue(Guid AgreementId, IReadOnlyList<Guid> Parties, DateOnly ReviewDate);

/// <summary>An information sharing agreement has been reviewed and goes on.</summary>
/// <param name="AgreementId">The agreement.</param>
/// <param name="Parties">The organisations that are party to it.</param>
/// <param name="ReviewDate">The new day by which it must be reviewed.</param>
[Event("soc.partners.isa.reviewed.v1")]
public sealed record AgreementReviewed(Guid AgreementId, IReadOnlyList<Guid> Parties, DateOnly ReviewDate);

/// <summary>An information sharing agreement has ended because its review date passed without a review.</summary>
/// <param name="AgreementId">The agreement.</param>
/// <param name="Parties">The organisations that were party to it.</param>
/// <param name="DataCategories">What is no longer shared under it.</param>
[Event("soc.partners.isa.expired.v1")]
public sealed record AgreementExpired(Guid AgreementId, IReadOnlyList<Guid> Parties, IReadOnlyList<string> DataCategories);

/// <summary>An information sharing agreement has ended because a party, or the information governance lead, terminated it.</summary>
/// <param name="AgreementId">The agreement.</param>
/// <param name="Parties">The organisations that were party to it.</param>
/// <param name="DataCategories">What is no longer shared under it.</param>
/// <param name="Reason">A code of the closed list of the Partners service.</param>
/// <param name="Effective">The instant from which nothing is shared under it.</param>
[Event("soc.partners.isa.terminated.v1")]
public sealed record AgreementTerminated(
    Guid AgreementId, IReadOnlyList<Guid> Parties, IReadOnlyList<string> DataCategories, string Reason, DateTimeOffset Effective);
