namespace Soc.Contracts;

/// <summary>What a token may be used for. Each name is both the OAuth 2.0 scope and the authorisation policy that asks for it.</summary>
public static class Scopes
{
    /// <summary>Register organisations, approve them and approve their clients (Home Office registrar).</summary>
    public const string OrganisationsRegister = "organisations.register";

    /// <summary>Read one's own organisation and the counterparties of its agreements.</summary>
    public const string OrganisationsRead = "organisations.read";

    /// <summary>Suspend and reinstate organisations (security duty officer).</summary>
    public const string OrganisationsSuspend = "organisations.suspend";

    /// <summary>Draft and activate information sharing agreements (information governance lead).</summary>
    public const string AgreementsManage = "agreements.manage";

    /// <summary>Administer one's own organisation: its application, contacts and terms of use (partner administrator).</summary>
    public const string OrganisationAdminister = "organisation.administer";

    /// <summary>Answer for one's own organisation: sign its agreements, attest to its clients, acknowledge revocation orders (responsible individual).</summary>
    public const string OrganisationAttest = "organisation.attest";

    /// <summary>Manage one's own organisation's keys and webhooks, and pass its conformance (partner developer).</summary>
    public const string IntegrationManage = "integration.manage";

    /// <summary>Submit protected-person referrals.</summary>
    public const string ReferralsSubmit = "referrals.submit";

    /// <summary>Read the updates addressed to one's own organisation as a referrer.</summary>
    public const string ReferralsUpdates = "referrals.updates";

    /// <summary>Triage referrals (UK Protected Persons Service).</summary>
    public const string ReferralsTriage = "referrals.triage";

    /// <summary>Record risk assessments (UK Protected Persons Service).</summary>
    public const string ReferralsAssess = "referrals.assess";

    /// <summary>Decide on referrals as authorising officer (UK Protected Persons Service).</summary>
    public const string ReferralsDecide = "referrals.decide";

    /// <summary>Look after protected people as case officer: interim protection, arrangements, exit (UK Protected Persons Service).</summary>
    public const string ReferralsCasework = "referrals.casework";

    /// <summary>Review protection arrangements (UK Protected Persons Service).</summary>
    public const string ReferralsReview = "referrals.review";

    /// <summary>Hand cases over to another unit and take them over (UK Protected Persons Service).</summary>
    public const string ReferralsTransfer = "referrals.transfer";

    /// <summary>Review emergency access to cases, without access to them (privacy reviewer).</summary>
    public const string ReferralsPrivacy = "referrals.privacy";

    /// <summary>Read strategies and their progress.</summary>
    public const string StrategyRead = "strategy.read";

    /// <summary>Publish strategies and record progress against them (strategy owner).</summary>
    public const string StrategyOwn = "strategy.own";

    /// <summary>Read disclosure-controlled statistics before their release (analyst).</summary>
    public const string ReportsStatistics = "reports.statistics";

    /// <summary>
    /// What an organisation does about itself alone. Nothing of anybody else is shared by it, so it rests on the terms of use, which an approved organisation has
    /// accepted, and needs no information sharing agreement.
    /// </summary>
    public static IReadOnlyList<string> OwnOrganisation { get; } = [OrganisationAdminister, OrganisationAttest, IntegrationManage];

    /// <summary>Every scope there is, in the order above.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        OrganisationsRegister, OrganisationsRead, OrganisationsSuspend, AgreementsManage,
        OrganisationAdminister, OrganisationAttest, IntegrationManage,
        ReferralsSubmit, ReferralsUpdates, ReferralsTriage, ReferralsAssess, ReferralsDecide,
        ReferralsCasework, ReferralsReview, ReferralsTransfer, ReferralsPrivacy,
        StrategyRead, StrategyOwn, ReportsStatistics,
    ];
}
