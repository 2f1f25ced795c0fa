using Soc.Referrals.Sealing;

namespace Soc.Referrals.BreakGlass;

/// <summary>
/// Access to one case in an emergency by somebody who is not on its team: for an hour, with a reason, with a second person's approval unless there is an
/// immediate threat, and reviewed by a third. Asked for by reference: the request is answered alike whether there is such a case or not.
/// </summary>
internal sealed class EmergencyAccess
{
    public const string TextField = "break-glass.text";
    public const string ReferenceField = "break-glass.reference";

    public static readonly TimeSpan Lasts = TimeSpan.FromMinutes(60);

    public required Guid Id { get; init; }

    /// <summary>The unit of everybody who has to do with it.</summary>
    public required Guid Unit { get; init; }

    /// <summary>The case; null where the unit has none with the reference that was given.</summary>
    public required Guid? ReferralId { get; init; }

    /// <summary>The case's region, for the statistical facts.</summary>
    public required string? Region { get; init; }

    public required string Requester { get; init; }

    public required string Reason { get; init; }

    public required bool ImmediateThreat { get; init; }

    public required DateTimeOffset RequestedAt { get; init; }

    /// <summary>The reason in the requester's words, sealed under a key of its own.</summary>
    public required byte[] SealedText { get; init; }

    /// <summary>The reference as it was asked for, sealed too: whatever was typed in its place. Null in rows from before it was kept.</summary>
    public required byte[]? SealedReference { get; init; }

    public required string WrappedBy { get; init; }

    public required byte[] Wrapped { get; init; }

    public string? ApprovedBy { get; private set; }

    public DateTimeOffset? ActiveFrom { get; private set; }

    public DateTimeOffset? ExpiresAt { get; private set; }

    /// <summary>When somebody else must have reviewed it: by the end of the next working day.</summary>
    public DateTimeOffset? ReviewDueAt { get; private set; }

    public string? ReviewedBy { get; private set; }

    public DateTimeOffset? ReviewedAt { get; private set; }

    public string? ReviewOutcome { get; private set; }

    public int Reads { get; set; }

    public DataKey Key => new(Id, WrappedBy, Wrapped);

    public void Activate(string? approvedBy, DateTimeOffset reviewDueAt, DateTimeOffset now) =>
        (ApprovedBy, ActiveFrom, ExpiresAt, ReviewDueAt) = (approvedBy, now, now + Lasts, reviewDueAt);

    /// <summary>Whatever it finds, the review ends the access: whoever still needs one asks anew, and gets a review of that.</summary>
    public void Review(string by, string outcome, DateTimeOffset now) =>
        (ReviewedBy, ReviewOutcome, ReviewedAt, ExpiresAt) = (by, outcome, now, ExpiresAt < now ? ExpiresAt : now);

    /// <summary>Whether it opens the case: to the one who asked, while it lasts.</summary>
    public bool IsOpenTo(string actor, DateTimeOffset now) => Requester == actor && ActiveFrom is not null && ExpiresAt > now;

    /// <summary>Whether nobody approved it while the emergency could still be the one that was told of.</summary>
    public bool HasLapsed(DateTimeOffset now) => ActiveFrom is null && now >= RequestedAt + Lasts;

    public string StatusAt(DateTimeOffset now) =>
        ReviewedAt is not null ? "reviewed" : HasLapsed(now) ? "lapsed" : ActiveFrom is null ? "requested" : now < ExpiresAt ? "active" : now <= ReviewDueAt ? "expired" : "review-overdue";
}
