namespace Soc.ServiceDefaults;

/// <summary>Authorisation policies that are not scopes.</summary>
public static class Policies
{
    /// <summary>Only processes of the platform, proven by the header X-Platform-Key: for routes under <c>/internal</c>, which the gateway does not have.</summary>
    public const string Platform = "platform";
}
