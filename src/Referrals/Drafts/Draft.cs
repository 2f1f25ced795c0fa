using Soc.Referrals.Sealing;

namespace Soc.Referrals.Drafts;

/// <summary>
/// What somebody has begun to tell. Sealed as a whole under a key of its own that lies in the row: whoever deletes the row destroys the key. Nothing of it is in
/// the clear, so nothing can be searched for.
/// </summary>
internal sealed class Draft
{
    public const string Field = "draft";

    public required Guid Id { get; init; }

    public required Guid Organisation { get; init; }

    /// <summary>The one who sees it.</summary>
    public required string Author { get; init; }

    public required string WrappedBy { get; init; }

    public required byte[] Wrapped { get; init; }

    public required byte[] Content { get; set; }

    /// <summary>When it was last saved; it is purged a number of days after that.</summary>
    public required DateTimeOffset SavedAt { get; set; }

    public required long Version { get; set; }

    public DataKey Key => new(Id, WrappedBy, Wrapped);
}
