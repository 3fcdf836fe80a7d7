using System.Net;
using System.Net.Sockets;

namespace PromptForge.Web.Platform.Api;

/// <summary>Where a caller is, as limits see it.</summary>
public static class ClientNetwork
{
    public static IPAddress? Of(HttpContext context) => context.Connection.RemoteIpAddress is { } address ? Of(address) : null;

    /// <summary>Whoever has one IPv6 address has its whole /64.</summary>
    public static IPAddress Of(IPAddress? address)
    {
        if (address is null)
            return IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new(bytes);
    }
}
