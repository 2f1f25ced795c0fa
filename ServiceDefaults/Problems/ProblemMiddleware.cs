using System.Data.Common;
using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Soc.ServiceDefaults;

/// <summary>What <see cref="ProblemsExtensions.AddExceptionProblem{TException}"/> registered.</summary>
internal sealed record ExceptionProblem(Type Exception, Problem Problem);

/// <summary>
/// The outermost middleware: gives each answer its correlation id, an error status without a body its problem document, and an unexpected exception a
/// bare 500. Logs the exception's type and stack, never its message, which may hold what the caller sent.
/// </summary>
internal sealed partial class ProblemMiddleware(RequestDelegate next, IEnumerable<ExceptionProblem> known, ILogger<ProblemMiddleware> log)
{
    private const string CorrelationHeader = "X-Correlation-Id";

    private readonly ExceptionProblem[] known = [.. known];

    public async Task InvokeAsync(HttpContext context)
    {
        context.Response.OnStarting(SetCorrelation, context);
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return;
        }
#pragma warning disable CA1031 // This is the last resort: whatever it is, the caller gets a problem document.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            await AnswerAsync(context, exception);
            return;
        }

        var response = context.Response;
        if (response is { StatusCode: >= 400, HasStarted: false, ContentType: null } && response.ContentLength is null or 0)
        {
            response.ContentLength = null;
            await PlatformProblems.For(response.StatusCode).ToResult().ExecuteAsync(context);
        }
    }

    /// <summary>Null where the exception says nothing that the caller should know: a 500.</summary>
    public Problem? ProblemFor(Exception exception)
    {
        for (var at = exception; at is not null; at = at.InnerException)
        {
            if (at is BadHttpRequestException bad)
            {
                return PlatformProblems.For(bad.StatusCode);
            }

            if (Array.Find(known, each => each.Exception.IsInstanceOfType(at)) is { } match)
            {
                return match.Problem;
            }

            // The database is down, restarting, out of connections or out of space.
            if (at is DbException { IsTransient: true })
            {
                return PlatformProblems.Unavailable;
            }
        }

        return null;
    }

    private static Task SetCorrelation(object state)
    {
        var context = (HttpContext)state;
        context.Response.Headers[CorrelationHeader] = context.Features.Get<IHttpActivityFeature>()?.Activity.TraceId.ToHexString() ?? context.TraceIdentifier;
        return Task.CompletedTask;
    }

    private async Task AnswerAsync(HttpContext context, Exception exception)
    {
        var problem = ProblemFor(exception);
        if (problem is null)
        {
            LogFailed(exception.GetType(), exception.GetBaseException().GetType(), exception.StackTrace, exception.GetBaseException().StackTrace);
            problem = PlatformProblems.Failed;
        }
        else if (problem.Status >= 500)
        {
            LogUnavailable(exception.GetBaseException().GetType());
        }

        if (problem.Status >= 500)
        {
            Activity.Current?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", exception.GetType().FullName);
        }

        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.Clear();
        await problem.ToResult().ExecuteAsync(context);
    }

    [LoggerMessage(1, LogLevel.Error, "Failed with {Type}, caused by {Cause}:\n{Stack}\n{CauseStack}")]
    private partial void LogFailed(Type type, Type cause, string? stack, string? causeStack);

    [LoggerMessage(2, LogLevel.Warning, "Answered as unavailable: {Type}")]
    private partial void LogUnavailable(Type type);
}
