using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Soc.TestKit;
using static Soc.Strategy.Tests.StrategyApi;

namespace Soc.Strategy.Tests;

public sealed class StrategyHttpTests(StrategyApi api) : IClassFixture<StrategyApi>
{
    private const string Strategies = "/strategy/v1/strategies";

    [Fact]
    public async Task A_strategy_is_published_progress_is_recorded_and_both_can_be_read()
    {
        var (path, first) = await api.PublishedAsync();
        Assert.Equal("\"1\"", first);
        using var recorded = await SendAsync(api.Owner, path + "/developments", Development(), first);
        Assert.Equal((HttpStatusCode.Created, "\"2\""), (recorded.StatusCode, recorded.Headers.ETag!.Tag));
        using var answered = await SendAsync(
            api.Owner, path + "/written-answers",
            new { asked = "2021-05-01", answered = "2021-05-06", department = "Home Office", heading = "A heading", minister = "A Minister", asks = "what steps are taken" },
            "\"2\"");
        Assert.Equal((HttpStatusCode.Created, "\"3\""), (answered.StatusCode, answered.Headers.ETag!.Tag));

        using var read = await GetAsync(api.Reader, path);
        Assert.Equal("\"3\"", read.Headers.ETag!.Tag);
        var strategy = JsonSerializer.Deserialize<JsonElement>(await TextAsync(read));
        Assert.Equal("2020-03", strategy.GetProperty("published").GetString());
        Assert.Equal("A plan", strategy.GetProperty("developments")[0].GetProperty("title").GetString());
        Assert.Equal(JsonValueKind.Null, strategy.GetProperty("developments")[0].GetProperty("effective").ValueKind);
        Assert.Equal("A heading", strategy.GetProperty("writtenAnswers")[0].GetProperty("heading").GetString());
        Assert.Equal(0, strategy.GetProperty("allowedActions").GetArrayLength());
        Assert.Equal(
            ["developments", "annual-reports", "written-answers"],
            (await ReadAsync(api.Owner, path)).GetProperty("allowedActions").EnumerateArray().Select(action => action.GetString()));
        var listed = (await ReadAsync(api.Reader, Strategies)).GetProperty("strategies").EnumerateArray();
        Assert.Contains(listed, entry => path.EndsWith(entry.GetProperty("id").GetString()!, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_version_has_exactly_one_event_on_the_broker()
    {
        using var tap = await BrokerTap.OnAsync(api.Host.Broker, "soc.strategy.strategy.published.v1", "soc.strategy.development.recorded.v1");
        var (path, tag) = await api.PublishedAsync();
        using var first = await SendAsync(api.Owner, path + "/developments", Development("One"), tag);
        await RefusedAsync(409, "development.duplicate", SendAsync(api.Owner, path + "/developments", Development("one"), "\"2\""));
        using var second = await SendAsync(api.Owner, path + "/developments", Development("Two"), "\"2\"");

        var id = path[(path.LastIndexOf('/') + 1)..];
        var mine = (await tap.ReceiveAsync(3)).Where(envelope => Header(envelope, "soc-aggregate-id") == id).ToList();
        Assert.Equal(["1", "2", "3"], mine.Select(envelope => Header(envelope, "soc-aggregate-version")).Order());
        Assert.All(mine, envelope => Assert.Equal(id, envelope.GetProperty("message").GetProperty("strategyId").GetString()));
    }

    [Fact]
    public async Task A_code_is_taken_once_and_a_superseded_strategy_must_be_known()
    {
        var code = NewCode();
        using var first = await SendAsync(api.Owner, Strategies, OfObjectives(code));
        await RefusedAsync(409, "strategy.code-taken", SendAsync(api.Owner, Strategies, OfObjectives(code)));
        var successor = new { code = NewCode(), title = "The next", published = "2023", strands = new[] { "pursue" }, supersedes = "nothing-known" };
        await RefusedAsync(422, "strategy.supersedes-unknown", SendAsync(api.Owner, Strategies, successor));
        using var accepted = await SendAsync(api.Owner, Strategies, successor with { supersedes = code });
        Assert.Equal(HttpStatusCode.Created, accepted.StatusCode);
    }

    [Fact]
    public async Task A_year_has_one_annual_report_whatever_the_strategy()
    {
        var (one, oneTag) = await api.PublishedAsync();
        var (other, otherTag) = await api.PublishedAsync();
        var report = new { year = 2021, published = "2022-03-01", minister = "A Minister" };
        using var published = await SendAsync(api.Owner, one + "/annual-reports", report, oneTag);
        Assert.Equal(HttpStatusCode.Created, published.StatusCode);
        await RefusedAsync(409, "annual-report.duplicate", SendAsync(api.Owner, other + "/annual-reports", report, otherTag));
    }

    [Fact]
    public async Task A_repeated_request_with_its_key_is_answered_again_and_done_once()
    {
        var (path, tag) = await api.PublishedAsync();
        var key = Guid.NewGuid().ToString();
        using var first = await SendAsync(api.Owner, path + "/developments", Development(), tag, key);
        using var again = await SendAsync(api.Owner, path + "/developments", Development(), tag, key);
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (first.StatusCode, again.StatusCode));
        Assert.Equal("true", again.Headers.GetValues("Idempotent-Replayed").Single());
        Assert.Equal(await TextAsync(first), await TextAsync(again));
        Assert.Equal(2, (await ReadAsync(api.Owner, path)).GetProperty("version").GetInt64());
        await RefusedAsync(400, "idempotency.key-required", SendAsync(api.Owner, path + "/developments", System.Net.Http.Json.JsonContent.Create(Development("B")), "\"2\"", null));
    }

    [Fact]
    public async Task A_change_says_which_version_it_knows_and_a_stale_one_is_refused()
    {
        var (path, tag) = await api.PublishedAsync();
        await RefusedAsync(428, "precondition.required", SendAsync(api.Owner, path + "/developments", Development()));
        using var first = await SendAsync(api.Owner, path + "/developments", Development(), tag);
        await RefusedAsync(412, "precondition.failed", SendAsync(api.Owner, path + "/developments", Development("Another"), tag));
    }

    [Fact]
    public async Task Of_two_changes_at_the_same_time_one_is_refused_and_no_version_is_lost()
    {
        var (path, tag) = await api.PublishedAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(n => SendAsync(api.Owner, path + "/developments", Development($"Plan {n}"), tag)));
        Assert.Equal(1, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
        Assert.Equal(5, answers.Count(answer => answer.StatusCode == HttpStatusCode.PreconditionFailed));
        Assert.Equal(2, (await ReadAsync(api.Owner, path)).GetProperty("version").GetInt64());
        Array.ForEach(answers, answer => answer.Dispose());
    }

    [Fact]
    public async Task Only_the_owner_changes_and_only_those_with_the_scope_read()
    {
        var (path, tag) = await api.PublishedAsync();
        string[] commands = [Strategies, path + "/developments", path + "/annual-reports", path + "/written-answers"];
        foreach (var command in commands)
        {
            await RefusedAsync(403, "access.scope-missing", SendAsync(api.Reader, command, Development(), tag));
            await RefusedAsync(403, "access.scope-missing", SendAsync(api.Other, command, Development(), tag));
            await RefusedAsync(401, "access.token-missing", SendAsync(api.Anonymous, command, Development(), tag));
        }

        foreach (var read in new[] { Strategies, path })
        {
            await RefusedAsync(403, "access.scope-missing", GetAsync(api.Other, read));
            await RefusedAsync(401, "access.token-missing", GetAsync(api.Anonymous, read));
        }

        Assert.Equal(1, (await ReadAsync(api.Owner, path)).GetProperty("version").GetInt64());
    }

    [Fact]
    public void Every_endpoint_says_who_may_call_it() => Assert.Empty(EndpointPolicies.Faults(api.Host.Services));

    [Fact]
    public async Task What_is_not_there_is_not_found()
    {
        await RefusedAsync(404, "strategy.not-found", GetAsync(api.Reader, $"{Strategies}/{Guid.NewGuid()}"));
        await RefusedAsync(404, "strategy.not-found", SendAsync(api.Owner, $"{Strategies}/{Guid.NewGuid()}/developments", Development(), "\"1\""));
        await RefusedAsync(404, "route.not-found", GetAsync(api.Reader, $"{Strategies}/not-an-id"));
    }

    [Theory]
    [InlineData("", 400)]
    [InlineData("{", 400)]
    [InlineData("[]", 400)]
    [InlineData("null", 400)]
    [InlineData("{}", 400)]
    [InlineData("""{"kind": "plan", "title": null, "mappedBy": "source", "objectives": [1]}""", 400)]
    [InlineData("""{"kind": "plan", "title": "", "mappedBy": "source", "objectives": [1]}""", 400)]
    [InlineData("""{"kind": "plan", "title": 7, "mappedBy": "source", "objectives": [1]}""", 400)]
    [InlineData("""{"kind": "plan", "title": "T", "mappedBy": "source", "objectives": ["1"]}""", 400)]
    [InlineData("""{"kind": "plan", "title": "T", "mappedBy": "source", "objectives": [1], "unknown": true}""", 400)]
    [InlineData("""{"kind": "plan", "title": "T", "mappedBy": "source", "objectives": [1], "effective": "2019-04-31"}""", 400)]
    [InlineData("""{"kind": "plan", "title": "T", "mappedBy": "source", "objectives": [1], "amountGbp": 1e999}""", 400)]
    [InlineData("""{"kind": "plan", "title": "T", "mappedBy": "source", "objectives": [9]}""", 422)]
    [InlineData("""{"kind": "plan", "title": "T", "mappedBy": "source", "objectives": [1], "places": [null]}""", 422)]
    [InlineData("""{"kind": "plan", "title": "T", "mappedBy": "source", "objectives": [1], "amountGbp": -1}""", 422)]
    public async Task A_malformed_development_is_refused_and_nothing_is_changed(string json, int status)
    {
        var (path, tag) = await api.PublishedAsync();
        using var body = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await SendAsync(api.Owner, path + "/developments", body, tag, Guid.NewGuid().ToString());
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.NotEmpty(JsonSerializer.Deserialize<JsonElement>(await TextAsync(answer)).GetProperty("code").GetString()!);
        Assert.Equal(1, (await ReadAsync(api.Owner, path)).GetProperty("version").GetInt64());
    }

    [Theory]
    [InlineData("""{"code": "abc", "title": "T", "published": "2020", "objectives": [null]}""", 422)]
    [InlineData("""{"code": "abc", "title": "T", "published": "2020", "objectives": [{"number": 1}]}""", 400)]
    [InlineData("""{"code": "abc", "title": "T", "published": "2020", "strands": [null]}""", 422)]
    [InlineData("""{"code": "abc", "title": "T", "published": "2020", "strands": ["pursue"], "partnerSectors": [null]}""", 422)]
    [InlineData("""{"code": "abc", "title": "T", "published": "2020-00", "strands": ["pursue"]}""", 422)]
    [InlineData("""{"code": "abc", "title": "T", "published": 2020, "strands": ["pursue"]}""", 400)]
    public async Task A_malformed_strategy_is_refused(string json, int status)
    {
        using var body = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await SendAsync(api.Owner, Strategies, body, null, Guid.NewGuid().ToString());
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.NotEmpty(JsonSerializer.Deserialize<JsonElement>(await TextAsync(answer)).GetProperty("code").GetString()!);
    }

    [Theory]
    [InlineData("", "code", "published", "title", "strands", "partnerSectors", "supersedes", "objectives/title", "institutions/name",
        "institutions/established", "context/indicator", "context/unit", "context/qualifier")]
    [InlineData("/developments", "kind", "title", "mappedBy", "strand", "state", "places")]
    [InlineData("/annual-reports", "minister", "publishedUnder")]
    [InlineData("/written-answers", "department", "heading", "minister", "asks")]
    public async Task A_control_character_in_any_text_is_refused_and_nothing_is_stored(string to, params string[] members)
    {
        foreach (var (member, character) in members.SelectMany(member => new[] { (member, '\0'), (member, '\u001b'), (member, '\u0085') }))
        {
            var (path, tag) = to.Length == 0 ? (Strategies, null) : await api.PublishedAsync();
            var code = NewCode();
            var body = Whole(to, code);
            Spoil(body, member.Split('/'), character);
            await RefusedAsync(400, "request.invalid", SendAsync(api.Owner, path + to, body, tag));
            if (tag is null)
            {
                Assert.DoesNotContain(code, (await ReadAsync(api.Reader, Strategies)).GetRawText(), StringComparison.Ordinal);
            }
            else
            {
                Assert.Equal(1, (await ReadAsync(api.Owner, path)).GetProperty("version").GetInt64());
            }
        }
    }

    /// <summary>A request with every text that it may have.</summary>
    private static JsonObject Whole(string to, string code) => JsonNode.Parse(to switch
    {
        "" => $$"""
            {"code": "{{code}}", "title": "T", "published": "2020", "strands": ["pursue"], "partnerSectors": ["public"], "supersedes": "soc-2013",
             "objectives": [{"number": 1, "title": "T"}], "institutions": [{"name": "N", "established": "2020"}],
             "context": [{"indicator": "I", "value": 1, "unit": "U", "qualifier": "Q"}]}
            """,
        "/developments" => """{"kind": "plan", "title": "T", "mappedBy": "source", "strand": "s", "objectives": [1], "state": "S", "places": ["P"]}""",
        "/annual-reports" => """{"year": 2025, "published": "2026-01-01", "minister": "M", "publishedUnder": "P"}""",
        _ => """{"asked": "2021-05-01", "answered": "2021-05-06", "department": "D", "heading": "H", "minister": "M", "asks": "A"}""",
    })!.AsObject();

    private static void Spoil(JsonObject body, string[] member, char character)
    {
        var (holder, name) = member is [var list, var inner] ? (body[list]![0]!.AsObject(), inner) : (body, member[0]);
        if (holder[name] is JsonArray texts)
        {
            texts[0] = texts[0]!.GetValue<string>() + character;
        }
        else
        {
            holder[name] = holder[name]!.GetValue<string>() + character;
        }
    }

    private static string? Header(JsonElement envelope, string name) => envelope.GetProperty("headers").GetProperty(name).GetString();
}
