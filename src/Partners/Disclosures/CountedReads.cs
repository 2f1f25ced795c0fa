using System.Collections.Frozen;

namespace Soc.Partners.Disclosures;

/// <summary>
/// The reads that are known to have disclosed something by the gateway's count of answered calls alone, and under which data categories they are possible. Referrals
/// tells of its own, which it knows better; what an organisation reads about itself discloses nothing.
/// </summary>
internal static class CountedReads
{
    private static readonly string[] Strategy = ["strategy-delivery", "strategy-progress", "unreleased-statistics"];
    private static readonly string[] Statistics = ["unreleased-statistics"];
    private static readonly string[] Register = ["partner-register"];

    /// <summary>Data categories by the gateway's name of the route.</summary>
    public static FrozenDictionary<string, string[]> Categories { get; } = new Dictionary<string, string[]>
    {
        ["strategies-list"] = Strategy,
        ["strategy-read"] = Strategy,
        ["strategy-forums"] = Strategy,
        ["statistics-referrals"] = Statistics,
        ["statistics-partners"] = Statistics,
        ["organisations-search"] = Register,
        ["applications-list"] = Register,
    }.ToFrozenDictionary(StringComparer.Ordinal);
}
