using Soc.Contracts;
using Soc.ServiceDefaults;

namespace Soc.Partners.Clients;

/// <summary>Whose clients a caller may see, and which it may give credentials.</summary>
internal static class ClientAccess
{
    /// <summary>
    /// What systems hold, and not officers. Whoever gave a key to a client with any other scope could act as the person who holds that office: reinstate what
    /// they suspended, decide what they assessed.
    /// </summary>
    private static readonly string[] OfSystems =
        [Scopes.IntegrationManage, Scopes.OrganisationsRead, Scopes.ReferralsSubmit, Scopes.ReferralsUpdates, Scopes.StrategyRead];

    public static bool IsRegistrar(this Caller caller) => caller.Scopes.Contains(Scopes.OrganisationsRegister);

    /// <summary>The registrar and the security officer see every organisation's clients, everybody else their own.</summary>
    public static IQueryable<ApiClient> VisibleTo(this IQueryable<ApiClient> clients, Caller caller) =>
        caller.IsRegistrar() || caller.Scopes.Contains(Scopes.OrganisationsSuspend) ? clients : clients.Where(client => client.OrganisationId == caller.Organisation);

    /// <summary>Those whom the caller may give credentials: the registrar any client, the developer those of their own organisation.</summary>
    public static IQueryable<ApiClient> ManagedBy(this IQueryable<ApiClient> clients, Caller caller) =>
        caller.IsRegistrar() ? clients : clients.Where(client => client.OrganisationId == caller.Organisation);

    /// <summary>A developer gives credentials to systems, and not to the clients of any officer: they could then act in that officer's name.</summary>
    public static bool MayGiveCredentials(this Caller caller, IEnumerable<string> scopes) => caller.IsRegistrar() || !AreOfOffice(scopes);

    /// <summary>Whether a client with these scopes acts for a person who holds an office.</summary>
    public static bool AreOfOffice(IEnumerable<string> scopes) => scopes.Except(OfSystems).Any();
}
