using System.Net;
using System.Text.Json;

namespace Soc.TestKit;

/// <summary>Reading refusals.</summary>
public static class ProblemAnswers
{
    /// <summary>Asserts a problem document of that status and code; gives its text.</summary>
    /// <exception cref="InvalidOperationException">The answer is another one, or not a whole problem document.</exception>
    public static async Task<string> AssertProblemAsync(this HttpResponseMessage response, HttpStatusCode status, string code)
    {
        ArgumentNullException.ThrowIfNull(response);
        var body = await response.Content.ReadAsStringAsync();
        if (response.StatusCode != status || response.Content.Headers.ContentType?.MediaType != "application/problem+json")
        {
            throw new InvalidOperationException($"{(int)response.StatusCode}, not a problem with {(int)status}: {body}");
        }

        using var document = JsonDocument.Parse(body);
        var root = document.RootElement;
        var whole = root.GetProperty("code").GetString() == code && root.GetProperty("type").GetString() == "urn:soc:problem:" + code
            && root.GetProperty("status").GetInt32() == (int)status && !string.IsNullOrWhiteSpace(root.GetProperty("title").GetString())
            && response.Headers.Contains("X-Correlation-Id");
        return whole ? body : throw new InvalidOperationException($"Not {code} as a whole problem document: {body}");
    }
}
