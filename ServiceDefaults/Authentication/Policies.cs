using Soc.Contracts;

namespace Soc.ServiceDefaults;

/// <summary>Authorisation policies that are not scopes.</summary>
public static class Policies
{
    /// <summary>Only processes of the platform, proven by <see cref="PlatformKeyHeader"/>: for routes under <c>/internal</c>, which the gateway does not have.</summary>
    public const string Platform = "platform";

    /// <summary>The header in which processes of the platform show each other the key of <see cref="PlatformKeySetting"/>.</summary>
    public const string PlatformKeyHeader = "X-Platform-Key";

    /// <summary>The setting that holds it, in every process.</summary>
    public const string PlatformKeySetting = "Platform:InternalKey";

    /// <summary>An organisation's way into the platform: its administrator, for it alone, or a registrar.</summary>
    public const string Onboarding = "organisation.onboarding";

    /// <summary>Who may read an organisation's contacts: its administrator, for it alone, registrars, and security officers.</summary>
    public const string Contacts = "organisation.contacts";

    /// <summary>What an organisation may read about itself.</summary>
    public const string OwnRecords = "own-records.read";

    /// <summary>Sharing groups: their members, and who manages agreements.</summary>
    public const string SharingGroupsRead = "sharing-groups.read";

    /// <summary>Revocation orders: the organisation that they are addressed to, and those who record what comes by letter.</summary>
    public const string RevocationOrdersRead = "revocation-orders.read";

    /// <summary>Acknowledging a revocation order, or recording an acknowledgement that came by letter.</summary>
    public const string RevocationOrdersAcknowledge = "revocation-orders.acknowledge";

    /// <summary>To see an API client.</summary>
    public const string ClientsRead = "clients.read";

    /// <summary>To register an API client, or to give it a credential.</summary>
    public const string ClientsManage = "clients.manage";

    /// <summary>To take a credential away.</summary>
    public const string CredentialsRevoke = "credentials.revoke";

    /// <summary>What everybody who works on cases may do; on which cases, the service decides.</summary>
    public const string CaseOfficers = "referrals.case-officer";

    /// <summary>To see which emergency accesses there are: whoever works on cases, and the privacy reviewer.</summary>
    public const string EmergencyAccess = "referrals.emergency-access";

    /// <summary>What triage officers and case officers do alike: interim protection, withdrawal, closure, and who else works on the case.</summary>
    public const string CaseLeads = "referrals.case-lead";

    /// <summary>What says nothing of any case, such as the vocabulary of referrals: whoever has anything to do with referrals.</summary>
    public const string Referrals = "referrals.any";

    /// <summary>Policies that several scopes satisfy, each of them enough; which organisations it is enough for, the service decides.</summary>
    public static IReadOnlyDictionary<string, string[]> AnyOf { get; } = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        [Onboarding] = [Scopes.OrganisationsRegister, Scopes.OrganisationAdminister],
        [Contacts] = [Scopes.OrganisationsRegister, Scopes.OrganisationsSuspend, Scopes.OrganisationAdminister],
        [OwnRecords] = [Scopes.OrganisationAdminister, Scopes.OrganisationAttest, Scopes.IntegrationManage, Scopes.OrganisationsRead],
        [SharingGroupsRead] =
            [Scopes.OrganisationAdminister, Scopes.OrganisationAttest, Scopes.IntegrationManage, Scopes.OrganisationsRead, Scopes.AgreementsManage],
        [RevocationOrdersRead] =
            [Scopes.OrganisationAdminister, Scopes.OrganisationAttest, Scopes.OrganisationsSuspend, Scopes.OrganisationsRegister],
        [ClientsRead] = [Scopes.OrganisationsRead, Scopes.IntegrationManage],
        [ClientsManage] = [Scopes.OrganisationsRegister, Scopes.IntegrationManage],
        [CredentialsRevoke] = [Scopes.OrganisationsRegister, Scopes.IntegrationManage, Scopes.OrganisationsSuspend],
        [CaseOfficers] =
            [Scopes.ReferralsTriage, Scopes.ReferralsAssess, Scopes.ReferralsDecide, Scopes.ReferralsCasework, Scopes.ReferralsReview, Scopes.ReferralsTransfer],
        [EmergencyAccess] =
            [Scopes.ReferralsTriage, Scopes.ReferralsAssess, Scopes.ReferralsDecide, Scopes.ReferralsCasework, Scopes.ReferralsReview, Scopes.ReferralsTransfer,
                Scopes.ReferralsPrivacy],
        [Referrals] =
            [Scopes.ReferralsSubmit, Scopes.ReferralsUpdates, Scopes.ReferralsTriage, Scopes.ReferralsAssess, Scopes.ReferralsDecide, Scopes.ReferralsCasework,
                Scopes.ReferralsReview, Scopes.ReferralsTransfer, Scopes.ReferralsPrivacy],
        [CaseLeads] = [Scopes.ReferralsTriage, Scopes.ReferralsCasework],
        [RevocationOrdersAcknowledge] = [Scopes.OrganisationAttest, Scopes.OrganisationsSuspend, Scopes.OrganisationsRegister],
    };
}
