using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Soc.Contracts;
using Soc.TestKit;

namespace Soc.Gateway.Tests;

public sealed class CallCountTests
{
    [Fact]
    public async Task What_an_organisation_was_answered_and_refused_is_sent_by_route_and_class_of_status()
    {
        await using var partners = await CountingService.StartAsync();
        await using var gateway = await GatewayHost.StartAsync(Settings(partners, ("RateLimits:Organisation:Burst", "4"), ("RateLimits:Organisation:PerSecond", "1")));
        var (organisation, other, cutOff) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        using var client = gateway.As(organisation, Scopes.ReferralsUpdates);
        await AskAsync(client, "/referrals/v1/updates", HttpStatusCode.OK, 2);
        await AskAsync(client, "/referrals/v1/updates?do=empty", HttpStatusCode.ServiceUnavailable);
        await AskAsync(client, "/referrals/v1/worklist", HttpStatusCode.Forbidden);
        await AskAsync(client, "/referrals/v1/updates", HttpStatusCode.TooManyRequests, 1);
        using var second = gateway.As(other, Scopes.ReferralsUpdates);
        await AskAsync(second, "/referrals/v1/updates", HttpStatusCode.OK);
        using var refused = gateway.As(cutOff, Scopes.ReferralsUpdates);
        gateway.Issuer.CutOff(cutOff);
        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await refused.GetAsync(new Uri("/referrals/v1/updates", UriKind.Relative));
                return answer.StatusCode == HttpStatusCode.Unauthorized;
            },
            "the cut-off is obeyed");
        await AskAsync(gateway.Anonymous, "/reports", HttpStatusCode.OK);
        await AskAsync(gateway.Anonymous, "/referrals/v1/updates", HttpStatusCode.Unauthorized);

        await Eventually.TrueAsync(() => Task.FromResult(partners.Of(cutOff).Any(line => line.StartsWith("referral-updates 4", StringComparison.Ordinal))), "the last is sent");
        Assert.Equal(["referral-updates 2 2", "referral-updates 4 1", "referral-updates 5 1", "referral-worklist 4 1"], partners.Of(organisation));
        Assert.Equal(["referral-updates 2 1"], partners.Of(other));
        Assert.All(partners.Lines, line => Assert.Equal("referrals", line.GetProperty("service").GetString()));
        Assert.Equal(new[] { organisation, other, cutOff }.Order(), partners.Lines.Select(line => line.GetProperty("organisation").GetGuid()).Distinct().Order());
    }

    [Fact]
    public async Task A_batch_whose_answer_was_lost_comes_again_under_its_id_and_every_call_counts_once()
    {
        await using var partners = await CountingService.StartAsync();
        partners.Status = 503;
        await using var gateway = await GatewayHost.StartAsync(Settings(partners));
        var organisation = Guid.CreateVersion7();
        using var client = gateway.As(organisation, Scopes.ReferralsUpdates);
        await AskAsync(client, "/referrals/v1/updates", HttpStatusCode.OK, 3);
        await Eventually.TrueAsync(() => Task.FromResult(partners.Batches.Count >= 2), "the batch is repeated");
        await AskAsync(client, "/referrals/v1/updates", HttpStatusCode.OK, 5);

        Assert.Single(partners.Batches.DistinctBy(batch => batch.Id));
        partners.Status = 204;

        await Eventually.TrueAsync(() => Task.FromResult(partners.Of(organisation).Sum(line => int.Parse(line.Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture)) == 8), "all are counted once");
    }

    [Fact]
    public async Task The_last_batch_is_sent_when_the_gateway_stops()
    {
        await using var partners = await CountingService.StartAsync();
        var organisation = Guid.CreateVersion7();
        await using (var gateway = await GatewayHost.StartAsync(Settings(partners, ("CallCounts:Interval", "00:05:00"))))
        {
            using var client = gateway.As(organisation, Scopes.ReferralsUpdates);
            await AskAsync(client, "/referrals/v1/updates", HttpStatusCode.OK, 4);
            Assert.Empty(partners.Batches);
        }

        Assert.Equal(["referral-updates 2 4"], partners.Of(organisation));
    }

    [Fact]
    public async Task Counts_beyond_the_capacity_are_dropped_and_the_log_says_how_many()
    {
        await using var partners = await CountingService.StartAsync();
        await using var gateway = await GatewayHost.StartAsync(Settings(partners, ("CallCounts:Interval", "00:00:01"), ("CallCounts:Capacity", "1")));
        for (var i = 0; i < 6; i++)
        {
            using var client = gateway.As(Guid.CreateVersion7(), Scopes.ReferralsUpdates);
            await AskAsync(client, "/referrals/v1/updates", HttpStatusCode.OK);
        }

        await Eventually.TrueAsync(() => Task.FromResult(gateway.Log.Lines.Any(line => line.Contains("calls were not counted", StringComparison.Ordinal))), "the loss is logged");
    }

    [Fact]
    public async Task Of_calls_that_are_counted_while_batches_are_taken_each_is_in_exactly_one()
    {
        var counts = new Calls.CallCounts(1_000);
        var (organisation, taken, done) = (Guid.NewGuid(), 0, false);
        var taking = Task.Run(() =>
        {
            while (!Volatile.Read(ref done))
            {
                taken += counts.Take(100).Sum(line => line.Calls);
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 50_000; i++)
            {
                counts.Add(organisation, "a", "b", 200, DateTimeOffset.UnixEpoch);
            }
        })));
        Volatile.Write(ref done, true);
        await taking;

        Assert.Equal(200_000, taken + counts.Take(100).Sum(line => line.Calls));
        Assert.Equal(0, counts.TakeLost());
    }

    private static Dictionary<string, string?> Settings(CountingService partners, params (string Key, string Value)[] further)
    {
        var settings = new Dictionary<string, string?> { ["services:partners:http:0"] = partners.Address, ["CallCounts:Interval"] = "00:00:00.1" };
        foreach (var (key, value) in further)
        {
            settings[key] = value;
        }

        return settings;
    }

    private static async Task AskAsync(HttpClient client, string path, HttpStatusCode expected, int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal(expected, answer.StatusCode);
        }
    }

    /// <summary>What the Partners service does with batches: keeps the first of each id.</summary>
    private sealed class CountingService : IAsyncDisposable
    {
        private readonly WebApplication app;

        private CountingService(WebApplication app) => this.app = app;

        public ConcurrentQueue<(Guid Id, JsonElement[] Lines)> Batches { get; } = new();

        public int Status { get; set; } = 204;

        public string Address => app.Urls.Single();

        public IEnumerable<JsonElement> Lines => Batches.DistinctBy(batch => batch.Id).SelectMany(batch => batch.Lines);

        public static async Task<CountingService> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var service = new CountingService(builder.Build());
            service.app.MapGet("/health/ready", () => Results.Ok());
            service.app.MapPost("/internal/request-counts", (HttpRequest request, JsonElement batch) =>
            {
                Assert.NotEmpty(request.Headers["X-Platform-Key"].ToString());
                service.Batches.Enqueue((batch.GetProperty("id").GetGuid(), [.. batch.GetProperty("counts").EnumerateArray().Select(line => line.Clone())]));
                return Results.StatusCode(service.Status);
            });
            await service.app.StartAsync();
            return service;
        }

        /// <summary>Route, class of status and number, over all minutes.</summary>
        public List<string> Of(Guid organisation) =>
        [
            .. Lines.Where(line => line.GetProperty("organisation").GetGuid() == organisation)
                .GroupBy(line => $"{line.GetProperty("route").GetString()} {line.GetProperty("statusClass").GetInt32()}")
                .Select(group => $"{group.Key} {group.Sum(line => line.GetProperty("calls").GetInt32())}").Order(),
        ];

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
