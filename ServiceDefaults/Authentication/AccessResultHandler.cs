using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Soc.Contracts;

namespace Soc.ServiceDefaults;

/// <summary>Answers every refusal of access with its problem document, and records it.</summary>
internal sealed partial class AccessResultHandler(ILogger<AccessResultHandler> log) : IAuthorizationMiddlewareResultHandler
{
    public async Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        // Routing answers a wrong method or media type by an endpoint of its own, which is no route of ours and has no policy.
        if (authorizeResult.Succeeded || context.GetEndpoint() is { } endpoint and not RouteEndpoint && endpoint.Metadata.Count == 0)
        {
            await next(context);
            return;
        }

        var problem = context.GetEndpoint() is null ? PlatformProblems.RouteNotFound
            : authorizeResult.Forbidden ? Missing(context)
            : policy.AuthenticationSchemes.Contains(PlatformKeyHandler.Scheme) ? PlatformProblems.PlatformOnly
            : context.Features.Get<AccessRefusal>()?.Problem ?? PlatformProblems.TokenMissing;
        if (problem.Status is 401 or 403)
        {
            context.Response.Headers.WWWAuthenticate = problem.Code switch
            {
                "access.scope-missing" => "Bearer error=\"insufficient_scope\"",
                "access.token-invalid" or "access.cut-off" or "access.certificate-missing" => "Bearer error=\"invalid_token\"",
                _ => "Bearer",
            };
        }

        LogRefused(problem.Code, context.Request.Method, (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText, context.User.FindFirst("client_id")?.Value);
        await problem.ToResult().ExecuteAsync(context);
    }

    /// <summary>Names the scopes that the route asks for and the token does not have.</summary>
    private static Problem Missing(HttpContext context)
    {
        var held = (context.User.FindFirst("scope")?.Value ?? "").Split(' ');
        var missing = context.GetEndpoint()!.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(data => data.Policy).OfType<string>()
            .Select(policy => (Policies.AnyOf.GetValueOrDefault(policy) ?? [policy]).Intersect(Scopes.All).ToList())
            .Where(enough => enough.Count > 0 && !enough.Intersect(held).Any())
            .Select(enough => string.Join(" or ", enough.Order(StringComparer.Ordinal))).Distinct().ToList();
        return missing.Count == 0 ? PlatformProblems.ScopeMissing : PlatformProblems.ScopeMissing with
        {
            Detail = $"Get a token with the scope {string.Join(", and ", missing)}. The client must hold it and, where it opens what others share, an active agreement of the organisation must cover it.",
        };
    }

    [LoggerMessage(1, LogLevel.Information, "Refused with {Code}: {Method} {Route}, client {Client}")]
    private partial void LogRefused(string code, string method, string? route, string? client);
}
