using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Soc.ServiceDefaults;

/// <summary>
/// The outermost middleware: gives each answer its correlation id, an error status without a body its problem document, and an unexpected exception a
/// bare 500, unless an <see cref="IExceptionHandler"/> knows better, such as one for a database that is down. Logs the exception's type and stack, never its
/// message, which may hold what the caller sent.
/// </summary>
internal sealed partial class ProblemMiddleware(RequestDelegate next, IEnumerable<IExceptionHandler> handlers, ILogger<ProblemMiddleware> log)
{
    private const string CorrelationHeader = "X-Correlation-Id";

    private readonly IExceptionHandler[] handlers = [.. handlers];

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

    private static Task SetCorrelation(object state)
    {
        var context = (HttpContext)state;
        context.Response.Headers[CorrelationHeader] = context.Features.Get<IHttpActivityFeature>()?.Activity.TraceId.ToHexString() ?? context.TraceIdentifier;
        return Task.CompletedTask;
    }

    private async Task AnswerAsync(HttpContext context, Exception exception)
    {
        if (context.Response.HasStarted)
        {
            Log(exception);
            context.Abort();
            return;
        }

        context.Response.Clear();
        if (exception is BadHttpRequestException refusal)
        {
            var problem = refusal.InnerException is JsonException unread ? MalformedBody.Describe(context, unread) : PlatformProblems.For(refusal.StatusCode);
            await problem.ToResult().ExecuteAsync(context);
            return;
        }

        Activity.Current?.SetTag("error.type", exception.GetType().FullName);
        foreach (var handler in handlers)
        {
            if (await handler.TryHandleAsync(context, exception, context.RequestAborted))
            {
                if (context.Response.StatusCode >= StatusCodes.Status500InternalServerError)
                {
                    LogUnavailable(exception.GetBaseException().GetType());
                }

                return;
            }
        }

        Log(exception);
        await PlatformProblems.Failed.ToResult().ExecuteAsync(context);
    }

    private void Log(Exception exception)
    {
        var cause = exception.GetBaseException();
        LogFailed(exception.GetType(), cause.GetType(), exception.StackTrace, ReferenceEquals(cause, exception) ? null : cause.StackTrace);
    }

    [LoggerMessage(1, LogLevel.Error, "Failed with {Type}, caused by {Cause}:\n{Stack}\n{CauseStack}")]
    private partial void LogFailed(Type type, Type cause, string? stack, string? causeStack);

    [LoggerMessage(2, LogLevel.Warning, "Answered as unavailable: {Type}")]
    private partial void LogUnavailable(Type type);
}
