using Soc.Contracts.Partners;

namespace Soc.Partners.Onboarding;

internal enum ApplicationState
{
    Submitted,
    Verified,
    Approved,
    Expired,
}

/// <summary>
/// An organisation's application to join: who answers for it, and how that person was verified. Nothing of the person is here, only the contact's id.
/// The organisation's status says what can be done next; every step of the application is one of the organisation's.
/// </summary>
internal sealed class OnboardingApplication
{
    private OnboardingApplication()
    {
    }

    public Guid Id { get; private init; }

    public Guid OrganisationId { get; private init; }

    /// <summary>The contact, which may have been deleted since.</summary>
    public Guid ResponsibleIndividualId { get; private init; }

    public DateTimeOffset SubmittedAt { get; private init; }

    public ApplicationState State { get; private set; }

    /// <summary>When it last came a step further: what reminders and its expiry count from.</summary>
    public DateTimeOffset ProgressedAt { get; private set; }

    /// <summary>A code of the closed list, never what was seen.</summary>
    public string? VerificationMethod { get; private set; }

    /// <summary>The pseudonymous actor.</summary>
    public string? VerifiedBy { get; private set; }

    public DateTimeOffset? VerifiedAt { get; private set; }

    /// <summary>Set while it stands still: the registrars' worklist shows it.</summary>
    public DateTimeOffset? RemindedAt { get; private set; }

    /// <summary>Of its events, which are the reminders.</summary>
    public long EventVersion { get; private set; }

    public bool IsOpen => State is ApplicationState.Submitted or ApplicationState.Verified;

    public static OnboardingApplication Submit(Guid id, Guid organisation, Guid responsibleIndividual, DateTimeOffset now) => new()
    {
        Id = id,
        OrganisationId = organisation,
        ResponsibleIndividualId = responsibleIndividual,
        SubmittedAt = now,
        ProgressedAt = now,
        State = ApplicationState.Submitted,
    };

    public void Verify(string method, string actor, DateTimeOffset now)
    {
        (VerificationMethod, VerifiedBy, VerifiedAt) = (method, actor, now);
        Progress(ApplicationState.Verified, now);
    }

    public void Approve(DateTimeOffset now) => Progress(ApplicationState.Approved, now);

    public void Expire(DateTimeOffset now) => Progress(ApplicationState.Expired, now);

    public ApplicationReminded Remind(DateTimeOffset now)
    {
        RemindedAt = now;
        EventVersion++;
        return new ApplicationReminded(Id, OrganisationId);
    }

    private void Progress(ApplicationState state, DateTimeOffset now)
    {
        State = state;
        ProgressedAt = now;
        RemindedAt = null;
    }
}

internal static class ApplicationStates
{
    public static string Code(this ApplicationState state) => state switch
    {
        ApplicationState.Submitted => "submitted",
        ApplicationState.Verified => "verified",
        ApplicationState.Approved => "approved",
        ApplicationState.Expired => "expired",
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };
}
