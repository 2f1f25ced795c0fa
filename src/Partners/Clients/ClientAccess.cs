using Soc.Contracts;
using Soc.ServiceDefaults;

namespace Soc.Partners.Clients;

/// <summary>Who may do what with clients. The gateway knows the policies by the same names.</summary>
internal static class ClientAccess
{
    /// <summary>To see a client.</summary>
    public const string Read = "clients.read";

    /// <summary>To register a client, or to give it a credential.</summary>
    public const string Manage = "clients.manage";

    /// <summary>To take a credential away.</summary>
    public const string Revoke = "credentials.revoke";

    /// <summary>
    /// What systems hold, and not officers. Whoever gave a key to a client with any other scope could act as the person who holds that office: reinstate what
    /// they suspended, decide what they assessed.
    /// </summary>
    private static readonly string[] OfSystems =
        [Scopes.IntegrationManage, Scopes.OrganisationsRead, Scopes.ReferralsSubmit, Scopes.ReferralsUpdates, Scopes.StrategyRead];

    public static void AddClientAccess(this IServiceCollection services) => services.AddAuthorizationBuilder()
        .AddPolicy(Read, policy => policy.RequireAnyScope(Scopes.OrganisationsRead, Scopes.IntegrationManage))
        .AddPolicy(Manage, policy => policy.RequireAnyScope(Scopes.OrganisationsRegister, Scopes.IntegrationManage))
        .AddPolicy(Revoke, policy => policy.RequireAnyScope(Scopes.OrganisationsRegister, Scopes.IntegrationManage, Scopes.OrganisationsSuspend));

    public static bool IsRegistrar(this Caller caller) => caller.Scopes.Contains(Scopes.OrganisationsRegister);

    /// <summary>The registrar and the security officer see every organisation's clients, everybody else their own.</summary>
    public static IQueryable<ApiClient> VisibleTo(this IQueryable<ApiClient> clients, Caller caller) =>
        caller.IsRegistrar() || caller.Scopes.Contains(Scopes.OrganisationsSuspend) ? clients : clients.Where(client => client.OrganisationId == caller.Organisation);

    /// <summary>Those whom the caller may give credentials: the registrar any client, the developer those of their own organisation.</summary>
    public static IQueryable<ApiClient> ManagedBy(this IQueryable<ApiClient> clients, Caller caller) =>
        caller.IsRegistrar() ? clients : clients.Where(client => client.OrganisationId == caller.Organisation);

    /// <summary>A developer gives credentials to systems, and not to the clients of any officer: they could then act in that officer's name.</summary>
    public static bool MayGiveCredentials(this Caller caller, IEnumerable<string> scopes) => caller.IsRegistrar() || !scopes.Except(OfSystems).Any();
}
