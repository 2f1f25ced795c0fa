using Microsoft.AspNetCore.Http;

namespace Soc.ServiceDefaults;

/// <summary>The closed list of failures that any process of the platform may answer, whatever the service. Services keep a list of their own beside it.</summary>
public static class PlatformProblems
{
    /// <summary>400: not JSON, a wrong type, a missing or unknown member, an identifier that is none.</summary>
    public static readonly Problem Malformed = new("request.malformed", StatusCodes.Status400BadRequest, "The request is malformed",
        "The request does not have the documented form. A member or parameter may be missing, unknown, repeated or of the wrong type.");

    /// <summary>400: well-formed, but a value is outside its documented bounds; <c>errors</c> names the members.</summary>
    public static readonly Problem Invalid = new("request.invalid", StatusCodes.Status400BadRequest, "The request is not valid",
        "One or more values are outside their documented bounds. See errors for the members concerned.");

    /// <summary>400: the query has a parameter that the route does not know.</summary>
    public static readonly Problem UnknownParameter = new("request.unknown-parameter", StatusCodes.Status400BadRequest, "The query has an unknown parameter",
        "Leave out what the route does not have.");

    /// <summary>401: the request has no access token.</summary>
    public static readonly Problem TokenMissing = new("access.token-missing", StatusCodes.Status401Unauthorized, "An access token is required",
        "Send an access token in the Authorization header, with the scheme Bearer.");

    /// <summary>401: the token is not one that this platform accepts. Says nothing about why.</summary>
    public static readonly Problem TokenInvalid = new("access.token-invalid", StatusCodes.Status401Unauthorized, "The access token is not accepted",
        "Get a new access token and repeat the request with it.");

    /// <summary>401: the organisation has been cut off since the token was issued.</summary>
    public static readonly Problem CutOff = new("access.cut-off", StatusCodes.Status401Unauthorized, "The access token has been cut off",
        "An agreement, a key or the access of the organisation has ended since it was issued. Ask for a new token once; if that is refused, speak to the registrar.");

    /// <summary>401: the token is bound to a client certificate (RFC 8705), and the request did not come with it.</summary>
    public static readonly Problem CertificateMissing = new("access.certificate-missing", StatusCodes.Status401Unauthorized,
        "The access token is bound to a certificate", "Connect with the client certificate that the token was issued to.");

    /// <summary>401: an internal route was called without the platform's key.</summary>
    public static readonly Problem PlatformOnly = new("access.platform-only", StatusCodes.Status401Unauthorized, "The route is internal",
        "Only processes of the platform may call this route.");

    /// <summary>403: the token is good, but was not issued for this.</summary>
    public static readonly Problem ScopeMissing = new("access.scope-missing", StatusCodes.Status403Forbidden, "The access token does not allow this",
        "Get a token with the scope that the documentation names for this operation. The organisation must hold it and have an active agreement.");

    /// <summary>503: tokens cannot be checked because the issuer's keys or the cut-offs have not been read.</summary>
    public static readonly Problem AccessUnknown = new("access.unavailable", StatusCodes.Status503ServiceUnavailable, "Access cannot be checked now",
        "Nothing was done. Repeat the request after the time in Retry-After.");

    /// <summary>404: no such route.</summary>
    public static readonly Problem RouteNotFound = new("route.not-found", StatusCodes.Status404NotFound, "There is no such route",
        "Look the path up in the documentation.");

    /// <summary>405: the route exists, not for this method; <c>Allow</c> names those it has.</summary>
    public static readonly Problem MethodNotAllowed = new("request.method-not-allowed", StatusCodes.Status405MethodNotAllowed,
        "The route does not have this method", "Use one of the methods in the Allow header.");

    /// <summary>406: none of the accepted media types can be produced.</summary>
    public static readonly Problem NotAcceptable = new("request.not-acceptable", StatusCodes.Status406NotAcceptable,
        "None of the accepted media types can be produced", "Accept one of the documented media types.");

    /// <summary>408: the request came too slowly.</summary>
    public static readonly Problem TooSlow = new("request.too-slow", StatusCodes.Status408RequestTimeout, "The request came too slowly",
        "Nothing was done. Repeat the request.");

    /// <summary>413: the body exceeds the documented size.</summary>
    public static readonly Problem TooLarge = new("request.too-large", StatusCodes.Status413PayloadTooLarge, "The request is too large",
        "Send no more than the documented number of bytes.");

    /// <summary>415: the body's media type is not one the route reads.</summary>
    public static readonly Problem UnsupportedMediaType = new("request.unsupported-media-type", StatusCodes.Status415UnsupportedMediaType,
        "The media type of the body is not supported", "Send the documented Content-Type.");

    /// <summary>429: more requests than the organisation, or the address, is allowed.</summary>
    public static readonly Problem RateLimited = new("request.rate-limited", StatusCodes.Status429TooManyRequests, "Too many requests",
        "Nothing was done. Repeat the request after the time in Retry-After. RateLimit-Policy says what is allowed.");

    /// <summary>Any other status of the 4xx range that a server library answers.</summary>
    public static readonly Problem Refused = new("request.refused", StatusCodes.Status400BadRequest, "The request is refused",
        "The request does not have the documented form.");

    /// <summary>500: a fault of ours, reported to our operators under the correlation id.</summary>
    public static readonly Problem Failed = new("service.failed", StatusCodes.Status500InternalServerError, "The service failed",
        "The fault is ours and has been recorded. Quote the X-Correlation-Id of this answer when asking about it.");

    /// <summary>502: the service behind the gateway broke off the exchange.</summary>
    public static readonly Problem Unreachable = new("service.unreachable", StatusCodes.Status502BadGateway, "The service could not be reached",
        "Repeat the request after the time in Retry-After, with the same Idempotency-Key where the operation takes one.");

    /// <summary>503: something the service needs is down; what was asked was not done, or may be asked again with the same key.</summary>
    public static readonly Problem Unavailable = new("service.unavailable", StatusCodes.Status503ServiceUnavailable, "The service is not available now",
        "Repeat the request after the time in Retry-After, with the same Idempotency-Key where the operation takes one.");

    /// <summary>504: the service behind the gateway did not answer in time.</summary>
    public static readonly Problem TimedOut = new("service.timed-out", StatusCodes.Status504GatewayTimeout, "The service did not answer in time",
        "Repeat the request after the time in Retry-After, with the same Idempotency-Key where the operation takes one.");

    /// <summary>The problem for a status that the framework or a proxied server answered without a body.</summary>
    /// <param name="status">The status, 400 or above.</param>
    /// <returns>The problem; for a status not in the list, a general one that keeps the status.</returns>
    public static Problem For(int status) => status switch
    {
        400 => Malformed,
        401 => TokenMissing,
        403 => ScopeMissing,
        404 => RouteNotFound,
        405 => MethodNotAllowed,
        406 => NotAcceptable,
        408 => TooSlow,
        413 => TooLarge,
        415 => UnsupportedMediaType,
        429 => RateLimited,
        500 => Failed,
        502 => Unreachable,
        503 => Unavailable,
        504 => TimedOut,
        < 500 => Refused with { Status = status },
        _ => Failed with { Status = status },
    };
}
