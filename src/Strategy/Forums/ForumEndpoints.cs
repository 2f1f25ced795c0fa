using Microsoft.EntityFrameworkCore;
using Soc.Contracts;
using Soc.ServiceDefaults;
using Soc.Strategy.Data;

namespace Soc.Strategy.Forums;

internal sealed record ForumList(IEnumerable<ForumView> Forums);

/// <summary>A forum as a reader sees it. How many take part in it is told to those who own the strategy alone: a number tells of others.</summary>
internal sealed record ForumView(Guid Id, string Kind, string Name, IReadOnlyList<string> Area, DateOnly From, DateOnly? Until, int? Members)
{
    public static ForumView Of(Forum forum, Caller caller) => new(
        forum.Id, forum.Kind, forum.Name, forum.Area, forum.From, forum.Until, caller.Scopes.Contains(Scopes.StrategyOwn) ? forum.Members : null);
}

internal static class ForumEndpoints
{
    public static void MapForums(this WebApplication app) => app.MapGet("/strategy/v1/forums", ListAsync).RequireAuthorization(Scopes.StrategyRead);

    private static async Task<IResult> ListAsync(Caller caller, StrategyDb db, CancellationToken cancellation) => TypedResults.Ok(new ForumList(
        (await db.Forums.AsNoTracking().OrderBy(forum => forum.Name).ThenBy(forum => forum.Id).ToListAsync(cancellation)).Select(forum => ForumView.Of(forum, caller))));
}
