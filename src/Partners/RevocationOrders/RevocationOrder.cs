using Soc.Contracts;
using Soc.Contracts.Partners;
using Soc.ServiceDefaults;

namespace Soc.Partners.RevocationOrders;

internal enum RevocationOrderStatus
{
    /// <summary>The change is decided; some process may not have heard of it yet.</summary>
    Issued,

    /// <summary>Every process refuses.</summary>
    Enforced,

    /// <summary>The due date has passed without an acknowledgement.</summary>
    Overdue,

    /// <summary>The organisation has said what became of what it had received.</summary>
    Acknowledged,
}

/// <summary>
/// Tells an organisation that lost access what it had received until then, and asks what became of it: returned, destroyed, or retained on a legal basis.
/// Which disclosures it is about follows from the cause and the instant, from records that only grow, so that what another service reports late is in it too.
/// </summary>
internal sealed class RevocationOrder
{
    private RevocationOrder()
    {
    }

    public Guid Id { get; private init; }

    public Guid OrganisationId { get; private init; }

    /// <summary>A code: see <see cref="RevocationCause"/>.</summary>
    public string Cause { get; private init; } = "";

    /// <summary>The agreement that ended; what was received under it is meant.</summary>
    public Guid? AgreementId { get; private init; }

    /// <summary>The group that was left; what was received in it is meant.</summary>
    public Guid? SharingGroupId { get; private init; }

    /// <summary>The key that was revoked, as <c>client/key</c>; everything that was received is meant.</summary>
    public string? RevokedKey { get; private init; }

    public DateTimeOffset IssuedAt { get; private init; }

    public DateTimeOffset DueAt { get; private init; }

    public RevocationOrderStatus Status { get; private set; }

    /// <summary>When it was established that every process refuses.</summary>
    public DateTimeOffset? EnforcedAt { get; private set; }

    public DateTimeOffset? OverdueAt { get; private set; }

    public Acknowledgement? Acknowledgement { get; private set; }

    public long Version { get; private set; }

    public long EventVersion { get; private set; }

    public static (RevocationOrder Order, RevocationIssued Event) Issue(
        Guid id, Guid organisation, RevocationCause cause, TimeSpan timeToAcknowledge, DateTimeOffset now)
    {
        var order = new RevocationOrder
        {
            Id = id,
            OrganisationId = organisation,
            Cause = cause.Code,
            AgreementId = cause.Agreement,
            SharingGroupId = cause.SharingGroup,
            RevokedKey = cause.Key,
            IssuedAt = now,
            DueAt = UkCalendar.EndOf(UkCalendar.Day(now + timeToAcknowledge)),
            Status = RevocationOrderStatus.Issued,
            Version = 1,
            EventVersion = 1,
        };
        if (cause.SharingGroup is not null)
        {
            order.Enforce(now); // nobody but this service decides about a group, and from the same transaction on
        }

        return (order, new RevocationIssued(id, organisation, order.Cause));
    }

    /// <summary>Every process refuses. Possible once, and also after the acknowledgement, which does not wait for it.</summary>
    public void Enforce(DateTimeOffset now)
    {
        if (EnforcedAt is not null)
        {
            throw new InvalidOperationException("The order is enforced already.");
        }

        EnforcedAt = now;
        Status = Status == RevocationOrderStatus.Issued ? RevocationOrderStatus.Enforced : Status;
        Version++;
    }

    /// <summary>The due date has passed.</summary>
    public RevocationOverdue BecomeOverdue(DateTimeOffset now)
    {
        if (now < DueAt || Status is RevocationOrderStatus.Overdue or RevocationOrderStatus.Acknowledged)
        {
            throw new InvalidOperationException($"The order is {Status} and due at {DueAt:O}.");
        }

        OverdueAt = now;
        Status = RevocationOrderStatus.Overdue;
        Version++;
        EventVersion++;
        return new RevocationOverdue(Id, OrganisationId);
    }

    /// <summary>
    /// Records what the organisation says. Its responsible individual does so for it; an officer of the platform for one that has no access, from a letter, which
    /// must then be named.
    /// </summary>
    public Decision<RevocationAcknowledged> Acknowledge(Acknowledgement acknowledgement)
    {
        if (Status == RevocationOrderStatus.Acknowledged)
        {
            return PartnersProblems.RevocationOrderStatus;
        }

        if (acknowledgement.Action == Acknowledgement.Retained != acknowledgement.RetentionBasis is not null)
        {
            return PartnersProblems.RevocationRetentionBasis;
        }

        if (acknowledgement.FromLetter && acknowledgement.DocumentReference is null)
        {
            return PartnersProblems.RevocationLetter;
        }

        Acknowledgement = acknowledgement;
        Status = RevocationOrderStatus.Acknowledged;
        Version++;
        EventVersion++;
        return new RevocationAcknowledged(Id, OrganisationId, acknowledgement.Action);
    }

    /// <summary>What this caller can do with it now, by the name of the path to post to.</summary>
    public IEnumerable<string> AllowedActions(Caller caller) =>
        Status != RevocationOrderStatus.Acknowledged && (IsAnsweredBy(caller) || IsRecordedBy(caller)) ? ["acknowledgement"] : [];

    /// <summary>Whether the caller answers for the organisation itself.</summary>
    public bool IsAnsweredBy(Caller caller) => caller.Organisation == OrganisationId && caller.Scopes.Contains(Scopes.OrganisationAttest);

    /// <summary>Whether the caller records what arrived by letter: never for the officer's own organisation.</summary>
    public bool IsRecordedBy(Caller caller) => caller.Organisation != OrganisationId && caller.IsRevocationOfficer();
}

/// <summary>What an organisation says became of what it had received.</summary>
/// <param name="Action">A code of the closed list: returned, destroyed or retained.</param>
/// <param name="RetentionBasis">The legal basis of what is retained; a code of the closed list.</param>
/// <param name="DocumentReference">Where the letter or certificate is kept; a reference, never the document.</param>
/// <param name="FromLetter">Whether an officer of the platform recorded it for the organisation.</param>
/// <param name="RecordedBy">The pseudonymous actor.</param>
/// <param name="At">When it was recorded.</param>
internal sealed record Acknowledgement(
    string Action, string? RetentionBasis, string? DocumentReference, bool FromLetter, string RecordedBy, DateTimeOffset At)
{
    /// <summary>The action that needs a legal basis.</summary>
    public const string Retained = "retained";
}

internal static class RevocationOrderStatuses
{
    public static string Code(this RevocationOrderStatus status) => status switch
    {
        RevocationOrderStatus.Issued => "issued",
        RevocationOrderStatus.Enforced => "enforced",
        RevocationOrderStatus.Overdue => "overdue",
        RevocationOrderStatus.Acknowledged => "acknowledged",
        _ => throw new ArgumentOutOfRangeException(nameof(status)),
    };

    public static RevocationOrderStatus Parse(string code) => Enum.GetValues<RevocationOrderStatus>().Single(status => status.Code() == code);
}
