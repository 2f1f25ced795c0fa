namespace Soc.Referrals.Cases;

/// <summary>Somebody who works on a case, in one role, from one instant until another; who is not among them does not learn that the case exists.</summary>
internal sealed class CaseMember(Guid id, Guid unit, string actor, CaseRole role, string addedBy, DateTimeOffset since)
{
    public Guid Id { get; private init; } = id;

    /// <summary>The unit that the member works for: membership counts while that unit is responsible.</summary>
    public Guid Unit { get; private init; } = unit;

    public string Actor { get; private init; } = actor;

    public CaseRole Role { get; private init; } = role;

    public string AddedBy { get; private init; } = addedBy;

    public DateTimeOffset Since { get; private init; } = since;

    public DateTimeOffset? Until { get; private set; }

    public string? EndedBy { get; private set; }

    public void End(string by, DateTimeOffset now) => (EndedBy, Until) = (by, now);
}
