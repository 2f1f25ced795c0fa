using System.Net;
using System.Net.Http.Json;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Soc.Messaging.Worker;
using Soc.TestKit;

namespace Soc.Messaging.Tests;

public sealed class IdempotencyTests : IAsyncLifetime
{
    private LedgerBed bed = null!;
    private Uri address = null!;
    private WriterFaults faults = null!;

    public async ValueTask InitializeAsync()
    {
        bed = await LedgerBed.CreateAsync();
        var app = await bed.StartAsync(map: Ledger.Map);
        address = new Uri(app.Urls.First());
        faults = app.Services.GetRequiredService<WriterFaults>();
    }

    public ValueTask DisposeAsync() => bed.DisposeAsync();

    [Fact]
    public async Task The_same_request_gets_the_same_answer_and_has_one_effect()
    {
        using var first = await PostAsync("key-0123456789-abc", "text");
        using var second = await PostAsync("key-0123456789-abc", "text");

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.False(first.Headers.Contains("Idempotent-Replayed"));
        Assert.Equal(first.StatusCode, second.StatusCode);
        Assert.Equal(first.Headers.Location, second.Headers.Location);
        Assert.Equal(first.Headers.ETag, second.Headers.ETag);
        Assert.Equal(first.Content.Headers.ContentType, second.Content.Headers.ContentType);
        Assert.Equal(await first.Content.ReadAsStringAsync(), await second.Content.ReadAsStringAsync());
        Assert.Equal("true", second.Headers.GetValues("Idempotent-Replayed").Single());
        await Eventually.TrueAsync(async () => await bed.EffectsAsync() == 1, "the event of the one entry");
        Assert.Equal(1, await bed.ScalarAsync<long>("select count(*) from entry"));
    }

    [Fact]
    public async Task A_key_belongs_to_one_client_and_one_request()
    {
        using var first = await PostAsync("key-0123456789-abc", "text");
        using var otherBody = await PostAsync("key-0123456789-abc", "other text");
        using var otherClient = await PostAsync("key-0123456789-abc", "other text", client: "another");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, otherBody.StatusCode);
        Assert.Contains("idempotency.key-reused", await otherBody.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Created, otherClient.StatusCode);
        Assert.False(otherClient.Headers.Contains("Idempotent-Replayed"));
    }

    [Fact]
    public async Task A_text_that_the_database_cannot_hold_is_the_callers_fault_and_leaves_nothing()
    {
        using var refused = await PostAsync("key-0123456789-abc", "a\0b");
        using var accepted = await PostAsync("key-0123456789-abc", "a b");

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("request.malformed", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Created, accepted.StatusCode);
        Assert.Equal(1, await bed.ScalarAsync<long>("select count(*) from entry"));
    }

    [Fact]
    public async Task A_repetition_during_the_request_gets_409_and_afterwards_the_answer()
    {
        var first = PostAsync("key-0123456789-abc", "slow");
        await faults.Entered.Task.WithinAsync("the first request is in its handler");
        using var during = await PostAsync("key-0123456789-abc", "slow");
        faults.Released.SetResult();
        using var answered = await first;
        using var afterwards = await PostAsync("key-0123456789-abc", "slow");

        Assert.Equal(HttpStatusCode.Conflict, during.StatusCode);
        Assert.NotNull(during.Headers.RetryAfter);
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (answered.StatusCode, afterwards.StatusCode));
        Assert.Equal("true", afterwards.Headers.GetValues("Idempotent-Replayed").Single());
        Assert.Equal(1, await bed.ScalarAsync<long>("select count(*) from entry"));
    }

    [Theory]
    [InlineData("{\"text\":\"refused\"}", HttpStatusCode.UnprocessableEntity)]
    [InlineData("{\"text\":", HttpStatusCode.BadRequest)]
    public async Task A_refusal_leaves_neither_effect_nor_key(string body, HttpStatusCode expected)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var refused = await SendAsync("key-0123456789-abc", content, "client");
        Assert.Equal(expected, refused.StatusCode);
        Assert.Equal(0, await bed.ScalarAsync<long>("select (select count(*) from entry) + (select count(*) from outbox_message) + (select count(*) from idempotency_key)"));

        using var mended = await PostAsync("key-0123456789-abc", "mended");
        Assert.Equal(HttpStatusCode.Created, mended.StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("too-short")]
    [InlineData("has a blank in its middle")]
    public async Task A_missing_or_unusable_key_is_refused(string? key)
    {
        using var refused = await PostAsync(key, "text");

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("idempotency.key-required", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await bed.ScalarAsync<long>("select count(*) from entry"));
    }

    [Fact]
    public async Task A_long_body_is_not_written_to_disk()
    {
        // Whoever wanted to put it into a temporary file would fail: there is no such folder.
        address = new Uri($"http://127.0.0.1:{Servers.FreePort()}");
        bed.StartProcess(further: new() { ["Urls"] = address.ToString(), ["ASPNETCORE_TEMP"] = "/no/such/folder" });
        await Eventually.TrueAsync(() => LedgerBed.AnswersAsync(address), "the worker listens");
        using var content = new StringContent("{\"text\":\"long\"}".PadRight(100_000), Encoding.UTF8, "application/json");
        using var answer = await SendAsync("key-0123456789-abc", content, "client");
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    private async Task<HttpResponseMessage> PostAsync(string? key, string text, string client = "client")
    {
        using var content = JsonContent.Create(new NewEntry(text));
        return await SendAsync(key, content, client);
    }

    private async Task<HttpResponseMessage> SendAsync(string? key, HttpContent content, string client)
    {
        using var http = new HttpClient { BaseAddress = address };
        http.DefaultRequestHeaders.Add("X-Client", client);
        if (key is not null)
        {
            http.DefaultRequestHeaders.Add("Idempotency-Key", key);
        }

        return await http.PostAsync(new Uri("/entries", UriKind.Relative), content);
    }
}
