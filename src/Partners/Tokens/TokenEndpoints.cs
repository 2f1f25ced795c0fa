using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Soc.Contracts;
using Soc.ServiceDefaults;

namespace Soc.Partners.Tokens;

/// <summary>OAuth 2.0: the token endpoint, the keys to check its tokens with, and the metadata. Anyone may call them; a client proves itself in the request.</summary>
internal static class TokenEndpoints
{
    private const int LongestBody = 16 * 1024;
    private const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    private static readonly string[] GrantTypes = ["client_credentials"];
    private static readonly string[] AuthenticationMethods = ["private_key_jwt", "client_secret_basic", "client_secret_post"];
    private static readonly string[] Algorithms = ["ES256"];

    public static void MapTokens(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/partners/oauth/token", Issue).AllowAnonymous();
        routes.MapGet("/partners/.well-known/jwks.json", Keys).AllowAnonymous();
        routes.MapGet("/partners/.well-known/oauth-authorization-server", Metadata).AllowAnonymous();
    }

    private static async Task<IResult> Issue(HttpContext http, TokenIssuer tokens, CertificateVoucher certificates, CancellationToken cancellation)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (await ReadFormAsync(http, cancellation) is not { } form)
        {
            return OAuthError.InvalidRequest("Send a form (application/x-www-form-urlencoded) of at most 16 KiB, each parameter once.");
        }

        if (form["grant_type"] is var grant && grant != "client_credentials")
        {
            return StringValues.IsNullOrEmpty(grant)
                ? OAuthError.InvalidRequest("grant_type is missing.")
                : new OAuthError(400, "unsupported_grant_type", "The only grant_type is client_credentials.");
        }

        var request = new TokenRequest(
            form["scope"].ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries), certificates.Presented(http.Request));
        var (assertion, secret, basic) = (form["client_assertion"], form["client_secret"], http.Request.Headers.Authorization);
        if ((assertion.Count > 0 ? 1 : 0) + (secret.Count > 0 ? 1 : 0) + (basic.Count > 0 ? 1 : 0) > 1)
        {
            return OAuthError.InvalidRequest("Authenticate in one way only.");
        }

        if (assertion is [{ Length: > 0 } signed] && form["client_assertion_type"] == AssertionType)
        {
            return await tokens.IssueAsync(signed, form["client_id"], request, cancellation);
        }

        var proof = secret is [{ Length: > 0 } shown] && form["client_id"] is [{ Length: > 0 } client] ? new SecretProof(client, shown) : BasicProof(basic);
        var answer = proof is null
            ? OAuthError.InvalidClient("Authenticate with private_key_jwt: client_assertion, and client_assertion_type " + AssertionType + ".")
            : await tokens.IssueAsync(proof, request, cancellation);
        if (basic.Count > 0 && answer is OAuthError { Status: 401 })
        {
            // RFC 6749 section 5.2: the scheme that the client used.
            http.Response.Headers.WWWAuthenticate = "Basic realm=\"sandbox\"";
        }

        return answer;
    }

    /// <summary>RFC 6749 section 2.3.1: both parts are form-encoded before they are joined.</summary>
    private static SecretProof? BasicProof(StringValues header)
    {
        const string Scheme = "Basic ";
        var bytes = new byte[512];
        return header is [{ } value] && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && Convert.TryFromBase64String(value[Scheme.Length..], bytes, out var length)
            && Encoding.UTF8.GetString(bytes, 0, length).Split(':') is [{ Length: > 0 } client, { Length: > 0 } secret]
            ? new SecretProof(WebUtility.UrlDecode(client), WebUtility.UrlDecode(secret))
            : null;
    }

    private static async Task<IResult> Keys(HttpResponse response, SigningKeys keys, CancellationToken cancellation)
    {
        response.Headers.CacheControl = "public, max-age=60";
        return Results.Json(new { keys = (await keys.PublishedAsync(cancellation)).Select(key => key.Jwk) });
    }

    private static IResult Metadata(HttpResponse response, TokenSettings settings)
    {
        response.Headers.CacheControl = "public, max-age=300";
        return Results.Json(new
        {
            issuer = settings.Issuer,
            token_endpoint = settings.Issuer + "/oauth/token",
            jwks_uri = settings.Issuer + "/.well-known/jwks.json",
            grant_types_supported = GrantTypes,
            response_types_supported = Array.Empty<string>(),
            token_endpoint_auth_methods_supported = AuthenticationMethods,
            token_endpoint_auth_signing_alg_values_supported = Algorithms,
            tls_client_certificate_bound_access_tokens = true,
            scopes_supported = Scopes.All,
        });
    }

    /// <summary>The form, or null where there is none that can be taken at its word.</summary>
    private static async Task<IFormCollection?> ReadFormAsync(HttpContext http, CancellationToken cancellation)
    {
        if (http.Request.ContentType?.Split(';')[0].Trim().Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) != true)
        {
            return null;
        }

        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = LongestBody;
        }

        try
        {
            var form = await new FormFeature(http.Request, new FormOptions { ValueCountLimit = 16, KeyLengthLimit = 64, ValueLengthLimit = LongestBody })
                .ReadFormAsync(cancellation);
            return form.All(parameter => parameter.Value.Count == 1) ? form : null;
        }
        catch (Exception exception) when (exception is InvalidDataException or BadHttpRequestException)
        {
            return null;
        }
    }
}

/// <summary>An error answer of the token endpoint, RFC 6749 section 5.2.</summary>
internal sealed record OAuthError(int Status, string Error, string Description) : IResult
{
    public static OAuthError InvalidRequest(string description) => new(400, "invalid_request", description);

    public static OAuthError InvalidClient(string description) => new(401, "invalid_client", description);

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = Status;
        return httpContext.Response.WriteAsJsonAsync(new Dictionary<string, string> { ["error"] = Error, ["error_description"] = Description });
    }
}
