using Microsoft.AspNetCore.Http;

namespace Soc.ServiceDefaults;

/// <summary>An expected failure: one of the closed list that a service names, answered as an RFC 9457 problem document.</summary>
/// <param name="Code">Stable and machine-readable, such as <c>organisation.not-found</c>. Clients may branch on it.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Title">The same for every occurrence; never holds input.</param>
/// <param name="Detail">A sentence that helps the caller to put it right; never holds input on referral routes.</param>
public sealed record Problem(string Code, int Status, string Title, string Detail)
{
    /// <summary>The document's <c>type</c>: a name for this kind of problem, not an address.</summary>
    public string Type => $"urn:soc:problem:{Code}";

    /// <summary>What is wrong with each member of the body, where more can be said than <see cref="Detail"/> does: its path, and sentences as helpful.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>The answer to send: <c>application/problem+json</c> with the code as extension <c>code</c>.</summary>
    public IResult ToResult()
    {
        var extensions = new Dictionary<string, object?> { ["code"] = Code };
        if (Errors is not null)
        {
            extensions["errors"] = Errors;
        }

        return Results.Problem(type: Type, title: Title, detail: Detail, statusCode: Status, extensions: extensions);
    }
}
