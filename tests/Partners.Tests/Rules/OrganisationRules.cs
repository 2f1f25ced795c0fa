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
        [("offboarding", "close")] = "closed",
        [("suspended from approved", "reinstate")] = "approved",
        [("suspended from sandbox", "reinstate")] = "sandbox",
        [("suspended from conformance-passed", "reinstate")] = "conformance-passed",
        [("suspended from live", "reinstate")] = "live",
    };

    private static readonly string[] Statuses =
    [
        "registered", .. WayIn.Select(step => step.Status),
        "suspended from approved", "suspended from sandbox", "suspended from conformance-passed", "suspended from live", "offboarding", "closed",
    ];

    private static readonly string[] Verbs = [.. WayIn.Select(step => step.Verb), "expire", "suspend", "reinstate", "offboard", "close"];

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

        var expected = verb == "offboard" && status is not ("offboarding" or "closed") ? "offboarding" : Allowed.GetValueOrDefault((status, verb));
        if (expected is not null)
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

    /// <summary>What is offered to whom: the action, the verb it is for, the scopes that may do it, and whether for one's own organisation alone.</summary>
    private static readonly (string Action, string? Verb, string Scope, bool OwnOnly)[] Offered =
    [
        ("applications", "apply", Scopes.OrganisationsRegister, false), ("applications", "apply", Scopes.OrganisationAdminister, true),
        ("responsible-individual-verification", "verify", Scopes.OrganisationsRegister, false),
        ("approval", "approve", Scopes.OrganisationsRegister, false),
        ("clients", null, Scopes.OrganisationsRegister, false),
        ("correction", null, Scopes.OrganisationsRegister, false),
        ("offboarding", "offboard", Scopes.OrganisationsRegister, false),
        ("closure", "close", Scopes.OrganisationsRegister, false),
        ("suspension", "suspend", Scopes.OrganisationsSuspend, false),
        ("reinstatement", "reinstate", Scopes.OrganisationsSuspend, false),
    ];

    public static TheoryData<string, string> EveryStatusAndScope => new(
        from status in Statuses
        from scope in Scopes.All
        select (status, scope));

    [Theory]
    [MemberData(nameof(EveryStatusAndScope))]
    public void The_allowed_actions_are_those_that_this_caller_would_not_be_refused(string status, string scope)
    {
        foreach (var own in new[] { true, false })
        {
            foreach (var actor in new[] { "officer-a", "officer-b" })
            {
                var organisation = In(status);
                var caller = new Caller(own ? organisation.Id : Guid.CreateVersion7(), actor, actor, new HashSet<string> { scope });
                var expected = Offered.Where(each => each.Scope == scope && (own || !each.OwnOnly) && each.Action switch
                {
                    "clients" => status is "approved" or "sandbox" or "conformance-passed" or "live",
                    "correction" => true,
                    "offboarding" => status is not ("offboarding" or "closed"),
                    "suspension" => !own && Allowed.ContainsKey((status, "suspend")),
                    "reinstatement" => actor != "officer-a" && Allowed.ContainsKey((status, "reinstate")),
                    _ => Allowed.ContainsKey((status, each.Verb!)),
                }).Select(each => each.Action);

                Assert.Equal(string.Join(' ', expected), string.Join(' ', organisation.AllowedActions(caller)));
            }
        }
    }

    private static Organisation In(string status)
    {
        var (organisation, _) = Organisation.Register(Guid.CreateVersion7(), new OrganisationFacts("Example Lantern Project", "voluntary", "charity", ["ENG-NW"]), Now);
        var reached = Array.FindIndex(WayIn, step => status.EndsWith(step.Status, StringComparison.Ordinal));
        string[] verbs =
        [
            .. WayIn.Take(reached + 1).Select(step => step.Verb), .. status.StartsWith("suspended", StringComparison.Ordinal) ? ["suspend"] : Array.Empty<string>(),
            .. status is "offboarding" or "closed" ? ["offboard"] : Array.Empty<string>(), .. status == "closed" ? ["close"] : Array.Empty<string>(),
        ];
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
        "offboard" => organisation.Offboard().Refusal,
        "close" => organisation.Close(null, Now).Refusal,
        _ => organisation.Reinstate("officer-b").Refusal,
    };
}
