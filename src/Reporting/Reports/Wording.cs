using System.Globalization;
using Soc.Contracts.Strategy;

namespace Soc.Reporting.Reports;

/// <summary>How facts are put into words. Nothing is said that no event says, and nothing is rounded.</summary>
internal static class Wording
{
    private static readonly CultureInfo English = CultureInfo.InvariantCulture;

    public static string Day(DateOnly day) => day.ToString("d MMMM yyyy", English);

    /// <summary>A date as precise as it is known: <c>2013</c>, <c>2013-10</c> or <c>2018-11-01</c>.</summary>
    public static string Date(string partial) => partial.Length switch
    {
        10 => Day(DateOnly.ParseExact(partial, "yyyy-MM-dd", English)),
        7 => DateOnly.ParseExact(partial, "yyyy-MM", English).ToString("MMMM yyyy", English),
        _ => partial,
    };

    public static string Pounds(decimal amount) => amount switch
    {
        >= 1_000_000_000 when amount % 100_000_000 == 0 => string.Create(English, $"£{amount / 1_000_000_000:0.#} billion"),
        >= 1_000_000 when amount % 100_000 == 0 => string.Create(English, $"£{amount / 1_000_000:0.#} million"),
        _ when amount % 1 == 0 => string.Create(English, $"£{amount:N0}"),
        _ => string.Create(English, $"£{amount:N2}"),
    };

    public static string Sentence(ContextFigure figure)
    {
        var value = figure.Unit == "GBP" ? Pounds(figure.Value) : string.Create(English, $"{figure.Value:#,0.##} {figure.Unit}");
        return $"The {figure.Indicator} is {(figure.Qualifier is null ? value : $"{figure.Qualifier} {value}")}.";
    }

    public static string Sentence(DevelopmentRecorded development)
    {
        string?[] details =
        [
            development.AmountGbp is { } amount ? Pounds(amount) : null,
            development.Places.Count > 0 ? "in " + List(development.Places) : null,
            development.Effective is { } day ? "from " + Day(day) : null,
            development.State,
        ];
        var known = string.Join("; ", details.Where(detail => detail is not null));
        return known.Length == 0 ? development.Title + "." : $"{development.Title} ({known}).";
    }

    public static string Kind(string kind) => kind == "statutory" ? "Statutory measure" : Capital(kind);

    /// <summary>What a development serves: <c>Pursue</c>, <c>Objective 4</c> or <c>Objectives 1 and 4</c>.</summary>
    public static string Serves(DevelopmentRecorded development) => development.Strand is { } strand
        ? Capital(strand)
        : (development.Objectives.Count == 1 ? "Objective " : "Objectives ") + List([.. development.Objectives.Select(number => number.ToString(English))]);

    public static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];

    public static string List(IReadOnlyList<string> words) =>
        words.Count < 2 ? string.Concat(words) : string.Join(", ", words.SkipLast(1)) + " and " + words[^1];
}
