using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Soc.TestKit;

namespace Soc.ServiceDefaults.Tests.Authentication;

/// <summary>Tokens that are bound to a certificate (RFC 8705): good with it, and worth nothing to whoever has the token alone.</summary>
public sealed class BoundTokenTests(TokenTests.Servers servers) : IClassFixture<TokenTests.Servers>
{
    private static readonly byte[] Own = RandomNumberGenerator.GetBytes(600);
    private static readonly string Thumbprint = Base64Url.EncodeToString(SHA256.HashData(Own));

    /// <summary>Every way of showing a certificate that is not the gateway's vouching for the one of the token.</summary>
    private static readonly Dictionary<string, Func<CertificateVoucher, string?>> Forgeries = new()
    {
        ["none"] = _ => null,
        ["another certificate"] = voucher => voucher.Vouch(RandomNumberGenerator.GetBytes(600)),
        ["the thumbprint alone"] = _ => Thumbprint,
        ["an empty code"] = _ => Thumbprint + ".",
        ["the code of another certificate"] = voucher => Thumbprint + "." + voucher.Vouch([1])!.Split('.')[1],
        ["a code cut short"] = voucher => voucher.Vouch(Own)![..^2],
        ["a code under another key"] = _ => new CertificateVoucher(Configured(new string('x', 48))).Vouch(Own),
        ["a code under no key"] = _ => Thumbprint + "." + Base64Url.EncodeToString(HMACSHA256.HashData(Array.Empty<byte>(), Encoding.UTF8.GetBytes("client-certificate:" + Thumbprint))),
        ["a third part"] = voucher => voucher.Vouch(Own) + ".x",
        ["nothing but a dot"] = _ => ".",
        ["the certificate itself"] = _ => ":" + Convert.ToBase64String(Own) + ":",
    };

    public static TheoryData<string> Names => [.. Forgeries.Keys];

    private CertificateVoucher Voucher => new(Configured(servers.Issuer.PlatformKey));

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_stolen_token_is_refused_without_its_certificate(string forgery)
    {
        var (token, header) = (Bound(Thumbprint), Forgeries[forgery](Voucher));
        (await SendAsync(token, Voucher.Vouch(Own))).EnsureSuccessStatusCode(); // so that its verdict is remembered
        using var refused = await SendAsync(token, header);

        await refused.AssertProblemAsync(HttpStatusCode.Unauthorized, "access.certificate-missing");
        Assert.Equal("Bearer error=\"invalid_token\"", refused.Headers.WwwAuthenticate.Single().ToString());
    }

    [Fact]
    public async Task Of_a_hundred_uses_of_a_stolen_token_none_is_accepted_and_its_owner_goes_on()
    {
        var token = Bound(Thumbprint);
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(number => SendAsync(token, number % 2 == 0 ? null : Voucher.Vouch([(byte)number]))));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode));
        using var own = await SendAsync(token, Voucher.Vouch(Own));
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
    }

    [Fact]
    public async Task Two_headers_are_none_and_a_token_that_is_not_bound_needs_none()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/caller") { Headers = { Authorization = new("Bearer", Bound(Thumbprint)) } };
        request.Headers.TryAddWithoutValidation(CertificateVoucher.Header, [Voucher.Vouch(Own), Voucher.Vouch([1])]);
        using var two = await servers.Service.Client.SendAsync(request, TestContext.Current.CancellationToken);
        using var unbound = await SendAsync(new ForgedToken(servers.Issuer).Build(), null);

        await two.AssertProblemAsync(HttpStatusCode.Unauthorized, "access.certificate-missing");
        Assert.Equal(HttpStatusCode.OK, unbound.StatusCode);
    }

    /// <summary>A binding that this platform cannot check must not be taken for none.</summary>
    [Fact]
    public async Task A_token_bound_to_anything_else_is_refused_even_with_a_certificate()
    {
        object[] confirmations =
        [
            new Dictionary<string, object> { ["jkt"] = Thumbprint }, new Dictionary<string, object> { ["x5t#S256"] = Thumbprint, ["jkt"] = "x" },
            new Dictionary<string, object> { ["x5t#S256"] = 1 }, new Dictionary<string, object> { ["x5t#S256"] = "" }, new Dictionary<string, object> { ["X5T#S256"] = Thumbprint },
            new Dictionary<string, object>(), "x5t#S256", 1, true, new[] { Thumbprint },
        ];
        foreach (var confirmation in confirmations)
        {
            using var refused = await SendAsync(new ForgedToken(servers.Issuer).With("cnf", confirmation).Build(), Voucher.Vouch(Own));
            await refused.AssertProblemAsync(HttpStatusCode.Unauthorized, "access.token-invalid");
        }

        var issuer = servers.Issuer;
        var json = System.Text.Json.JsonSerializer.Serialize(new ForgedToken(issuer).Payload);
        var header = System.Text.Json.JsonSerializer.Serialize(new ForgedToken(issuer).Header);
        using var isNull = await SendAsync(new ForgedToken(issuer).Build(header, ForgedToken.Insert(json, "\"cnf\":null")), null);
        await isNull.AssertProblemAsync(HttpStatusCode.Unauthorized, "access.token-invalid");
    }

    [Fact]
    public void A_process_without_the_platforms_key_vouches_for_nothing_and_believes_nobody()
    {
        var none = new CertificateVoucher(new ConfigurationBuilder().Build());
        var context = new DefaultHttpContext();
        context.Request.Headers[CertificateVoucher.Header] = Voucher.Vouch(Own);

        Assert.Null(none.Vouch(Own));
        Assert.Null(none.Presented(context.Request));
        Assert.Equal(Thumbprint, Voucher.Presented(context.Request));
    }

    private static IConfiguration Configured(string key) => new ConfigurationBuilder()
        .AddInMemoryCollection(new Dictionary<string, string?> { ["Platform:InternalKey"] = key }).Build();

    private string Bound(string thumbprint) => new ForgedToken(servers.Issuer).With("cnf", new Dictionary<string, string> { ["x5t#S256"] = thumbprint }).Build();

    private Task<HttpResponseMessage> SendAsync(string token, string? certificate)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/caller") { Headers = { Authorization = new("Bearer", token) } };
        if (certificate is not null)
        {
            request.Headers.TryAddWithoutValidation(CertificateVoucher.Header, certificate);
        }

        return servers.Service.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
