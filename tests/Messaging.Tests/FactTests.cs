using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Soc.Messaging.Worker;
using Soc.TestKit;

namespace Soc.Messaging.Tests;

public sealed class FactTests
{
    private const string Counted = "soc.ledger.entry.counted.v1";

    [Fact]
    public async Task A_fact_carries_nothing_that_links_it_to_its_case()
    {
        await using var bed = await LedgerBed.CreateAsync();
        using var source = new ActivitySource("test");
        using var listener = new ActivityListener
        {
            ShouldListenTo = from => from.Name is "test" or "Soc.Messaging" or "MassTransit",
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        await bed.Wire.TapAsync("tap", Counted);
        var app = await bed.StartAsync();
        string trace;
        using (var command = source.StartActivity("command")!)
        {
            trace = command.TraceId.ToHexString();
            await using var scope = app.Services.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<LedgerDb>();
            db.PublishFact(new EntryCounted(Guid.NewGuid(), "2026-W47"));
            await Ledger.WriteAsync(db, "the case");
        }

        await Eventually.TrueAsync(async () => await bed.EffectsAsync() == 2, "case and fact have arrived");
        var (envelope, properties) = (await bed.Wire.NextAsync("tap"))!.Value;
        var headers = envelope["headers"]!.AsObject();
        Assert.DoesNotContain(trace, envelope.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain(trace, string.Join(' ', properties.Headers!.Values.Select(value => value is byte[] text ? System.Text.Encoding.UTF8.GetString(text) : value?.ToString())), StringComparison.Ordinal);
        Assert.False(headers.ContainsKey("soc-aggregate-id"));
        Assert.False(headers.ContainsKey("soc-aggregate-version"));
        Assert.Null(envelope["correlationId"]);
        Assert.Null(envelope["initiatorId"]);
        Assert.Equal(4, Guid.Parse((string)envelope["messageId"]!).Version);
        var occurred = DateTimeOffset.Parse((string)headers["soc-occurred-at"]!, CultureInfo.InvariantCulture);
        Assert.Equal((0, 0), (occurred.Minute, occurred.Second));
    }

    [Fact]
    public async Task Facts_leave_at_random_moments_within_the_window_and_not_in_the_order_of_their_cases()
    {
        await using var bed = await LedgerBed.CreateAsync(new() { ["Messaging:FactWindow"] = "1.00:00:00" });
        var app = await bed.StartAsync();
        await using (var scope = app.Services.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<LedgerDb>();
            for (var fact = 0; fact < 300; fact++)
            {
                db.PublishFact(new EntryCounted(Guid.NewGuid(), fact.ToString(CultureInfo.InvariantCulture)));
            }

            await db.SaveChangesAsync();
        }

        Assert.InRange(await bed.ScalarAsync<double>("select extract(epoch from max(hold_back))::float8 from outbox_message"), 80_000, 86_400);
        Assert.InRange(await bed.ScalarAsync<double>("select extract(epoch from avg(hold_back))::float8 from outbox_message"), 35_000, 52_000);
        await LedgerBed.WriteAsync(app, "an event is not held back by them");
        await Eventually.TrueAsync(async () => await bed.EffectsAsync() >= 1, "the event");
        Assert.InRange(await bed.PendingAsync(), 290, 300);

        // All have become due during an outage: the order in which they leave is still not theirs.
        await bed.Wire.TapAsync("tap", Counted);
        await bed.ExecuteAsync("update outbox_message set hold_back = interval '0'");
        await Eventually.TrueAsync(async () => await bed.Wire.ReadyAsync("tap") >= 290, "all on the wire");
        var order = new List<int>();
        while (await bed.Wire.NextAsync("tap") is var (envelope, _) && envelope is not null)
        {
            order.Add(int.Parse((string)envelope["message"]!["week"]!, CultureInfo.InvariantCulture));
        }

        var ascending = order.Zip(order.Skip(1)).Count(pair => pair.First < pair.Second);
        Assert.InRange(ascending, order.Count * 0.35, order.Count * 0.65);
    }
    [Fact]
    public async Task Facts_without_end_do_not_keep_events_from_leaving()
    {
        await using var bed = await LedgerBed.CreateAsync(new() { ["Messaging:Batch"] = "1" });
        await bed.ExecuteAsync($$"""
            insert into outbox_message (message_id, message_type, schema_version, body) select gen_random_uuid(), '{{Counted}}', 1, '{}' from generate_series(1, 3000);
            insert into outbox_message (message_id, message_type, schema_version, body) values (gen_random_uuid(), '{{RawBroker.Written}}', 1, '{}');
            """);
        await bed.StartAsync(consumes: false);
        await Eventually.TrueAsync(async () => await bed.ScalarAsync<long>($"select count(*) from outbox_message where message_type = '{RawBroker.Written}'") == 0, "the event left");
        Assert.InRange(await bed.PendingAsync(), 1, 3000);
    }
}
