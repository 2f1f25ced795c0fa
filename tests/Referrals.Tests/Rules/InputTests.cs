using Soc.Referrals.Cases;
using Soc.Referrals.Submission;
using Soc.Referrals.Vocabulary;

namespace Soc.Referrals.Tests.Rules;

public sealed class InputTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 9, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("1990-02-28", true)]
    [InlineData("2000-02-29", true)]
    [InlineData("not-known", true)]
    [InlineData("2026-11-22", true)]
    [InlineData("2026-11-23", false)]
    [InlineData("1990-02-30", false)]
    [InlineData("1896-11-21", false)]
    [InlineData("28/02/1990", false)]
    [InlineData("1990-2-3", false)]
    [InlineData("", false)]
    public void A_date_of_birth_is_possible_or_not_known(string born, bool possible)
    {
        var request = Request(new SubjectOfReferral { DateOfBirth = born });

        Assert.Equal(possible ? null : "referral.date-invalid", SubmitReferral.Refusal(request, Now)?.Code);
    }

    [Fact]
    public void Today_is_that_of_London_in_summer_too()
    {
        var justAfterMidnightInLondon = new DateTimeOffset(2026, 7, 1, 23, 30, 0, TimeSpan.Zero);

        Assert.Null(SubmitReferral.Refusal(Request(new SubjectOfReferral { DateOfBirth = "2026-07-02" }), justAfterMidnightInLondon));
        Assert.Equal("2026-W27", StatisticalWeek.Of(new DateTimeOffset(2026, 6, 28, 23, 30, 0, TimeSpan.Zero)));
        Assert.Equal("2026-W53", StatisticalWeek.Of(new DateTimeOffset(2027, 1, 1, 12, 0, 0, TimeSpan.Zero)));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("é")]
    [InlineData("\U0001F512")]
    [InlineData("ह")]
    public void Limits_count_characters_of_any_script(string character)
    {
        Assert.Null(Fields.Refusal(TextLimit.Of("referrals", ("subject.name", Repeat(character, 200)))));
        Assert.Equal("referral.text-too-long", Fields.Refusal(TextLimit.Of("referrals", ("subject.name", Repeat(character, 201))))?.Code);
    }

    [Fact]
    public void A_text_over_its_limit_is_refused_by_field_and_limit_without_the_text()
    {
        var problem = SubmitReferral.Refusal(Request(new SubjectOfReferral { Name = "Marker" + new string('x', 200) }), Now);

        Assert.Equal("The field subject.name holds at most 200 characters.", problem?.Detail);
    }

    [Theory]
    [InlineData("narrative", null)]
    [InlineData(null, "drugs")]
    public void Almost_nothing_known_is_accepted(string? narrative, string? category)
    {
        Assert.Null(SubmitReferral.Refusal(new SubmitReferralRequest { Region = "NIR", Priority = "immediate", Narrative = narrative, ThreatCategory = category }, Now));
    }

    [Theory]
    [InlineData("ENG-NW", "urgent", null, null, "referral.nothing-told")]
    [InlineData("ENG-NW", "urgent", null, " \n", "referral.nothing-told")]
    [InlineData(null, "urgent", "drugs", null, "referral.not-in-list")]
    [InlineData("eng-nw", "urgent", "drugs", null, "referral.not-in-list")]
    [InlineData("ENG-NW", "Urgent", "drugs", null, "referral.not-in-list")]
    [InlineData("ENG-NW", null, "drugs", null, "referral.not-in-list")]
    [InlineData("ENG-NW", "1", "drugs", null, "referral.not-in-list")]
    [InlineData("ENG-NW", "urgent", "something else", "told", "referral.not-in-list")]
    public void What_is_in_no_list_or_tells_nothing_is_refused(string? region, string? priority, string? category, string? narrative, string code)
    {
        var request = new SubmitReferralRequest { Region = region, Priority = priority, ThreatCategory = category, Narrative = narrative };

        Assert.Equal(code, SubmitReferral.Refusal(request, Now)?.Code);
    }

    [Fact]
    public void References_are_random_and_of_unmistakable_signs()
    {
        var references = Enumerable.Range(0, 1000).Select(_ => CaseReference.New()).ToHashSet();

        Assert.Equal(1000, references.Count);
        Assert.All(references, reference => Assert.Matches("^[23456789CFGHJMPQRVWX]{4}(-[23456789CFGHJMPQRVWX]{4}){2}$", reference));
    }

    [Theory]
    [InlineData(100, "immediate")]
    [InlineData(70, "immediate")]
    [InlineData(69, "urgent")]
    [InlineData(40, "urgent")]
    [InlineData(39, "standard")]
    [InlineData(0, "standard")]
    public void The_band_follows_from_the_score(int score, string band)
    {
        Assert.Equal(band, ReferralVocabulary.Current.AssessmentTools.Single(tool => tool.Code == "protection-risk-2").BandOf(score));
    }

    [Theory]
    [InlineData("")]
    [InlineData("%%%")]
    [InlineData("AA/AA")]
    [InlineData("gICA")]
    public void A_cursor_that_is_not_ours_has_no_parts_of_ours(string cursor)
    {
        Assert.False(Cursor.Parts(cursor) is [var part] && long.TryParse(part, out _));
    }

    private static SubmitReferralRequest Request(SubjectOfReferral subject) =>
        new() { Region = "ENG-NW", Priority = "urgent", Narrative = "told", Subject = subject };

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));
}
