namespace Soc.Contracts.Referrals;

/// <summary>
/// An organisation was given information by this service. It tells how much of what category and in which hour, for the organisation's own record of what it
/// received; nothing leads to a case, so it leaves like a statistical fact: without aggregate, version or trace, after a random delay.
/// </summary>
/// <param name="OrganisationId">The organisation.</param>
/// <param name="DataCategory">A code of the closed list of the Partners service.</param>
/// <param name="Items">How many pieces of information it had not been given before.</param>
/// <param name="Hour">The start of the hour.</param>
[Event("soc.referrals.information.disclosed.v1", Linkable = false)]
public sealed record InformationDisclosed(Guid OrganisationId, string DataCategory, int Items, DateTimeOffset Hour);
