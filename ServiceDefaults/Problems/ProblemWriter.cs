using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Soc.ServiceDefaults;

/// <summary>
/// Writes every problem document of the process, whoever made it, so that each has a code, none has a trace id (two refusals of the same kind are equal
/// to the byte) and the Accept header cannot turn it into an empty answer.
/// </summary>
internal sealed class ProblemWriter : IProblemDetailsWriter
{
    private const string RetryAfterSeconds = "2";

    public bool CanWrite(ProblemDetailsContext context) => true;

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var (response, document) = (context.HttpContext.Response, context.ProblemDetails);
        if (!document.Extensions.ContainsKey("code"))
        {
            var problem = document is HttpValidationProblemDetails
                ? PlatformProblems.Invalid
                : PlatformProblems.For(document.Status ?? response.StatusCode);
            (document.Type, document.Title, document.Detail, document.Status) = (problem.Type, problem.Title, problem.Detail, problem.Status);
            document.Extensions["code"] = problem.Code;
        }

        if (document is HttpValidationProblemDetails invalid)
        {
            invalid.Errors = invalid.Errors.ToDictionary(error => AsWritten(error.Key), error => error.Value.Select(message => AsWritten(error.Key, message)).ToArray());
        }

        document.Instance = null;
        document.Extensions.Remove("traceId");
        response.StatusCode = document.Status ?? response.StatusCode;
        response.Headers.CacheControl = "no-store";
        if (response.StatusCode is 502 or 503 or 504 && response.Headers.RetryAfter.Count == 0)
        {
            response.Headers.RetryAfter = RetryAfterSeconds;
        }

        await response.WriteAsJsonAsync(
            document, document.GetType(), options: null, contentType: "application/problem+json", context.HttpContext.RequestAborted);
    }

    /// <summary>The path of a member in the letters that JSON has it in.</summary>
    private static string AsWritten(string path) => string.Join('.', path.Split('.').Select(JsonNamingPolicy.CamelCase.ConvertName));

    /// <summary>A message about a member with the member's name in them too.</summary>
    private static string AsWritten(string path, string message)
    {
        var name = path.Split('.')[^1].Split('[')[0];
        return name.Length == 0 ? message : Regex.Replace(message, $@"\b{Regex.Escape(name)}\b", JsonNamingPolicy.CamelCase.ConvertName(name));
    }
}
