using Soc.Partners.Agreements;

namespace Soc.Partners.SharingGroups;

/// <summary>
/// That a member shared something with its group: not what. It keeps the membership that held at that instant with its hash, which the sender is given and
/// can show later. The service can add shares and read them; it cannot change or delete any.
/// </summary>
internal sealed class Share
{
    public required Guid Id { get; init; }

    public required Guid SharingGroupId { get; init; }

    public required Guid SenderId { get; init; }

    /// <summary>The sender's own, opaque; told to nobody else.</summary>
    public required string Reference { get; init; }

    public required string DataCategory { get; init; }

    public required Marking Marking { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>The members at that instant, the sender among them.</summary>
    public required Guid[] Members { get; init; }

    /// <summary>The canonical text of that membership: see <see cref="MembershipProof"/>.</summary>
    public required string MembershipText { get; init; }

    /// <summary>SHA-256 of the text in hexadecimal.</summary>
    public required string MembershipHash { get; init; }
}
