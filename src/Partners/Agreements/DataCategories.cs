using System.Collections.Frozen;
using System.Reflection;
using Soc.Contracts;
using Soc.Contracts.Partners;
using Soc.Contracts.Referrals;
using Soc.Contracts.Strategy;

namespace Soc.Partners.Agreements;

/// <summary>What a data category opens.</summary>
/// <param name="Scopes">What clients may do and see.</param>
/// <param name="EventTypes">The events that the organisation may be told of.</param>
internal sealed record DataCategory(IReadOnlyList<string> Scopes, IReadOnlyList<string> EventTypes);

/// <summary>
/// What an information sharing agreement makes possible: each data category opens scopes and event types, and each of those handles information of a
/// marking that the agreement's ceiling must reach. This is the whole of it, but for <see cref="Scopes.OwnOrganisation"/>; another scope that no category
/// opens cannot be had by anyone. The statistical facts of Referrals belong to no category: they are for Reporting alone.
/// </summary>
internal static class DataCategories
{
    private static readonly string[] Register =
    [
        Event<OrganisationRegistered>(), Event<OrganisationChanged>(), Event<OrganisationSuspended>(), Event<OrganisationReinstated>(),
        Event<AgreementActivated>(), Event<AgreementReviewDue>(), Event<AgreementReviewed>(), Event<AgreementExpired>(), Event<AgreementTerminated>(),
        Event<AttestationMade>(), Event<AttestationOverdue>(),
    ];

    private static readonly string[] Strategy =
        [Event<StrategyPublished>(), Event<DevelopmentRecorded>(), Event<AnnualReportPublished>(), Event<WrittenQuestionAnswered>()];

    public static FrozenDictionary<string, DataCategory> All { get; } = new Dictionary<string, DataCategory>
    {
        ["partner-register"] = new([Scopes.OrganisationsRegister, Scopes.OrganisationsRead, Scopes.AgreementsManage], Register),
        ["partner-security"] = new([Scopes.OrganisationsSuspend, Scopes.OrganisationsRead], [Event<OrganisationSuspended>(), Event<OrganisationReinstated>()]),
        ["protected-person-referrals"] = new([Scopes.ReferralsSubmit, Scopes.ReferralsUpdates, Scopes.OrganisationsRead], [Event<NoticeIssued>()]),
        ["protected-person-casework"] = new(
            [Scopes.ReferralsTriage, Scopes.ReferralsAssess, Scopes.ReferralsDecide, Scopes.ReferralsCasework, Scopes.ReferralsReview, Scopes.ReferralsTransfer,
                Scopes.ReferralsPrivacy, Scopes.OrganisationsRead], []),
        ["strategy-progress"] = new([Scopes.StrategyRead], Strategy),
        ["strategy-delivery"] = new([Scopes.StrategyOwn, Scopes.StrategyRead], Strategy),
        ["unreleased-statistics"] = new([Scopes.ReportsStatistics, Scopes.StrategyRead], Strategy),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static Marking MarkingOf(string scope) => scope switch
    {
        Scopes.ReferralsSubmit or Scopes.ReferralsUpdates => Marking.OfficialSensitive,
        Scopes.ReferralsTriage or Scopes.ReferralsAssess or Scopes.ReferralsDecide => Marking.OfficialSensitive,
        Scopes.ReferralsCasework or Scopes.ReferralsReview or Scopes.ReferralsTransfer or Scopes.ReferralsPrivacy => Marking.OfficialSensitive,
        Scopes.OrganisationsSuspend or Scopes.ReportsStatistics => Marking.OfficialSensitive,
        Scopes.OrganisationsRegister or Scopes.OrganisationsRead or Scopes.AgreementsManage => Marking.Official,
        Scopes.OrganisationAdminister or Scopes.OrganisationAttest or Scopes.IntegrationManage => Marking.Official,
        Scopes.StrategyRead or Scopes.StrategyOwn => Marking.Official,
        _ => throw new ArgumentOutOfRangeException(nameof(scope), scope, "Every scope has a marking here."),
    };

    /// <summary>That somebody is cut off is nothing for everybody; what else events say is no more than ids and codes.</summary>
    public static Marking MarkingOfEvent(string eventType) =>
        eventType == Event<OrganisationSuspended>() || eventType == Event<OrganisationReinstated>() || eventType == Event<NoticeIssued>() ? Marking.OfficialSensitive : Marking.Official;

    private static string Event<T>() => typeof(T).GetCustomAttribute<EventAttribute>()!.Type;
}
