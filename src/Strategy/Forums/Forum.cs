using Soc.Contracts.Partners;

namespace Soc.Strategy.Forums;

/// <summary>A forum or network that strategies can rely on, as Partners tells of it: to be named by developments, and never changed here.</summary>
internal sealed class Forum
{
    private Forum()
    {
    }

    public Guid Id { get; private init; }

    public string Kind { get; private init; } = "";

    public string Name { get; private init; } = "";

    public IReadOnlyList<string> Area { get; private init; } = [];

    public DateOnly From { get; private init; }

    public DateOnly? Until { get; private set; }

    /// <summary>Memberships that have been given no end.</summary>
    public int Members { get; private set; }

    public static Forum Of(ForumCreated created) => new()
    {
        Id = created.ForumId,
        Kind = created.Kind,
        Name = created.Name,
        Area = created.Area,
        From = created.From,
        Until = created.Until,
    };

    public void Joined() => Members++;

    public void Left() => Members--;

    public void Closed(DateOnly until) => Until = until;
}
