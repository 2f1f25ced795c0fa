namespace Soc.Contracts.Partners;

/// <summary>An information sharing agreement, signed by every party, has become active.</summary>
/// <param name="AgreementId">The agreement.</param>
/// <param name="Parties">The organisations that are party to it.</param>
/// <param name="DataCategories">What may be shared, as codes of the closed list of the Partners service.</param>
/// <param name="ReviewDate">The day by which it must be reviewed.</param>
[Event("soc.partners.isa.activated.v1")]
public sealed record AgreementActivated(Guid AgreementId, IReadOnlyList<Guid> Parties, IReadOnlyList<string> DataCategories, DateOnly ReviewDate);
