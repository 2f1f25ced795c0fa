using System.Net;
using System.Reflection;
using System.Text;
using Soc.Contracts;
using Soc.Contracts.Partners;
using Soc.Contracts.Referrals;
using Soc.Partners.Webhooks;

namespace Soc.Partners.Tests.Rules;

public sealed class WebhookRules
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 9, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Overlap = TimeSpan.FromHours(24);

    [Fact]
    public void The_signature_is_that_of_the_standards_example()
    {
        var secret = Convert.FromBase64String("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"[WebhookSignature.SecretPrefix.Length..]);

        var signature = WebhookSignature.Sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, Encoding.UTF8.GetBytes("""{"test": 2432232314}"""));

        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", signature);
    }

    [Fact]
    public void A_new_secret_is_of_a_length_that_the_standard_allows_and_never_the_same()
    {
        var (one, other) = (WebhookSignature.NewSecret(), WebhookSignature.NewSecret());

        Assert.InRange(one.Length, 24, 64);
        Assert.NotEqual(one, other);
        Assert.StartsWith("whsec_", WebhookSignature.Written(one), StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_secret_has_no_end_and_its_successor_gives_it_one()
    {
        var webhook = Registered();
        var (first, second, third) = (Secret(webhook), Secret(webhook), Secret(webhook));

        Assert.Null(webhook.AddSecret(first, Overlap, Now));
        Assert.Null(first.ExpiresAt);
        Assert.Null(webhook.AddSecret(second, Overlap, Now));
        Assert.Equal((Now + Overlap, null), (first.ExpiresAt, second.ExpiresAt));
        Assert.Equal(PartnersProblems.WebhookTwoSecrets, webhook.AddSecret(third, Overlap, Now + Overlap - TimeSpan.FromTicks(1)));
        Assert.Null(webhook.AddSecret(third, Overlap, Now + Overlap));
        Assert.Equal([second, third], webhook.Secrets);
    }

    [Fact]
    public void One_of_two_secrets_can_be_revoked_and_the_other_then_stays_without_an_end()
    {
        var webhook = Registered();
        var (first, second) = (Secret(webhook), Secret(webhook));
        webhook.AddSecret(first, Overlap, Now);
        Assert.Equal(PartnersProblems.WebhookLastSecret, webhook.RevokeSecret(first.Id, Now));
        webhook.AddSecret(second, Overlap, Now);

        Assert.Equal(PartnersProblems.WebhookSecretNotFound, webhook.RevokeSecret(Guid.NewGuid(), Now));
        Assert.Null(webhook.RevokeSecret(second.Id, Now));

        Assert.Equal([first], webhook.Secrets);
        Assert.Null(first.ExpiresAt);
    }

    [Theory]
    [InlineData("https://partner.example/hook", "Active")]
    [InlineData("https://partner.example/other", "Unverified")]
    public void Only_another_address_needs_a_new_proof(string url, string status)
    {
        var webhook = Registered();
        webhook.Activate();

        webhook.Change(url, "Another description", ["one"]);

        Assert.Equal(status, webhook.Status.ToString());
    }

    [Fact]
    public void A_webhook_is_disabled_once_and_tells_why()
    {
        var webhook = Registered();
        webhook.Activate();

        var disabled = webhook.Disable(Webhook.Gone).Event!;

        Assert.Equal((webhook.Id, webhook.OrganisationId, "gone"), (disabled.WebhookId, disabled.OrganisationId, disabled.Reason));
        Assert.Equal((1, WebhookStatus.Disabled), (webhook.EventVersion, webhook.Status));
        Assert.Equal(PartnersProblems.WebhookStatus, webhook.Disable(Webhook.OwnRequest).Refusal);
        Assert.Equal("gone", webhook.DisabledReason);
    }

    [Fact]
    public void The_schedule_goes_on_for_about_three_days()
    {
        var settings = new WebhookSettings();
        var waits = Enumerable.Range(0, 9).Select(step => Settled(step, "status", null, settings).Wait).ToList();

        Assert.InRange(waits.Aggregate(TimeSpan.Zero, (sum, wait) => sum + wait), TimeSpan.FromDays(2.8), TimeSpan.FromDays(3.5));
        Assert.All(waits.Zip(WebhookSettings.DefaultSchedule), pair => Assert.InRange(pair.First / pair.Second, 0.899, 1.101));
        Assert.Equal(DeliveryStatus.Exhausted, Settled(9, "status", null, settings).Status);
    }

    [Theory]
    [InlineData(null, 0, 4.4, 5.6)] // nothing asked: the schedule's 5 s
    [InlineData(1.0, 0, 4.4, 5.6)] // sooner than the schedule: the schedule's
    [InlineData(3600.0, 0, 3600, 3600)]
    [InlineData(-5.0, 0, 4.4, 5.6)]
    [InlineData(864000.0, 0, 86400, 86400)] // ten days: the longest that is waited
    public void Retry_After_is_respected_within_bounds(double? asked, int step, double least, double most)
    {
        var settled = Settled(step, "status", asked is { } seconds ? TimeSpan.FromSeconds(seconds) : null, new WebhookSettings());

        Assert.Equal(DeliveryStatus.Pending, settled.Status);
        Assert.InRange(settled.Wait.TotalSeconds, least, most);
    }

    [Fact]
    public void Jitter_keeps_what_failed_together_from_coming_back_together() =>
        Assert.True(Enumerable.Range(0, 20).Select(_ => Settled(1, "timeout", null, new WebhookSettings()).Wait).Distinct().Count() > 10);

    [Fact]
    public void Every_event_of_this_service_that_concerns_an_organisation_can_be_chosen_by_it() => Assert.Equal(
        typeof(EventAttribute).Assembly.GetExportedTypes().Where(type => type.Namespace == "Soc.Contracts.Partners" && type != typeof(ForumCreated) && type != typeof(ForumClosed))
            .Select(type => type.GetCustomAttribute<EventAttribute>()?.Type).OfType<string>().Append(WebhookEventTypes.NameOf<NoticeIssued>()).Order(),
        WebhookEventTypes.All.Keys.Order());

    private static SettledDelivery Settled(int step, string? error, TimeSpan? retryAfter, WebhookSettings settings)
    {
        var delivery = new ClaimedDelivery(Guid.NewGuid(), Guid.NewGuid(), "one", false, [], step, Guid.NewGuid(), new Uri("https://partner.example/"), Guid.NewGuid());
        return DeliverySchedule.Settle(delivery, new SendOutcome(Now, TimeSpan.Zero, HttpStatusCode.ServiceUnavailable, error, retryAfter), settings);
    }

    private static Webhook Registered() => Webhook.Register(Guid.NewGuid(), Guid.NewGuid(), "https://partner.example/hook", "A description", ["one"], Now);

    private static WebhookSecret Secret(Webhook webhook) => WebhookSecret.Issue(Guid.NewGuid(), webhook.Id, "key", [1], Now);
}
