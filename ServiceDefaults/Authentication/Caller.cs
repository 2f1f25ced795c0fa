using System.Security.Claims;
using Microsoft.AspNetCore.Http;

namespace Soc.ServiceDefaults;

/// <summary>Who is calling, as proven by the access token. Bind it as a parameter of an endpoint that requires authorisation.</summary>
/// <param name="Organisation">The organisation the token was issued for.</param>
/// <param name="ClientId">The client it was issued to.</param>
/// <param name="Actor">The pseudonymous person or machine that acts (the token's subject); what separation of duties compares.</param>
/// <param name="Scopes">The effective scopes.</param>
public sealed record Caller(Guid Organisation, string ClientId, string Actor, IReadOnlySet<string> Scopes)
{
    /// <summary>Reads the caller from an authenticated request.</summary>
    /// <param name="context">The request.</param>
    /// <returns>The caller.</returns>
    /// <exception cref="InvalidOperationException">The endpoint did not require authorisation.</exception>
    public static ValueTask<Caller> BindAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return ValueTask.FromResult(From(context.User));
    }

    /// <summary>Reads the caller from the claims of a validated token.</summary>
    /// <param name="user">The authenticated principal.</param>
    /// <returns>The caller.</returns>
    /// <exception cref="InvalidOperationException">A claim that every validated token has is missing.</exception>
    public static Caller From(ClaimsPrincipal user) => new(
        Guid.Parse(Claim(user, "org")), Claim(user, "client_id"), Claim(user, "sub"),
        Claim(user, "scope").Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal));

    private static string Claim(ClaimsPrincipal user, string type) =>
        user.FindFirstValue(type) ?? throw new InvalidOperationException($"The token has no claim '{type}': the endpoint does not require authorisation.");
}
