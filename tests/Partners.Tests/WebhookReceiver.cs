using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Soc.Partners.Tests;

/// <summary>A call as a partner's receiver got it.</summary>
internal sealed record Received(string Path, string Id, string Timestamp, string Signature, string ContentType, byte[] Body, IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Event => JsonDocument.Parse(Body).RootElement;

    public string Type => Event.GetProperty("type").GetString()!;
}

/// <summary>A partner's receiver on this machine: it keeps what it gets, returns challenges, and answers what a test tells it to.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly ConcurrentQueue<Received> received = new();
    private readonly WebApplication app;

    private WebhookReceiver(WebApplication app) => this.app = app;

    public Uri Address => new(app.Urls.Single() + "/hook?token=s3cret-of-the-partner");

    /// <summary>How an event is answered; 200 unless a test says otherwise.</summary>
    public Func<Received, HttpResponse, Task> Answer { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Whether challenges are returned.</summary>
    public bool Proves { get; set; } = true;

    /// <summary>Every call so far but the challenges, in order.</summary>
    public IReadOnlyList<Received> Events => [.. received.Where(call => call.Type != "soc.partners.webhook.verification.v1")];

    public IReadOnlyList<Received> Challenges => [.. received.Where(call => call.Type == "soc.partners.webhook.verification.v1")];

    public static async Task<WebhookReceiver> StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var app = builder.Build();
        var receiver = new WebhookReceiver(app);
        app.Run(receiver.HandleAsync);
        await app.StartAsync();
        return receiver;
    }

    public Received Single(string type) => Assert.Single(Events, call => call.Type == type);

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task HandleAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        var headers = http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var call = new Received(
            http.Request.Path, headers.GetValueOrDefault("webhook-id", ""), headers.GetValueOrDefault("webhook-timestamp", ""),
            headers.GetValueOrDefault("webhook-signature", ""), http.Request.ContentType ?? "", body.ToArray(), headers);
        received.Enqueue(call);
        if (call.Type == "soc.partners.webhook.verification.v1")
        {
            var challenge = Proves ? call.Event.GetProperty("data").GetProperty("challenge").GetString() : "another";
            await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { challenge })));
            return;
        }

        await Answer(call, http.Response);
    }
}
