using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Soc.ServiceDefaults;

namespace Soc.Messaging.Database;

/// <summary>Answers 503 while the database does not, 412 to the second of two changes made at the same time, and 400 to a text that it cannot hold.</summary>
internal sealed class DatabaseExceptionHandler : IExceptionHandler
{
    public static readonly Problem Unavailable = new("service.unavailable", StatusCodes.Status503ServiceUnavailable,
        "The service is not available", "Nothing is known to have been changed. Repeat the request after the time in Retry-After, a creating one with the same Idempotency-Key.");

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        Problem problem;
        if (exception is DbUpdateConcurrencyException)
        {
            problem = Preconditions.Failed;
        }
        else if (DatabaseFaults.IsUnavailable(exception) || DatabaseFaults.IsContention(exception))
        {
            problem = Unavailable;
            httpContext.Response.Headers.RetryAfter = "2";
        }
        else if (exception.GetBaseException() is PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter })
        {
            problem = PlatformProblems.Malformed; // a U+0000, which no text can hold
        }
        else
        {
            return false;
        }

        await problem.ToResult().ExecuteAsync(httpContext);
        return true;
    }
}
