namespace Soc.Platform.Tests;

/// <summary>The published reports as programs and browsers ask for them.</summary>
public sealed class ReportTests(PlatformFixture platform)
{
    [Theory]
    [InlineData("/reports/annual/2014", "Serious Crime Act 2015")]
    [InlineData("/reports/answers/2019-05-20", "Community coordinator programme")]
    public async Task A_published_report_is_JSON_for_who_asks_for_JSON_and_a_page_for_a_browser(string path, string says)
    {
        foreach (var (accept, type) in new[] { ("application/json", "application/json"), ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html") })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.TryAddWithoutValidation("Accept", accept);
            using var answer = await platform.Gateway.SendAsync(request);

            Assert.Equal((200, type), ((int)answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
            Assert.Contains("Accept", answer.Headers.Vary);
            Assert.Contains(says, await answer.Content.ReadAsStringAsync(), StringComparison.OrdinalIgnoreCase);
        }
    }
}
