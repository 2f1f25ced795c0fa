using System.Collections.Concurrent;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.Logging;
using Soc.TestKit;

namespace Soc.Gateway.Tests;

/// <summary>The gateway as it is configured, on a free port, before services that only tell what reached them.</summary>
public sealed class GatewayHost : IAsyncDisposable
{
    private readonly Factory factory;

    private GatewayHost(Factory factory, TestIssuer issuer, EchoService upstream)
    {
        (this.factory, Issuer, Upstream) = (factory, issuer, upstream);
        Anonymous = NewClient();
    }

    public TestIssuer Issuer { get; }

    public EchoService Upstream { get; }

    public HttpClient Anonymous { get; }

    public IServiceProvider Services => factory.Services;

    public LogCapture Log => factory.Log;

    public static async Task<GatewayHost> StartAsync(IReadOnlyDictionary<string, string?>? settings = null, bool waitUntilReady = true)
    {
        var issuer = await TestIssuer.StartAsync();
        var upstream = await EchoService.StartAsync();
        var all = new Dictionary<string, string?>(issuer.Settings);
        foreach (var service in (string[])["partners", "strategy", "referrals", "reporting"])
        {
            all[$"services:{service}:http:0"] = upstream.Address;
        }

        foreach (var (key, value) in settings ?? new Dictionary<string, string?>())
        {
            all[key] = value;
        }

        var factory = new Factory(all);
        factory.UseKestrel(0);
        factory.StartServer();
        var host = new GatewayHost(factory, issuer, upstream);
        if (waitUntilReady)
        {
            await Eventually.TrueAsync(host.IsReadyAsync, "the gateway is ready");
        }

        return host;
    }

    public async Task<bool> IsReadyAsync()
    {
        using var ready = await Anonymous.GetAsync(new Uri("/health/ready", UriKind.Relative));
        return ready.IsSuccessStatusCode;
    }

    public HttpClient As(Guid organisation, params string[] scopes)
    {
        var client = NewClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Issuer.Token(organisation, "test-client", scopes));
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        Anonymous.Dispose();
        await factory.DisposeAsync();
        await Upstream.DisposeAsync();
        await Issuer.DisposeAsync();
    }

    private HttpClient NewClient() => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ActivityHeadersPropagator = null })
    {
        BaseAddress = factory.ClientOptions.BaseAddress,
    };

    private sealed class Factory(IReadOnlyDictionary<string, string?> settings) : WebApplicationFactory<Program>
    {
        public LogCapture Log { get; } = new();

        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            builder.UseContentRoot(Path.Combine(Repository.Root, "src", "Gateway"));
            foreach (var (key, value) in settings)
            {
                builder.UseSetting(key, value);
            }

            builder.ConfigureLogging(logging => logging.AddProvider(Log));
        }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (disposing)
            {
                Log.Dispose();
            }
        }
    }
}

/// <summary>Answers any path with what reached it; the query's <c>do</c> makes it misbehave.</summary>
public sealed class EchoService : IAsyncDisposable
{
    private readonly WebApplication app;

    private EchoService(WebApplication app) => this.app = app;

    public ConcurrentQueue<Received> Requests { get; } = new();

    public bool IsReady { get; set; } = true;

    /// <summary>Opened by a test to let held requests go.</summary>
    public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Address { get; private set; } = "";

    public static async Task<EchoService> StartAsync(string address = "http://127.0.0.1:0")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(address);
        var service = new EchoService(builder.Build());
        service.app.MapGet("/health/ready", () => service.IsReady ? Results.Ok() : Results.StatusCode(503));
        service.app.Map("/{**path}", (Delegate)service.AnswerAsync);
        await service.app.StartAsync();
        service.Address = service.app.Urls.Single();
        return service;
    }

    public Task StopAsync() => app.StopAsync();

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task<IResult> AnswerAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        Requests.Enqueue(new(context.Request.Method, context.Request.Path, context.Request.Headers.ToDictionary(
            header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase), body.Length));
        context.Response.Headers.Server = "echo";
        context.Response.Headers["X-Correlation-Id"] = "the upstream's own";
        switch (context.Request.Query["do"].ToString())
        {
            case "hold":
                await Gate.Task.WaitAsync(context.RequestAborted);
                break;
            case "break":
                context.Abort();
                break;
            case "empty":
                return Results.StatusCode(503);
            case "keep":
                context.Response.Headers.CacheControl = "private, max-age=3600";
                break;
            case "share":
                context.Response.Headers.CacheControl = "public, max-age=3600";
                break;
            case "page":
                return Results.Text("<!DOCTYPE html><title>A page</title>", "text/html");
            default:
                break;
        }

        return Results.Ok(new { path = context.Request.Path.Value });
    }
}

public sealed record Received(string Method, string Path, IReadOnlyDictionary<string, string> Headers, long BodyLength);
