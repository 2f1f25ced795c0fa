using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Soc.ServiceDefaults.Tests.Outgoing;

public sealed class PartnerAddressTests
{
    private static readonly IPAddress Public = IPAddress.Parse("8.8.8.8");
    private static readonly Uri Address = new("https://partner.example/hook?secret=s3cret");

    [Theory]
    // Public, first and last beside what is not.
    [InlineData("1.0.0.0", true)]
    [InlineData("8.8.8.8", true)]
    [InlineData("9.255.255.255", true)]
    [InlineData("11.0.0.0", true)]
    [InlineData("100.63.255.255", true)]
    [InlineData("100.128.0.0", true)]
    [InlineData("126.255.255.255", true)]
    [InlineData("128.0.0.1", true)]
    [InlineData("168.63.129.15", true)]
    [InlineData("168.63.129.17", true)]
    [InlineData("169.253.255.255", true)]
    [InlineData("169.255.0.0", true)]
    [InlineData("172.15.255.255", true)]
    [InlineData("172.32.0.0", true)]
    [InlineData("192.0.1.1", true)]
    [InlineData("192.167.255.255", true)]
    [InlineData("192.169.0.0", true)]
    [InlineData("198.17.255.255", true)]
    [InlineData("198.20.0.0", true)]
    [InlineData("203.0.112.255", true)]
    [InlineData("203.0.114.0", true)]
    [InlineData("223.255.255.255", true)]
    [InlineData("2001:200::1", true)]
    [InlineData("2001:4860:4860::8888", true)]
    [InlineData("2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", true)]
    [InlineData("2001:db9::", true)]
    [InlineData("2003::1", true)]
    [InlineData("2606:4700:4700::1111", true)]
    [InlineData("2a00:1450::1", true)]
    [InlineData("3ffe::1", true)]
    // Not public.
    [InlineData("0.0.0.0", false)]
    [InlineData("0.255.255.255", false)]
    [InlineData("10.0.0.0", false)]
    [InlineData("10.255.255.255", false)]
    [InlineData("100.64.0.0", false)]
    [InlineData("100.100.100.200", false)]
    [InlineData("100.127.255.255", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.255.255.254", false)]
    [InlineData("168.63.129.16", false)]
    [InlineData("169.254.0.0", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("169.254.255.255", false)]
    [InlineData("172.16.0.0", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("192.0.0.0", false)]
    [InlineData("192.0.0.192", false)]
    [InlineData("192.0.2.1", false)]
    [InlineData("192.31.196.1", false)]
    [InlineData("192.52.193.1", false)]
    [InlineData("192.88.99.1", false)]
    [InlineData("192.168.0.0", false)]
    [InlineData("192.168.255.255", false)]
    [InlineData("192.175.48.1", false)]
    [InlineData("198.18.0.0", false)]
    [InlineData("198.19.255.255", false)]
    [InlineData("198.51.100.1", false)]
    [InlineData("203.0.113.255", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("239.255.255.255", false)]
    [InlineData("240.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::", false)]
    [InlineData("::1", false)]
    [InlineData("::8.8.8.8", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("::ffff:8.8.8.8", false)]
    [InlineData("::ffff:0:8.8.8.8", false)]
    [InlineData("64:ff9b::7f00:1", false)]
    [InlineData("64:ff9b::8.8.8.8", false)]
    [InlineData("64:ff9b:1::a00:1", false)]
    [InlineData("100::1", false)]
    [InlineData("100:0:0:1::1", false)]
    [InlineData("1fff:ffff::1", false)]
    [InlineData("2001::1", false)]
    [InlineData("2001:0:7f00:1::", false)]
    [InlineData("2001:2::1", false)]
    [InlineData("2001:10::1", false)]
    [InlineData("2001:20::1", false)]
    [InlineData("2001:1ff:ffff::1", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", false)]
    [InlineData("2002:7f00:1::1", false)]
    [InlineData("2002:808:808::1", false)]
    [InlineData("2620:4f:8000::1", false)]
    [InlineData("3fff::1", false)]
    [InlineData("3fff:fff:ffff::1", false)]
    [InlineData("4000::1", false)]
    [InlineData("5f00::1", false)]
    [InlineData("fc00::1", false)]
    [InlineData("fd00:ec2::254", false)]
    [InlineData("fdff:ffff::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fe80::1%2", false)]
    [InlineData("febf:ffff::1", false)]
    [InlineData("fec0::1", false)]
    [InlineData("ff02::1", false)]
    [InlineData("ff0e::1", false)]
    public void An_address_is_public_unless_a_registry_sets_it_apart(string address, bool isPublic) =>
        Assert.Equal(isPublic, PublicAddress.Is(IPAddress.Parse(address)));

    [Theory]
    [InlineData("https://partner.example/hook", true)]
    [InlineData("https://partner.example:8443/hook?token=1", true)]
    [InlineData("https://8.8.8.8/hook", true)]
    [InlineData("https://[2606:4700::1]/hook", true)]
    [InlineData("http://partner.example/hook", false)]
    [InlineData("ftp://partner.example/hook", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("//partner.example/hook", false)]
    [InlineData("partner.example", false)]
    [InlineData("https://", false)]
    [InlineData("https://user@partner.example/", false)]
    [InlineData("https://user:password@partner.example/", false)]
    [InlineData("https://partner.example/#fragment", false)]
    [InlineData("https://127.0.0.1/", false)]
    [InlineData("https://127.1/", false)]
    [InlineData("https://2130706433/", false)]
    [InlineData("https://0x7f.0.0.1/", false)]
    [InlineData("https://0177.0.0.1/", false)]
    [InlineData("https://169.254.169.254/latest/meta-data", false)]
    [InlineData("https://[::1]/", false)]
    [InlineData("https://[::ffff:10.0.0.1]/", false)]
    [InlineData("https://[fe80::1%25eth0]/", false)]
    public void An_address_is_taken_when_it_is_https_without_a_user_and_not_a_number_that_is_not_public(string address, bool taken) =>
        Assert.Equal(taken, new PartnerAddresses(allowPrivate: false, Never).Read(address) is not null);

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("8.8.8.8", "10.0.0.1")]
    [InlineData("::1", "8.8.8.8")]
    [InlineData("2606:4700::1", "64:ff9b::a00:1")]
    [InlineData]
    public async Task A_name_is_called_only_when_every_one_of_its_addresses_is_public(params string[] answers)
    {
        var connections = new List<IPEndPoint>();
        using var client = Client(new(allowPrivate: false, (_, _) => Task.FromResult(Array.ConvertAll(answers, IPAddress.Parse)), Record(connections)));

        await RefusedAsync(client, Address);

        Assert.Empty(connections);
    }

    [Fact]
    public async Task A_name_that_answers_public_first_and_private_next_is_connected_to_where_it_was_public_and_refused_next()
    {
        var (connections, lookups) = (new List<IPEndPoint>(), 0);
        using var client = Client(new(
            allowPrivate: false, (_, _) => Task.FromResult<IPAddress[]>(lookups++ == 0 ? [Public] : [IPAddress.Loopback]), Record(connections)));

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(Address, TestContext.Current.CancellationToken));
        Assert.Equal([new(Public, 443)], connections);
        Assert.Equal(1, lookups);

        await RefusedAsync(client, Address);
        Assert.Equal([new(Public, 443)], connections);
        Assert.Equal(2, lookups);
    }

    [Fact]
    public async Task The_second_address_is_tried_when_the_first_does_not_answer()
    {
        var connections = new List<IPEndPoint>();
        using var client = Client(new(
            allowPrivate: false, (_, _) => Task.FromResult<IPAddress[]>([Public, IPAddress.Parse("2606:4700::1")]), Record(connections)));

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(Address, TestContext.Current.CancellationToken));

        Assert.Equal([new(Public, 443), new(IPAddress.Parse("2606:4700::1"), 443)], connections);
    }

    [Fact]
    public async Task Plain_http_is_refused_without_a_lookup()
    {
        using var client = Client(new(allowPrivate: false, Never));
        await RefusedAsync(client, new Uri("http://partner.example/"));
    }

    [Fact]
    public async Task A_loopback_server_is_refused_by_its_name_and_by_its_number_with_the_real_resolver()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var client = Client(new(allowPrivate: false, Dns.GetHostAddressesAsync));

        foreach (var host in new[] { "localhost", "127.0.0.1", "[::1]", "2130706433" })
        {
            await RefusedAsync(client, new Uri($"https://{host}:{port}/"));
        }

        Assert.False(listener.Pending());
    }

    [Theory]
    [InlineData("/moved", HttpStatusCode.Found)]
    [InlineData("/moved-for-good", HttpStatusCode.PermanentRedirect)]
    public async Task A_redirect_is_an_answer_and_is_not_followed(string path, HttpStatusCode status)
    {
        await using var server = await Server.StartAsync();
        using var client = Client(Anywhere());

        using var answer = await client.GetAsync(new Uri(server.Address, path), TestContext.Current.CancellationToken);

        Assert.Equal(status, answer.StatusCode);
        Assert.Equal([path], server.Paths);
    }

    [Fact]
    public async Task An_answer_larger_than_64_KiB_is_not_read()
    {
        await using var server = await Server.StartAsync();
        using var client = Client(Anywhere());

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetByteArrayAsync(new Uri(server.Address, "/large"), TestContext.Current.CancellationToken));
        Assert.Equal(64 * 1024, (await client.GetByteArrayAsync(new Uri(server.Address, "/largest"), TestContext.Current.CancellationToken)).Length);
    }

    [Fact]
    public async Task No_cookie_is_kept_nothing_is_unpacked_and_no_header_tells_of_the_trace()
    {
        await using var server = await Server.StartAsync();
        using var client = Client(Anywhere());
        using var trace = new Activity("a trace").Start();

        using var first = await client.GetAsync(new Uri(server.Address, "/cookie"), TestContext.Current.CancellationToken);
        var headers = await client.GetStringAsync(new Uri(server.Address, "/headers"), TestContext.Current.CancellationToken);

        Assert.Equal("Host", headers);
    }

    [Fact]
    public async Task A_call_leaves_neither_span_nor_metric()
    {
        await using var server = await Server.StartAsync();
        using var client = Client(Anywhere());
        var seen = new List<string>();
        using var spans = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "System.Net.Http",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = span => Note((string?)span.GetTagItem("server.port")?.ToString()),
        };
        ActivitySource.AddActivityListener(spans);
        using var metrics = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "System.Net.Http")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        metrics.SetMeasurementEventCallback<double>((_, _, tags, _) => Noted(tags));
        metrics.SetMeasurementEventCallback<long>((_, _, tags, _) => Noted(tags));
        metrics.Start();
        using var known = new HttpClient();

        await known.GetStringAsync(new Uri(server.Address, "/headers"), TestContext.Current.CancellationToken);
        Assert.NotEmpty(seen); // the listeners do see such calls
        lock (seen)
        {
            seen.Clear();
        }

        await client.GetStringAsync(new Uri(server.Address, "/headers"), TestContext.Current.CancellationToken);
        Assert.Empty(seen);

        void Noted(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var tag in tags)
            {
                if (tag.Key == "server.port")
                {
                    Note(tag.Value?.ToString());
                }
            }
        }

        void Note(string? port)
        {
            if (port == server.Address.Port.ToString(System.Globalization.CultureInfo.InvariantCulture))
            {
                lock (seen)
                {
                    seen.Add(port);
                }
            }
        }
    }

    [Theory]
    [InlineData("Development", true)]
    [InlineData("Production", false)]
    [InlineData("Staging", false)]
    public async Task Private_addresses_can_be_allowed_in_development_only_elsewhere_the_process_does_not_start(string environment, bool starts)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection([KeyValuePair.Create("Outgoing:AllowPrivateAddresses", (string?)"true")]);
        builder.Services.AddPartnerHttpClient("partners");
        await using var app = builder.Build();

        if (starts)
        {
            await app.StartAsync(TestContext.Current.CancellationToken);
            Assert.NotNull(app.Services.GetRequiredService<PartnerAddresses>().Read("http://127.0.0.1:1/"));
        }
        else
        {
            await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync(TestContext.Current.CancellationToken));
        }
    }

    private static PartnerAddresses Anywhere() => new(allowPrivate: true, Dns.GetHostAddressesAsync);

    private static Task<IPAddress[]> Never(string host, CancellationToken cancellation) => throw new InvalidOperationException("No lookup was expected.");

    /// <summary>Keeps what would be connected to, and does not.</summary>
    private static Func<IPEndPoint, CancellationToken, Task<Stream>> Record(List<IPEndPoint> connections) => (address, _) =>
    {
        connections.Add(address);
        throw new SocketException((int)SocketError.ConnectionRefused);
    };

    private static HttpClient Client(PartnerAddresses addresses)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services.AddSingleton(addresses);
        services.AddPartnerHttpClient("partners");
        return services.BuildServiceProvider().GetRequiredService<IHttpClientFactory>().CreateClient("partners");
    }

    private static async Task RefusedAsync(HttpClient client, Uri address)
    {
        var failed = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(address, TestContext.Current.CancellationToken));
        Assert.IsType<AddressRefusedException>(failed.InnerException);
    }

    private sealed class Server(WebApplication app) : IAsyncDisposable
    {
        public List<string> Paths { get; } = [];

        public Uri Address => new(app.Urls.Single());

        public static async Task<Server> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var app = builder.Build();
            var server = new Server(app);
            app.Use((context, next) =>
            {
                server.Paths.Add(context.Request.Path);
                return next(context);
            });
            app.MapGet("/moved", () => Results.Redirect("http://127.0.0.1:9/private"));
            app.MapGet("/moved-for-good", () => Results.Redirect("/headers", permanent: true, preserveMethod: true));
            app.MapGet("/large", () => Results.Bytes(new byte[(64 * 1024) + 1]));
            app.MapGet("/largest", () => Results.Bytes(new byte[64 * 1024]));
            app.MapGet("/cookie", (HttpResponse response) => response.Cookies.Append("a", "b"));
            app.MapGet("/headers", (HttpRequest request) => string.Join(' ', request.Headers.Keys));
            await app.StartAsync();
            return server;
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
