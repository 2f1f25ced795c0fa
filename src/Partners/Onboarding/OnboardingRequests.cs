using System.ComponentModel.DataAnnotations;
using Soc.Partners.Organisations;
using Soc.Partners.ReferenceData;
using Soc.Partners.Terms;
using Soc.ServiceDefaults;

namespace Soc.Partners.Onboarding;

/// <summary>Applies to join: who answers for the organisation, and that it accepts the terms of use.</summary>
public sealed record SubmitApplication(Guid ResponsibleIndividual, [property: Required] AcceptTerms Terms);

/// <summary>Records how it was verified that the responsible individual is who they say.</summary>
public sealed record VerifyResponsibleIndividual([property: Required, KnownCodes(ReferenceCodes.VerificationMethods)] string Method);

/// <summary>An application. Of the responsible individual the id of the contact, which is read apart and audited.</summary>
internal sealed record ApplicationView(
    Guid Id, Guid Organisation, Guid ResponsibleIndividual, string State, DateTimeOffset SubmittedAt, DateTimeOffset ProgressedAt,
    string? VerificationMethod, DateTimeOffset? VerifiedAt, DateTimeOffset? RemindedAt, IEnumerable<string> AllowedActions)
{
    /// <summary>The steps of an application are the organisation's.</summary>
    private static readonly string[] Steps = ["responsible-individual-verification", "approval"];

    public static ApplicationView Of(OnboardingApplication application, Organisation organisation, Caller caller) => new(
        application.Id, application.OrganisationId, application.ResponsibleIndividualId, application.State.Code(), application.SubmittedAt,
        application.ProgressedAt, application.VerificationMethod, application.VerifiedAt, application.RemindedAt,
        application.IsOpen ? organisation.AllowedActions(caller).Intersect(Steps) : []);
}

/// <summary>A page of the registrars' worklist.</summary>
internal sealed record ApplicationPage(IEnumerable<ApplicationView> Items, string? Next);

/// <summary>Where an organisation stands on its way: its last application, what it accepted, and by when it is asked to accept the current terms.</summary>
internal sealed record OnboardingView(string Status, ApplicationView? Application, AcceptanceView? Terms, DateOnly? AcceptTermsBy, IEnumerable<string> AllowedActions);
