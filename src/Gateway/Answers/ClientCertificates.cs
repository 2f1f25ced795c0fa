using Microsoft.Extensions.Options;
using Soc.ServiceDefaults;

namespace Soc.Gateway.Answers;

/// <summary>
/// The certificate that a client connected with: believed from a known proxy only, in the header of RFC 9440, and passed on in the platform's own header, which
/// nobody else can set. It comes before the forwarded headers are applied, because after that the proxy's address is no longer to be seen.
/// </summary>
internal sealed class ClientCertificates(RequestDelegate next, IOptions<ForwardedHeadersOptions> proxies, CertificateVoucher voucher)
{
    private const string FromProxy = "Client-Cert";
    private const int LongestValue = 16 * 1024;

    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        headers.Remove(CertificateVoucher.Header);
        if (IsKnownProxy(context) && Read(headers[FromProxy]) is { } certificate)
        {
            headers[CertificateVoucher.Header] = voucher.Vouch(certificate);
        }

        return next(context);
    }

    private bool IsKnownProxy(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : context.Connection.RemoteIpAddress;
        return address is not null && proxies.Value.KnownIPNetworks.Any(network => network.Contains(address));
    }

    /// <summary>A byte sequence of RFC 8941, once: a second header may be the client's own.</summary>
    private static byte[]? Read(Microsoft.Extensions.Primitives.StringValues header)
    {
        if (header is not [{ Length: > 2 and <= LongestValue } value] || value[0] != ':' || value[^1] != ':')
        {
            return null;
        }

        var bytes = new byte[value.Length];
        return Convert.TryFromBase64String(value[1..^1], bytes, out var length) && length > 0 ? bytes[..length] : null;
    }
}
