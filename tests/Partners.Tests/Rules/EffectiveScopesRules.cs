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
        ["protected-person-casework"] = "referrals.triage referrals.assess referrals.decide organisations.read",
        ["strategy-progress"] = "strategy.read",
        ["strategy-delivery"] = "strategy.own strategy.read",
        ["unreleased-statistics"] = "reports.statistics strategy.read",
    };

    private static readonly HashSet<string> Sensitive =
    [
        "organisations.suspend", "referrals.submit", "referrals.updates", "referrals.triage", "referrals.assess", "referrals.decide", "reports.statistics",
    ];

    /// <summary>What an organisation does about itself alone needs no agreement.</summary>
    private static readonly HashSet<string> Own = ["organisation.administer", "organisation.attest", "integration.manage"];

    /// <summary>From its approval until it is suspended or leaves.</summary>
    private static readonly HashSet<OrganisationStatus> HaveAccess =
        [OrganisationStatus.Approved, OrganisationStatus.Sandbox, OrganisationStatus.ConformancePassed, OrganisationStatus.Live];

    private static readonly AgreementCover[] EveryAgreement =
    [
        .. from category in Opens.Keys
           from ceiling in Enum.GetValues<Marking>()
           from status in Enum.GetValues<AgreementStatus>()
           from days in new[] { -1, 0, 1 }
           select new AgreementCover(Guid.Empty, status, [category], ceiling, Today.AddDays(days)),
    ];

    public static TheoryData<string> EveryScope => new(Scopes.All);

    [Fact]
    public void The_test_and_the_code_know_the_same_categories() => Assert.Equal(Opens.Keys.Order(), DataCategories.All.Keys.Order());

    [Theory]
    [MemberData(nameof(EveryScope))]
    public void A_scope_is_effective_exactly_when_client_organisation_and_one_agreement_give_it(string scope)
    {
        foreach (var status in Enum.GetValues<OrganisationStatus>())
        {
            foreach (var agreement in EveryAgreement)
            {
                foreach (string[] client in new string[][] { [scope], [], [.. Scopes.All.Where(other => other != scope)], [.. Scopes.All] })
                {
                    var expected = client.Contains(scope)
                        && (Own.Contains(scope) ? HaveAccess.Contains(status) : status == OrganisationStatus.Live && Gives(agreement, scope));
                    Assert.True(
                        expected == EffectiveScopes.Of(status, client, [agreement], Now).Scopes.Contains(scope),
                        $"{status}, {agreement.Status} {agreement.Categories[0]} {agreement.MarkingCeiling} {agreement.ReviewDate:O}, client [{string.Join(' ', client)}]");
                }
            }
        }
    }

    [Fact]
    public void Several_agreements_give_the_union_of_what_each_gives_alone()
    {
        foreach (var one in EveryAgreement)
        {
            foreach (var other in EveryAgreement)
            {
                Assert.Equal(
                    Scopes.All.Where(scope => Own.Contains(scope) || Gives(one, scope) || Gives(other, scope)),
                    EffectiveScopes.Of(OrganisationStatus.Live, Scopes.All, [one, other], Now).Scopes);
            }
        }
    }

    [Fact]
    public void A_grant_ends_with_the_first_agreement_that_it_rests_on_and_not_with_one_it_does_not()
    {
        var referrals = new AgreementCover(Guid.Empty, AgreementStatus.Active, ["protected-person-referrals"], Marking.OfficialSensitive, Today.AddDays(30));
        var strategy = new AgreementCover(Guid.Empty, AgreementStatus.Active, ["strategy-progress"], Marking.Official, Today.AddDays(1));

        Assert.Equal(
            Agreement.EndsAt(Today.AddDays(1)),
            EffectiveScopes.Of(OrganisationStatus.Live, [Scopes.ReferralsSubmit, Scopes.StrategyRead], [referrals, strategy], Now).Until);
        Assert.Equal(
            Agreement.EndsAt(Today.AddDays(30)),
            EffectiveScopes.Of(OrganisationStatus.Live, [Scopes.ReferralsSubmit], [referrals, strategy], Now).Until);
    }

    private static bool Gives(AgreementCover agreement, string scope) =>
        agreement.Status == AgreementStatus.Active && agreement.ReviewDate >= Today && Opens[agreement.Categories[0]].Split(' ').Contains(scope)
        && (agreement.MarkingCeiling == Marking.OfficialSensitive || !Sensitive.Contains(scope));
}
