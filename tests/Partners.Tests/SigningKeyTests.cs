using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Soc.Contracts;
using Soc.ServiceDefaults;
using Soc.TestKit;

namespace Soc.Partners.Tests;

/// <summary>Signing keys change while tokens are issued and used. On a service of its own: the others count its keys.</summary>
public sealed class SigningKeyTests : IAsyncLifetime
{
    private readonly string keyEncryption = Directory.CreateTempSubdirectory("soc-signing-").FullName;
    private readonly PartnersService service;
    private int keySetReads;

    public SigningKeyTests() => service = new PartnersService
    {
        Further = new Dictionary<string, string?> { ["KeyEncryption:Directory"] = keyEncryption, ["SigningKeys:ReadEvery"] = "00:00:00.2" },
    };

    public ValueTask InitializeAsync() => service.InitializeAsync();

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Fact]
    public async Task Signing_keys_are_rotated_under_load_and_no_token_is_ever_refused()
    {
        var partner = await service.LiveAsync();
        await using var verifier = await VerifierAsync();
        using var client = new HttpClient { BaseAddress = new Uri(verifier.Urls.Single()) };
        await Eventually.TrueAsync(async () => (await client.ReadAsync("/health/ready")).Status == HttpStatusCode.OK, "the verifier is ready");
        var old = await AccessTokenAsync(partner);
        var first = KeyIdOf(old);
        using var done = new CancellationTokenSource();
        var (issued, failures) = (0, new List<string>());
        var load = Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            while (!done.IsCancellationRequested)
            {
                var token = await service.TokenAsync(partner);
                var used = token.Status == HttpStatusCode.OK ? await UseAsync(token.Body.GetProperty("access_token").GetString()!) : token;
                Interlocked.Increment(ref issued);

                if (used.Status is not HttpStatusCode.OK)
                {
                    lock (failures)
                    {
                        failures.Add(used.Text);
                    }
                }
            }
        }));

        // Pending: published beside the one that signs, and picked up by the running service.
        var listed = await CommandAsync("rotate");
        Assert.Equal(["pending", "signing"], States(listed).Order());
        await Eventually.TrueAsync(async () => (await PublishedAsync()).Count == 2, "both keys are published");
        Assert.Equal(first, KeyIdOf(await AccessTokenAsync(partner)));

        // Ten minutes later; here when the verifier has read the set since.
        var before = keySetReads;
        await Eventually.TrueAsync(() => Task.FromResult(keySetReads > before + 2), "the verifier has read the key set");
        await service.QueryAsync("update signing_key set signs_from = now() where key_id <> $1", first);
        await Eventually.TrueAsync(async () => KeyIdOf(await AccessTokenAsync(partner)) != first, "the new key signs");
        before = issued;
        await Eventually.TrueAsync(() => Task.FromResult(issued > before + 50), "the load goes on");
        Assert.Equal(HttpStatusCode.OK, (await UseAsync(old)).Status);
        Assert.Equal(2, (await PublishedAsync()).Count);

        // When the last token of the old key has expired.
        await service.QueryAsync("update signing_key set published_until = now() where key_id = $1", first);
        await Eventually.TrueAsync(async () => !(await PublishedAsync()).Contains(first), "the old key is not published any more");
        before = issued;
        await Eventually.TrueAsync(() => Task.FromResult(issued > before + 50), "the load goes on");
        await CommandAsync("rotate", "--when-due");
        Assert.DoesNotContain(first, await service.QueryAsync("select key_id from signing_key"));
        await done.CancelAsync();
        await load;

        Assert.Empty(failures);
        Assert.Equal(
            ["operator signing-key.make done", "operator signing-key.forget done"], await service.AuditAsync(first));

        Task<Answer> UseAsync(string token) => SendAsync(client, token);
    }

    [Fact]
    public async Task A_key_is_made_when_the_newest_is_old_and_a_second_of_two_operators_follows_the_first()
    {
        Assert.Single(States(await CommandAsync("rotate", "--when-due")));
        await service.QueryAsync("update signing_key set created_at = now() - interval '91 days'");
        Assert.Equal(["pending", "signing"], States(await CommandAsync("rotate", "--when-due")).Order());
        Assert.Equal(2, States(await CommandAsync("rotate", "--when-due")).Count());

        await Task.WhenAll(CommandAsync("rotate"), CommandAsync("rotate"));

        Assert.Equal(["4 1"], await service.QueryAsync("select concat(count(*), ' ', count(*) filter (where published_until is null)) from signing_key"));
        Assert.Equal(["signing"], States(await CommandAsync("list")).Where(state => state != "pending").Distinct());
    }

    [Theory]
    [InlineData]
    [InlineData("rotate", "--now")]
    [InlineData("delete")]
    public async Task A_command_that_is_not_understood_changes_nothing(params string[] arguments)
    {
        await CommandAsync(expected: 2, arguments);
        Assert.Equal(["1"], await service.QueryAsync("select count(*) from signing_key"));
    }

    private static async Task<Answer> SendAsync(HttpClient client, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/used") { Headers = { Authorization = new("Bearer", token) } };
        using var response = await client.SendAsync(request);
        return await Answer.OfAsync(response);
    }

    private static string KeyIdOf(string token) => JsonDocument.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[0])).RootElement.GetProperty("kid").GetString()!;

    private static IEnumerable<string> States(string listed) => listed.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[1]);

    /// <summary>Another process of the platform, as any service is: it knows the issuer's keys from the published set alone.</summary>
    private async Task<WebApplication> VerifierAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(service.Host.Issuer.Settings)
        {
            ["Authentication:Issuers:0:JwksUri"] = service.Host.Anonymous.BaseAddress + "partners/.well-known/jwks.json",
            ["Authentication:KeysReadEvery"] = "00:00:00.5",
        });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddServiceDefaults();
        builder.Services.ConfigureHttpClientDefaults(client => client.AddHttpMessageHandler(() => new KeySetReads(this)));
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.UseServiceDefaults();
        app.MapGet("/used", () => Results.Ok(new { })).RequireAuthorization(Scopes.OrganisationsRead);
        await app.StartAsync();
        return app;
    }

    /// <summary>Counts how often the verifier has the key set.</summary>
    private sealed class KeySetReads(SigningKeyTests test) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (response.IsSuccessStatusCode && request.RequestUri!.AbsolutePath.EndsWith("/jwks.json", StringComparison.Ordinal))
            {
                Interlocked.Increment(ref test.keySetReads);
            }

            return response;
        }
    }

    private async Task<string> AccessTokenAsync(Partner partner) =>
        (await service.TokenAsync(partner)).Expect(HttpStatusCode.OK).Body.GetProperty("access_token").GetString()!;

    private async Task<List<string>> PublishedAsync() =>
    [
        .. (await service.Host.Anonymous.ReadAsync("/partners/.well-known/jwks.json")).Expect(HttpStatusCode.OK).Body
            .GetProperty("keys").EnumerateArray().Select(key => key.GetProperty("kid").GetString()!),
    ];

    private Task<string> CommandAsync(params string[] arguments) => CommandAsync(expected: 0, arguments);

    /// <summary>As the operator runs it: a process of its own, as the owner of the tables.</summary>
    private async Task<string> CommandAsync(int expected, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, "signing-keys", .. arguments]) { RedirectStandardOutput = true };
        start.Environment["ConnectionStrings__partners"] = service.Host.OwnerConnectionString;
        start.Environment["KeyEncryption__Directory"] = keyEncryption;
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == expected, output);
        return output;
    }
}
