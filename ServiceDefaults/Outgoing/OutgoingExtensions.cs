using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace Soc.ServiceDefaults;

/// <summary>Clients for calling other processes of the platform.</summary>
public static class OutgoingExtensions
{
    /// <summary>The client for what a process reads again and again by itself (keys, cut-offs): found by name, no retries, nothing logged.</summary>
    internal const string Internal = "soc-internal";

    /// <summary>
    /// Adds a named HttpClient for a service: its address is found by configuration, each attempt may take 3 seconds and the whole call 10, GET and HEAD
    /// are tried up to four times, and after half of at least ten calls within 10 seconds failed further ones fail at once for 5 seconds.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="service">The name of the service, such as <c>partners</c>: also the client's name, and its base address is <c>http://partners</c>.</param>
    /// <returns>The client's builder.</returns>
    /// <remarks>
    /// A call that cannot be made throws <see cref="HttpRequestException"/> (<see cref="BrokenCircuitException"/> and <see cref="TimeoutRejectedException"/>
    /// are wrapped in one); an answer of 5xx is returned once the attempts are used up.
    /// </remarks>
    public static IHttpClientBuilder AddPlatformHttpClient(this IServiceCollection services, string service) => services
        .AddHttpClient(service, client => (client.BaseAddress, client.Timeout) = (new Uri($"http://{service}"), Timeout.InfiniteTimeSpan))
        .ConfigurePrimaryHttpMessageHandler(Handler)
        .AddHttpMessageHandler(provider => new ResilienceHandler(Pipeline(provider.GetRequiredService<TimeProvider>())))
        .AddHttpMessageHandler<ServiceDiscoveryHandler>()
        .RemoveAllLoggers();

    internal static void AddOutgoing(this IServiceCollection services)
    {
        services.AddSingleton<ServiceDiscovery>();
        services.AddTransient<ServiceDiscoveryHandler>();
        services.AddHttpClient(Internal)
            .ConfigurePrimaryHttpMessageHandler(Handler)
            .AddHttpMessageHandler<ServiceDiscoveryHandler>()
            .RemoveAllLoggers();
    }

    private static SocketsHttpHandler Handler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = TimeSpan.FromSeconds(2),
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        MaxConnectionsPerServer = 64,
    };

    private static ResiliencePipeline<HttpResponseMessage> Pipeline(TimeProvider time) =>
        new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
            .AddTimeout(TimeSpan.FromSeconds(10))
            .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = 3,
                Delay = TimeSpan.FromMilliseconds(100),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = arguments => ValueTask.FromResult(
                    arguments.Context.Properties.GetValue(ResilienceHandler.IsSafe, false) && IsTransient(arguments.Outcome)),
            })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<HttpResponseMessage>
            {
                FailureRatio = 0.5,
                MinimumThroughput = 10,
                SamplingDuration = TimeSpan.FromSeconds(10),
                BreakDuration = TimeSpan.FromSeconds(5),
                ShouldHandle = arguments => ValueTask.FromResult(IsTransient(arguments.Outcome)),
            })
            .AddTimeout(TimeSpan.FromSeconds(3))
            .Build();

    private static bool IsTransient(Outcome<HttpResponseMessage> outcome) => outcome switch
    {
        { Exception: HttpRequestException or TimeoutRejectedException } => true,
        { Result.StatusCode: HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout or HttpStatusCode.RequestTimeout } => true,
        _ => false,
    };
}

/// <summary>Sends through a Polly pipeline; the package that would do this is not on every feed.</summary>
internal sealed class ResilienceHandler(ResiliencePipeline<HttpResponseMessage> pipeline) : DelegatingHandler
{
    public static readonly ResiliencePropertyKey<bool> IsSafe = new("soc.safe-method");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(IsSafe, request.Method == HttpMethod.Get || request.Method == HttpMethod.Head);
        try
        {
            return await pipeline.ExecuteAsync(
                static async (context, state) => await state.Send(state.Request, context.CancellationToken), context,
                (Send: (Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>>)base.SendAsync, Request: request));
        }
        catch (Exception exception) when (exception is BrokenCircuitException or TimeoutRejectedException)
        {
            throw new HttpRequestException("The service does not answer.", exception);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }
}
