using Microsoft.Extensions.DependencyInjection;
using Soc.Partners.Webhooks;
using static Soc.Partners.Tests.WebhookJourney;

namespace Soc.Partners.Tests;

/// <summary>Workers that look at the same time, as those of several replicas do. Their webhook is known to this test's workers alone.</summary>
public sealed class WebhookWorkerTests(IdleWorker idle) : IClassFixture<IdleWorker>
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task What_many_workers_claim_at_once_is_claimed_by_one_each_and_no_more_than_its_webhook_may_have_under_way()
    {
        await using var bed = await BedAsync(deliveries: 60);

        var claims = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Store.ClaimAsync(5, 100, Long, Token)));
        var claimed = claims.SelectMany(claim => claim).ToList();
        Assert.Equal(40, claimed.Count);
        Assert.Equal(40, claimed.Select(delivery => delivery.EventId).Distinct().Count());

        Assert.Equal(2, (await Store.ClaimAsync(100, 42, Long, Token)).Count);
        Assert.Empty(await Store.ClaimAsync(100, 42, Long, Token));
    }

    [Fact]
    public async Task A_lease_that_has_run_out_is_claimed_again_and_the_late_worker_changes_nothing()
    {
        await using var bed = await BedAsync(deliveries: 1);
        var late = Assert.Single(await Store.ClaimAsync(10, 10, Long, Token));
        Assert.Empty(await Store.ClaimAsync(10, 10, Long, Token));
        await bed.ExpireAsync();
        var next = Assert.Single(await Store.ClaimAsync(10, 10, Long, Token));
        Assert.Equal(late.EventId, next.EventId);

        Assert.Equal(1, await Store.SettleAsync([Delivered(late)], Token));
        Assert.Equal(["Pending"], await bed.StatusesAsync());
        Assert.Equal(0, await Store.SettleAsync([Delivered(next)], Token));
        Assert.Equal(["Delivered"], await bed.StatusesAsync());
    }

    [Fact]
    public async Task After_several_failures_in_a_row_a_webhook_gets_one_call_at_a_time_until_one_succeeds()
    {
        await using var bed = await BedAsync(deliveries: 20);
        var failed = await Store.ClaimAsync(4, 10, Long, Token);
        await Store.SettleAsync([.. failed.Select(delivery => Failed(delivery))], Token);

        var probe = Assert.Single(await Store.ClaimAsync(10, 10, Long, Token));
        await Store.SettleAsync([Delivered(probe)], Token);

        Assert.Equal(10, (await Store.ClaimAsync(10, 10, Long, Token)).Count);
    }

    [Fact]
    public async Task A_webhook_that_is_slow_to_answer_leaves_calls_for_the_others()
    {
        await using var slow = await BedAsync(deliveries: 100);
        await using var other = await BedAsync(deliveries: 1);

        var claimed = await Store.ClaimAsync(20, 10, Long, Token);

        Assert.Equal(11, claimed.Count);
        Assert.Single(claimed, delivery => delivery.Webhook == other.Webhook);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static SettledDelivery Delivered(ClaimedDelivery delivery) =>
        new(delivery, new SendOutcome(DateTimeOffset.UtcNow, TimeSpan.Zero, System.Net.HttpStatusCode.OK, null, null), DeliveryStatus.Delivered, TimeSpan.Zero);

    private static SettledDelivery Failed(ClaimedDelivery delivery) =>
        new(delivery, new SendOutcome(DateTimeOffset.UtcNow, TimeSpan.Zero, null, DeliveryErrors.Timeout, null), DeliveryStatus.Pending, Long);

    private DeliveryStore Store => idle.Service.Host.Services.GetRequiredService<DeliveryStore>();

    private async Task<Bed> BedAsync(int deliveries)
    {
        using var webhook = await idle.Service.WebhookAsync(await idle.Service.ApprovedAsync(), new Uri("https://partner.example/"), AgreementActivated);
        var bed = new Bed(idle.Service, Guid.Parse(webhook.Path.Split('/')[^1]));
        await idle.Service.QueryAsync("update webhook set status = 'Active' where id = $1", bed.Webhook);
        await idle.Service.QueryAsync(
            """
            insert into webhook_delivery (webhook_id, event_id, event_type, by_agreement, body, status, attempts, step)
            select $1, gen_random_uuid(), 'soc.partners.isa.activated.v1', false, '', 'Pending', 0, 0 from generate_series(1, $2)
            """, bed.Webhook, deliveries);
        return bed;
    }

    /// <summary>An active webhook with deliveries that are due.</summary>
    private sealed record Bed(PartnersService Service, Guid Webhook) : IAsyncDisposable
    {
        public Task<List<string>> ExpireAsync() => Service.QueryAsync("update webhook_delivery set locked_until = now() - interval '1 second' where webhook_id = $1", Webhook);

        public Task<List<string>> StatusesAsync() => Service.QueryAsync("select status from webhook_delivery where webhook_id = $1", Webhook);

        public async ValueTask DisposeAsync() => await Service.QueryAsync("update webhook set status = 'Disabled' where id = $1", Webhook);
    }
}

/// <summary>The service with a worker that looks once at its start and then not again within a test, so that only the tests' own claims are made.</summary>
public sealed class IdleWorker : IAsyncLifetime
{
    public PartnersService Service { get; } = new() { Further = new Dictionary<string, string?> { ["Webhooks:Poll"] = "01:00:00" } };

    public ValueTask InitializeAsync() => Service.InitializeAsync();

    public ValueTask DisposeAsync() => Service.DisposeAsync();
}
