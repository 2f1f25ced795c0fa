using MassTransit;
using Soc.Contracts.Partners;
using Soc.Strategy.Data;

namespace Soc.Strategy.Forums;

internal sealed class ForumCreatedConsumer(StrategyDb db) : IConsumer<ForumCreated>
{
    public Task Consume(ConsumeContext<ForumCreated> context)
    {
        db.Forums.Add(Forum.Of(context.Message));
        return Task.CompletedTask;
    }
}

internal sealed class ForumMemberJoinedConsumer(StrategyDb db) : IConsumer<ForumMemberJoined>
{
    public async Task Consume(ConsumeContext<ForumMemberJoined> context) =>
        (await db.KnownForumAsync(context.Message.ForumId, context.CancellationToken)).Joined();
}

internal sealed class ForumMemberLeftConsumer(StrategyDb db) : IConsumer<ForumMemberLeft>
{
    public async Task Consume(ConsumeContext<ForumMemberLeft> context) =>
        (await db.KnownForumAsync(context.Message.ForumId, context.CancellationToken)).Left();
}

internal sealed class ForumClosedConsumer(StrategyDb db) : IConsumer<ForumClosed>
{
    public async Task Consume(ConsumeContext<ForumClosed> context) =>
        (await db.KnownForumAsync(context.Message.ForumId, context.CancellationToken)).Closed(context.Message.Until);
}

internal static class KnownForums
{
    /// <summary>The events of a forum come in the order of its versions, so its creation has come before.</summary>
    public static async Task<Forum> KnownForumAsync(this StrategyDb db, Guid id, CancellationToken cancellation) =>
        await db.Forums.FindAsync([id], cancellation) ?? throw new InvalidOperationException($"Forum {id} changed before it was created.");
}
