using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Soc.Contracts;

namespace Soc.ServiceDefaults;

/// <summary>How access is decided.</summary>
public static class AccessExtensions
{
    /// <summary>Asks for a token that holds at least one of the scopes.</summary>
    /// <param name="policy">The policy to add this to.</param>
    /// <param name="scopes">The scopes, of which one is enough.</param>
    /// <returns>The same policy.</returns>
    public static AuthorizationPolicyBuilder RequireAnyScope(this AuthorizationPolicyBuilder policy, params string[] scopes)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return policy.RequireAuthenticatedUser().RequireAssertion(context => Array.Exists(scopes, scope => HasScope(context.User, scope)));
    }

    internal static void AddAccess(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<AuthenticationSettings>().Bind(builder.Configuration.GetSection("Authentication")).ValidateDataAnnotations()
            .Validate(settings => settings.IsComplete, "Authentication:Issuers: each needs a distinct Issuer and an absolute JwksUri.")
            .Validate(
                _ => builder.Configuration[Policies.PlatformKeySetting] is null or { Length: >= PlatformKeyHandler.ShortestKey },
                $"{Policies.PlatformKeySetting} must have at least {PlatformKeyHandler.ShortestKey} characters.")
            .ValidateOnStart();
        services.AddSingleton(new PlatformProcess($"{builder.Environment.ApplicationName}/{Guid.NewGuid():N}"));
        services.AddSingleton<CutOffList>();
        services.AddSingleton<CertificateVoucher>();
        services.AddSingleton<AccessTokens>();
        services.AddSingleton<CutOffSource>(provider => new HttpCutOffSource(
            provider.GetRequiredService<IHttpClientFactory>().CreateClient(OutgoingExtensions.Internal), provider.GetRequiredService<IConfiguration>(),
            provider.GetRequiredService<PlatformProcess>()));
        services.AddHostedService<CutOffPoller>();
        services.AddHostedService<IssuerKeysReader>();
        services.AddAuthentication(AccessTokenHandler.Scheme)
            .AddScheme<AuthenticationSchemeOptions, AccessTokenHandler>(AccessTokenHandler.Scheme, null)
            .AddScheme<AuthenticationSchemeOptions, PlatformKeyHandler>(PlatformKeyHandler.Scheme, null);
        services.Replace(ServiceDescriptor.Singleton<IAuthorizationMiddlewareResultHandler, AccessResultHandler>());

        var authorization = services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder(AccessTokenHandler.Scheme).RequireAssertion(_ => false).Build())
            .AddPolicy(Policies.Platform, policy => policy.AddAuthenticationSchemes(PlatformKeyHandler.Scheme).RequireAuthenticatedUser());
        foreach (var scope in Scopes.All)
        {
            authorization.AddPolicy(scope, policy => policy.RequireAnyScope(scope));
        }

        foreach (var (name, scopes) in Policies.AnyOf)
        {
            authorization.AddPolicy(name, policy => policy.RequireAnyScope(scopes));
        }
    }

    private static bool HasScope(ClaimsPrincipal user, string scope)
    {
        var held = (user.FindFirst("scope")?.Value).AsSpan();
        foreach (var range in held.Split(' '))
        {
            if (held[range].SequenceEqual(scope))
            {
                return true;
            }
        }

        return false;
    }
}
