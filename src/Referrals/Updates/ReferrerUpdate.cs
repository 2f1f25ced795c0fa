using Soc.Referrals.Cases;

namespace Soc.Referrals.Updates;

/// <summary>What a referring organisation is told about one of its referrals: its new status, and nothing of why.</summary>
internal sealed class ReferrerUpdate(Guid id, Guid organisation, Guid referralId, string reference, ReferralStatus status, DateTimeOffset at, string[] asked, string? redirectTo)
{
    public Guid Id { get; private init; } = id;

    public Guid Organisation { get; private init; } = organisation;

    /// <summary>
    /// Its place among the organisation's updates: from 1, without gaps. Null until the organisation asks, because only a committed row can be placed so
    /// that nobody who has read on misses it (see <see cref="UpdateFeed"/>).
    /// </summary>
    public long? Position { get; private init; }

    /// <summary>Whether the organisation has been given it; what it is given first is on its record of what it received.</summary>
    public bool Given { get; private init; }

    public Guid ReferralId { get; private init; } = referralId;

    public string Reference { get; private init; } = reference;

    public ReferralStatus Status { get; private init; } = status;

    public DateTimeOffset At { get; private init; } = at;

    /// <summary>What is asked of the referrer beside what its status always asks.</summary>
    public string[] Asked { get; private init; } = asked;

    /// <summary>The kind of service that a redirected referral is to be taken to.</summary>
    public string? RedirectTo { get; private init; } = redirectTo;

    /// <summary>The update about a referral as it now stands.</summary>
    public static ReferrerUpdate Of(Referral referral, DateTimeOffset now) =>
        new(Guid.CreateVersion7(now), referral.ReferringOrganisation, referral.Id, referral.Reference, referral.Status, now,
            referral.Status == ReferralStatus.Returned ? referral.ReturnedFor : [],
            referral.Status == ReferralStatus.Redirected ? referral.RedirectedTo : null);
}
