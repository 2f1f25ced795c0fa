using System.Diagnostics.Metrics;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Soc.TestKit;

namespace Soc.Messaging.Tests;

public sealed class MetricsTests
{
    [Fact]
    public async Task The_bus_tells_its_makers_nothing_about_its_use()
    {
        await using var bed = await LedgerBed.CreateAsync();
        await using var app = bed.Build();

        Assert.False(app.Services.GetRequiredService<IOptions<UsageTelemetryOptions>>().Value.Enabled);
    }

    [Fact]
    public async Task Depth_age_and_rates_can_be_seen()
    {
        await using var bed = await LedgerBed.CreateAsync(new() { ["Messaging:Housekeeping"] = "00:00:00.2" });
        await using var idle = bed.Build();
        using var counts = new Counts(idle.Services.GetRequiredService<IMeterFactory>());
        var app = await bed.StartAsync();
        using var live = new Counts(app.Services.GetRequiredService<IMeterFactory>());
        await LedgerBed.WriteAsync(app, "measured");
        await Eventually.TrueAsync(() => Task.FromResult(live["outbox.settled"] == 1), "it is settled");

        Assert.Equal(
            [
                "db.oldest_xmin.age", "inbox.duplicates", "inbox.too_old", "outbox.attempts", "outbox.claimed", "outbox.commit_to_confirm", "outbox.dead_tuples",
                "outbox.lease.lost", "outbox.oldest.age", "outbox.pending", "outbox.publish.timeouts", "outbox.published", "outbox.settled", "parked.count",
                "parked.messages", "parked.oldest.age", "unrouted.count",
            ],
            live.All.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((1, 1, 1), (live["outbox.claimed"], live["outbox.published"], live["outbox.attempts"]));
        Assert.InRange(live["outbox.commit_to_confirm"], 0, 30);

        // A row that cannot leave yet counts as pending and not as late; one that could leave is late.
        await bed.ExecuteAsync("""
            insert into outbox_message (message_id, message_type, schema_version, body, hold_back) values (gen_random_uuid(), 'soc.ledger.entry.counted.v1', 1, '{}', interval '1 day');
            insert into outbox_message (message_id, message_type, schema_version, body, available_at, locked_until)
            values (gen_random_uuid(), 'soc.ledger.entry.written.v1', 1, '{}', clock_timestamp() - interval '1 minute', clock_timestamp() + interval '1 day');
            """);
        await Eventually.TrueAsync(() => Task.FromResult(live["outbox.pending"] == 2 && live["outbox.oldest.age"] is > 50 and < 3600), "depth and age");
    }
}
