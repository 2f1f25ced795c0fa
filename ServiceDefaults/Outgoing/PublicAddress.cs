using System.Net;
using System.Net.Sockets;

namespace Soc.ServiceDefaults;

/// <summary>
/// Which addresses lie on the public internet: what the special-purpose registries of IANA (RFC 6890) do not set apart. For IPv6 that is global unicast,
/// 2000::/3, less its own exceptions; so every form that carries an IPv4 address inside (mapped, compatible, NAT64, 6to4, Teredo) is refused whatever it carries.
/// </summary>
internal static class PublicAddress
{
    private static readonly IPNetwork[] NotPublic =
    [
        IPNetwork.Parse("0.0.0.0/8"), // this network
        IPNetwork.Parse("10.0.0.0/8"), // private
        IPNetwork.Parse("100.64.0.0/10"), // shared between carriers and their customers; metadata of one cloud
        IPNetwork.Parse("127.0.0.0/8"), // loopback
        IPNetwork.Parse("168.63.129.16/32"), // public by its number, but inside Azure the host of every virtual machine
        IPNetwork.Parse("169.254.0.0/16"), // link-local; 169.254.169.254 is the metadata of most clouds
        IPNetwork.Parse("172.16.0.0/12"), // private
        IPNetwork.Parse("192.0.0.0/24"), // protocol assignments
        IPNetwork.Parse("192.0.2.0/24"), // documentation
        IPNetwork.Parse("192.31.196.0/24"), // AS112
        IPNetwork.Parse("192.52.193.0/24"), // automatic multicast tunnelling
        IPNetwork.Parse("192.88.99.0/24"), // 6to4 relays
        IPNetwork.Parse("192.168.0.0/16"), // private
        IPNetwork.Parse("192.175.48.0/24"), // AS112
        IPNetwork.Parse("198.18.0.0/15"), // benchmarking
        IPNetwork.Parse("198.51.100.0/24"), // documentation
        IPNetwork.Parse("203.0.113.0/24"), // documentation
        IPNetwork.Parse("224.0.0.0/4"), // multicast
        IPNetwork.Parse("240.0.0.0/4"), // reserved, and broadcast
        IPNetwork.Parse("2001::/23"), // protocol assignments, Teredo and ORCHID among them
        IPNetwork.Parse("2001:db8::/32"), // documentation
        IPNetwork.Parse("2002::/16"), // 6to4
        IPNetwork.Parse("2620:4f:8000::/48"), // AS112
        IPNetwork.Parse("3fff::/20"), // documentation
    ];

    public static bool Is(IPAddress address) =>
        (address.AddressFamily == AddressFamily.InterNetwork || IsGlobalUnicast(address)) && !Array.Exists(NotPublic, network => network.Contains(address));

    /// <summary>By the bits, because <see cref="IPNetwork.Contains"/> takes an IPv4 address inside an IPv6 one for the IPv4 address.</summary>
    private static bool IsGlobalUnicast(IPAddress address) => (address.GetAddressBytes()[0] & 0b1110_0000) == 0b0010_0000;
}
