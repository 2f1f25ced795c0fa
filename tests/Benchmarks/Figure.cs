using System.Globalization;

namespace Soc.Benchmarks;

/// <summary>One measured value.</summary>
internal sealed record Figure(string Name, double Value, string Unit);

/// <summary>A measure: what it gives, how long it may take, and how it is made.</summary>
/// <param name="Names">The figures it gives; a name that ends with a dot stands for all that begin with it.</param>
internal sealed record Measure(string[] Names, TimeSpan Bound, Func<Run, CancellationToken, Task<IReadOnlyList<Figure>>> MakeAsync)
{
    public bool Gives(string wanted) => Names.Any(name => name.StartsWith(wanted, StringComparison.Ordinal)
        || (name.EndsWith('.') && wanted.StartsWith(name, StringComparison.Ordinal)));
}

/// <summary>All samples are kept: no buckets, nothing discarded.</summary>
internal static class Statistics
{
    public static double Median(IEnumerable<double> values) => Percentile(values, 50);

    /// <summary>Nearest rank: always a value that was seen.</summary>
    public static double Percentile(IEnumerable<double> values, double percent)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? throw new InvalidOperationException("There are no samples.")
            : sorted[Math.Clamp((int)Math.Ceiling(percent / 100 * sorted.Length) - 1, 0, sorted.Length - 1)];
    }

    public static string Spread(IEnumerable<double> values) => string.Create(
        CultureInfo.InvariantCulture, $"{values.Min():0.##} to {values.Max():0.##} over {values.Count()} rounds");
}
