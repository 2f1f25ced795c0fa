using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Soc.ServiceDefaults.Tests.Outgoing;

public sealed class OutgoingTests
{
    [Fact]
    public async Task Replicas_found_by_configuration_take_turns()
    {
        await using var one = await Replica.StartAsync();
        await using var two = await Replica.StartAsync();
        using var client = Client(one.Address, two.Address);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal("fine", await client.GetStringAsync(new Uri("/thing?a=b", UriKind.Relative), TestContext.Current.CancellationToken));
        }

        Assert.Equal((5, 5), (one.Calls, two.Calls));
    }

    [Fact]
    public async Task A_read_is_tried_again_at_another_replica_and_the_caller_sees_no_failure()
    {
        await using var good = await Replica.StartAsync();
        await using var bad = await Replica.StartAsync(HttpStatusCode.ServiceUnavailable);
        using var client = Client(bad.Address, good.Address);
        using var response = await client.GetAsync(new Uri("/thing", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_write_is_never_tried_again()
    {
        await using var bad = await Replica.StartAsync(HttpStatusCode.ServiceUnavailable);
        using var client = Client(bad.Address);
        using var response = await client.PostAsync(new Uri("/thing", UriKind.Relative), content: null, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, 1), (response.StatusCode, bad.Calls));
    }

    [Fact]
    public async Task A_refusal_is_an_answer_and_is_not_tried_again()
    {
        await using var bad = await Replica.StartAsync(HttpStatusCode.NotFound);
        using var client = Client(bad.Address);
        using var response = await client.GetAsync(new Uri("/thing", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.NotFound, 1), (response.StatusCode, bad.Calls));
    }

    [Fact]
    public async Task After_enough_failures_calls_fail_at_once_without_reaching_the_service()
    {
        await using var bad = await Replica.StartAsync(HttpStatusCode.ServiceUnavailable);
        using var client = Client(bad.Address);
        for (var i = 0; i < 10; i++)
        {
            using var response = await client.PostAsync(new Uri("/thing", UriKind.Relative), content: null, TestContext.Current.CancellationToken);
        }

        var calls = bad.Calls;
        await Assert.ThrowsAsync<HttpRequestException>(() => client.PostAsync(new Uri("/thing", UriKind.Relative), content: null, TestContext.Current.CancellationToken));
        Assert.Equal(calls, bad.Calls);
    }

    [Fact]
    public void A_name_without_configuration_is_an_address_already()
    {
        var discovery = new ServiceDiscovery(new ConfigurationBuilder().Build());
        var address = new Uri("http://partners.soc.svc:8080/a?b=c");
        Assert.Equal(address, Assert.Single(discovery.Resolve(address)));
    }

    private static HttpClient Client(params string[] addresses)
    {
        var services = new ServiceCollection();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection(addresses.Select((address, i) => KeyValuePair.Create($"services:partners:http:{i}", (string?)address))).Build());
        services.AddOutgoing();
        services.AddPlatformHttpClient("partners");
        return services.BuildServiceProvider().GetRequiredService<IHttpClientFactory>().CreateClient("partners");
    }

    private sealed class Replica(WebApplication app) : IAsyncDisposable
    {
        private int calls;

        public int Calls => calls;

        public string Address => app.Urls.Single();

        public static async Task<Replica> StartAsync(HttpStatusCode status = HttpStatusCode.OK)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var app = builder.Build();
            var replica = new Replica(app);
            app.MapFallback(() =>
            {
                Interlocked.Increment(ref replica.calls);
                return Results.Text("fine", statusCode: (int)status);
            });
            await app.StartAsync();
            return replica;
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
