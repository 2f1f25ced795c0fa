using System.Globalization;

namespace Soc.Strategy.Strategies;

/// <summary>
/// A date as precise as its source: <c>2013</c>, <c>2013-10</c> or <c>2018-11-01</c>. Kept as that text, because a missing day must stay missing.
/// </summary>
internal static class PartialDate
{
    private static readonly string[] Forms = ["yyyy", "yyyy-MM", "yyyy-MM-dd"];

    public static bool IsValid(string text) =>
        DateOnly.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    /// <summary>The first day that the date may mean.</summary>
    public static DateOnly Earliest(string text) => DateOnly.ParseExact(text, Forms, CultureInfo.InvariantCulture);
}
