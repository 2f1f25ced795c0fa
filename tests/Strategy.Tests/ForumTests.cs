using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text.Json;
using MassTransit;
using Soc.Contracts;
using Soc.Contracts.Partners;
using Soc.TestKit;

namespace Soc.Strategy.Tests;

/// <summary>The forums that Partners tells of, and the developments that rest on them.</summary>
public sealed class ForumTests(StrategyApi api) : IClassFixture<StrategyApi>
{
    private const string Forums = "/strategy/v1/forums";
    private static readonly DateOnly First = new(2026, 1, 1);

    [Fact]
    public async Task A_forum_that_Partners_tells_of_can_be_named_by_a_development_and_is_shown_with_its_strategy()
    {
        var forum = Guid.CreateVersion7();
        await PublishAsync(
            forum, new ForumCreated(forum, "sector-forum", "Example Harbour Forum", ["ENG-SE"], First, null),
            new ForumMemberJoined(forum, Guid.CreateVersion7(), "chair", First), new ForumMemberJoined(forum, Guid.CreateVersion7(), "member", First),
            new ForumMemberLeft(forum, Guid.CreateVersion7(), First), new ForumClosed(forum, new(2026, 12, 31)));
        await Eventually.TrueAsync(async () => (await FindAsync(api.Owner, forum)) is { } known && known.GetProperty("until").GetString() == "2026-12-31", "the forum's events are applied");
        var (path, etag) = await api.PublishedAsync();

        await StrategyApi.RefusedAsync(422, "development.forum-unknown", RecordAsync(path, etag, Guid.CreateVersion7()));
        using var recorded = await RecordAsync(path, etag, forum);

        Assert.Equal(HttpStatusCode.Created, recorded.StatusCode);
        var strategy = await StrategyApi.ReadAsync(api.Reader, path);
        Assert.Equal(forum, strategy.GetProperty("developments")[0].GetProperty("forum").GetGuid());
        Assert.Equal("Example Harbour Forum", strategy.GetProperty("forums")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task How_many_take_part_is_told_to_the_owners_of_the_strategy_alone()
    {
        var forum = Guid.CreateVersion7();
        await PublishAsync(
            forum, new ForumCreated(forum, "sector-forum", "Example Counted Forum", [], First, null), new ForumMemberJoined(forum, Guid.CreateVersion7(), "chair", First));
        await Eventually.TrueAsync(async () => (await FindAsync(api.Owner, forum)) is { } known && known.GetProperty("members").GetInt32() == 1, "the member is counted");

        Assert.Equal(JsonValueKind.Null, (await FindAsync(api.Reader, forum))!.Value.GetProperty("members").ValueKind);
        using var refused = await StrategyApi.GetAsync(api.Other, Forums);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    private Task<HttpResponseMessage> RecordAsync(string path, string etag, Guid forum) => StrategyApi.SendAsync(
        api.Owner, path + "/developments", new { kind = "forum", title = "A forum", mappedBy = "platform", objectives = new[] { 2 }, forum }, etag);

    private static async Task<JsonElement?> FindAsync(HttpClient reader, Guid forum) => (await StrategyApi.ReadAsync(reader, Forums)).GetProperty("forums").EnumerateArray()
        .Where(each => each.GetProperty("id").GetGuid() == forum).Select(each => (JsonElement?)each).SingleOrDefault();

    /// <summary>Puts the events of a forum on the broker as Partners' outbox does.</summary>
    private async Task PublishAsync(Guid forum, params object[] events)
    {
        var (broker, user) = (api.Host.Broker, api.Host.Broker.UserInfo.Split(':'));
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.Host(broker.Host, (ushort)broker.Port, broker.AbsolutePath.Trim('/'), host =>
            {
                host.Username(user[0]);
                host.Password(user[1]);
            });
            rabbit.MessageTopology.SetEntityNameFormatter(new ContractNames());
        });
        await bus.StartAsync();
        foreach (var (sent, version) in events.Select((sent, index) => (sent, index + 1)))
        {
            await bus.Publish(sent, sent.GetType(), context =>
            {
                context.MessageId = Guid.CreateVersion7();
                context.Headers.Set("soc-type", ContractNames.NameOf(sent.GetType()));
                context.Headers.Set("soc-aggregate-id", forum.ToString());
                context.Headers.Set("soc-aggregate-version", version.ToString(CultureInfo.InvariantCulture));
            });
        }

        await bus.StopAsync();
    }

    private sealed class ContractNames : IEntityNameFormatter
    {
        public static string NameOf(Type type) => type.GetCustomAttribute<EventAttribute>()!.Type;

        public string FormatEntityName<T>() => typeof(T).GetCustomAttribute<EventAttribute>()?.Type ?? typeof(T).FullName!;
    }
}
