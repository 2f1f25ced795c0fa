using Soc.Contracts;
using Soc.Referrals.Cases;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Tests.Rules;

/// <summary>The path of a referral, generated: every status, every verb, every kind of actor, with the exact answer.</summary>
public sealed class PathTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 9, 0, 0, TimeSpan.Zero);

    // Written out a second time on purpose: the expectation must not come from the code under test.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["submitted"] = ["triage"],
        ["redirected"] = [],
        ["not-for-this-service"] = [],
        ["in-assessment"] = ["assess"],
        ["decision-pending"] = ["assess", "decide"],
        ["accepted"] = [],
        ["declined"] = [],
    };

    public static TheoryData<string, string, string> EveryStatusVerbAndActor()
    {
        var data = new TheoryData<string, string, string>();
        foreach (var status in Enum.GetValues<ReferralStatus>())
        {
            foreach (var verb in Enum.GetValues<ReferralVerb>())
            {
                foreach (var actor in (string[])["referrer", "assessor", "someone-else"])
                {
                    data.Add(Codes.Of(status), Codes.Of(verb), actor);
                }
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(EveryStatusVerbAndActor))]
    public void Every_status_answers_every_verb_of_every_actor_exactly(string status, string verb, string actor)
    {
        var referral = A.ReferralIn(Codes.Parse<ReferralStatus>(status), Now);
        var version = referral.Version;

        var problem = Do(referral, Codes.Parse<ReferralVerb>(verb), actor);

        var expected = !Allowed[status].Contains(verb) ? "referral.not-in-this-status"
            : verb == "decide" && actor is ("referrer" or "assessor") ? "decision.authoriser-not-independent"
            : null;
        Assert.Equal(expected, problem?.Code);
        Assert.Equal(expected is null ? version + 1 : version, referral.Version);
        if (expected is not null)
        {
            Assert.Equal(status, Codes.Of(referral.Status));
        }
    }

    [Theory]
    [MemberData(nameof(EveryStatusVerbAndActor))]
    public void Allowed_actions_are_exactly_those_that_would_not_be_refused(string status, string verb, string actor)
    {
        var all = new Caller(A.Unit, actor, actor, new HashSet<string> { Scopes.ReferralsTriage, Scopes.ReferralsAssess, Scopes.ReferralsDecide });
        var offered = A.ReferralIn(Codes.Parse<ReferralStatus>(status), Now).AllowedTo(all, new AssessmentAgeLimits(), Now).Select(Codes.Of);

        var refused = Do(A.ReferralIn(Codes.Parse<ReferralStatus>(status), Now), Codes.Parse<ReferralVerb>(verb), actor) is not null;

        Assert.Equal(!refused, offered.Contains(verb));
    }

    [Theory]
    [InlineData("submitted", "referrals.triage", "triage")]
    [InlineData("submitted", "referrals.decide", null)]
    [InlineData("in-assessment", "referrals.assess", "assess")]
    [InlineData("in-assessment", "referrals.triage", null)]
    [InlineData("decision-pending", "referrals.decide", "decide")]
    [InlineData("decision-pending", "referrals.assess", "assess")]
    public void Allowed_actions_need_the_scope(string status, string scope, string? action)
    {
        var caller = new Caller(A.Unit, "someone-else", "someone-else", new HashSet<string> { scope });

        var offered = A.ReferralIn(Codes.Parse<ReferralStatus>(status), Now).AllowedTo(caller, new AssessmentAgeLimits(), Now).Select(Codes.Of);

        Assert.Equal(action is null ? [] : [action], offered);
    }

    [Theory]
    [InlineData("assessment", "in-assessment")]
    [InlineData("redirected", "redirected")]
    [InlineData("not-for-this-service", "not-for-this-service")]
    public void Triage_leads_where_its_route_says(string route, string status)
    {
        var referral = A.ReferralIn(ReferralStatus.Submitted, Now);

        Assert.Null(referral.Triage(Codes.Parse<TriageRoute>(route), "any", "officer", Now));

        Assert.Equal(status, Codes.Of(referral.Status));
    }

    private static Problem? Do(Referral referral, ReferralVerb verb, string actor) => verb switch
    {
        ReferralVerb.Triage => referral.Triage(TriageRoute.Assessment, "threat-to-life", actor, Now),
        ReferralVerb.Assess => referral.Assess(Guid.CreateVersion7(), "protection-risk-2", 50, PriorityBand.Urgent, actor, Now),
        _ => referral.Decide(DecisionOutcome.Accepted, A.Factors(), new Cooperation { Recorded = true }, actor, new AssessmentAgeLimits(), Now),
    };
}
