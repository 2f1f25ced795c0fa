using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.Testing;
using Npgsql;
using Soc.TestKit;

// One platform for all, and its figures are compared before and after: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: AssemblyFixture(typeof(Soc.Platform.Tests.PlatformFixture))]

namespace Soc.Platform.Tests;

/// <summary>The whole platform, started once by AppHost for all tests of this project, with sample data, on ports and in a folder of its own.</summary>
public sealed class PlatformFixture : IAsyncLifetime
{
    private readonly string data = Directory.CreateTempSubdirectory("soc-platform-").FullName;
    private DistributedApplication? app;

    /// <summary>The gateway, without a token.</summary>
    public HttpClient Gateway { get; private set; } = null!;

    /// <summary>The folder that holds the platform's state and logs.</summary>
    public string Data => data;

    /// <summary>The running application, for the addresses of what is behind the gateway.</summary>
    public DistributedApplication App => app!;

    /// <summary>Whether the dashboard's program is on this machine; where it is, AppHost must have started it.</summary>
    public static bool HasDashboard => Directory.EnumerateFiles(
        Environment.GetEnvironmentVariable("ASPIRE_CLI") ?? Path.Combine(Repository.Root, ".platform", "tools"), "aspire-managed", SearchOption.AllDirectories).Any();

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(["--data", data, "--port", $"{Servers.FreePort()}"]);
        app = await builder.BuildAsync();
        await app.StartAsync();
        Gateway = app.CreateHttpClient("gateway");
        await AnswersAsync("/health/ready", "the platform is ready");

        // Being ready says nothing of what is still on its way: the reports are composed from events of the sample data.
        await AnswersAsync("/reports/annual/2014", "the annual report of the sample data is composed");
        await AnswersAsync("/reports/answers/2019-05-20", "the written answer of the sample data is composed");
    }

    private Task AnswersAsync(string path, string what) => Eventually.TrueAsync(
        async () =>
        {
            try
            {
                using var answer = await Gateway.GetAsync(new Uri(path, UriKind.Relative));
                return answer.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        },
        what,
        TimeSpan.FromMinutes(3));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Gateway?.Dispose();
        if (app is not null)
        {
            await app.DisposeAsync();
        }

        Directory.Delete(data, recursive: true);
    }

    /// <summary>Waits until Referrals' outbox is empty: no fact of an earlier test, or of the sample data, is on its way.</summary>
    internal async Task AllHasLeftAsync()
    {
        await using var referrals = NpgsqlDataSource.Create((await App.GetConnectionStringAsync("referrals-database"))!);
        await Eventually.TrueAsync(
            async () =>
            {
                await using var waiting = referrals.CreateCommand("select count(*) from outbox_message");
                return (long)(await waiting.ExecuteScalarAsync())! == 0;
            },
            "every fact has left");
    }

    /// <summary>A sample client with a token; the caller disposes of it.</summary>
    internal async Task<HttpClient> AsAsync(string sampleClient) => await AsAsync(await PartnerClient.SampleAsync(Path.Combine(data, "clients"), sampleClient));

    /// <summary>A client with a token; the caller disposes of it.</summary>
    internal async Task<HttpClient> AsAsync(PartnerClient client)
    {
        var http = app!.CreateHttpClient("gateway");
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await client.TokenAsync(Gateway));
        return http;
    }
}

/// <summary>How a partner's program speaks to the platform.</summary>
internal static class Speaking
{
    /// <summary>Creates something: a POST with an Idempotency-Key of its own.</summary>
    public static async Task<HttpResponseMessage> CreateAsync(this HttpClient client, string path, object body, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Add("Idempotency-Key", idempotencyKey ?? Guid.NewGuid().ToString());
        return await client.SendAsync(request);
    }

    /// <summary>Changes something that was read: a POST with If-Match.</summary>
    public static async Task<HttpResponseMessage> ChangeAsync(this HttpClient client, string path, EntityTagHeaderValue? etag, object? body = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.IfMatch.Add(etag ?? throw new InvalidOperationException("The answer before this one had no ETag."));
        return await client.SendAsync(request);
    }

    /// <summary>Every update that the organisation has had about its referrals.</summary>
    public static async Task<List<JsonElement>> UpdatesAsync(this HttpClient referrer)
    {
        var found = new List<JsonElement>();
        for (var next = ""; ;)
        {
            using var answer = await referrer.GetAsync(new Uri("/referrals/v1/updates" + next, UriKind.Relative));
            var page = await answer.BodyAsync();
            found.AddRange(page.GetProperty("items").EnumerateArray());
            if (!page.GetProperty("more").GetBoolean())
            {
                return found;
            }

            next = "?after=" + Uri.EscapeDataString(page.GetProperty("next").GetString()!);
        }
    }

    /// <summary>The body of an answer that must have this status.</summary>
    public static async Task<JsonElement> BodyAsync(this HttpResponseMessage answer, HttpStatusCode expected = HttpStatusCode.OK)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == expected, $"{answer.RequestMessage?.Method} {answer.RequestMessage?.RequestUri?.AbsolutePath} answered {(int)answer.StatusCode}: {text}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    /// <summary>The code of a problem document.</summary>
    public static async Task<string?> ProblemCodeAsync(this HttpResponseMessage answer) =>
        answer.Content.Headers.ContentType?.MediaType == "application/problem+json"
            ? (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString()
            : null;
}
