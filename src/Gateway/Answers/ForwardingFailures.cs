using Yarp.ReverseProxy.Forwarder;

namespace Soc.Gateway.Answers;

/// <summary>
/// Says what a failed exchange means for the caller: a service that was never reached is 503 (nothing was done), one that broke off is the forwarder's 502
/// (it may have been done), and a request that the server would not read to its end is the server's own refusal, such as 413. The problem document is
/// written by the defaults, as for every status without a body.
/// </summary>
internal sealed partial class ForwardingFailures(RequestDelegate next, ILogger<ForwardingFailures> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        await next(context);
        if (context.GetForwarderErrorFeature() is not { } failure || context.RequestAborted.IsCancellationRequested)
        {
            return; // all is well, or the caller has gone
        }

        LogFailed(context.GetReverseProxyFeature().Route.Config.RouteId, failure.Error, failure.Exception?.GetBaseException().GetType());
        if (context.Response.HasStarted)
        {
            return;
        }

        if (Find<BadHttpRequestException>(failure.Exception) is { } refusal)
        {
            context.Response.StatusCode = refusal.StatusCode;
        }
        else if (failure.Error == ForwarderError.Request && WasNeverSent(Find<HttpRequestException>(failure.Exception)))
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
    }

    private static bool WasNeverSent(HttpRequestException? exception) => exception?.HttpRequestError
        is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError;

    private static T? Find<T>(Exception? exception)
        where T : Exception => exception switch
        {
            null => null,
            T found => found,
            AggregateException several => several.InnerExceptions.Select(Find<T>).FirstOrDefault(each => each is not null),
            _ => Find<T>(exception.InnerException),
        };

    /// <summary>In place of the forwarder's own line, which quotes the exception.</summary>
    [LoggerMessage(1, LogLevel.Warning, "Forwarding by route {Route} failed: {Error}, {Type}")]
    private partial void LogFailed(string route, ForwarderError error, Type? type);
}
