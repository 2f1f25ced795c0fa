using Soc.Reporting.Statistics;

namespace Soc.Reporting.Tests;

public sealed class DisclosureTests
{
    /// <summary>The handbook's table: areas A (1, 0), B (3, 3) and C (12, 20) with their totals, each cell rounded by itself.</summary>
    [Theory]
    [InlineData(1, 0), InlineData(0, 0)]
    [InlineData(3, 5), InlineData(6, 5)]
    [InlineData(12, 10), InlineData(20, 20), InlineData(32, 30)]
    [InlineData(16, 15), InlineData(23, 25), InlineData(39, 40)]
    [InlineData(13, 15), InlineData(17, 15), InlineData(18, 20), InlineData(22, 20)]
    public void A_count_is_rounded_to_the_nearest_five(long count, long expected) => Assert.Equal(expected, Disclosure.Round(count, 5));

    [Theory]
    [InlineData(4, 0), InlineData(5, 10), InlineData(14, 10), InlineData(15, 20), InlineData(25, 30)]
    public void A_count_half_way_between_two_multiples_is_rounded_up(long count, long expected) => Assert.Equal(expected, Disclosure.Round(count, 10));

    [Theory]
    [InlineData(0), InlineData(1), InlineData(5), InlineData(9)]
    public void A_count_below_ten_is_hidden_and_so_is_zero(long count)
    {
        var shown = ProtectedCount.Of("submitted", count);
        Assert.Null(shown.Count);
        Assert.Equal("[c]", shown.Shown);
    }

    [Theory]
    [InlineData(10, 10, "10"), InlineData(12, 10, "10"), InlineData(13, 15, "15"), InlineData(123_456, 123_455, "123455")]
    public void A_count_of_ten_or_more_is_shown_rounded(long count, long expected, string text)
    {
        var shown = ProtectedCount.Of("submitted", count);
        Assert.Equal((expected, text), (shown.Count!.Value, shown.Shown));
    }

    [Fact]
    public void Five_more_move_a_shown_count_by_exactly_five() =>
        Assert.All(Enumerable.Range(10, 200), count => Assert.Equal(Disclosure.Protect(count) + 5, Disclosure.Protect(count + 5)));
}
