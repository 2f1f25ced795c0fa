using Soc.Contracts;
using Soc.Partners.Organisations;
using Soc.ServiceDefaults;

namespace Soc.Partners.Tests.Rules;

public sealed class OrganisationRules
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 30, 0, TimeSpan.Zero);

    /// <summary>The whole table: what is not in it is refused.</summary>
    private static readonly Dictionary<(string Status, string Verb), string> Allowed = new()
    {
        [("registered", "approve")] = "approved",
        [("approved", "go live")] = "live",
        [("approved", "suspend")] = "suspended",
        [("live", "suspend")] = "suspended",
        [("suspended from approved", "reinstate")] = "approved",
        [("suspended from live", "reinstate")] = "live",
    };

    private static readonly string[] Statuses = ["registered", "approved", "live", "suspended from approved", "suspended from live"];
    private static readonly string[] Verbs = ["approve", "go live", "suspend", "reinstate"];

    public static TheoryData<string, string> EveryStatusAndVerb => new(
        from status in Statuses
        from verb in Verbs
        select (status, verb));

    [Theory]
    [MemberData(nameof(EveryStatusAndVerb))]
    public void A_verb_either_leads_where_the_table_says_or_is_refused_and_changes_nothing(string status, string verb)
    {
        var organisation = In(status);
        var (before, version) = (organisation.Status, organisation.Version);

        var refusal = Do(organisation, verb);

        if (Allowed.TryGetValue((status, verb), out var expected))
        {
            Assert.Null(refusal);
            Assert.Equal((expected, version + 1), (organisation.Status.Code(), organisation.Version));
        }
        else
        {
            Assert.Equal("organisation.status", refusal?.Code);
            Assert.Equal((before, version), (organisation.Status, organisation.Version));
        }
    }

    [Fact]
    public void The_officer_who_suspended_cannot_reinstate()
    {
        var organisation = In("suspended from live");

        Assert.Equal("organisation.same-officer", organisation.Reinstate("officer-a").Refusal?.Code);
        Assert.Equal("suspended", organisation.Status.Code());
    }

    [Fact]
    public void An_officer_cannot_suspend_their_own_organisation()
    {
        var organisation = In("live");

        Assert.Equal("organisation.own", organisation.Suspend("officer-a", organisation.Id, "own-request", Now).Refusal?.Code);
    }

    [Theory]
    [InlineData("registered", Scopes.OrganisationsRegister, "officer-a", "approval")]
    [InlineData("approved", Scopes.OrganisationsRegister, "officer-a", "clients")]
    [InlineData("live", Scopes.OrganisationsRegister, "officer-a", "clients")]
    [InlineData("suspended from live", Scopes.OrganisationsRegister, "officer-a", "")]
    [InlineData("registered", Scopes.OrganisationsSuspend, "officer-a", "")]
    [InlineData("live", Scopes.OrganisationsSuspend, "officer-a", "suspension")]
    [InlineData("suspended from live", Scopes.OrganisationsSuspend, "officer-a", "")]
    [InlineData("suspended from live", Scopes.OrganisationsSuspend, "officer-b", "reinstatement")]
    [InlineData("live", Scopes.OrganisationsRead, "officer-a", "")]
    public void The_allowed_actions_are_those_that_this_caller_would_not_be_refused(string status, string scope, string actor, string actions)
    {
        var caller = new Caller(Guid.CreateVersion7(), actor, actor, new HashSet<string> { scope });

        Assert.Equal(actions, string.Join(' ', In(status).AllowedActions(caller)));
    }

    private static Organisation In(string status)
    {
        var (organisation, _) = Organisation.Register(Guid.CreateVersion7(), "Example Lantern Project", "voluntary", "charity", ["ENG-NW"], Now);
        string[] verbs = status switch
        {
            "registered" => [],
            "approved" => ["approve"],
            "live" => ["approve", "go live"],
            "suspended from approved" => ["approve", "suspend"],
            _ => ["approve", "go live", "suspend"],
        };
        Assert.All(verbs, verb => Assert.Null(Do(organisation, verb)));
        return organisation;
    }

    private static Problem? Do(Organisation organisation, string verb) => verb switch
    {
        "approve" => organisation.Approve().Refusal,
        "go live" => organisation.GoLive().Refusal,
        "suspend" => organisation.Suspend("officer-a", Guid.CreateVersion7(), "security-incident", Now).Refusal,
        _ => organisation.Reinstate("officer-b").Refusal,
    };
}
