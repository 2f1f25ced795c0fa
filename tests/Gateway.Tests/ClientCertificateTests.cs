using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Soc.Contracts;
using Soc.ServiceDefaults;
using Soc.TestKit;

namespace Soc.Gateway.Tests;

/// <summary>A certificate is one when a known proxy says so, and reaches a service only in the header that the gateway alone can make.</summary>
public sealed class ClientCertificateTests
{
    private static readonly byte[] Certificate = RandomNumberGenerator.GetBytes(700);
    private static readonly string FromProxy = $":{Convert.ToBase64String(Certificate)}:";

    [Fact]
    public async Task A_known_proxys_certificate_reaches_the_service_vouched_for_and_in_no_other_header()
    {
        await using var gateway = await GatewayHost.StartAsync(new Dictionary<string, string?> { ["KnownProxies:0"] = "127.0.0.0/8" });

        var received = await ReceivedAsync(gateway, ("Client-Cert", FromProxy), ("X-Forwarded-For", "203.0.113.9"), ("X-Platform-Client-Certificate", "spoofed"));

        Assert.Equal(Vouched(gateway), received["X-Platform-Client-Certificate"]);
        Assert.DoesNotContain("Client-Cert", received.Keys, StringComparer.OrdinalIgnoreCase);
    }

    public static TheoryData<string, string?, string[]> Unbelieved => new()
    {
        { "no proxy is known", null, [FromProxy] },
        { "the sender is not a known proxy", "192.0.2.0/24", [FromProxy] },
        { "two headers", "127.0.0.0/8", [FromProxy, FromProxy] },
        { "no colons", "127.0.0.0/8", [FromProxy.Trim(':')] },
        { "two in one", "127.0.0.0/8", [FromProxy + ", " + FromProxy] },
        { "not base64", "127.0.0.0/8", [":????:"] },
        { "empty", "127.0.0.0/8", ["::"] },
        { "none", "127.0.0.0/8", [] },
    };

    [Theory]
    [MemberData(nameof(Unbelieved))]
    public async Task Anything_else_is_no_certificate(string what, string? knownProxies, string[] headers)
    {
        await using var gateway = await GatewayHost.StartAsync(knownProxies is null ? null : new Dictionary<string, string?> { ["KnownProxies:0"] = knownProxies });

        // The header that a client sets itself, even a copy of a true one, does not pass.
        var received = await ReceivedAsync(gateway, [.. headers.Select(header => ("Client-Cert", header)), ("X-Platform-Client-Certificate", Vouched(gateway))]);

        Assert.False(received.ContainsKey("X-Platform-Client-Certificate"), what);
    }

    [Fact]
    public async Task A_bound_token_passes_the_gateway_with_its_certificate_and_is_refused_there_without()
    {
        await using var gateway = await GatewayHost.StartAsync(new Dictionary<string, string?> { ["KnownProxies:0"] = "127.0.0.0/8" });
        var token = gateway.Issuer.BoundToken(Vouched(gateway).Split('.')[0], Guid.CreateVersion7(), "bound", Scopes.ReferralsUpdates);

        using var own = await SendAsync(gateway, token, FromProxy);
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        var before = gateway.Upstream.Requests.Count;
        foreach (var other in (string?[])[null, $":{Convert.ToBase64String(RandomNumberGenerator.GetBytes(700))}:"])
        {
            using var stolen = await SendAsync(gateway, token, other);
            await stolen.AssertProblemAsync(HttpStatusCode.Unauthorized, "access.certificate-missing");
        }

        Assert.Equal(before, gateway.Upstream.Requests.Count);
    }

    private static string Vouched(GatewayHost gateway) => gateway.Services.GetRequiredService<CertificateVoucher>().Vouch(Certificate)!;

    private static async Task<IReadOnlyDictionary<string, string>> ReceivedAsync(GatewayHost gateway, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/partners/.well-known/jwks.json");
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await gateway.Anonymous.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return gateway.Upstream.Requests.Last().Headers;
    }

    private static Task<HttpResponseMessage> SendAsync(GatewayHost gateway, string token, string? certificate)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/referrals/v1/updates") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        if (certificate is not null)
        {
            request.Headers.TryAddWithoutValidation("Client-Cert", certificate);
        }

        return gateway.Anonymous.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
