using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Soc.Contracts;
using Soc.TestKit;

namespace Soc.ServiceDefaults.Tests.Problems;

public sealed class ProblemTests(ProblemTests.Servers servers) : IClassFixture<ProblemTests.Servers>
{
    private const string Marker = "Fictional-Frieda-7351";
    private const string Good = """{"id":"018f0000-0000-7000-8000-000000000001","count":3,"name":"x"}""";

    [Theory]
    [InlineData("{\"id\":\"" + Marker)]
    [InlineData("not json " + Marker)]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"id":"Fictional-Frieda-7351","count":3,"name":"x"}""")]
    [InlineData("""{"id":"018f0000-0000-7000-8000-000000000001","count":"Fictional-Frieda-7351","name":"x"}""")]
    [InlineData("""{"id":"018f0000-0000-7000-8000-000000000001","count":"3","name":"x"}""")]
    [InlineData("""{"id":"018f0000-0000-7000-8000-000000000001","count":3,"name":null}""")]
    [InlineData("""{"id":"018f0000-0000-7000-8000-000000000001","count":3}""")]
    [InlineData("""{"id":"018f0000-0000-7000-8000-000000000001","count":3,"name":"x","Fictional-Frieda-7351":1}""")]
    [InlineData("""{"id":"018f0000-0000-7000-8000-000000000001","count":3,"count":4,"name":"x"}""")]
    [InlineData("""{"id":"018f0000-0000-7000-8000-000000000001","count":99999999999999,"name":"x"}""")]
    public async Task A_body_that_has_not_the_documented_form_is_malformed_and_never_echoed(string body)
    {
        using var response = await PostAsync(body);
        Assert.DoesNotContain(Marker, await response.AssertProblemAsync(HttpStatusCode.BadRequest, "request.malformed"), StringComparison.Ordinal);
        Assert.DoesNotContain(servers.Service.Log.Lines, line => line.Contains(Marker, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_value_outside_its_bounds_is_invalid_and_its_member_is_named()
    {
        using var response = await PostAsync(Good.Replace("\"count\":3", "\"count\":11", StringComparison.Ordinal));
        var body = await response.AssertProblemAsync(HttpStatusCode.BadRequest, "request.invalid");
        using var document = JsonDocument.Parse(body);
        Assert.Equal(("count", """["The field count must be between 1 and 10."]"""), NameAndMessage(Assert.Single(document.RootElement.GetProperty("errors").EnumerateObject())));
    }

    [Fact]
    public async Task Members_of_members_are_named_as_the_caller_writes_them()
    {
        using var response = await PostAsync("""{"things":[{"id":"018f0000-0000-7000-8000-000000000001","count":11,"name":"x"}],"longName":"abcd"}""", "/nested");
        using var document = JsonDocument.Parse(await response.AssertProblemAsync(HttpStatusCode.BadRequest, "request.invalid"));
        Assert.Equal(
            [("longName", """["The field longName must be a string with a maximum length of 3."]"""), ("things[0].count", """["The field count must be between 1 and 10."]""")],
            document.RootElement.GetProperty("errors").EnumerateObject().Select(NameAndMessage).OrderBy(error => error.Item1, StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("/things", """{"id":"Fictional-Frieda-7351","count":3,"name":"x"}""", "The member id is of the wrong type")]
    [InlineData("/things", """{"ID":true,"count":3,"name":"x"}""", "The member id is of the wrong type")]
    [InlineData("/things", """{"id":"018f0000-0000-7000-8000-000000000001","count":3,"name":null}""", "The member name is of the wrong type")]
    [InlineData("/things", """{"id":"018f0000-0000-7000-8000-000000000001","count":3,"count":4,"name":"x"}""", "The member count is of the wrong type, out of the type's range, repeated")]
    [InlineData("/things", """{"id":"018f0000-0000-7000-8000-000000000001"}""", "The body lacks: count, name.")]
    [InlineData("/things", """{"Fictional-Frieda-7351":1}""", "The body has a member that it does not know. It knows: id, count, name.")]
    [InlineData("/things", """{"frieda":1}""", "The body has a member that it does not know. It knows: id, count, name.")]
    [InlineData("/things", """{"Fictional Frieda":1}""", "The body has a member that it does not know. It knows: id, count, name.")]
    [InlineData("/things", "[]", "The body is of the wrong type")]
    [InlineData("/things", "{\n \"count\":Frieda}", "The body is not JSON, at line 2, byte ")]
    [InlineData("/nested", """{"things":[{"id":"018f0000-0000-7000-8000-000000000001","count":3,"name":"x"},{"id":1}]}""", "The member things[1].id is of the wrong type")]
    [InlineData("/nested", """{"things":[{"id":"018f0000-0000-7000-8000-000000000001","count":3,"name":"x","frieda":1}]}""", "The member things[0] has a member that it does not know. It knows: id, count, name.")]
    [InlineData("/nested", """{"things":[],"counts":{"frieda":"x"}}""", "The member counts is of the wrong type")]
    [InlineData("/nested", """{"things":[],"counts":{"Fictional.Frieda]":"x"}}""", "The member counts is of the wrong type")]
    public async Task A_malformed_body_is_told_where_and_nothing_of_what_it_says(string path, string body, string detail)
    {
        using var response = await PostAsync(body, path);
        var problem = await response.AssertProblemAsync(HttpStatusCode.BadRequest, "request.malformed");
        Assert.DoesNotContain("frieda", problem, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(servers.Service.Log.Lines, line => line.Contains("Frieda", StringComparison.OrdinalIgnoreCase));
        using var document = JsonDocument.Parse(problem);
        Assert.StartsWith(detail, document.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/list/018f0000-0000-7000-8000-000000000001?limit=1&cursor=x", null)]
    [InlineData("/list/018f0000-0000-7000-8000-000000000001?LIMIT=1", null)]
    [InlineData("/list/018f0000-0000-7000-8000-000000000001?state=x", "The route has no query parameter state. It has: limit, cursor.")]
    [InlineData("/list/018f0000-0000-7000-8000-000000000001?id=x", "The route has no query parameter id. It has: limit, cursor.")]
    [InlineData("/list/018f0000-0000-7000-8000-000000000001?any=x", "The route has no query parameter any. It has: limit, cursor.")]
    [InlineData("/list/018f0000-0000-7000-8000-000000000001?Fictional%20Frieda", "The route has no query parameter of that name. It has: limit, cursor.")]
    [InlineData("/bare?limit=1", "The route has no query parameter limit. It has none.")]
    [InlineData("/open?utm_source=x", null)]
    public async Task A_query_parameter_that_the_route_does_not_have_is_refused_and_never_ignored(string path, string? detail)
    {
        using var response = await servers.Service.GetAsync(path, servers.Issuer.Token(Guid.CreateVersion7(), "someone", Scopes.ReferralsSubmit));
        if (detail is null)
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            return;
        }

        using var document = JsonDocument.Parse(await response.AssertProblemAsync(HttpStatusCode.BadRequest, "request.unknown-parameter"));
        Assert.Equal(detail, document.RootElement.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("/bare", Scopes.StrategyRead, "Get a token with the scope referrals.submit.")]
    [InlineData("/either", Scopes.StrategyRead, "Get a token with the scope referrals.casework or referrals.triage, and referrals.submit.")]
    [InlineData("/either", Scopes.ReferralsSubmit, "Get a token with the scope referrals.casework or referrals.triage.")]
    public async Task A_refusal_for_want_of_a_scope_names_the_scope(string path, string held, string detail)
    {
        using var response = await servers.Service.GetAsync(path, servers.Issuer.Token(Guid.CreateVersion7(), "someone", held));
        using var document = JsonDocument.Parse(await response.AssertProblemAsync(HttpStatusCode.Forbidden, "access.scope-missing"));
        Assert.StartsWith(detail, document.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_good_body_is_accepted()
    {
        using var response = await PostAsync(Good);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("GET", "/no-such-route", HttpStatusCode.NotFound, "route.not-found")]
    [InlineData("GET", "/things/Fictional-Frieda-7351", HttpStatusCode.NotFound, "route.not-found")]
    [InlineData("GET", "/number?value=Fictional-Frieda-7351", HttpStatusCode.BadRequest, "request.malformed")]
    [InlineData("GET", "/number", HttpStatusCode.BadRequest, "request.malformed")]
    [InlineData("DELETE", "/open", HttpStatusCode.MethodNotAllowed, "request.method-not-allowed")]
    [InlineData("GET", "/fails", HttpStatusCode.InternalServerError, "service.failed")]
    [InlineData("GET", "/conflict", HttpStatusCode.PreconditionFailed, "precondition.failed")]
    [InlineData("GET", "/status/406", HttpStatusCode.NotAcceptable, "request.not-acceptable")]
    [InlineData("GET", "/status/418", (HttpStatusCode)418, "request.refused")]
    [InlineData("GET", "/status/500", HttpStatusCode.InternalServerError, "service.failed")]
    [InlineData("GET", "/status/502", HttpStatusCode.BadGateway, "service.unreachable")]
    [InlineData("GET", "/status/503", HttpStatusCode.ServiceUnavailable, "service.unavailable")]
    [InlineData("GET", "/status/504", HttpStatusCode.GatewayTimeout, "service.timed-out")]
    public async Task Every_failure_is_a_coded_problem_whatever_is_accepted(string method, string path, HttpStatusCode status, string code)
    {
        foreach (var accept in (string[])["*/*", "text/html", "application/json", "image/png"])
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            request.Headers.Accept.ParseAdd(accept);
            using var response = await servers.Service.Client.SendAsync(request, TestContext.Current.CancellationToken);
            var body = await response.AssertProblemAsync(status, code);
            Assert.DoesNotContain("Frieda", body, StringComparison.Ordinal);
            Assert.DoesNotContain("traceId", body, StringComparison.Ordinal);
            Assert.DoesNotContain("Exception", body, StringComparison.Ordinal);
            Assert.Equal(status is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout, response.Headers.RetryAfter is not null);
        }
    }

    [Fact]
    public async Task An_unexpected_exception_is_logged_by_type_and_place_and_never_by_its_message()
    {
        using var response = await servers.Service.GetAsync("/fails");
        Assert.Contains(servers.Service.Log.Lines, line => line.Contains("InvalidOperationException", StringComparison.Ordinal) && line.Contains("TestService", StringComparison.Ordinal));
        Assert.DoesNotContain(servers.Service.Log.Lines, line => line.Contains("Fictional Frieda", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wrong_method_names_the_right_ones()
    {
        using var response = await servers.Service.Client.DeleteAsync(new Uri("/open", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal("GET", response.Content.Headers.Allow.Single());
    }

    [Fact]
    public async Task Another_media_type_is_415()
    {
        using var content = new StringContent("<thing/>", Encoding.UTF8, new MediaTypeHeaderValue("application/xml"));
        using var response = await servers.Service.Client.PostAsync(new Uri("/things", UriKind.Relative), content, TestContext.Current.CancellationToken);
        await response.AssertProblemAsync(HttpStatusCode.UnsupportedMediaType, "request.unsupported-media-type");
    }

    [Theory]
    [InlineData(0, false, HttpStatusCode.OK)]
    [InlineData(1, false, HttpStatusCode.RequestEntityTooLarge)]
    [InlineData(-1024, true, HttpStatusCode.OK)] // The framing of the chunks counts too.
    [InlineData(1, true, HttpStatusCode.RequestEntityTooLarge)]
    public async Task A_body_may_have_one_mebibyte_and_not_a_byte_more(int over, bool chunked, HttpStatusCode expected)
    {
        var body = Good + new string(' ', (1024 * 1024) + over - Good.Length);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/things");
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.TransferEncodingChunked = chunked;
        using var response = await servers.Service.Client.SendAsync(request, TestContext.Current.CancellationToken);
        if (expected == HttpStatusCode.OK)
        {
            Assert.Equal(expected, response.StatusCode);
        }
        else
        {
            await response.AssertProblemAsync(expected, "request.too-large");
        }
    }

    [Fact]
    public async Task Two_refusals_of_one_kind_are_equal_to_the_byte()
    {
        using var one = await servers.Service.GetAsync("/no-such-route");
        using var two = await servers.Service.GetAsync("/nor-this");
        Assert.Equal(await one.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken), await two.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_correlation_id_is_the_trace_the_caller_began()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/no-such-route");
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        using var response = await servers.Service.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", response.Headers.GetValues("X-Correlation-Id").Single());
    }

    private static (string Name, string Message) NameAndMessage(JsonProperty error) => (error.Name, error.Value.GetRawText());

    private async Task<HttpResponseMessage> PostAsync(string body, string path = "/things")
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await servers.Service.Client.PostAsync(new Uri(path, UriKind.Relative), content);
    }

    private sealed class ConflictHandler : IExceptionHandler
    {
        public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
        {
            if (exception.InnerException is not TimeZoneNotFoundException)
            {
                return false;
            }

            await Preconditions.Failed.ToResult().ExecuteAsync(httpContext);
            return true;
        }
    }

    public sealed class Servers : IAsyncLifetime
    {
        public TestIssuer Issuer { get; private set; } = null!;

        public TestService Service { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Issuer = await TestIssuer.StartAsync();
            Service = await TestService.StartAsync(Issuer.Settings, builder => builder.Services.AddExceptionHandler<ConflictHandler>());
        }

        public async ValueTask DisposeAsync()
        {
            await Service.DisposeAsync();
            await Issuer.DisposeAsync();
        }
    }
}
