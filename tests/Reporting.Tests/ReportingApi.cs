using System.Diagnostics;
using System.Text.Json;
using Npgsql;
using Soc.Contracts;
using Soc.TestKit;

namespace Soc.Reporting.Tests;

/// <summary>The Reporting service with a publisher of events beside it.</summary>
internal sealed class ReportingApi : IAsyncDisposable
{
    private readonly EventPublisher publisher;

    private ReportingApi(ServiceHost<Program> host, EventPublisher publisher)
    {
        Host = host;
        this.publisher = publisher;
        Analyst = host.As(Guid.NewGuid(), "analyst", Scopes.ReportsStatistics);
    }

    public ServiceHost<Program> Host { get; }

    public HttpClient Anonymous => Host.Anonymous;

    public HttpClient Analyst { get; }

    public static async Task<ReportingApi> StartAsync()
    {
        var host = await ServiceHost<Program>.StartAsync("reporting");
        return new ReportingApi(host, await EventPublisher.StartAsync(host.Broker));
    }

    /// <summary>Publishes the events and waits until the log has grown by that many.</summary>
    public async Task ConsumeAsync(IEnumerable<SentEvent> events, int logged)
    {
        var before = await LoggedAsync();
        await publisher.PublishAsync(events);
        await Eventually.TrueAsync(
            async () =>
            {
                Assert.Equal(0, await CountAsync("select count(*) from parked_message where state = 'parked'"));
                return await LoggedAsync() >= before + logged;
            },
            $"{logged} events are logged");
    }

    public Task PublishAsync(IEnumerable<SentEvent> events) => publisher.PublishAsync(events);

    public Task<long> LoggedAsync() => CountAsync("select (select count(*) from event_log) + (select count(*) from fact_log)");

    public async Task<long> CountAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Host.OwnerConnectionString);
        await using var command = source.CreateCommand();
#pragma warning disable CA2100 // Only constants of the tests.
        command.CommandText = sql;
#pragma warning restore CA2100
        return Convert.ToInt64(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Runs a statement as the given role; for what must be refused, and for damaging read models on purpose.</summary>
    public static async Task ExecuteAsync(string connection, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using var command = source.CreateCommand();
#pragma warning disable CA2100 // Only constants of the tests.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Runs the mode rebuild in a process of its own, as the service's role.</summary>
    /// <returns>The dataset's hash before and after.</returns>
    public async Task<(string Before, string After)> RebuildAsync()
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, "rebuild"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ConnectionStrings__reporting"] = Host.ServiceConnectionString;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        var words = (await output).Trim().Split(' ');
        return (words[^1].TrimEnd('.', ')'), words[Array.IndexOf(words, "hash") + 1]);
    }

    public async Task<(HttpResponseMessage Answer, string Body)> GetAsync(string path, string? accept = null, string? ifNoneMatch = null, HttpClient? client = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        if (ifNoneMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", ifNoneMatch);
        }

        var answer = await (client ?? Anonymous).SendAsync(request);
        return (answer, await answer.Content.ReadAsStringAsync());
    }

    public async Task<JsonElement> JsonAsync(string path, HttpClient? client = null)
    {
        var (answer, body) = await GetAsync(path, "application/json", client: client);
        Assert.True(answer.IsSuccessStatusCode, body);
        return JsonSerializer.Deserialize<JsonElement>(body);
    }

    public async Task RefusedAsync(int status, string code, string path, HttpClient? client = null)
    {
        var (answer, body) = await GetAsync(path, "application/json", client: client);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal((status, code), ((int)answer.StatusCode, JsonSerializer.Deserialize<JsonElement>(body).GetProperty("code").GetString()));
    }

    public async ValueTask DisposeAsync()
    {
        Analyst.Dispose();
        await publisher.DisposeAsync();
        await Host.DisposeAsync();
    }
}
