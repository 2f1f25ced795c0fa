using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Soc.Contracts;
using Soc.Partners.Agreements;
using Soc.Partners.Disclosures;
using Soc.TestKit;

namespace Soc.Partners.Tests;

public sealed class OwnViewTests(PartnersService service)
{
    [Fact]
    public async Task What_another_service_gave_is_on_record_under_the_agreement_that_covers_it_and_only_for_who_received_it()
    {
        var partner = await service.LiveAsync();
        var hour = DateTimeOffset.UtcNow.AddHours(-1);
        await PublishAsync(partner.Organisation, "protected-person-referrals", 3, hour);
        using var own = service.Host.As(partner.Organisation, "a-developer", Scopes.IntegrationManage);
        using var counterparty = service.Host.As(partner.Counterparty, "another", Scopes.OrganisationsRead);

        var item = await Eventually.NotNullAsync(
            async () => (await own.ReadAsync("/partners/v1/received")).Expect(HttpStatusCode.OK).Body.GetProperty("items").EnumerateArray().Select(each => (object)each).SingleOrDefault(),
            "the event is consumed") is System.Text.Json.JsonElement found ? found : default;

        Assert.Equal(
            ("read", 3, partner.Agreement, "referrals"),
            (item.GetProperty("kind").GetString(), item.GetProperty("items").GetInt32(), item.GetProperty("agreement").GetGuid(), item.GetProperty("source").GetString()));
        Assert.Equal(Disclosures.Disclosures.HourOf(hour), item.GetProperty("hour").GetDateTimeOffset());
        Assert.Empty((await counterparty.ReadAsync("/partners/v1/received")).Expect(HttpStatusCode.OK).Body.GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task What_no_agreement_in_force_covered_is_on_record_without_one_and_an_unknown_category_is_parked()
    {
        var partner = await service.LiveAsync();
        await PublishAsync(partner.Organisation, "no-such-category", 3, DateTimeOffset.UtcNow);
        await PublishAsync(partner.Organisation, "strategy-progress", 1, DateTimeOffset.UtcNow);

        await Eventually.TrueAsync(
            async () => (await service.QueryAsync("select agreement_id is null from disclosure where organisation_id = $1", partner.Organisation)) is ["True"], "on record");
        await Eventually.TrueAsync(
            async () => (await service.QueryAsync("select reason from parked_message where message_type = 'soc.referrals.information.disclosed.v1'")).Contains("not-a-disclosure"), "parked");
    }

    [Fact]
    public async Task The_record_is_paged_latest_first_within_the_days_asked_for()
    {
        var organisation = await service.ApprovedAsync();
        await service.QueryAsync(
            """
            insert into disclosure (organisation_id, kind, data_category, items, hour, source)
            select $1, 'Read', 'strategy-progress', n, date_trunc('hour', now()) - make_interval(hours => n), 'referrals' from generate_series(1, 205) n
            """, organisation);
        using var own = service.Host.As(organisation, "an-administrator", Scopes.OrganisationAdminister);
        var (items, next) = (new List<int>(), "");
        for (var pages = 0; next is not null; pages++)
        {
            var page = (await own.ReadAsync("/partners/v1/received" + next)).Expect(HttpStatusCode.OK).Body;
            items.AddRange(page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("items").GetInt32()));
            next = page.GetProperty("next").GetString() is { } cursor ? "?cursor=" + cursor : null;
            Assert.True(pages < 3);
        }

        Assert.Equal(Enumerable.Range(1, 205), items);
        var day = DateTime.UtcNow.AddDays(-4).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        Assert.Equal(24, (await own.ReadAsync($"/partners/v1/received?from={day}&to={day}")).Expect(HttpStatusCode.OK).Body.GetProperty("items").GetArrayLength());
    }

    [Theory]
    [InlineData("/partners/v1/received?from=2026-02-01&to=2026-01-01", "period.invalid")]
    [InlineData("/partners/v1/received?from=2020-01-01&to=2026-01-01", "period.invalid")]
    [InlineData("/partners/v1/received?to=9999-12-31", "period.invalid")]
    [InlineData("/partners/v1/received?to=0001-01-01", "period.invalid")]
    [InlineData("/partners/v1/received?from=yesterday", "request.malformed")]
    [InlineData("/partners/v1/received?cursor=%00", "cursor.invalid")]
    [InlineData("/partners/v1/received?cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTk5LzE", "cursor.invalid")]
    [InlineData("/partners/v1/calls?from=2026-02-01&to=2026-01-01", "period.invalid")]
    [InlineData("/partners/v1/calls?to=2026-02-30", "request.malformed")]
    public async Task Days_and_cursors_that_are_none_are_refused(string path, string code)
    {
        using var own = service.Host.As(Guid.CreateVersion7(), "someone", Scopes.OrganisationsRead);
        (await own.ReadAsync(path)).Expect(HttpStatusCode.BadRequest, code);
    }

    [Fact]
    public async Task Calls_are_counted_by_day_route_and_class_of_status_once_for_each_batch_and_shown_to_their_organisation_only()
    {
        var (one, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        object Line(Guid organisation, string route, int status, string minute, int calls) =>
            new { organisation, service = "partners", route, statusClass = status, minute, calls };
        var batch = new
        {
            id = Guid.CreateVersion7(),
            counts = new[]
            {
                Line(one, "received", 2, "2026-06-01T22:59:00Z", 5), Line(one, "received", 2, "2026-06-01T22:58:00Z", 2),
                Line(one, "received", 2, "2026-06-01T23:00:00Z", 1), // the 2nd of June in London
                Line(one, "calls", 4, "2026-06-01T10:00:00Z", 3), Line(other, "calls", 5, "2026-06-01T10:00:00Z", 9),
            },
        };

        (await AddAsync(batch)).Expect(HttpStatusCode.NoContent);
        (await AddAsync(batch)).Expect(HttpStatusCode.NoContent);
        (await AddAsync(new { id = Guid.CreateVersion7(), counts = new[] { Line(one, "calls", 4, "2026-06-01T11:00:00Z", 1) } })).Expect(HttpStatusCode.NoContent);

        using var own = service.Host.As(one, "a-developer", Scopes.IntegrationManage);
        var days = (await own.ReadAsync("/partners/v1/calls?from=2026-06-01&to=2026-06-30")).Expect(HttpStatusCode.OK).Body.GetProperty("days").ToString();
        Assert.Equal(
            """
            [{"day":"2026-06-01","calls":11,"errors":4,"routes":[{"service":"partners","route":"calls","status":"4xx","calls":4},{"service":"partners","route":"received","status":"2xx","calls":7}]},{"day":"2026-06-02","calls":1,"errors":0,"routes":[{"service":"partners","route":"received","status":"2xx","calls":1}]}]
            """.Trim(),
            days);
    }

    [Fact]
    public async Task Reads_of_strategies_statistics_and_the_register_are_on_record_under_the_agreement_that_covers_them_once_for_each_batch()
    {
        var partner = await service.LiveAsync(dataCategories: ["strategy-progress"]);
        var hour = Disclosures.Disclosures.HourOf(DateTimeOffset.UtcNow);
        object Line(string name, string route, int status, int calls) => new { organisation = partner.Organisation, service = name, route, statusClass = status, minute = hour, calls };
        var batch = new
        {
            id = Guid.NewGuid(),
            counts = new[]
            {
                Line("strategy", "strategy-read", 2, 3), Line("strategy", "strategies-list", 2, 2), Line("strategy", "strategy-read", 4, 9),
                Line("reporting", "statistics-referrals", 2, 1), Line("partners", "received", 2, 7), Line("referrals", "updates", 2, 5),
            },
        };

        (await AddAsync(batch)).Expect(HttpStatusCode.NoContent);
        (await AddAsync(batch)).Expect(HttpStatusCode.NoContent);

        Assert.Equal(
            [$"Read strategy-progress 5 {partner.Agreement} strategy", "Read unreleased-statistics 1 none reporting"],
            await service.QueryAsync(
                "select concat_ws(' ', kind, data_category, items, coalesce(agreement_id::text, 'none'), source) from disclosure where organisation_id = $1 order by data_category", partner.Organisation));
    }

    [Fact]
    public async Task Reads_by_routes_that_also_show_ones_own_are_on_record_only_for_whom_an_agreement_lets_see_others()
    {
        var (registrars, security, charity) = (await service.LiveAsync(dataCategories: ["partner-register"]), await service.LiveAsync(dataCategories: ["partner-security"]), await service.LiveAsync());
        object Line(Partner reader, string route, int calls) => new { organisation = reader.Organisation, service = "partners", route, statusClass = 2, minute = DateTimeOffset.UtcNow, calls };
        (await AddAsync(new
        {
            id = Guid.NewGuid(),
            counts = new[]
            {
                Line(registrars, "contacts-list", 2), Line(registrars, "client-read", 1), Line(registrars, "agreement-list", 4), Line(registrars, "webhooks-list", 9),
                Line(security, "contact-read", 3), Line(security, "agreement-list", 9), Line(charity, "contacts-list", 9), Line(charity, "agreement-list", 9),
            },
        })).Expect(HttpStatusCode.NoContent);

        async Task<List<string>> RecordedAsync(Partner reader) => await service.QueryAsync(
            "select concat_ws(' ', data_category, items, agreement_id) from disclosure where organisation_id = $1 order by items", reader.Organisation);
        Assert.Equal([$"partner-register 3 {registrars.Agreement}", $"partner-register 4 {registrars.Agreement}"], await RecordedAsync(registrars));
        Assert.Equal([$"partner-security 3 {security.Agreement}"], await RecordedAsync(security));
        Assert.Empty(await RecordedAsync(charity));
    }

    [Fact]
    public async Task What_is_told_of_only_after_the_agreement_has_ended_is_on_record_under_it_all_the_same()
    {
        var partner = await service.LiveAsync(dataCategories: ["strategy-progress"]);
        var path = $"/partners/v1/agreements/{partner.Agreement}";
        (await service.Registrar.ChangeAsync(path + "/termination", new { reason = "party-withdraws" }, (await service.Registrar.ReadAsync(path)).ETag)).Expect(HttpStatusCode.OK);
        object Line(DateTimeOffset minute) => new { organisation = partner.Organisation, service = "strategy", route = "strategy-read", statusClass = 2, minute, calls = 1 };

        (await AddAsync(new { id = Guid.NewGuid(), counts = new[] { Line(DateTimeOffset.UtcNow.AddHours(-1)), Line(DateTimeOffset.UtcNow.AddHours(2)) } })).Expect(HttpStatusCode.NoContent);

        Assert.Equal(
            [$"{partner.Agreement}", "none"],
            await service.QueryAsync("select coalesce(agreement_id::text, 'none') from disclosure where organisation_id = $1 order by hour", partner.Organisation));
    }

    [Fact]
    public void Every_route_of_the_gateway_that_is_read_counts_as_a_disclosure_or_says_why_not()
    {
        using var settings = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "src", "Gateway", "appsettings.json")));
        var read = settings.RootElement.GetProperty("ReverseProxy").GetProperty("Routes").EnumerateObject()
            .Where(route => route.Value.GetProperty("Match").GetProperty("Methods")[0].GetString() == "GET").Select(route => route.Name);

        Assert.Equal(read.Order(StringComparer.Ordinal), CountedReads.Counted.Keys.Concat(CountedReads.NotCounted.Keys).Order(StringComparer.Ordinal));
        Assert.All(CountedReads.Counted.Values.SelectMany(counted => counted.Categories), category => Assert.Contains(category, DataCategories.All.Keys));
        Assert.All(CountedReads.NotCounted.Values, reason => Assert.False(string.IsNullOrWhiteSpace(reason)));
    }

    [Fact]
    public async Task Counts_come_from_the_platforms_own_processes_only_and_are_checked()
    {
        (await service.Registrar.SendAsync("/internal/request-counts", JsonContent.Create(new { id = Guid.NewGuid(), counts = Array.Empty<object>() })))
            .Expect(HttpStatusCode.Unauthorized);
        (await AddAsync(new { id = Guid.NewGuid() })).Expect(HttpStatusCode.BadRequest);
        (await AddAsync(new { id = Guid.NewGuid(), counts = new[] { new { organisation = Guid.NewGuid(), service = "p", route = "r", statusClass = 9, minute = "2026-06-01T00:00:00Z", calls = 1 } } }))
            .Expect(HttpStatusCode.BadRequest);
        (await AddAsync(new { id = Guid.NewGuid(), counts = new[] { new { organisation = Guid.NewGuid(), service = "p", route = "r", statusClass = 2, minute = "2026-06-01T00:00:00Z", calls = -1 } } }))
            .Expect(HttpStatusCode.BadRequest);
    }

    private async Task<Answer> AddAsync(object batch)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/internal/request-counts") { Content = JsonContent.Create(batch) };
        request.Headers.Add("X-Platform-Key", service.Host.Issuer.PlatformKey);
        using var response = await service.Host.Anonymous.SendAsync(request);
        return await Answer.OfAsync(response);
    }

    /// <summary>Publishes the event of Referrals as that service does: without aggregate.</summary>
    private async Task PublishAsync(Guid organisation, string dataCategory, int items, DateTimeOffset at)
    {
        const string type = "soc.referrals.information.disclosed.v1";
        using var management = (await Servers.RabbitMqAsync()).ManagementClient();
        var id = Guid.NewGuid();
        var hour = Disclosures.Disclosures.HourOf(at);
        var envelope = new
        {
            messageId = id,
            messageType = new[] { "urn:message:Soc.Contracts.Referrals:InformationDisclosed" },
            message = new { organisationId = organisation, dataCategory, items, hour },
            headers = new Dictionary<string, string> { ["soc-type"] = type, ["soc-occurred-at"] = hour.ToString("O", CultureInfo.InvariantCulture) },
        };
        var published = await management.PostAsJsonAsync(
            $"api/exchanges/{service.Host.Broker.AbsolutePath.Trim('/')}/{type}/publish",
            new
            {
                properties = new
                {
                    message_id = id,
                    content_type = "application/vnd.masstransit+json",
                    headers = new Dictionary<string, string> { ["soc-type"] = type, ["soc-occurred-at"] = hour.ToString("O", CultureInfo.InvariantCulture) },
                },
                routing_key = "",
                payload = System.Text.Json.JsonSerializer.Serialize(envelope),
                payload_encoding = "string",
            });
        Assert.Contains("true", await published.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
