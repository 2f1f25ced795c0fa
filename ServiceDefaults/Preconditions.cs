using Microsoft.AspNetCore.Http;

namespace Soc.ServiceDefaults;

/// <summary>Strong entity tags over the version of an aggregate, and the If-Match that every change must carry.</summary>
public static class Preconditions
{
    /// <summary>428: the change came without If-Match.</summary>
    public static readonly Problem Required = new("precondition.required", StatusCodes.Status428PreconditionRequired,
        "If-Match is required", "Read the resource first and send its ETag as If-Match, so that no other change is overwritten.");

    /// <summary>412: the resource has changed since it was read.</summary>
    public static readonly Problem Failed = new("precondition.failed", StatusCodes.Status412PreconditionFailed,
        "The resource has changed", "Read the resource again, look at what changed, and repeat the request with the new ETag.");

    /// <summary>Sets the ETag of the answer.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="version">The aggregate's version.</param>
    public static void SetETag(this HttpResponse response, long version)
    {
        ArgumentNullException.ThrowIfNull(response);
        response.Headers.ETag = $"\"{version}\"";
    }

    /// <summary>Compares If-Match with the version at hand.</summary>
    /// <param name="request">The request.</param>
    /// <param name="version">The aggregate's version as loaded.</param>
    /// <returns>Null when the change may go on, else <see cref="Required"/> or <see cref="Failed"/>.</returns>
    public static Problem? Check(HttpRequest request, long version)
    {
        ArgumentNullException.ThrowIfNull(request);
        var header = request.Headers.IfMatch;
        return header.Count == 0 ? Required : header == $"\"{version}\"" ? null : Failed;
    }
}
