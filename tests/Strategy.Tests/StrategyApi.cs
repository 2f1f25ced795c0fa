using System.Net.Http.Json;
using System.Text.Json;
using Soc.Contracts;
using Soc.TestKit;

namespace Soc.Strategy.Tests;

/// <summary>The Strategy service, started once for the tests over HTTP; each test works on strategies of its own.</summary>
public sealed class StrategyApi : IAsyncLifetime
{
    private ServiceHost<Program> host = null!;

    public ServiceHost<Program> Host => host;

    public HttpClient Anonymous => host.Anonymous;

    /// <summary>A strategy owner of the Home Office.</summary>
    public HttpClient Owner { get; private set; } = null!;

    /// <summary>Somebody who may only read.</summary>
    public HttpClient Reader { get; private set; } = null!;

    /// <summary>Somebody with every scope but the two of this service.</summary>
    public HttpClient Other { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        host = await ServiceHost<Program>.StartAsync("strategy");
        Owner = host.As(Guid.NewGuid(), "strategy-owner", Scopes.StrategyRead, Scopes.StrategyOwn);
        Reader = host.As(Guid.NewGuid(), "reader", Scopes.StrategyRead);
        Other = host.As(Guid.NewGuid(), "other", [.. Scopes.All.Except([Scopes.StrategyRead, Scopes.StrategyOwn])]);
    }

    public async ValueTask DisposeAsync()
    {
        Owner.Dispose();
        Reader.Dispose();
        Other.Dispose();
        await host.DisposeAsync();
    }

    public static string NewCode() => "test-" + Guid.NewGuid().ToString("N")[..12];

    public static object OfObjectives(string code) => new
    {
        code,
        title = "A strategy for tests",
        published = "2020-03",
        objectives = new[] { new { number = 1, title = "First" }, new { number = 2, title = "Second" } },
    };

    public static object Development(string title = "A plan") => new { kind = "plan", title, mappedBy = "platform", objectives = new[] { 2 } };

    /// <summary>Publishes a strategy of two objectives.</summary>
    public async Task<(string Path, string ETag)> PublishedAsync()
    {
        using var answer = await SendAsync(Owner, "/strategy/v1/strategies", OfObjectives(NewCode()));
        Assert.Equal(System.Net.HttpStatusCode.Created, answer.StatusCode);
        return (answer.Headers.Location!.ToString(), answer.Headers.ETag!.Tag);
    }

    public static Task<HttpResponseMessage> SendAsync(HttpClient client, string path, object body, string? ifMatch = null, string? key = null) =>
        SendAsync(client, path, JsonContent.Create(body), ifMatch, key ?? Guid.NewGuid().ToString());

    public static Task<HttpResponseMessage> SendAsync(HttpClient client, string path, HttpContent body, string? ifMatch, string? key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Content = body };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        return client.SendAsync(request);
    }

    public static Task<HttpResponseMessage> GetAsync(HttpClient client, string path) => client.GetAsync(new Uri(path, UriKind.Relative));

    public static Task<string> TextAsync(HttpResponseMessage answer) => answer.Content.ReadAsStringAsync();

    public static async Task<JsonElement> ReadAsync(HttpClient client, string path) => await client.GetFromJsonAsync<JsonElement>(new Uri(path, UriKind.Relative));

    public static async Task RefusedAsync(int status, string code, Task<HttpResponseMessage> sending)
    {
        using var answer = await sending;
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal((status, code), ((int)answer.StatusCode, problem.GetProperty("code").GetString()));
    }
}
