namespace Soc.Gateway.Answers;

/// <summary>The headers that tell a browser what an answer may do. A service's own policy for a page goes before ours.</summary>
internal sealed class SecurityHeaders(RequestDelegate next)
{
    /// <summary>Pages use their own styles, pictures and scripts, nothing else; they may not be framed.</summary>
    private const string PagePolicy =
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private const string DataPolicy = "default-src 'none'; frame-ancestors 'none'";

    public Task InvokeAsync(HttpContext context)
    {
        context.Response.OnStarting(static state => Set((HttpContext)state), context);
        return next(context);
    }

    private static Task Set(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (headers.ContentSecurityPolicy.Count == 0)
        {
            var isPage = context.Response.ContentType?.StartsWith("text/html", StringComparison.OrdinalIgnoreCase) == true;
            headers.ContentSecurityPolicy = isPage ? PagePolicy : DataPolicy;
        }

        // What a service explicitly lets the caller's own cache keep is the same for everybody who may have it, such as a vocabulary. Everything else stays nowhere.
        if (context.User.Identity?.IsAuthenticated == true && !headers.CacheControl.ToString().StartsWith("private,", StringComparison.Ordinal))
        {
            headers.CacheControl = "no-store";
        }

        if (context.Request.IsHttps)
        {
            headers.StrictTransportSecurity = "max-age=31536000; includeSubDomains";
        }

        return Task.CompletedTask;
    }
}
