using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Soc.Platform.Tests;

/// <summary>The published pages in a real browser, through the gateway.</summary>
public sealed class PageTests(PlatformFixture platform) : IAsyncLifetime
{
    private const string Chromium = "/usr/bin/chromium";

    private IPlaywright playwright = null!;
    private IBrowser browser = null!;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(File.Exists(Chromium), "Chromium is not installed: the pages were not looked at in a browser.");
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Chromium,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
        {
            await browser.DisposeAsync();
        }

        playwright?.Dispose();
    }

    [Theory]
    [InlineData("/reports")]
    [InlineData("/reports/annual/2014")]
    [InlineData("/reports/answers/2019-05-20")]
    public async Task A_published_page_is_accessible_and_obeys_its_content_security_policy(string path)
    {
        var page = await browser.NewPageAsync();
        var complaints = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                complaints.Add(message.Text);
            }
        };

        var answer = await page.GotoAsync(new Uri(platform.Gateway.BaseAddress!, path).ToString());

        Assert.Equal(200, answer!.Status);
        Assert.Contains("default-src", answer.Headers["content-security-policy"], StringComparison.Ordinal);
        var violations = (await page.RunAxe()).Violations;
        Assert.True(violations.Length == 0, string.Join('\n', violations.Select(violation => $"{violation.Id}: {violation.Help}")));
        Assert.Empty(complaints);
    }

    [Fact]
    public async Task The_annual_report_for_2014_shows_what_was_done_under_each_of_the_four_strands_in_their_order()
    {
        var page = await browser.NewPageAsync();
        await page.GotoAsync(new Uri(platform.Gateway.BaseAddress!, "/reports/annual/2014").ToString());

        var headings = await page.Locator("main h2").AllInnerTextsAsync();
        Assert.Equal(["Pursue", "Prevent", "Protect", "Prepare"], headings.Where(heading => heading is "Pursue" or "Prevent" or "Protect" or "Prepare"));
        var text = await page.Locator("main").InnerTextAsync();
        Assert.Contains("Serious Crime Act 2015", text, StringComparison.Ordinal);
        Assert.Contains("£10 million", text, StringComparison.Ordinal);
        Assert.Contains("Protected Persons Service", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_written_answer_of_20_May_2019_shows_the_four_objectives_and_the_progress_made()
    {
        var page = await browser.NewPageAsync();
        await page.GotoAsync(new Uri(platform.Gateway.BaseAddress!, "/reports/answers/2019-05-20").ToString());

        var text = await page.Locator("main").InnerTextAsync();
        Assert.Contains("single, whole-system response", text, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("£37 billion", text, StringComparison.Ordinal);
        Assert.Contains("Community coordinator programme", text, StringComparison.OrdinalIgnoreCase);
    }
}
