using System.Collections.Frozen;
using Soc.Contracts;

namespace Soc.Partners.Agreements;

/// <summary>
/// What an information sharing agreement makes possible: each data category opens scopes, and each scope handles information of a marking that
/// the agreement's ceiling must reach. This is the whole of it, but for <see cref="Scopes.OwnOrganisation"/>; another scope that no category opens cannot be had by anyone.
/// </summary>
internal static class DataCategories
{
    public static FrozenDictionary<string, string[]> All { get; } = new Dictionary<string, string[]>
    {
        ["partner-register"] = [Scopes.OrganisationsRegister, Scopes.OrganisationsRead, Scopes.AgreementsManage],
        ["partner-security"] = [Scopes.OrganisationsSuspend, Scopes.OrganisationsRead],
        ["protected-person-referrals"] = [Scopes.ReferralsSubmit, Scopes.ReferralsUpdates, Scopes.OrganisationsRead],
        ["protected-person-casework"] = [Scopes.ReferralsTriage, Scopes.ReferralsAssess, Scopes.ReferralsDecide, Scopes.OrganisationsRead],
        ["strategy-progress"] = [Scopes.StrategyRead],
        ["strategy-delivery"] = [Scopes.StrategyOwn, Scopes.StrategyRead],
        ["unreleased-statistics"] = [Scopes.ReportsStatistics, Scopes.StrategyRead],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static Marking MarkingOf(string scope) => scope switch
    {
        Scopes.ReferralsSubmit or Scopes.ReferralsUpdates => Marking.OfficialSensitive,
        Scopes.ReferralsTriage or Scopes.ReferralsAssess or Scopes.ReferralsDecide => Marking.OfficialSensitive,
        Scopes.OrganisationsSuspend or Scopes.ReportsStatistics => Marking.OfficialSensitive,
        Scopes.OrganisationsRegister or Scopes.OrganisationsRead or Scopes.AgreementsManage => Marking.Official,
        Scopes.OrganisationAdminister or Scopes.OrganisationAttest or Scopes.IntegrationManage => Marking.Official,
        Scopes.StrategyRead or Scopes.StrategyOwn => Marking.Official,
        _ => throw new ArgumentOutOfRangeException(nameof(scope), scope, "Every scope has a marking here."),
    };
}
