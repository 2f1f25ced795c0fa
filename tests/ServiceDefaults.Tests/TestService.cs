using System.ComponentModel.DataAnnotations;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Soc.Contracts;
using Soc.TestKit;

namespace Soc.ServiceDefaults.Tests;

/// <summary>A small service with the defaults, on a free port.</summary>
public sealed class TestService : IAsyncDisposable
{
    private readonly WebApplication app;

    private TestService(WebApplication app, LogCapture log) => (this.app, Log, Client) = (app, log, new HttpClient { BaseAddress = new Uri(app.Urls.Single()) });

    public LogCapture Log { get; }

    public HttpClient Client { get; }

    public Uri Address => Client.BaseAddress!;

    public IServiceProvider Services => app.Services;

    public WebApplication Application => app;

    public static async Task<TestService> StartAsync(
        IReadOnlyDictionary<string, string?> settings, Action<WebApplicationBuilder>? configure = null, bool waitUntilReady = true)
    {
        // Development, because the framework is at its most talkative there.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Development", ApplicationName = "Soc.ServiceDefaults.Tests" });
        builder.Configuration.AddInMemoryCollection(settings);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddServiceDefaults();
        builder.Services.AddValidation();
        var log = new LogCapture();
        builder.Logging.ClearProviders().AddProvider(log);
        configure?.Invoke(builder);
        var app = builder.Build();
        app.UseServiceDefaults();
        Map(app);
        await app.StartAsync();
        var service = new TestService(app, log);
        if (waitUntilReady)
        {
            await Eventually.TrueAsync(service.IsReadyAsync, "the test service is ready");
        }

        return service;
    }

    public async Task<bool> IsReadyAsync()
    {
        using var ready = await Client.GetAsync(new Uri("/health/ready", UriKind.Relative));
        return ready.IsSuccessStatusCode;
    }

    public async Task<HttpResponseMessage> GetAsync(string path, string? token = null, string? header = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (header is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", header);
        }

        return await Client.SendAsync(request);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.DisposeAsync();
        Log.Dispose();
    }

    private static void Map(WebApplication app)
    {
        app.MapGet("/caller", (Caller caller) => Results.Ok(new { caller.Organisation, caller.ClientId, caller.Actor })).RequireAuthorization(Scopes.ReferralsSubmit);
        app.MapGet("/forgotten", () => "no policy was named");
        app.MapGet("/open", () => "hello").AllowAnonymous();
        app.MapGet("/internal/list", () => "internal").RequireAuthorization(Policies.Platform);
        app.MapGet("/things/{id:guid}", (Guid id) => id.ToString()).AllowAnonymous();
        app.MapGet("/named/{name}", (string name) => name.Length).AllowAnonymous();
        app.MapGet("/number", (int value) => value).AllowAnonymous();
        app.MapGet("/list/{id:guid}", (Guid id, int? limit, string? cursor, [FromHeader(Name = "X-Any")] string? any, CancellationToken cancellation) =>
            $"{id}{limit}{cursor}{any}{cancellation.IsCancellationRequested}").RequireAuthorization(Scopes.ReferralsSubmit);
        app.MapGet("/bare", () => "bare").RequireAuthorization(Scopes.ReferralsSubmit);
        app.MapGet("/either", () => "either").RequireAuthorization(Policies.CaseLeads).RequireAuthorization(Scopes.ReferralsSubmit);
        app.MapPost("/nested", (Nest nest) => Results.Ok(nest.Things.Count)).AllowAnonymous();
        app.MapPost("/things", (Thing thing) => Results.Ok(thing.Count)).AllowAnonymous();
        app.MapGet("/fails", string () => throw new InvalidOperationException("Fictional Frieda, born 1 January 1900")).AllowAnonymous();
        app.MapGet("/conflict", string () => throw new InvalidOperationException("outer", new TimeZoneNotFoundException())).AllowAnonymous();
        app.MapGet("/slow", async ([FromServices] Gate gate, CancellationToken cancellation) =>
        {
            gate.Entered.TrySetResult();
            await gate.Open.Task.WaitAsync(cancellation);
            return "done";
        }).AllowAnonymous();
        app.MapGet("/status/{status:int}", (int status) => Results.StatusCode(status)).AllowAnonymous();
    }

    public sealed record Thing(Guid Id, [property: Range(1, 10)] int Count, string Name);

    public sealed record Nest([property: MaxLength(1)] IReadOnlyList<Thing> Things, [property: StringLength(3)] string? LongName = null, Dictionary<string, int>? Counts = null);

    public sealed class Gate
    {
        public TaskCompletionSource Entered { get; } = new();

        public TaskCompletionSource Open { get; } = new();
    }
}
