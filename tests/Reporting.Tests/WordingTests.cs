using Soc.Contracts.Strategy;
using Soc.Reporting.Reports;

namespace Soc.Reporting.Tests;

public sealed class WordingTests
{
    private static readonly DevelopmentRecorded Bare = new(
        Guid.Empty, Guid.Empty, 1, "pursue", [], "source", "plan", "New plan published", null, [], null, null);

    [Theory]
    [InlineData("10000000", "£10 million")]
    [InlineData("2500000", "£2.5 million")]
    [InlineData("37000000000", "£37 billion")]
    [InlineData("1234567", "£1,234,567")]
    [InlineData("999.5", "£999.50")]
    [InlineData("0", "£0")]
    public void Money_is_written_in_words_only_where_nothing_is_lost(string amount, string expected) =>
        Assert.Equal(expected, Wording.Pounds(decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture)));

    [Theory]
    [InlineData("2013", "2013")]
    [InlineData("2013-10", "October 2013")]
    [InlineData("2018-11-01", "1 November 2018")]
    public void A_date_is_written_as_precisely_as_it_is_known(string date, string expected) => Assert.Equal(expected, Wording.Date(date));

    [Fact]
    public void A_sentence_says_what_is_known_and_nothing_more()
    {
        Assert.Equal("New plan published.", Wording.Sentence(Bare));
        Assert.Equal("New plan published (£10 million).", Wording.Sentence(Bare with { AmountGbp = 10_000_000 }));
        Assert.Equal(
            "New plan published (in England and Wales; from 1 April 2019; established).",
            Wording.Sentence(Bare with { Places = ["England", "Wales"], Effective = new DateOnly(2019, 4, 1), State = "established" }));
    }

    [Fact]
    public void What_a_development_serves_is_named()
    {
        Assert.Equal("Pursue", Wording.Serves(Bare));
        Assert.Equal("Objective 4", Wording.Serves(Bare with { Strand = null, Objectives = [4] }));
        Assert.Equal("Objectives 1, 2 and 4", Wording.Serves(Bare with { Strand = null, Objectives = [1, 2, 4] }));
    }

    [Fact]
    public void A_context_figure_is_a_sentence_with_its_qualifier()
    {
        Assert.Equal("The yearly cost is at least £37 billion.", Wording.Sentence(new ContextFigure("yearly cost", 37_000_000_000, "GBP", "at least")));
        Assert.Equal("The number of groups is 4,500 groups.", Wording.Sentence(new ContextFigure("number of groups", 4500, "groups", null)));
    }
}
