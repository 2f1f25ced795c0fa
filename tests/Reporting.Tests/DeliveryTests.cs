using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Soc.Contracts.Partners;
using Soc.Contracts.Referrals;
using Soc.TestKit;

namespace Soc.Reporting.Tests;

/// <summary>A service that has consumed events of every kind, in order.</summary>
public sealed class ConsumedInOrder : IAsyncLifetime
{
    internal static readonly Guid Organisation = Guid.CreateVersion7();
    private static readonly Guid Agreement = Guid.CreateVersion7();

    internal static readonly SentEvent[] Events =
    [
        .. SampleEvents.All,
        SentEvent.Of(new OrganisationRegistered(Organisation, "voluntary"), Organisation, 1),
        SentEvent.Of(new OrganisationChanged(Organisation, "approved"), Organisation, 2),
        SentEvent.Of(new OrganisationChanged(Organisation, "live"), Organisation, 3),
        SentEvent.Of(new OrganisationSuspended(Organisation, DateTimeOffset.UnixEpoch), Organisation, 4),
        SentEvent.Of(new OrganisationReinstated(Organisation, "live"), Organisation, 5),
        SentEvent.Of(new AgreementActivated(Agreement, [Organisation], ["referral"], new DateOnly(2027, 1, 1)), Agreement, 1),
        .. Enumerable.Range(0, 12).Select(_ => SentEvent.Fact(new ReferralSubmitted(Guid.NewGuid(), "ENG-NW", "urgent", "2026-W47"))),
        SentEvent.Fact(new ReferralDecided(Guid.NewGuid(), "ENG-NW", "accepted", "2026-W01")),
    ];

    internal ReportingApi Api { get; private set; } = null!;

    /// <summary>The dataset's hash right after.</summary>
    internal string Hash { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        Api = await ReportingApi.StartAsync();
        await Api.ConsumeAsync(Events, Events.Length);
        Hash = (await Api.RebuildAsync()).Before;
    }

    public ValueTask DisposeAsync() => Api.DisposeAsync();
}

/// <summary>Whatever the transport does to the events, the read models say the same; and they can be made again from the log.</summary>
public sealed class DeliveryTests(ConsumedInOrder consumed) : IClassFixture<ConsumedInOrder>
{
    private static SentEvent[] Events => ConsumedInOrder.Events;

    private ReportingApi Api => consumed.Api;

    [Fact]
    public async Task Events_out_of_order_and_delivered_twice_give_the_same_read_models()
    {
        await using var shuffled = await ReportingApi.StartAsync();
        SentEvent[] disorder = [.. Events, .. Events];
        new Random(20141).Shuffle(disorder);
        await shuffled.ConsumeAsync(disorder, Events.Length);

        var (actual, rebuilt) = await shuffled.RebuildAsync();
        Assert.Equal(consumed.Hash, actual);
        Assert.Equal(consumed.Hash, rebuilt);
    }

    [Fact]
    public async Task An_event_that_comes_again_later_is_recognised()
    {
        var logged = await Api.LoggedAsync();
        var (before, _) = await Api.RebuildAsync();
        var repeated = 0L;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Name == "inbox.duplicates" && instrument.Meter.Scope == Api.Host.Services.GetRequiredService<IMeterFactory>())
            {
                listening.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref repeated, count));
        listener.Start();
        await Api.PublishAsync(Events);
        await Eventually.TrueAsync(() => Task.FromResult(Interlocked.Read(ref repeated) >= Events.Length), "every repetition is recognised");
        Assert.Equal(logged, await Api.LoggedAsync());
        Assert.Equal(before, (await Api.RebuildAsync()).Before);
    }

    [Fact]
    public async Task Damaged_read_models_are_made_again_from_the_log()
    {
        var (_, page) = await Api.GetAsync("/reports/annual/2014");
        var (expected, _) = await Api.RebuildAsync();
        await ReportingApi.ExecuteAsync(
            Api.Host.OwnerConnectionString,
            "delete from development where version > 5; delete from strategy; update partner set status = 'lost'; update referral_count set count = count + 7");
        var (damaged, rebuilt) = await Api.RebuildAsync();
        Assert.NotEqual(expected, damaged);
        Assert.Equal(expected, rebuilt);
        Assert.Equal(page, (await Api.GetAsync("/reports/annual/2014")).Body);

        var next = SentEvent.Of(new OrganisationSuspended(ConsumedInOrder.Organisation, DateTimeOffset.UnixEpoch), ConsumedInOrder.Organisation, 6);
        await Api.ConsumeAsync([next], 1);
        var (live, again) = await Api.RebuildAsync();
        Assert.NotEqual(expected, live);
        Assert.Equal(live, again);
    }

    [Theory]
    [InlineData("update event_log set body = '{}'")]
    [InlineData("delete from event_log")]
    [InlineData("truncate event_log")]
    [InlineData("update fact_log set type = 'x'")]
    [InlineData("delete from fact_log")]
    public async Task Nobody_changes_the_log_not_even_its_owner(string statement)
    {
        var logged = await Api.LoggedAsync();
        foreach (var connection in new[] { Api.Host.ServiceConnectionString, Api.Host.OwnerConnectionString })
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => ReportingApi.ExecuteAsync(connection, statement));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }

        Assert.Equal(logged, await Api.LoggedAsync());
    }
}
