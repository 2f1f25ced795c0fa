using Microsoft.AspNetCore.Http;
using Soc.Reporting.Reports;

namespace Soc.Reporting.Tests;

public sealed class NegotiationTests
{
    private const string Browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

    [Theory]
    [InlineData(null, "text/html")]
    [InlineData("", "text/html")]
    [InlineData("*/*", "text/html")]
    [InlineData(Browser, "text/html")]
    [InlineData("text/*", "text/html")]
    [InlineData("application/json", "application/json")]
    [InlineData("APPLICATION/JSON", "application/json")]
    [InlineData("application/*", "application/json")]
    [InlineData("application/json;q=0.5, text/html;q=0.4", "application/json")]
    [InlineData("application/json;q=0.5, text/html;q=0.5", "text/html")]
    [InlineData("text/html;q=0, */*", "application/json")]
    [InlineData("text/html;q=0.1, */*;q=0.9", "application/json")]
    [InlineData("text/*;q=0.9, text/html;q=0.1, application/json;q=0.5", "application/json")]
    [InlineData("image/png, application/json;q=0.1", "application/json")]
    [InlineData("image/png", null)]
    [InlineData("text/plain", null)]
    [InlineData("application/json;q=0", null)]
    [InlineData("*/*;q=0", null)]
    public void The_form_is_the_acceptable_one_of_highest_quality(string? accept, string? expected)
    {
        var request = new DefaultHttpContext().Request;
        if (accept is not null)
        {
            request.Headers.Accept = accept;
        }

        Assert.Equal(expected, Negotiation.Choose(request.GetTypedHeaders()));
    }
}
