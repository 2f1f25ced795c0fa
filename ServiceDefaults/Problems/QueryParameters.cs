using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace Soc.ServiceDefaults;

/// <summary>
/// Refuses a query parameter that the route does not have: a filter that is misspelt and ignored would answer with more than was asked for. Pages that anybody may read
/// are left alone, for links to them grow parameters of others on their way.
/// </summary>
internal static partial class QueryParameters
{
    public static void UseKnownQueryParameters(this IApplicationBuilder app) => app.Use((context, next) =>
        Unknown(context) is { } unknown ? unknown.ToResult().ExecuteAsync(context) : next(context));

    private static Problem? Unknown(HttpContext context)
    {
        if (context.Request.Query.Count == 0 || context.GetEndpoint() is not RouteEndpoint endpoint
            || endpoint.Metadata.GetMetadata<MethodInfo>() is null || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            return null;
        }

        var known = endpoint.Metadata.GetOrderedMetadata<IParameterBindingMetadata>()
            .Where(parameter => parameter.HasTryParse && endpoint.RoutePattern.GetParameter(parameter.Name) is null
                && !parameter.ParameterInfo.GetCustomAttributes().OfType<IFromHeaderMetadata>().Any())
            .Select(parameter => parameter.Name).ToList();
        return context.Request.Query.Keys.FirstOrDefault(key => !known.Contains(key, StringComparer.OrdinalIgnoreCase)) is not { } unknown ? null
            : PlatformProblems.UnknownParameter with
            {
                Detail = $"The route has no query parameter {(Names().IsMatch(unknown) ? unknown : "of that name")}. "
                    + (known.Count == 0 ? "It has none." : $"It has: {string.Join(", ", known)}."),
            };
    }

    /// <summary>What looks like the name of a parameter is repeated; whatever else stands in its place may be anything.</summary>
    [GeneratedRegex(@"^[A-Za-z]{1,30}\z")]
    private static partial Regex Names();
}
