namespace Soc.Partners.Disclosures;

/// <summary>By which way information reached an organisation.</summary>
internal enum DisclosureKind
{
    /// <summary>A member of a sharing group shared it.</summary>
    Share,

    /// <summary>The organisation read it from one of the services.</summary>
    Read,

    /// <summary>It was delivered to a webhook of the organisation.</summary>
    Delivery,
}

/// <summary>
/// That an organisation received shared information: what kind, how much, under which agreement, in which hour. Never what it said, and nothing that leads
/// to a case. The service can add such records and read them; it cannot change or delete any.
/// </summary>
internal sealed class Disclosure
{
    public long Sequence { get; private init; }

    public required Guid OrganisationId { get; init; }

    public required DisclosureKind Kind { get; init; }

    public required string DataCategory { get; init; }

    /// <summary>How many pieces of information it was.</summary>
    public required int Items { get; init; }

    /// <summary>The agreement that covered it; null where none of the organisation's agreements in force did.</summary>
    public required Guid? AgreementId { get; init; }

    public Guid? SharingGroupId { get; init; }

    /// <summary>The start of the hour in which it happened: the minute could be matched with something that happened in a case.</summary>
    public required DateTimeOffset Hour { get; init; }

    /// <summary>The service that it came from, such as <c>referrals</c>.</summary>
    public required string Source { get; init; }
}

internal static class DisclosureKinds
{
    public static string Code(this DisclosureKind kind) => kind switch
    {
        DisclosureKind.Share => "share",
        DisclosureKind.Read => "read",
        DisclosureKind.Delivery => "delivery",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
