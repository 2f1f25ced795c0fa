using Soc.Contracts.Partners;
using Soc.ServiceDefaults;

namespace Soc.Partners.Attestations;

internal enum AttestationState
{
    NotDue,
    Due,
    Overdue,
}

/// <summary>
/// What a live organisation owes: an attestation in each calendar quarter from the one after it went live, within a time of grace. After that nothing is
/// shared with it until it attests; what it does about itself alone stays, so that it can.
/// </summary>
internal sealed class AttestationDuty
{
    private AttestationDuty()
    {
    }

    public Guid Id { get; private init; }

    public Guid OrganisationId { get; private init; }

    /// <summary>The first day of the first quarter that is not attested.</summary>
    public DateOnly DueFrom { get; private set; }

    /// <summary>The end of that quarter's time of grace: nothing is shared from then on.</summary>
    public DateTimeOffset SharedUntil { get; private set; }

    /// <summary>Whether it was said, and acted on, that this attestation is overdue.</summary>
    public bool Lapsed { get; private set; }

    public long Version { get; private set; }

    public long EventVersion { get; private set; }

    public static AttestationDuty Of(Guid organisation, int graceDays, DateTimeOffset now)
    {
        var duty = new AttestationDuty { Id = Guid.CreateVersion7(now), OrganisationId = organisation };
        duty.CoverUntilNextQuarter(graceDays, now);
        return duty;
    }

    /// <summary>When the time of grace of a quarter ends.</summary>
    public static DateTimeOffset EndOfGrace(DateOnly dueFrom, int graceDays) => UkCalendar.EndOf(dueFrom.AddDays(graceDays - 1));

    public AttestationState StateAt(DateTimeOffset now) =>
        now >= SharedUntil ? AttestationState.Overdue : UkCalendar.Day(now) >= DueFrom ? AttestationState.Due : AttestationState.NotDue;

    /// <summary>The organisation attests for the present quarter. What it missed before is not made good by it; it stays on record as overdue.</summary>
    public Decision<AttestationMade> Attest(int graceDays, DateTimeOffset now)
    {
        if (StateAt(now) == AttestationState.NotDue)
        {
            return PartnersProblems.AttestationNotDue;
        }

        CoverUntilNextQuarter(graceDays, now);
        EventVersion++;
        return new AttestationMade(OrganisationId, Quarter.Of(UkCalendar.Day(now)).ToString());
    }

    /// <summary>Says once that it is overdue.</summary>
    /// <returns>The event, or null where it is not, or was said.</returns>
    public AttestationOverdue? Lapse(DateTimeOffset now)
    {
        if (Lapsed || StateAt(now) != AttestationState.Overdue)
        {
            return null;
        }

        Lapsed = true;
        Version++;
        EventVersion++;
        return new AttestationOverdue(OrganisationId, Quarter.Of(DueFrom).ToString());
    }

    private void CoverUntilNextQuarter(int graceDays, DateTimeOffset now)
    {
        DueFrom = Quarter.Of(UkCalendar.Day(now)).Next.FirstDay;
        SharedUntil = EndOfGrace(DueFrom, graceDays);
        Lapsed = false;
        Version++;
    }
}

internal static class AttestationStates
{
    public static string Code(this AttestationState state) => state switch
    {
        AttestationState.NotDue => "not-due",
        AttestationState.Due => "due",
        AttestationState.Overdue => "overdue",
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };

    public static AttestationState Parse(string code) => Enum.GetValues<AttestationState>().Single(state => state.Code() == code);
}
