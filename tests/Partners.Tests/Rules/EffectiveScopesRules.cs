using Soc.Contracts;
using Soc.Partners.Agreements;
using Soc.Partners.Organisations;

namespace Soc.Partners.Tests.Rules;

public sealed class EffectiveScopesRules
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 30, 0, TimeSpan.Zero);
    private static readonly DateOnly Today = new(2026, 3, 2);

    /// <summary>What each category opens, and below it what needs the higher marking: stated here again, not taken from the code.</summary>
    private static readonly Dictionary<string, string> Opens = new()
    {
        ["partner-register"] = "organisations.register organisations.read agreements.manage",
        ["partner-security"] = "organisations.suspend organisations.read",
        ["protected-person-referrals"] = "referrals.submit referrals.updates organisations.read",
        ["protected-person-casework"] = "referrals.triage referrals.assess referrals.decide referrals.casework referrals.review referrals.transfer referrals.privacy organisations.read",
        ["strategy-progress"] = "strategy.read",
        ["strategy-delivery"] = "strategy.own strategy.read",
        ["unreleased-statistics"] = "reports.statistics strategy.read",
    };

    private static readonly HashSet<string> Sensitive =
    [
        "organisations.suspend", "referrals.submit", "referrals.updates", "referrals.triage", "referrals.assess", "referrals.decide", "reports.statistics",
        "referrals.casework", "referrals.review", "referrals.transfer", "referrals.privacy",
    ];

    /// <summary>What an organisation does about itself alone needs no agreement.</summary>
    private static readonly HashSet<string> Own = ["organisation.administer", "organisation.attest", "integration.manage"];

    /// <summary>From its approval until it is suspended or leaves.</summary>
    private static readonly HashSet<OrganisationStatus> HaveAccess =
        [OrganisationStatus.Approved, OrganisationStatus.Sandbox, OrganisationStatus.ConformancePassed, OrganisationStatus.Live];

    /// <summary>When an agreement's termination takes effect, beside its review date.</summary>
    private static readonly DateTimeOffset?[] Terminations = [null, Now.AddDays(-1), Now, Now.AddSeconds(1)];

    /// <summary>When nothing is shared any more with an organisation that does not attest; null for one that owes nothing yet.</summary>
    private static readonly DateTimeOffset?[] AttestationStates = [null, Now.AddDays(-1), Now, Now.AddSeconds(1)];

    private static readonly AgreementCover[] EveryAgreement =
    [
        .. from category in Opens.Keys
           from ceiling in Enum.GetValues<Marking>()
           from status in Enum.GetValues<AgreementStatus>()
           from days in new[] { -1, 0, 1 }
           from termination in Terminations
           select new AgreementCover(Guid.Empty, status, [category], ceiling, Today.AddDays(days), termination),
    ];

    public static TheoryData<string> EveryScope => new(Scopes.All);

    [Fact]
    public void The_test_and_the_code_know_the_same_categories() => Assert.Equal(Opens.Keys.Order(), DataCategories.All.Keys.Order());

    [Theory]
    [MemberData(nameof(EveryScope))]
    public void A_scope_is_effective_exactly_when_client_organisation_attestation_and_one_agreement_give_it(string scope)
    {
        string[][] clients = [[scope], [], [.. Scopes.All.Where(other => other != scope)], [.. Scopes.All]];
        foreach (var status in Enum.GetValues<OrganisationStatus>())
        {
            foreach (var sharedUntil in AttestationStates)
            {
                foreach (var agreement in EveryAgreement)
                {
                    foreach (var client in clients)
                    {
                        var expected = client.Contains(scope) && (Own.Contains(scope)
                            ? HaveAccess.Contains(status)
                            : status == OrganisationStatus.Live && IsAttested(sharedUntil) && Gives(agreement, scope));
                        if (expected != EffectiveScopes.Of(status, client, [agreement], sharedUntil, Now).Scopes.Contains(scope))
                        {
                            Assert.Fail($"{status}, shared until {sharedUntil:O}, {agreement}, {agreement.Categories[0]}, client [{string.Join(' ', client)}]");
                        }
                    }
                }
            }
        }
    }

    [Fact]
    public void An_agreement_of_several_categories_gives_the_union_of_them_up_to_its_ceiling()
    {
        var categories = Opens.Keys.ToList();
        foreach (var set in Enumerable.Range(0, 1 << categories.Count))
        {
            string[] chosen = [.. categories.Where((_, bit) => (set & (1 << bit)) != 0)];
            foreach (var ceiling in Enum.GetValues<Marking>())
            {
                Assert.Equal(
                    Scopes.All.Where(scope => Own.Contains(scope) || (Array.Exists(chosen, category => Opens[category].Split(' ').Contains(scope)) && Reaches(ceiling, scope))),
                    EffectiveScopes.Of(
                        OrganisationStatus.Live, Scopes.All, [new(Guid.Empty, AgreementStatus.Active, chosen, ceiling, Today, null)], null, Now).Scopes);
            }
        }
    }

    [Fact]
    public void Several_agreements_give_the_union_of_what_each_gives_alone()
    {
        AgreementCover[] agreements = [.. EveryAgreement.Where(agreement => agreement is { TerminatesAt: null, ReviewDate: var date } && date == Today)];
        foreach (var one in agreements)
        {
            foreach (var other in agreements)
            {
                Assert.Equal(
                    Scopes.All.Where(scope => Own.Contains(scope) || Gives(one, scope) || Gives(other, scope)),
                    EffectiveScopes.Of(OrganisationStatus.Live, Scopes.All, [one, other], null, Now).Scopes);
            }
        }
    }

    [Fact]
    public void A_grant_ends_with_the_first_thing_that_it_rests_on_and_not_with_one_it_does_not()
    {
        var referrals = new AgreementCover(Guid.Empty, AgreementStatus.Active, ["protected-person-referrals"], Marking.OfficialSensitive, Today.AddDays(30), null);
        var strategy = new AgreementCover(Guid.Empty, AgreementStatus.ReviewDue, ["strategy-progress"], Marking.Official, Today.AddDays(1), null);
        var leaving = referrals with { TerminatesAt = Now.AddHours(3) };

        Assert.Equal(new DateTimeOffset(2026, 3, 4, 0, 0, 0, TimeSpan.Zero), Until([Scopes.ReferralsSubmit, Scopes.StrategyRead], null, referrals, strategy));
        Assert.Equal(new DateTimeOffset(2026, 4, 1, 23, 0, 0, TimeSpan.Zero), Until([Scopes.ReferralsSubmit], null, referrals, strategy));
        Assert.Equal(Now.AddHours(3), Until([Scopes.ReferralsSubmit, Scopes.StrategyRead], null, leaving, strategy));
        Assert.Equal(Now.AddHours(1), Until([Scopes.ReferralsSubmit, Scopes.StrategyRead], Now.AddHours(1), leaving, strategy));
        Assert.Equal(DateTimeOffset.MaxValue, Until([Scopes.OrganisationAttest], Now.AddHours(1), leaving, strategy));

        static DateTimeOffset Until(string[] client, DateTimeOffset? sharedUntil, params AgreementCover[] agreements) =>
            EffectiveScopes.Of(OrganisationStatus.Live, client, agreements, sharedUntil, Now).Until;
    }

    [Fact]
    public void An_event_type_is_covered_by_the_same_agreements_as_its_category()
    {
        foreach (var agreement in EveryAgreement)
        {
            foreach (var covered in DataCategories.All.Values)
            {
                foreach (var type in covered.EventTypes)
                {
                    var sensitive = type is "soc.partners.organisation.suspended.v1" or "soc.partners.organisation.reinstated.v1" or "soc.referrals.notice.issued.v1";
                    Assert.Equal(
                        DataCategories.All[agreement.Categories[0]].EventTypes.Contains(type) && (!sensitive || agreement.MarkingCeiling == Marking.OfficialSensitive),
                        agreement.CategoryOfEvent(type) is not null);
                }
            }
        }
    }

    private static bool IsAttested(DateTimeOffset? sharedUntil) => sharedUntil is null || sharedUntil > Now;

    private static bool Gives(AgreementCover agreement, string scope) =>
        agreement.Status is AgreementStatus.Active or AgreementStatus.ReviewDue && agreement.ReviewDate >= Today
        && (agreement.TerminatesAt is null || agreement.TerminatesAt > Now)
        && Opens[agreement.Categories[0]].Split(' ').Contains(scope) && Reaches(agreement.MarkingCeiling, scope);

    private static bool Reaches(Marking ceiling, string scope) => ceiling == Marking.OfficialSensitive || !Sensitive.Contains(scope);
}
