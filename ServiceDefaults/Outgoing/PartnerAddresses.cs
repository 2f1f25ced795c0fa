using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace Soc.ServiceDefaults;

/// <summary>Configuration section <c>Outgoing</c>.</summary>
internal sealed class OutgoingSettings
{
    /// <summary>Whether addresses that partners give may be private and plain http: for a developer's machine, and refused at the start anywhere else.</summary>
    public bool AllowPrivateAddresses { get; set; }
}

/// <summary>An address that a partner gave is not one that the platform calls.</summary>
public sealed class AddressRefusedException() : IOException("The address is not https to a public address.");

/// <summary>
/// Which addresses that partners give are called: https to a host whose every address is public. The name is resolved here, once for each connection, and
/// the connection is made to the very addresses that were looked at: a name that answers differently a moment later changes nothing.
/// </summary>
public sealed class PartnerAddresses
{
    private readonly bool allowPrivate;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> resolve;
    private readonly Func<IPEndPoint, CancellationToken, Task<Stream>> connect;

    internal PartnerAddresses(
        bool allowPrivate, Func<string, CancellationToken, Task<IPAddress[]>> resolve, Func<IPEndPoint, CancellationToken, Task<Stream>>? connect = null)
    {
        this.allowPrivate = allowPrivate;
        this.resolve = resolve;
        this.connect = connect ?? ConnectAsync;
    }

    internal PartnerAddresses(IOptions<OutgoingSettings> settings)
        : this(settings.Value.AllowPrivateAddresses, Dns.GetHostAddressesAsync)
    {
    }

    /// <summary>
    /// Reads an address as a partner gives it, before it is stored. What its name resolves to is looked at when it is called, because that changes.
    /// </summary>
    /// <param name="text">The address.</param>
    /// <returns>The address, or null where it is not https (or, where private addresses are allowed, http), holds a user name or a fragment, or is a number that is not public.</returns>
    public Uri? Read(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && IsAllowed(address.Scheme) && address is { UserInfo: "", Fragment: "", IdnHost.Length: > 0 }
            && (!IPAddress.TryParse(address.IdnHost, out var number) || IsAllowed(number))
            ? address : null;

    /// <summary>Connects, or throws <see cref="AddressRefusedException"/>.</summary>
    internal async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        // Each scheme, host and port has connections of its own, so the request that opens one speaks for all that use it.
        if (!IsAllowed(context.InitialRequestMessage.RequestUri!.Scheme))
        {
            throw new AddressRefusedException();
        }

        var addresses = await resolve(context.DnsEndPoint.Host, cancellation);
        if (addresses.Length == 0 || !Array.TrueForAll(addresses, IsAllowed))
        {
            throw new AddressRefusedException();
        }

        for (var i = 0; ; i++)
        {
            try
            {
                return await connect(new IPEndPoint(addresses[i], context.DnsEndPoint.Port), cancellation);
            }
            catch (SocketException) when (i + 1 < addresses.Length)
            {
                // The next one may answer.
            }
        }
    }

    private static async Task<Stream> ConnectAsync(IPEndPoint address, CancellationToken cancellation)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private bool IsAllowed(string scheme) => scheme == Uri.UriSchemeHttps || (allowPrivate && scheme == Uri.UriSchemeHttp);

    private bool IsAllowed(IPAddress address) => allowPrivate || PublicAddress.Is(address);
}
