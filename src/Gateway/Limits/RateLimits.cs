using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using Soc.ServiceDefaults;

namespace Soc.Gateway.Limits;

/// <summary>What one organisation, or one address without a token, may ask for.</summary>
internal sealed class RateLimit
{
    /// <summary>Requests at once after a pause.</summary>
    [Range(1, 1_000_000)]
    public int Burst { get; set; }

    /// <summary>Requests a second in the long run.</summary>
    [Range(1, 1_000_000)]
    public int PerSecond { get; set; }

    /// <summary>Requests under way at the same time.</summary>
    [Range(1, 100_000)]
    public int Concurrent { get; set; }
}

/// <summary>Configuration section <c>RateLimits</c>.</summary>
internal sealed class RateLimitSettings
{
    [ValidateObjectMembers]
    public RateLimit Organisation { get; set; } = new() { Burst = 400, PerSecond = 200, Concurrent = 100 };

    [ValidateObjectMembers]
    public RateLimit Address { get; set; } = new() { Burst = 200, PerSecond = 50, Concurrent = 50 };
}

/// <summary>
/// Limits each organisation, and each address that shows no good token, and says so in every answer: RateLimit and RateLimit-Policy in the form of
/// draft-ietf-httpapi-ratelimit-headers-10, Retry-After with a 429. Health routes are exempt.
/// </summary>
internal sealed class RateLimits(RequestDelegate next, IOptions<RateLimitSettings> settings) : IDisposable
{
    private readonly Limiter organisations = new("organisation", settings.Value.Organisation);
    private readonly Limiter addresses = new("address", settings.Value.Address);

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Path.StartsWithSegments("/health"))
        {
            await next(context);
            return;
        }

        var limiter = context.User.Identity?.IsAuthenticated == true ? organisations : addresses;
        var key = limiter == organisations ? context.User.FindFirst("org")!.Value : Network(context.Connection.RemoteIpAddress);
        using var atOnce = limiter.AtOnce.AttemptAcquire(key);
        using var rate = atOnce.IsAcquired ? limiter.Rate.AttemptAcquire(key) : null;
        var left = limiter.Rate.GetStatistics(key)?.CurrentAvailablePermits ?? 0;
        context.Response.OnStarting(Describe, (context.Response, limiter, left)); // not now: the forwarder clears the headers when it fails
        if (rate is { IsAcquired: true })
        {
            await next(context);
            return;
        }

        context.Response.Headers.RetryAfter = "1";
        await PlatformProblems.RateLimited.ToResult().ExecuteAsync(context);
    }

    private static Task Describe(object state)
    {
        var (response, limiter, left) = ((HttpResponse, Limiter, long))state;
        limiter.Describe(response.Headers, left);
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        organisations.Dispose();
        addresses.Dispose();
    }

    /// <summary>One subscriber has at least 2^64 addresses of IPv6: the network counts.</summary>
    private static string Network(IPAddress? address)
    {
        if (address is not { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false })
        {
            return (address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address)?.ToString() ?? "";
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes).ToString();
    }

    private sealed class Limiter : IDisposable
    {
        private readonly RateLimit limit;
        private readonly string name;
        private readonly string policy;

        public Limiter(string name, RateLimit limit)
        {
            (this.name, this.limit) = (name, limit);
            policy = string.Create(CultureInfo.InvariantCulture, $"\"{name}\";q={limit.Burst};w={Seconds(limit.Burst)}");
            Rate = PartitionedRateLimiter.Create<string, string>(key => RateLimitPartition.GetTokenBucketLimiter(key, _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = limit.Burst,
                TokensPerPeriod = limit.PerSecond,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                QueueLimit = 0,
                AutoReplenishment = true,
            }));
            AtOnce = PartitionedRateLimiter.Create<string, string>(key => RateLimitPartition.GetConcurrencyLimiter(
                key, _ => new ConcurrencyLimiterOptions { PermitLimit = limit.Concurrent, QueueLimit = 0 }));
        }

        public PartitionedRateLimiter<string> Rate { get; }

        public PartitionedRateLimiter<string> AtOnce { get; }

        /// <summary>q: the quota; w: in how many seconds it is whole again; r: what is left; t: seconds until it is whole.</summary>
        public void Describe(IHeaderDictionary headers, long left)
        {
            headers["RateLimit-Policy"] = policy;
            headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture, $"\"{name}\";r={left};t={Seconds(limit.Burst - left)}");
        }

        public void Dispose()
        {
            Rate.Dispose();
            AtOnce.Dispose();
        }

        private long Seconds(long requests) => (requests + limit.PerSecond - 1) / limit.PerSecond;
    }
}

internal static class RateLimitExtensions
{
    public static void AddRateLimits(this WebApplicationBuilder builder) => builder.Services.AddOptions<RateLimitSettings>()
        .BindConfiguration("RateLimits").ValidateDataAnnotations().ValidateOnStart();
}
