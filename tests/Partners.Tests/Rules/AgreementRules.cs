using System.Globalization;
using Soc.Contracts;
using Soc.Contracts.Partners;
using Soc.Partners.Agreements;
using Soc.ServiceDefaults;

namespace Soc.Partners.Tests.Rules;

public sealed class AgreementRules
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 30, 0, TimeSpan.Zero);
    private static readonly TimeSpan Notice = TimeSpan.FromDays(60);
    private static readonly Guid One = Guid.CreateVersion7();
    private static readonly Guid Other = Guid.CreateVersion7();

    /// <summary>The whole table: what is not in it is refused. The first of two signatures leads to, or leaves, under review.</summary>
    private static readonly Dictionary<(string Status, string Verb), string> Allowed = new()
    {
        [("draft", "change terms")] = "draft",
        [("draft", "submit")] = "under-review",
        [("draft", "record signature")] = "under-review",
        [("under-review", "sign")] = "under-review",
        [("under-review", "record signature")] = "under-review",
        [("under-review", "redraft")] = "draft",
        [("half signed", "sign")] = "signed",
        [("half signed", "record signature")] = "signed",
        [("half signed", "redraft")] = "draft",
        [("signed", "redraft")] = "draft",
        [("signed", "activate")] = "active",
        [("active", "review")] = "active",
        [("active", "terminate")] = "terminated",
        [("active", "terminate later")] = "active",
        [("review-due", "review")] = "active",
        [("review-due", "terminate")] = "terminated",
        [("review-due", "terminate later")] = "review-due",
        [("being terminated", "terminate")] = "terminated",
        [("being terminated", "terminate later")] = "active",
    };

    private static readonly string[] Statuses =
        ["draft", "under-review", "half signed", "signed", "active", "being terminated", "review-due", "expired", "expired, not said yet", "terminated"];

    private static readonly string[] Verbs =
        ["change terms", "submit", "redraft", "sign", "record signature", "activate", "review", "terminate", "terminate later"];

    public static TheoryData<string, string> EveryStatusAndVerb => new(
        from status in Statuses
        from verb in Verbs
        select (status, verb));

    [Theory]
    [MemberData(nameof(EveryStatusAndVerb))]
    public void A_verb_either_leads_where_the_table_says_or_is_refused_and_changes_nothing(string status, string verb)
    {
        var (agreement, now) = In(status);
        var (before, version, events) = (agreement.Status, agreement.Version, agreement.EventVersion);

        var refusal = Do(agreement, verb, now);

        if (Allowed.TryGetValue((status, verb), out var expected))
        {
            Assert.Null(refusal);
            Assert.Equal((expected, version + 1), (agreement.StatusAt(now).Code(), agreement.Version));
        }
        else
        {
            Assert.Equal("agreement.status", refusal?.Code);
            Assert.Equal((before, version, events), (agreement.Status, agreement.Version, agreement.EventVersion));
        }
    }

    [Fact]
    public void The_allowed_actions_are_those_that_this_caller_would_not_be_refused()
    {
        var lead = new Caller(Guid.CreateVersion7(), "lead", "lead", new HashSet<string> { Scopes.AgreementsManage });
        var party = new Caller(Other, "party", "party", new HashSet<string> { Scopes.OrganisationAttest });
        var reader = new Caller(Other, "party", "party", new HashSet<string> { Scopes.OrganisationsRead });
        var stranger = new Caller(Guid.CreateVersion7(), "stranger", "stranger", new HashSet<string> { Scopes.OrganisationAttest });
        Dictionary<string, string> leads = new()
        {
            ["terms"] = "change terms", ["submission"] = "submit", ["redraft"] = "redraft", ["signatures"] = "record signature", ["activation"] = "activate",
            ["review"] = "review", ["termination"] = "terminate",
        };
        foreach (var status in Statuses)
        {
            var (agreement, now) = In(status);

            Assert.Equal(leads.Where(each => Allowed.ContainsKey((status, each.Value))).Select(each => each.Key).Order(), agreement.AllowedActions(lead, now).Order());
            Assert.Equal(
                new[] { ("signature", "sign"), ("termination", "terminate") }.Where(each => Allowed.ContainsKey((status, each.Item2))).Select(each => each.Item1),
                agreement.AllowedActions(party, now));
            Assert.Empty(agreement.AllowedActions(reader, now));
            Assert.Empty(agreement.AllowedActions(stranger, now));
        }
    }

    [Theory]
    [InlineData("2026-03-01", false)]
    [InlineData("2026-03-02", false)]
    [InlineData("2026-03-03", true)]
    [InlineData("2028-03-02", true)]
    [InlineData("2028-03-03", false)]
    public void The_review_date_lies_ahead_and_within_24_months(string reviewDate, bool taken)
    {
        var expected = taken ? null : "agreement.review-date";

        Assert.Equal(taken, Agreement.Draft(Guid.CreateVersion7(), Terms(reviewDate), Now) is not null);
        Assert.Equal(expected, In("draft").Agreement.ChangeTerms(Terms(reviewDate), Now)?.Code);
        Assert.Equal(expected, In("active").Agreement.Review(Day(reviewDate), Now).Refusal?.Code);
    }

    [Theory]
    [InlineData("2026-03-27", "2026-03-28T00:00:00Z")]
    [InlineData("2026-03-29", "2026-03-29T23:00:00Z")]
    [InlineData("2026-10-24", "2026-10-24T23:00:00Z")]
    [InlineData("2026-10-25", "2026-10-26T00:00:00Z")]
    public void An_agreement_gives_access_until_the_end_of_its_review_date_in_the_United_Kingdom(string reviewDate, string end) => Assert.Equal(
        DateTimeOffset.Parse(end, CultureInfo.InvariantCulture), AgreementLife.EndsAt(Day(reviewDate), null));

    [Fact]
    public void Nobody_signs_twice_and_nobody_signs_who_is_not_a_party()
    {
        var agreement = In("half signed").Agreement;

        Assert.Equal("agreement.already-signed", agreement.Sign(One, "SIGNED-1", Now)?.Code);
        Assert.Equal("agreement.already-signed", agreement.RecordSignature(One, "SIGNED-1", "a-lead", Now)?.Code);
        Assert.Equal("agreement.not-a-party", agreement.Sign(Guid.CreateVersion7(), "SIGNED-1", Now)?.Code);
        Assert.Equal("agreement.not-a-party", agreement.RecordSignature(Guid.CreateVersion7(), "SIGNED-1", "a-lead", Now)?.Code);
    }

    [Fact]
    public void Taken_back_to_the_draft_an_agreement_has_no_signatures_and_new_terms_can_name_other_parties()
    {
        var third = Guid.CreateVersion7();
        var agreement = In("signed").Agreement;

        Assert.Null(agreement.Redraft(Now));
        Assert.All(agreement.Parties, party => Assert.Equal((null, null, false), (party.SignedAt, party.DocumentReference, party.OnPaper)));
        Assert.Null(agreement.ChangeTerms(Terms("2027-03-02") with { Parties = [third, One], Purpose = "Another purpose" }, Now));
        Assert.Equal([One, third], agreement.Parties.Select(party => party.OrganisationId));
        Assert.Equal("Another purpose", agreement.Purpose);
    }

    [Fact]
    public void The_clock_says_once_that_a_review_is_due_and_once_that_the_agreement_has_expired()
    {
        var agreement = In("active").Agreement;
        var end = agreement.EndsAt;

        Assert.Null(agreement.Tick(Notice, end - Notice - TimeSpan.FromTicks(1)));
        Assert.Equal(agreement.ReviewDate, Assert.IsType<AgreementReviewDue>(agreement.Tick(Notice, end - Notice)).ReviewDate);
        Assert.Null(agreement.Tick(Notice, end.AddTicks(-1)));
        Assert.Equal(("review-due", "expired"), (agreement.StatusAt(end.AddTicks(-1)).Code(), agreement.StatusAt(end).Code()));
        Assert.Equal(["protected-person-referrals"], Assert.IsType<AgreementExpired>(agreement.Tick(Notice, end)).DataCategories);
        Assert.Null(agreement.Tick(Notice, end.AddYears(1)));
        Assert.Equal(3, agreement.EventVersion);
    }

    [Fact]
    public void A_reviewed_agreement_falls_due_again_before_its_new_review_date()
    {
        var agreement = In("review-due").Agreement;

        Assert.NotNull(agreement.Review(Day("2028-03-02"), Now).Event);
        Assert.Null(agreement.Tick(Notice, Now.AddYears(1)));
        Assert.IsType<AgreementReviewDue>(agreement.Tick(Notice, agreement.EndsAt - Notice));
    }

    [Fact]
    public void A_termination_takes_effect_at_its_instant_can_be_brought_forward_and_not_put_off()
    {
        var (agreement, effective) = (In("active").Agreement, Now.AddDays(30));

        Assert.Equal("agreement.termination", agreement.Terminate(One, "breach", Now.AddTicks(-1), Now).Refusal?.Code);
        Assert.Equal("agreement.termination", agreement.Terminate(One, "breach", agreement.EndsAt, Now).Refusal?.Code);
        Assert.Null(agreement.Terminate(One, "party-withdraws", effective, Now).Event);
        Assert.Equal("agreement.termination", agreement.Terminate(Other, "breach", effective, Now).Refusal?.Code);
        Assert.Equal(("active", "terminated"), (agreement.StatusAt(effective.AddTicks(-1)).Code(), agreement.StatusAt(effective).Code()));
        Assert.Null(agreement.Terminate(Other, "breach", effective.AddDays(-1), Now).Refusal);
        var terminated = Assert.IsType<AgreementTerminated>(agreement.Tick(Notice, effective));
        Assert.Equal(("breach", effective.AddDays(-1), 2), (terminated.Reason, terminated.Effective, agreement.EventVersion));
        Assert.Null(agreement.Tick(Notice, effective.AddYears(1)));
    }

    [Fact]
    public void What_is_being_terminated_is_not_due_for_review()
    {
        var agreement = In("being terminated").Agreement;

        Assert.Null(agreement.Tick(TimeSpan.FromDays(365), Now));
    }

    [Fact]
    public void A_signed_agreement_whose_review_date_has_passed_cannot_be_activated()
    {
        var agreement = In("signed").Agreement;

        Assert.Equal("agreement.review-date", agreement.Activate(agreement.EndsAt).Refusal?.Code);
        Assert.NotNull(agreement.Activate(agreement.EndsAt.AddTicks(-1)).Event);
    }

    private static (Agreement Agreement, DateTimeOffset Now) In(string status)
    {
        var agreement = Agreement.Draft(Guid.CreateVersion7(), Terms("2027-03-02"), Now)!;
        string[] verbs = status switch
        {
            "draft" => [],
            "under-review" => ["submit"],
            "half signed" => ["submit", "sign for one"],
            "signed" => ["submit", "sign for one", "sign"],
            "terminated" => ["submit", "sign for one", "sign", "activate", "terminate"],
            "being terminated" => ["submit", "sign for one", "sign", "activate", "terminate later"],
            _ => ["submit", "sign for one", "sign", "activate"],
        };
        Assert.All(verbs, verb => Assert.Null(Do(agreement, verb, Now)));
        switch (status)
        {
            case "review-due":
                Assert.NotNull(agreement.Tick(TimeSpan.FromDays(366), Now));
                return (agreement, Now);
            case "expired":
                Assert.NotNull(agreement.Tick(Notice, agreement.EndsAt));
                return (agreement, agreement.EndsAt);
            case "expired, not said yet":
                return (agreement, agreement.EndsAt);
            default:
                return (agreement, Now);
        }
    }

    private static Problem? Do(Agreement agreement, string verb, DateTimeOffset now) => verb switch
    {
        "change terms" => agreement.ChangeTerms(Terms("2027-03-02"), now),
        "submit" => agreement.Submit(now),
        "redraft" => agreement.Redraft(now),
        "sign for one" => agreement.Sign(One, "SIGNED-1", now),
        "sign" => agreement.Sign(Other, "SIGNED-2", now),
        "record signature" => agreement.RecordSignature(Other, "SIGNED-2", "a-lead", now),
        "activate" => agreement.Activate(now).Refusal,
        "review" => agreement.Review(Day("2027-09-01"), now).Refusal,
        "terminate" => agreement.Terminate(One, "breach", null, now).Refusal,
        _ => agreement.Terminate(One, "breach", now.AddHours(agreement.TerminatesAt is null ? 2 : 1), now).Refusal,
    };

    private static DateOnly Day(string day) => DateOnly.Parse(day, CultureInfo.InvariantCulture);

    private static AgreementTerms Terms(string reviewDate) => new(
        [One, Other], "Referral of people at risk", "An Act, section 1", ["protected-person-referrals"], "DPIA-1", "OFFICIAL-SENSITIVE", 84, Day(reviewDate));
}
