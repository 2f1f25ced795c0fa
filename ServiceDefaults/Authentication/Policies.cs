using Soc.Contracts;

namespace Soc.ServiceDefaults;

/// <summary>Authorisation policies that are not scopes.</summary>
public static class Policies
{
    /// <summary>Only processes of the platform, proven by the header X-Platform-Key: for routes under <c>/internal</c>, which the gateway does not have.</summary>
    public const string Platform = "platform";

    /// <summary>An organisation's way into the platform: its administrator, for it alone, or a registrar.</summary>
    public const string Onboarding = "organisation.onboarding";

    /// <summary>Who may read an organisation's contacts: its administrator, for it alone, registrars, and security officers.</summary>
    public const string Contacts = "organisation.contacts";

    /// <summary>Policies that several scopes satisfy, each of them enough; which organisations it is enough for, the service decides.</summary>
    public static IReadOnlyDictionary<string, string[]> AnyOf { get; } = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        [Onboarding] = [Scopes.OrganisationsRegister, Scopes.OrganisationAdminister],
        [Contacts] = [Scopes.OrganisationsRegister, Scopes.OrganisationsSuspend, Scopes.OrganisationAdminister],
    };
}
