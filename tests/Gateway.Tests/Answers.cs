using System.Net;
using System.Text.Json;

namespace Soc.Gateway.Tests;

internal static class Answers
{
    /// <summary>Asserts a problem document of that status and code; gives its text.</summary>
    public static async Task<string> AssertProblemAsync(this HttpResponseMessage response, HttpStatusCode status, string code)
    {
        var body = await response.Content.ReadAsStringAsync();
        Assert.Equal((status, "application/problem+json"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        using var document = JsonDocument.Parse(body);
        var root = document.RootElement;
        Assert.Equal(code, root.GetProperty("code").GetString());
        Assert.Equal("urn:soc:problem:" + code, root.GetProperty("type").GetString());
        Assert.Equal((int)status, root.GetProperty("status").GetInt32());
        Assert.False(string.IsNullOrWhiteSpace(root.GetProperty("title").GetString()));
        Assert.True(response.Headers.Contains("X-Correlation-Id"));
        return body;
    }
}
