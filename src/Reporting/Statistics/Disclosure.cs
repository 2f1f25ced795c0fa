namespace Soc.Reporting.Statistics;

/// <summary>
/// The disclosure control policy <c>protected</c>, for everything that comes from referrals: a count below ten, zero included, is hidden; any other is
/// rounded half up to the nearest five from the unrounded count.
/// </summary>
internal static class Disclosure
{
    public const string Policy = "protected";
    public const int Threshold = 10;
    public const int RoundingBase = 5;
    public const string Hidden = "[c]";
    public const string Method =
        "Counts below 10, zero included, are hidden and shown as [c]. Other counts are rounded half up to the nearest 5, each from its own unrounded count.";

    /// <summary>What may be shown of a count, or null when it is hidden.</summary>
    public static long? Protect(long count) => count < Threshold ? null : Round(count, RoundingBase);

    /// <summary>Rounds a count to the nearest multiple of the base, half up.</summary>
    public static long Round(long count, int roundingBase) => (count + (roundingBase / 2)) / roundingBase * roundingBase;
}
