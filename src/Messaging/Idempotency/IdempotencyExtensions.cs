using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Soc.ServiceDefaults;

namespace Soc.Messaging.Idempotency;

/// <summary>Creating requests that may be repeated safely.</summary>
public static class IdempotencyExtensions
{
    /// <summary>
    /// Requires an Idempotency-Key and runs the handler once per client and key: in one transaction with its effect, the answer is kept for
    /// 24 hours and given again with <c>Idempotent-Replayed: true</c>. The handler saves and does not begin a transaction of its own. Anything but
    /// a 2xx answer takes its effects back and keeps nothing. 400 without a usable key, 422 when the key came with another request, 409 while the
    /// first is still being worked on.
    /// </summary>
    /// <typeparam name="TDb">The DbContext that the handler saves with.</typeparam>
    /// <param name="endpoint">The creating endpoint; it must require authorisation, because keys belong to a client.</param>
    /// <returns>The same endpoint.</returns>
    public static RouteHandlerBuilder RequireIdempotencyKey<TDb>(this RouteHandlerBuilder endpoint)
        where TDb : DbContext
    {
        ArgumentNullException.ThrowIfNull(endpoint);

        // Around the whole delegate and not as an endpoint filter: filters run after the body was bound, and the key belongs to the body as it was sent.
        endpoint.Add(route =>
        {
            var handler = route.RequestDelegate ?? throw new InvalidOperationException("The endpoint has no handler.");
            route.RequestDelegate = context => new IdempotentRequest<TDb>(context).RunAsync(handler);
        });
        return endpoint.WithMetadata(new IdempotencyKeyRequired());
    }
}

/// <summary>Marks an endpoint that requires the header Idempotency-Key: for descriptions of the interface, and tests that look for what lacks it.</summary>
public sealed class IdempotencyKeyRequired
{
    /// <summary>The header's name.</summary>
    public const string Header = "Idempotency-Key";
}

/// <summary>How requests with a key are refused.</summary>
internal static class IdempotencyProblems
{
    public static readonly Problem KeyRequired = new("idempotency.key-required", StatusCodes.Status400BadRequest,
        "An Idempotency-Key is required", "Send a new random value of 16 to 128 visible ASCII characters, such as a UUID, and the same one when you repeat the request.");

    public static readonly Problem InProgress = new("idempotency.in-progress", StatusCodes.Status409Conflict,
        "The request is being worked on", "A request with this Idempotency-Key is under way. Repeat it after the time in Retry-After to get its answer.");

    public static readonly Problem KeyReused = new("idempotency.key-reused", StatusCodes.Status422UnprocessableEntity,
        "The Idempotency-Key belongs to another request", "This key came with another body or path within the last 24 hours. Use a new key for a new request.");
}
