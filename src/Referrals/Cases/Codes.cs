using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Soc.Referrals.Cases;

/// <summary>How the words of the domain are spelt on the wire and in the database: <c>NotForThisService</c> is <c>not-for-this-service</c>.</summary>
internal static class Codes
{
    public static string Of<T>(T value)
        where T : struct, Enum => Names<T>.ByValue[value];

    public static T Parse<T>(string code)
        where T : struct, Enum => Names<T>.ByCode[code];

    public static bool TryParse<T>([NotNullWhen(true)] string? code, out T value)
        where T : struct, Enum
    {
        value = default;
        return code is not null && Names<T>.ByCode.TryGetValue(code, out value);
    }

    /// <summary>Every code of an enumeration, in its order.</summary>
    public static IEnumerable<string> All<T>()
        where T : struct, Enum => Names<T>.ByValue.Values;

    private static class Names<T>
        where T : struct, Enum
    {
        public static readonly Dictionary<T, string> ByValue =
            Enum.GetValues<T>().ToDictionary(value => value, value => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString()));

        public static readonly Dictionary<string, T> ByCode = ByValue.ToDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);
    }
}
