using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;

namespace Soc.Reporting.Reports;

/// <summary>Which form of a report an Accept header asks for (RFC 9110, section 12.5.1).</summary>
internal static class Negotiation
{
    public const string Html = "text/html";
    public const string Json = "application/json";

    /// <summary>
    /// The acceptable form with the highest quality; HTML where both are equal. Null when neither is acceptable. A missing header accepts everything,
    /// and so does one that cannot be read.
    /// </summary>
    public static string? Choose(RequestHeaders headers)
    {
        var accept = headers.Accept;
        if (accept.Count == 0)
        {
            return Html;
        }

        var (html, json) = (Quality(accept, Html), Quality(accept, Json));
        return html == 0 && json == 0 ? null : html >= json ? Html : Json;
    }

    /// <summary>The quality that the most specific matching range gives, 0 where none matches.</summary>
    private static double Quality(IList<MediaTypeHeaderValue> accept, string form) => accept
        .Where(range => Specificity(range, form) > 0)
        .OrderByDescending(range => Specificity(range, form))
        .Select(range => range.Quality ?? 1)
        .FirstOrDefault();

    private static int Specificity(MediaTypeHeaderValue range, string form) =>
        range.MatchesAllTypes ? 1
        : range.MatchesAllSubTypes && form.StartsWith(range.Type.Value + "/", StringComparison.OrdinalIgnoreCase) ? 2
        : range.MediaType.Equals(form, StringComparison.OrdinalIgnoreCase) ? 3
        : 0;
}
