using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Soc.Messaging.Tests;

public sealed class TlsTests
{
    [Fact]
    public async Task A_broker_with_a_certificate_of_an_unknown_authority_is_not_talked_to()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);

        // The listener goes before the bed: a client whose handshake nobody answers would not end.
        await using var bed = await LedgerBed.CreateAsync();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await bed.StartAsync(new() { ["ConnectionStrings:rabbitmq"] = $"amqps://user:password@localhost:{((IPEndPoint)listener.LocalEndpoint).Port}/" });

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var client = await listener.AcceptTcpClientAsync(limit.Token);
        await using var tls = new SslStream(client.GetStream());
        var said = -1;
        try
        {
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, limit.Token);

            // TLS 1.3 lets the server finish before the client has judged: what counts is whether the client says its first word.
            said = await tls.ReadAsync(new byte[8], limit.Token);
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException)
        {
            said = 0;
        }

        Assert.Equal(0, said);
    }
}
