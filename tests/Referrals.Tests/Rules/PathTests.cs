using Soc.Contracts;
using Soc.Referrals.Cases;
using Soc.Referrals.Clocks;
using Soc.Referrals.Entitlements;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Tests.Rules;

/// <summary>The path of a referral, generated: every status, every verb, every role, with the exact answer.</summary>
public sealed class PathTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 9, 0, 0, TimeSpan.Zero);

    // Written out a second time on purpose, and by status instead of by verb: the expectation must not come from the code under test.
    private static readonly Dictionary<string, string> Allowed = new()
    {
        ["submitted"] = "acknowledge return triage protect-interim withdraw change-team explain-breach",
        ["returned"] = "resubmit withdraw change-team explain-breach",
        ["resubmitted"] = "acknowledge return triage protect-interim withdraw change-team explain-breach",
        ["in-triage"] = "return triage protect-interim withdraw change-team pause-clock resume-clock explain-breach",
        ["redirected"] = "close change-team explain-breach",
        ["not-for-this-service"] = "close change-team explain-breach",
        ["interim-protection"] = "triage protect-interim withdraw change-team pause-clock resume-clock explain-breach begin-entitlements settle-entitlement",
        ["in-assessment"] = "protect-interim assess withdraw change-team pause-clock resume-clock explain-breach begin-entitlements settle-entitlement",
        ["decision-pending"] = "protect-interim assess decide withdraw change-team pause-clock resume-clock explain-breach begin-entitlements settle-entitlement",
        ["accepted"] = "withdraw arrange change-team explain-breach begin-entitlements settle-entitlement",
        ["declined"] = "close change-team explain-breach settle-entitlement",
        ["withdrawn"] = "close change-team explain-breach settle-entitlement",
        ["active"] = "arrange review plan-exit change-team explain-breach propose-transfer begin-entitlements settle-entitlement",
        ["in-review"] = "arrange conclude-review change-team explain-breach begin-entitlements settle-entitlement",
        ["transfer-proposed"] = "change-team explain-breach accept-transfer refuse-transfer cancel-transfer begin-entitlements settle-entitlement",
        ["transfer-accepted"] = "arrange change-team explain-breach cancel-transfer begin-entitlements settle-entitlement",
        ["exit-planned"] = "exit change-team explain-breach begin-entitlements settle-entitlement",
        ["exited"] = "close change-team explain-breach settle-entitlement",
        ["closed"] = "retain",
        ["retained"] = "",
    };

    private static readonly Dictionary<string, string> May = new()
    {
        ["acknowledge"] = "triage-officer",
        ["return"] = "triage-officer",
        ["resubmit"] = "referrer",
        ["triage"] = "triage-officer",
        ["protect-interim"] = "triage-officer case-officer",
        ["assess"] = "risk-assessor",
        ["decide"] = "authorising-officer",
        ["withdraw"] = "triage-officer case-officer",
        ["arrange"] = "case-officer",
        ["review"] = "review-officer",
        ["conclude-review"] = "review-officer",
        ["plan-exit"] = "case-officer",
        ["exit"] = "case-officer",
        ["close"] = "triage-officer case-officer",
        ["retain"] = "triage-officer case-officer",
        ["change-team"] = "triage-officer case-officer",
        ["pause-clock"] = "triage-officer case-officer",
        ["resume-clock"] = "triage-officer case-officer",
        ["explain-breach"] = "triage-officer case-officer",
        ["begin-entitlements"] = "case-officer",
        ["settle-entitlement"] = "case-officer",
        ["propose-transfer"] = "transfer-coordinator",
        ["accept-transfer"] = "receiving-coordinator",
        ["refuse-transfer"] = "receiving-coordinator",
        ["cancel-transfer"] = "transfer-coordinator receiving-coordinator",
    };

    private static readonly Dictionary<string, string> Leads = new()
    {
        ["acknowledge"] = "in-triage",
        ["return"] = "returned",
        ["resubmit"] = "resubmitted",
        ["triage"] = "in-assessment",
        ["assess"] = "decision-pending",
        ["decide"] = "accepted",
        ["withdraw"] = "withdrawn",
        ["review"] = "in-review",
        ["conclude-review"] = "active",
        ["plan-exit"] = "exit-planned",
        ["exit"] = "exited",
        ["close"] = "closed",
        ["retain"] = "retained",
        ["propose-transfer"] = "transfer-proposed",
        ["accept-transfer"] = "transfer-accepted",
        ["refuse-transfer"] = "active",
        ["cancel-transfer"] = "active",
    };

    [Fact]
    public void The_test_and_the_code_know_the_same_words()
    {
        Assert.Equal(Allowed.Keys.Order(), Enum.GetValues<ReferralStatus>().Select(Codes.Of).Order());
        Assert.Equal(May.Keys.Order(), Enum.GetValues<ReferralVerb>().Select(Codes.Of).Order());
    }

    [Fact]
    public void Every_status_answers_every_verb_of_every_role_exactly()
    {
        var answers = 0;
        foreach (var (status, verb, role) in from status in Enum.GetValues<ReferralStatus>() from verb in Enum.GetValues<ReferralVerb>() from role in Enum.GetValues<CaseRole>() select (status, verb, role))
        {
            var referral = A.ReferralIn(status, Now);
            var version = referral.Version;
            var (statusCode, verbCode) = (Codes.Of(status), Codes.Of(verb));

            var problem = ReferralPath.Refusal(status, verb, [role]) ?? Do(referral, verb, "somebody");

            var expected = !May[verbCode].Split(' ').Contains(Codes.Of(role)) ? "referral.role-needed"
                : (statusCode, verbCode, Codes.Of(role)) == ("transfer-proposed", "cancel-transfer", "receiving-coordinator") ? "referral.role-needed" // it refuses
                : !Allowed[statusCode].Split(' ').Contains(verbCode) ? "referral.not-in-this-status"
                : verbCode == "settle-entitlement" && statusCode is "exited" or "declined" or "withdrawn" ? "entitlement.unknown" // none were begun
                : verbCode == "explain-breach" && statusCode is not ("submitted" or "resubmitted") ? "clock.not-breached" // a year later nobody has acknowledged those two
                : null;
            var leads = expected is not null ? statusCode
                : verbCode == "protect-interim" && statusCode is ("submitted" or "resubmitted" or "in-triage") ? "interim-protection"
                : verbCode == "arrange" && statusCode == "accepted" ? "active"
                : Leads.GetValueOrDefault(verbCode, statusCode);
            Assert.Equal((statusCode, verbCode, Codes.Of(role), expected), (statusCode, verbCode, Codes.Of(role), problem?.Code));
            Assert.Equal((statusCode, verbCode, leads), (statusCode, verbCode, Codes.Of(referral.Status)));
            Assert.Equal(expected is null ? version + (verbCode is "resume-clock" or "settle-entitlement" ? 2 : 1) : version, referral.Version); // paused, or begun, before
            answers++;
        }

        Assert.Equal(20 * 25 * 8, answers);
    }

    [Fact]
    public void Without_a_role_every_verb_is_refused_in_every_status() => Assert.All(
        from status in Enum.GetValues<ReferralStatus>() from verb in Enum.GetValues<ReferralVerb>() select (status, verb),
        each => Assert.Equal("referral.role-needed", ReferralPath.Refusal(each.status, each.verb, [])?.Code));

    [Fact]
    public void The_aggregate_refuses_by_status_also_where_nobody_asked_for_the_role() => Assert.All(
        from status in Enum.GetValues<ReferralStatus>() from verb in Enum.GetValues<ReferralVerb>() select (status, verb),
        each => Assert.Equal(
            Allowed[Codes.Of(each.status)].Split(' ').Contains(Codes.Of(each.verb)),
            Do(A.ReferralIn(each.status, Now), each.verb, "somebody")?.Code != "referral.not-in-this-status"));

    [Theory]
    [InlineData("referrer")]
    [InlineData("assessor")]
    public void Whoever_referred_or_assessed_does_not_decide_and_is_not_offered_to(string actor)
    {
        var referral = A.ReferralIn(ReferralStatus.DecisionPending, Now);
        referral.Join([(actor, CaseRole.AuthorisingOfficer)], "triage-officer", Now);
        var caller = new Caller(A.Unit, actor, actor, new HashSet<string> { Scopes.ReferralsDecide });

        Assert.Empty(referral.AllowedTo(caller, new AssessmentAgeLimits(), Now));
        Assert.Equal("decision.authoriser-not-independent", Do(referral, ReferralVerb.Decide, actor)?.Code);
    }

    [Fact]
    public void Allowed_actions_are_exactly_those_that_would_not_be_refused_and_need_the_team_and_the_scope()
    {
        foreach (var status in Enum.GetValues<ReferralStatus>())
        {
            foreach (var role in Enum.GetValues<CaseRole>().Except([CaseRole.Referrer, CaseRole.ReceivingCoordinator]))
            {
                var referral = A.ReferralIn(status, Now);
                referral.Join([("member", role)], "triage-officer", Now);
                var (scoped, all) = (Of("member", CaseVerbs.ScopeOf(role)), Of("member", [.. Scopes.All]));
                var expected = Enum.GetValues<ReferralVerb>().Where(verb => Allowed[Codes.Of(status)].Split(' ').Contains(Codes.Of(verb)) && verb is not (ReferralVerb.ResumeClock or ReferralVerb.ExplainBreach or ReferralVerb.SettleEntitlement)
                    && (May[Codes.Of(verb)].Split(' ').Contains(Codes.Of(role)))).ToList();

                Assert.Equal(expected, Offered(referral, scoped));
                Assert.Empty(Offered(referral, Of("member", [.. Scopes.All.Except([CaseVerbs.ScopeOf(role), Scopes.ReferralsTriage])])));
                if (status is not (ReferralStatus.Submitted or ReferralStatus.Resubmitted or ReferralStatus.InTriage))
                {
                    Assert.Equal(expected, Offered(referral, all));
                    Assert.Empty(Offered(referral, Of("somebody-else", [.. Scopes.All])));
                }
            }
        }

        static List<ReferralVerb> Offered(Referral referral, Caller caller) => [.. referral.AllowedTo(caller, new AssessmentAgeLimits(), Now)];
        static Caller Of(string actor, params string[] scopes) => new(A.Unit, actor, actor, scopes.ToHashSet());
    }

    [Fact]
    public void A_transfer_is_agreed_from_now_to_ninety_days_ahead_and_never_backdated_and_can_be_cancelled_before_its_instant()
    {
        var refused = A.ReferralIn(ReferralStatus.TransferProposed, Now);
        (string Actor, CaseRole Role)[] team = [("lead", CaseRole.CaseOfficer)];
        Assert.Equal("transfer.effective-invalid", refused.AcceptTransfer(Now.AddTicks(-1), team, "receiver", Now)?.Code);
        Assert.Equal("transfer.effective-invalid", refused.AcceptTransfer(Now.AddDays(90).AddTicks(1), team, "receiver", Now)?.Code);
        Assert.Null(refused.AcceptTransfer(Now.AddDays(90), team, "receiver", Now));

        Assert.Null(refused.Arrange([new Arrangement(Guid.CreateVersion7(), "relocation", A.Unit, [], "case-officer", Now)], Now.AddDays(90), Now));
        Assert.Equal("referral.not-in-this-status", refused.CancelTransfer(Now.AddDays(90))?.Code);
        Assert.Null(refused.CancelTransfer(Now.AddDays(90).AddTicks(-1)));
        Assert.Equal((ReferralStatus.Active, null, A.Unit), (refused.Status, refused.EffectiveAt, refused.ResponsibleUnit));
        Assert.Null(refused.ProposeTransfer(A.OtherUnit, ClockTarget.Parse("5wd"), Now));
    }

    [Fact]
    public void A_proposal_starts_the_clock_of_its_reply_with_five_working_days()
    {
        var referral = A.ReferralIn(ReferralStatus.Active, Now);

        Assert.Null(referral.ProposeTransfer(A.OtherUnit, new ClockSettings().For(ClockKind.TransferReply, referral.Band), Now));

        var reply = Assert.Single(referral.Clocks, clock => clock.Kind == ClockKind.TransferReply);
        Assert.Equal(("5wd", UkCalendar.EndOf(new DateOnly(2026, 11, 27)), true), (reply.Target, reply.DueAt, reply.IsOpen)); // now is a Sunday
    }

    [Theory]
    [InlineData("transfer-proposed")]
    [InlineData("transfer-accepted")]
    public void A_load_leaves_a_case_whose_transfer_is_under_way(string status)
    {
        var referral = A.ReferralIn(Codes.Parse<ReferralStatus>(status), Now);
        var before = (referral.Version, referral.EffectiveAt, referral.ReceivingUnit);

        Assert.Equal("transfer.agreed", referral.Move(A.Trust, Now.AddDays(1), [("lead", CaseRole.CaseOfficer)], "receiver", Now)?.Code);

        Assert.Equal(before, (referral.Version, referral.EffectiveAt, referral.ReceivingUnit));
    }

    [Fact]
    public void While_a_load_is_agreed_no_transfer_of_the_case_is_proposed_nor_offered_and_no_load_moves_it_backdated_or_twice()
    {
        var referral = A.ReferralIn(ReferralStatus.Active, Now);
        referral.Join([("coordinator", CaseRole.TransferCoordinator)], "triage-officer", Now);
        var caller = new Caller(A.Unit, "coordinator", "coordinator", new HashSet<string> { Scopes.ReferralsTransfer });
        Assert.Contains(ReferralVerb.ProposeTransfer, referral.AllowedTo(caller, new AssessmentAgeLimits(), Now));

        Assert.Equal("transfer.effective-invalid", referral.Move(A.OtherUnit, Now.AddTicks(-1), [("lead", CaseRole.CaseOfficer)], "receiver", Now)?.Code);
        Assert.Null(referral.Move(A.OtherUnit, Now.AddDays(1), [("lead", CaseRole.CaseOfficer)], "receiver", Now));

        Assert.Empty(referral.AllowedTo(caller, new AssessmentAgeLimits(), Now));
        Assert.Equal("transfer.agreed", referral.ProposeTransfer(A.Trust, ClockTarget.Parse("5wd"), Now)?.Code);
        Assert.Equal("transfer.agreed", referral.Move(A.OtherUnit, Now.AddDays(1), [("lead", CaseRole.CaseOfficer)], "receiver", Now)?.Code);
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

    [Fact]
    public void An_immediate_threat_is_met_with_interim_protection_before_it_is_assessed()
    {
        var referral = A.Referral(Now, PriorityBand.Immediate);

        Assert.Equal("triage.interim-protection-first", referral.Triage(TriageRoute.Assessment, "any", "officer", Now)?.Code);
        Assert.Null(referral.ProtectInterim(Guid.CreateVersion7(), ["safe-accommodation"], "officer", Now));
        Assert.Equal("referral.not-in-this-status", referral.Triage(TriageRoute.Redirected, "any", "officer", Now)?.Code);
        Assert.Null(referral.Triage(TriageRoute.Assessment, "any", "officer", Now));
        Assert.Null(A.Referral(Now, PriorityBand.Immediate).Triage(TriageRoute.Redirected, "any", "officer", Now));
    }

    [Theory]
    [InlineData("accepted")]
    [InlineData("declined")]
    public void An_immediate_threat_that_the_assessment_finds_is_met_before_it_is_decided_on(string outcome)
    {
        var referral = A.ReferralIn(ReferralStatus.InAssessment, Now);
        Assert.Null(referral.Assess(Guid.CreateVersion7(), "protection-risk-2", 90, PriorityBand.Immediate, "assessor", new(), Now));
        referral.Join([("authoriser", CaseRole.AuthorisingOfficer)], "triage-officer", Now);
        var authoriser = new Caller(A.Unit, "authoriser", "authoriser", new HashSet<string> { Scopes.ReferralsDecide });

        Assert.Empty(referral.AllowedTo(authoriser, new AssessmentAgeLimits(), Now));
        Assert.Equal("triage.interim-protection-first", Decide()?.Code);
        Assert.Null(referral.ProtectInterim(Guid.CreateVersion7(), ["safe-accommodation"], "officer", Now));
        Assert.Equal([ReferralVerb.Decide], referral.AllowedTo(authoriser, new AssessmentAgeLimits(), Now));
        Assert.Null(Decide());

        Problem? Decide() => referral.Decide(
            Codes.Parse<DecisionOutcome>(outcome), A.Factors(), new Cooperation { Recorded = true }, "authoriser", new AssessmentAgeLimits(), Now);
    }

    [Theory]
    [InlineData("submitted")]
    [InlineData("in-triage")]
    public void An_immediate_threat_is_not_returned_for_information_and_nobody_is_offered_to(string status)
    {
        var referral = A.Referral(Now, PriorityBand.Immediate);
        _ = status == "in-triage" ? referral.Acknowledge(Now) : null;
        var officer = new Caller(A.Unit, "officer", "officer", new HashSet<string> { Scopes.ReferralsTriage });

        Assert.Equal("triage.immediate-not-returned", Do(referral, ReferralVerb.Return, "officer")?.Code);
        Assert.DoesNotContain(ReferralVerb.Return, referral.AllowedTo(officer, new AssessmentAgeLimits(), Now));
        Assert.Contains(ReferralVerb.ProtectInterim, referral.AllowedTo(officer, new AssessmentAgeLimits(), Now));
        Assert.Equal((status, "referral.not-in-this-status"), (Codes.Of(referral.Status), Do(A.ReferralIn(ReferralStatus.InAssessment, Now), ReferralVerb.Return, "officer")?.Code));
    }

    [Fact]
    public void The_band_is_that_of_the_newest_assessment()
    {
        var referral = A.ReferralIn(ReferralStatus.InAssessment, Now);

        foreach (var band in (PriorityBand[])[PriorityBand.Standard, PriorityBand.Immediate, PriorityBand.Urgent])
        {
            Assert.Null(referral.Assess(Guid.CreateVersion7(), "protection-risk-2", 1, band, "assessor", new(), Now));
            Assert.Equal(band, referral.Band);
        }
    }

    [Fact]
    public void A_team_keeps_somebody_who_can_change_it_and_an_ended_membership_gives_nothing()
    {
        var referral = A.ReferralIn(ReferralStatus.InAssessment, Now);
        referral.Join([("lead", CaseRole.TriageOfficer), ("second", CaseRole.RiskAssessor)], "lead", Now);

        Assert.Equal("team.lead-needed", referral.ChangeTeam([], [("lead", CaseRole.TriageOfficer)], "lead", Now)?.Code);
        Assert.Null(referral.ChangeTeam([("other", CaseRole.CaseOfficer)], [("lead", CaseRole.TriageOfficer)], "other", Now));

        Assert.Empty(referral.RolesOf(new Caller(A.Unit, "lead", "lead", Scopes.All.ToHashSet())));
        Assert.Equal([CaseRole.RiskAssessor], referral.RolesOf(new Caller(A.Unit, "second", "second", Scopes.All.ToHashSet())));
        Assert.Empty(referral.RolesOf(new Caller(A.Trust, "second", "second", Scopes.All.ToHashSet())));
    }

    [Theory]
    [InlineData("exited")]
    [InlineData("declined")]
    [InlineData("withdrawn")]
    public void A_case_is_not_closed_nor_offered_to_be_while_a_right_of_the_person_is_due_and_each_can_be_settled_until_then(string end)
    {
        var referral = Begun(A.ReferralIn(ReferralStatus.DecisionPending, Now));
        referral.Join([("officer", CaseRole.CaseOfficer)], "officer", Now);
        Assert.Null(end switch
        {
            "declined" => referral.Decide(DecisionOutcome.Declined, A.Factors(), new Cooperation(), "authoriser", new AssessmentAgeLimits(), Now),
            "withdrawn" => referral.Withdraw("person-declines", Now),
            _ => Do(referral, ReferralVerb.Decide, "authoriser") ?? Do(referral, ReferralVerb.Arrange, "officer") ?? Do(referral, ReferralVerb.PlanExit, "officer") ?? Do(referral, ReferralVerb.Exit, "officer"),
        });
        var officer = new Caller(A.Unit, "officer", "officer", new HashSet<string> { Scopes.ReferralsCasework });
        var version = referral.Version;

        foreach (var right in Enumerable.Range(1, 12))
        {
            var refused = referral.Close("path-complete", Now);
            Assert.Equal(("entitlements.due", 409), (refused?.Code, refused?.Status));
            Assert.EndsWith(": " + string.Join(", ", VictimsCode.Current.Rights.Skip(right - 1).Select(each => $"{each.Right} ({each.Code})")) + ".", refused!.Detail, StringComparison.Ordinal);
            Assert.DoesNotContain(ReferralVerb.Close, referral.AllowedTo(officer, new AssessmentAgeLimits(), Now));
            Assert.NotNull(referral.EntitlementDueAt);
            Assert.Null(referral.SettleEntitlement(right, right % 2 == 0 ? "does-not-apply" : null, "officer", Now));
        }

        Assert.Equal((version + 12, null), (referral.Version, referral.EntitlementDueAt));
        Assert.Contains(ReferralVerb.Close, referral.AllowedTo(officer, new AssessmentAgeLimits(), Now));
        Assert.Null(referral.Close("path-complete", Now));
    }

    [Theory]
    [InlineData("exited", "protected-person", "referral-without-protection")]
    [InlineData("declined", "referral-without-protection", "protected-person")]
    [InlineData("withdrawn", "referral-without-protection", "protected-person")]
    public void How_long_a_case_is_retained_follows_from_whether_the_person_was_protected(string end, string rule, string other)
    {
        var referral = A.ReferralIn(Codes.Parse<ReferralStatus>(end), Now);
        Assert.Null(referral.Close("path-complete", Now));
        Assert.Equal("retention.rule-does-not-follow", referral.Retain(other, new DateOnly(2056, 11, 22), Now)?.Code);
        Assert.Null(referral.RetainUntil);
        Assert.Null(referral.Retain(rule, new DateOnly(2056, 11, 22), Now));
    }

    private static Referral Begun(Referral referral)
    {
        _ = referral.BeginEntitlements(VictimsCode.Current, null, Now);
        return referral;
    }

    internal static Problem? Do(Referral referral, ReferralVerb verb, string actor) => verb switch
    {
        ReferralVerb.Acknowledge => referral.Acknowledge(Now),
        ReferralVerb.Return => referral.Return(["identity-details"], ClockTarget.Parse("5wd"), Now),
        ReferralVerb.Resubmit => referral.Resubmit(ClockTarget.Parse("15m"), Now),
        ReferralVerb.Triage => referral.Triage(TriageRoute.Assessment, "threat-to-life", actor, Now),
        ReferralVerb.ProtectInterim => referral.ProtectInterim(Guid.CreateVersion7(), ["safe-accommodation"], actor, Now),
        ReferralVerb.Assess => referral.Assess(Guid.CreateVersion7(), "protection-risk-2", 50, PriorityBand.Urgent, actor, new(), Now),
        ReferralVerb.Decide => referral.Decide(DecisionOutcome.Accepted, A.Factors(), new Cooperation { Recorded = true }, actor, new AssessmentAgeLimits(), Now),
        ReferralVerb.Withdraw => referral.Withdraw("person-declines", Now),
        ReferralVerb.Arrange => referral.Arrange([new Arrangement(Guid.CreateVersion7(), "relocation", A.Unit, [], actor, Now)], Now.AddDays(90), Now),
        ReferralVerb.Review => referral.Review(Guid.CreateVersion7(), actor, Now),
        ReferralVerb.ConcludeReview => referral.ConcludeReview("continue", Now.AddDays(90), Now),
        ReferralVerb.PlanExit => referral.PlanExit("risk-has-ended", Now),
        ReferralVerb.Exit => referral.Exit(Now),
        ReferralVerb.Close => referral.Close("path-complete", Now),
        ReferralVerb.Retain => referral.Retain(A.RuleOf(referral), new DateOnly(2056, 11, 22), Now),
        ReferralVerb.PauseClock => referral.PauseClock(ClockKind.Decision, "awaiting-court", Now),
        ReferralVerb.ResumeClock => referral.PauseClock(ClockKind.Decision, "awaiting-court", Now) ?? referral.ResumeClock(ClockKind.Decision, Now),
        ReferralVerb.ExplainBreach => referral.ExplainBreach(ClockKind.Acknowledge, "complex-case", Now.AddYears(1)),
        ReferralVerb.ProposeTransfer => referral.ProposeTransfer(A.OtherUnit, ClockTarget.Parse("5wd"), Now),
        ReferralVerb.AcceptTransfer => referral.AcceptTransfer(Now.AddDays(1), [("lead", CaseRole.CaseOfficer)], actor, Now),
        ReferralVerb.RefuseTransfer => referral.RefuseTransfer(Now),
        ReferralVerb.CancelTransfer => referral.CancelTransfer(Now),
        ReferralVerb.BeginEntitlements => referral.BeginEntitlements(VictimsCode.Current, null, Now),
        ReferralVerb.SettleEntitlement => Begun(referral).SettleEntitlement(4, null, actor, Now),
        ReferralVerb.ChangeTeam => referral.ChangeTeam([("another", CaseRole.CaseOfficer)], [], actor, Now),
        _ => throw new ArgumentOutOfRangeException(nameof(verb)),
    };
}
