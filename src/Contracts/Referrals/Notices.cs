namespace Soc.Contracts.Referrals;

/// <summary>
/// Somebody else's act has put something new among the updates of a referring organisation, which reads it under its own permission. Says neither of which case nor when: it
/// leaves on the same road as the statistical facts, so that it can be linked to none of them.
/// </summary>
/// <param name="OrganisationId">The organisation that has an update.</param>
/// <param name="NoticeId">Random, new for every notice; nothing else bears it.</param>
[Event("soc.referrals.notice.issued.v1", Linkable = false)]
public sealed record NoticeIssued(Guid OrganisationId, Guid NoticeId);
