using Soc.Contracts;
using Soc.Partners.Organisations;
using Soc.ServiceDefaults;

namespace Soc.Partners.Tests.Rules;

public sealed class OrganisationRules
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 30, 0, TimeSpan.Zero);

    /// <summary>The way in, one verb after the other.</summary>
    private static readonly (string Verb, string Status)[] WayIn =
    [
        ("apply", "applied"), ("verify", "responsible-individual-verified"), ("approve", "approved"), ("enter sandbox", "sandbox"),
        ("pass conformance", "conformance-passed"), ("go live", "live"),
    ];

    /// <summary>The whole table: what is not in it is refused.</summary>
    private static readonly Dictionary<(string Status, string Verb), string> Allowed = new()
    {
        [("registered", "apply")] = "applied",
        [("applied", "verify")] = "responsible-individual-verified",
        [("applied", "expire")] = "registered",
        [("responsible-individual-verified", "expire")] = "registered",
        [("responsible-individual-verified", "approve")] = "approved",
        [("approved", "enter sandbox")] = "sandbox",
        [("sandbox", "pass conformance")] = "conformance-passed",
        [("conformance-passed", "go live")] = "live",
        [("approved", "suspend")] = "suspended",
        [("sandbox", "suspend")] = "suspended",
        [("conformance-passed", "suspend")] = "suspended",
        [("live", "suspend")] = "suspended",
        [("suspended from approved", "reinstate")] = "approved",
        [("suspended from sandbox", "reinstate")] = "sandbox",
        [("suspended from conformance-passed", "reinstate")] = "conformance-passed",
        [("suspended from live", "reinstate")] = "live",
    };

    private static readonly string[] Statuses =
    [
        "registered", .. WayIn.Select(step => step.Status),
        "suspended from approved", "suspended from sandbox", "suspended from conformance-passed", "suspended from live",
    ];

    private static readonly string[] Verbs = [.. WayIn.Select(step => step.Verb), "expire", "suspend", "reinstate"];

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
    [InlineData("registered", Scopes.OrganisationsRegister, "officer-a", "applications")]
    [InlineData("applied", Scopes.OrganisationsRegister, "officer-a", "responsible-individual-verification")]
    [InlineData("responsible-individual-verified", Scopes.OrganisationsRegister, "officer-a", "approval")]
    [InlineData("approved", Scopes.OrganisationsRegister, "officer-a", "clients")]
    [InlineData("sandbox", Scopes.OrganisationsRegister, "officer-a", "clients")]
    [InlineData("conformance-passed", Scopes.OrganisationsRegister, "officer-a", "clients")]
    [InlineData("live", Scopes.OrganisationsRegister, "officer-a", "clients")]
    [InlineData("suspended from live", Scopes.OrganisationsRegister, "officer-a", "")]
    [InlineData("registered", Scopes.OrganisationsSuspend, "officer-a", "")]
    [InlineData("live", Scopes.OrganisationsSuspend, "officer-a", "suspension")]
    [InlineData("suspended from live", Scopes.OrganisationsSuspend, "officer-a", "")]
    [InlineData("suspended from live", Scopes.OrganisationsSuspend, "officer-b", "reinstatement")]
    [InlineData("live", Scopes.OrganisationsRead, "officer-a", "")]
    [InlineData("registered", Scopes.OrganisationAdminister, "officer-a", "")]
    public void The_allowed_actions_are_those_that_this_caller_would_not_be_refused(string status, string scope, string actor, string actions)
    {
        var caller = new Caller(Guid.CreateVersion7(), actor, actor, new HashSet<string> { scope });

        Assert.Equal(actions, string.Join(' ', In(status).AllowedActions(caller)));
    }

    private static Organisation In(string status)
    {
        var (organisation, _) = Organisation.Register(Guid.CreateVersion7(), "Example Lantern Project", "voluntary", "charity", ["ENG-NW"], Now);
        var reached = Array.FindIndex(WayIn, step => status.EndsWith(step.Status, StringComparison.Ordinal));
        string[] verbs = [.. WayIn.Take(reached + 1).Select(step => step.Verb), .. status.StartsWith("suspended", StringComparison.Ordinal) ? ["suspend"] : Array.Empty<string>()];
        Assert.All(verbs, verb => Assert.Null(Do(organisation, verb)));
        return organisation;
    }

    private static Problem? Do(Organisation organisation, string verb) => verb switch
    {
        "apply" => organisation.Apply().Refusal,
        "verify" => organisation.VerifyResponsibleIndividual().Refusal,
        "expire" => organisation.Expire().Refusal,
        "approve" => organisation.Approve().Refusal,
        "enter sandbox" => organisation.EnterSandbox().Refusal,
        "pass conformance" => organisation.PassConformance().Refusal,
        "go live" => organisation.GoLive().Refusal,
        "suspend" => organisation.Suspend("officer-a", Guid.CreateVersion7(), "security-incident", Now).Refusal,
        _ => organisation.Reinstate("officer-b").Refusal,
    };
}
