using System.Net;
using System.Text.Json;
using Soc.Contracts.Strategy;

namespace Soc.Reporting.Tests;

/// <summary>The public pages over the facts of the two texts, and over a third strategy that tries to break them.</summary>
public sealed class PublishedReports : IAsyncLifetime
{
    private static readonly Guid Hostile = Guid.CreateVersion7();

    internal ReportingApi Api { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Api = await ReportingApi.StartAsync();
        SentEvent[] more =
        [
            SentEvent.Of(
                new DevelopmentRecorded(
                    SampleEvents.Of2013, Guid.CreateVersion7(), 13, "pursue", [], "source", "plan", "Recorded after the report", null, [], null, null),
                SampleEvents.Of2013, 15),
            SentEvent.Of(
                new StrategyPublished(Hostile, "hostile", "<script>alert('x')</script>", "2030", "objectives", [], [new(1, "Only \"one\" & no more")], [], [], [], null),
                Hostile, 1),
            SentEvent.Of(
                new DevelopmentRecorded(Hostile, Guid.CreateVersion7(), 1, null, [1], "platform", "plan", "<img src=x onerror=alert(1)>", null, [], null, null),
                Hostile, 2),
            SentEvent.Of(new AnnualReportPublished(Hostile, 2030, new DateOnly(2031, 1, 1), null, "A & B"), Hostile, 3),
        ];
        await Api.ConsumeAsync([.. SampleEvents.All, .. more], SampleEvents.All.Count + more.Length);
    }

    public ValueTask DisposeAsync() => Api.DisposeAsync();
}

public sealed class PublicReportsTests(PublishedReports published) : IClassFixture<PublishedReports>
{
    private const string Report = "/reports/annual/2014";
    private const string Answer = "/reports/answers/2019-05-20";

    private ReportingApi Api => published.Api;

    [Fact]
    public async Task The_annual_report_tells_every_development_of_its_year_under_its_strand()
    {
        var (answer, page) = await Api.GetAsync(Report);
        Assert.Equal((HttpStatusCode.OK, "text/html"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Contains("<h1 class=\"govuk-heading-l\">Serious and Organised Crime Strategy (2013): annual report for 2014</h1>", page, StringComparison.Ordinal);
        Assert.Contains("23 March 2015", page, StringComparison.Ordinal);
        Assert.Contains("2010 to 2015 coalition government", page, StringComparison.Ordinal);
        Assert.Contains("Karen Bradley, Minister for Modern Slavery and Organised Crime", page, StringComparison.Ordinal);
        Assert.Contains("National Crime Agency, October 2013", page, StringComparison.Ordinal);
        Assert.Contains("Additional funding against online child sexual exploitation (£10 million).", page, StringComparison.Ordinal);

        var sections = page.Split("<section ")[1..];
        Assert.Equal(["Pursue", "Prevent", "Protect", "Prepare"], sections.Select(Heading));
        var developments = SampleEvents.All.Select(sent => sent.Message).OfType<DevelopmentRecorded>().Where(d => d.StrategyId == SampleEvents.Of2013).ToList();
        Assert.Equal(12, developments.Count);
        Assert.All(developments, d => Assert.Contains(d.Title, sections.Single(section => Heading(section).Equals(d.Strand, StringComparison.OrdinalIgnoreCase)), StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_annual_report_as_json_has_the_same_facts()
    {
        var report = await Api.JsonAsync(Report);
        Assert.Equal((2014, "2015-03-23"), (report.GetProperty("year").GetInt32(), report.GetProperty("published").GetString()));
        var sections = report.GetProperty("sections").EnumerateArray().ToList();
        Assert.Equal(["pursue", "prevent", "protect", "prepare"], sections.Select(section => section.GetProperty("code").GetString()));
        Assert.Equal([5, 2, 2, 3], sections.Select(section => section.GetProperty("developments").GetArrayLength()));
        var funding = sections[0].GetProperty("developments").EnumerateArray().Single(d => d.GetProperty("kind").GetString() == "funding");
        Assert.Equal(10_000_000, funding.GetProperty("amountGbp").GetDecimal());
        Assert.Equal(JsonValueKind.Null, funding.GetProperty("effective").ValueKind);
        Assert.Equal(0, report.GetProperty("notes").GetArrayLength());
    }

    [Fact]
    public async Task What_is_recorded_after_a_report_does_not_change_it() =>
        Assert.DoesNotContain("Recorded after the report", (await Api.GetAsync(Report)).Body, StringComparison.Ordinal);

    [Fact]
    public async Task The_written_answer_gives_question_scale_objectives_progress_and_partners()
    {
        var (answer, page) = await Api.GetAsync(Answer, "text/html");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        foreach (var expected in new[]
        {
            "Organised Crime</h2>", "To ask the Home Office, what steps the Department is taking to tackle organised crime.", "14 May 2019", "20 May 2019",
            "Ben Wallace, Home Office", "The yearly cost of serious and organised crime to the UK is at least £37 billion.",
            "Serious and Organised Crime Strategy (2018), of 1 November 2018", "the source does not name the Member who asked",
            "Relentless disruption and targeted action against the highest harm criminals and networks", "A single, whole-system response",
            "Community coordinator programme in pilot areas (in England and Wales; established and expanded).", "Serves objectives 2 and 3",
            "(from 1 April 2019).", "Serves objective 4", "Delivered with partners in the public, private and voluntary sectors.",
            "Which objectives each development serves is the platform’s own attribution",
        })
        {
            Assert.Contains(expected, page, StringComparison.Ordinal);
        }

        Assert.Equal(4, Occurrences(page, "href=\"#answer-1-note-1\""));
        Assert.Equal(1, Occurrences(page, "id=\"answer-1-note-1\""));
    }

    [Fact]
    public async Task The_written_answer_as_json_has_the_same_facts()
    {
        var answer = (await Api.JsonAsync(Answer)).GetProperty("answers").EnumerateArray().Single();
        Assert.Equal([1, 2, 3, 4], answer.GetProperty("objectives").EnumerateArray().Select(objective => objective.GetProperty("number").GetInt32()));
        Assert.Equal(37_000_000_000, answer.GetProperty("context")[0].GetProperty("value").GetDecimal());
        Assert.Equal("at least", answer.GetProperty("context")[0].GetProperty("qualifier").GetString());
        Assert.Equal(["public", "private", "voluntary"], answer.GetProperty("partnerSectors").EnumerateArray().Select(sector => sector.GetString()));
        var progress = answer.GetProperty("progress").EnumerateArray().ToList();
        Assert.Equal(["[1, 4]", "[2, 3]", "[4]", "[2, 4]"], progress.Select(d => $"[{string.Join(", ", d.GetProperty("objectives").EnumerateArray())}]"));
        Assert.All(progress, d => Assert.Equal("platform", d.GetProperty("mappedBy").GetString()));
        Assert.Contains("platform’s own", answer.GetProperty("notes")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_index_leads_to_every_report_and_answer()
    {
        var index = await Api.JsonAsync("/reports");
        string[] addresses =
        [
            .. index.GetProperty("annualReports").EnumerateArray().Select(entry => entry.GetProperty("href").GetString()!),
            .. index.GetProperty("answers").EnumerateArray().Select(entry => entry.GetProperty("href").GetString()!),
        ];
        Assert.Equal([Report, "/reports/annual/2030", Answer], addresses);
        var (_, page) = await Api.GetAsync("/reports");
        foreach (var address in addresses)
        {
            Assert.Contains($"href=\"{address}\"", page, StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.OK, (await Api.GetAsync(address)).Answer.StatusCode);
        }
    }

    [Fact]
    public async Task What_an_event_says_is_shown_as_text_and_never_as_markup()
    {
        foreach (var path in new[] { "/reports/annual/2030", "/reports" })
        {
            var (_, page) = await Api.GetAsync(path);
            Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("<img", page, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/reports/annual/1999")]
    [InlineData("/reports/annual/14")]
    [InlineData("/reports/annual/-014")]
    [InlineData("/reports/annual/twenty")]
    [InlineData("/reports/answers/2019-05-21")]
    [InlineData("/reports/answers/2019-02-30")]
    [InlineData("/reports/answers/20-05-2019")]
    public async Task A_report_that_there_is_not_is_a_page_for_readers_and_a_problem_for_programs(string path)
    {
        await Api.RefusedAsync(404, "report.not-found", path);
        var (answer, page) = await Api.GetAsync(path);
        Assert.Equal((HttpStatusCode.NotFound, "text/html"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Contains("<h1 class=\"govuk-heading-l\">There is no such report</h1>", page, StringComparison.Ordinal);
        Assert.Null(answer.Headers.CacheControl);
    }

    [Fact]
    public async Task The_form_is_negotiated_and_said_to_be()
    {
        foreach (var (accept, type) in new[] { ("text/html;q=0.2, application/json;q=0.3", "application/json"), ("text/html, application/json", "text/html"), ("*/*", "text/html") })
        {
            var (answer, _) = await Api.GetAsync(Report, accept);
            Assert.Equal(type, answer.Content.Headers.ContentType!.MediaType);
            Assert.Equal(["Accept"], answer.Headers.Vary);
        }

        var (refused, problem) = await Api.GetAsync(Report, "image/png");
        Assert.Equal((HttpStatusCode.NotAcceptable, "application/problem+json"), (refused.StatusCode, refused.Content.Headers.ContentType!.MediaType));
        Assert.Equal(["Accept"], refused.Headers.Vary);
        Assert.Contains("report.not-acceptable", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/reports")]
    [InlineData(Report)]
    [InlineData(Answer)]
    public async Task A_report_that_has_not_changed_is_not_sent_again(string path)
    {
        var tags = new List<string>();
        foreach (var accept in new[] { "text/html", "application/json" })
        {
            var (first, _) = await Api.GetAsync(path, accept);
            Assert.Equal(TimeSpan.FromSeconds(60), first.Headers.CacheControl!.MaxAge);
            Assert.True(first.Headers.CacheControl.Public);
            tags.Add(first.Headers.ETag!.Tag);
            var (second, body) = await Api.GetAsync(path, accept, first.Headers.ETag.Tag);
            Assert.Equal((HttpStatusCode.NotModified, ""), (second.StatusCode, body));
            Assert.Equal(first.Headers.ETag, second.Headers.ETag);
            Assert.Equal(HttpStatusCode.OK, (await Api.GetAsync(path, accept, "\"other\"")).Answer.StatusCode);
        }

        Assert.Distinct(tags);
    }

    [Theory]
    [InlineData("/reports")]
    [InlineData(Report)]
    [InlineData(Answer)]
    [InlineData("/reports/annual/1999")]
    public async Task A_page_is_plain_accessible_html(string path)
    {
        var (answer, page) = await Api.GetAsync(path, "text/html");
        Assert.StartsWith("<!DOCTYPE html>", page, StringComparison.Ordinal);
        Assert.Contains("<html lang=\"en-GB\"", page, StringComparison.Ordinal);
        Assert.Equal(1, Occurrences(page, "<h1"));
        Assert.Equal(1, Occurrences(page, "<main "));
        Assert.Contains("<a href=\"#main-content\" class=\"govuk-skip-link\">", page, StringComparison.Ordinal);
        Assert.Contains("id=\"main-content\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("style=", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<style", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page.Replace("application/http", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.StartsWith("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_pages_assets_are_served_for_ever_under_their_contents_name()
    {
        var (_, page) = await Api.GetAsync("/reports");
        var address = page.Split("rel=\"stylesheet\" href=\"")[1].Split('"')[0];
        var (answer, css) = await Api.GetAsync(address);
        Assert.Equal((HttpStatusCode.OK, "text/css"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.True(answer.Headers.CacheControl!.MaxAge > TimeSpan.FromDays(300));
        Assert.DoesNotContain("GDS Transport", css, StringComparison.Ordinal);
        Assert.DoesNotContain("url(", css, StringComparison.Ordinal);
        await Api.RefusedAsync(404, "report.not-found", "/reports/assets/..%2fReporting.dll");
    }

    [Fact]
    public async Task A_head_request_is_answered_without_a_body()
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, new Uri(Report, UriKind.Relative));
        var answer = await Send(request);
        Assert.Equal((HttpStatusCode.OK, true), (answer.StatusCode, answer.Content.Headers.ContentLength > 1000));
        Assert.NotNull(answer.Headers.ETag);
    }

    private Task<HttpResponseMessage> Send(HttpRequestMessage request) => Api.Anonymous.SendAsync(request);

    private static string Heading(string section) => section.Split("</h2>")[0].Split('>')[^1];

    private static int Occurrences(string text, string part) => text.Split(part).Length - 1;
}
