using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Soc.Contracts;
using Soc.Contracts.Referrals;
using Soc.Partners.Attestations;
using Soc.Partners.Webhooks;
using Soc.ServiceDefaults;
using Soc.TestKit;
using static Soc.Partners.Tests.WebhookJourney;

namespace Soc.Partners.Tests;

public sealed class WebhookDeliveryTests(PartnersService service)
{
    [Fact]
    public async Task An_event_about_the_organisation_arrives_as_a_thin_CloudEvent()
    {
        var partner = await service.LiveAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        using var webhook = await service.ActiveWebhookAsync(partner.Organisation, receiver, AgreementActivated);

        var agreement = await service.HappenAsync(partner);

        await ArrivesAsync(receiver, 1);
        Assert.Equal(["replay"], await ActionsAsync(webhook));
        var call = receiver.Single(AgreementActivated);
        var told = call.Event;
        Assert.Equal("application/cloudevents+json; charset=utf-8", call.ContentType);
        Assert.Equal(call.Id, told.GetProperty("id").GetString());
        Assert.Equal(
            ["classification", "data", "datacontenttype", "dataschema", "id", "orgid", "source", "specversion", "subject", "time", "type"],
            told.EnumerateObject().Select(member => member.Name).Order());
        Assert.Equal("1.0", told.GetProperty("specversion").GetString());
        Assert.Equal("urn:soc:partners", told.GetProperty("source").GetString());
        Assert.Equal("OFFICIAL", told.GetProperty("classification").GetString());
        Assert.Equal(partner.Organisation, told.GetProperty("orgid").GetGuid());
        Assert.Equal(agreement, told.GetProperty("subject").GetGuid());
        Assert.Equal($$"""{"agreementId":"{{agreement}}"}""", told.GetProperty("data").GetRawText());
        Assert.DoesNotContain("traceparent", call.Headers.Keys);
    }

    [Fact]
    public async Task Exactly_the_webhooks_that_are_active_subscribed_and_concerned_are_told()
    {
        var (partner, stranger) = (await service.LiveAsync(), await service.LiveAsync());
        await using var receiver = await WebhookReceiver.StartAsync();
        using var one = await service.ActiveWebhookAsync(partner.Organisation, receiver, AgreementActivated);
        using var two = await service.ActiveWebhookAsync(partner.Organisation, receiver, AgreementActivated, OrganisationChanged);
        using var counterparty = await service.ActiveWebhookAsync(partner.Counterparty, receiver, AgreementActivated);
        using var unsubscribed = await service.ActiveWebhookAsync(partner.Organisation, receiver, OrganisationChanged);
        using var unverified = await service.WebhookAsync(partner.Organisation, receiver.Address, AgreementActivated);
        using var notConcerned = await service.ActiveWebhookAsync(stranger.Organisation, receiver, AgreementActivated);

        await service.HappenAsync(partner);

        await ArrivesAsync(receiver, 3);
        Assert.Equal(
            new[] { one, two, counterparty }.Select(Id).Order(),
            (await service.QueryAsync("select webhook_id from webhook_delivery where webhook_id = any($1)", new[] { one, two, counterparty, unsubscribed, unverified, notConcerned }.Select(Id).ToArray()))
                .Select(Guid.Parse).Order());

        // One organisation's webhooks know it by one id, another's by another: nobody can compare.
        var ids = receiver.Events.GroupBy(call => call.Event.GetProperty("orgid").GetGuid()).ToDictionary(group => group.Key, group => group.Select(call => call.Id).Distinct().Single());
        Assert.NotEqual(ids[partner.Organisation], ids[partner.Counterparty]);
    }

    [Fact]
    public async Task A_notice_of_Referrals_arrives_at_the_organisation_it_is_for_and_says_nothing_else()
    {
        var (partner, other) = (await service.LiveAsync(), await service.LiveAsync());
        await using var receiver = await WebhookReceiver.StartAsync();
        using var webhook = await service.ActiveWebhookAsync(partner.Organisation, receiver, Notice);
        using var others = await service.ActiveWebhookAsync(other.Organisation, receiver, Notice);
        await using var referrals = await NoticePublisher.StartAsync(service.Host.Broker);

        var notice = new NoticeIssued(partner.Organisation, Guid.NewGuid());
        var message = Guid.NewGuid();
        await referrals.PublishAsync(notice, message);
        await referrals.PublishAsync(notice, message); // the broker delivers at least once

        await ArrivesAsync(receiver, 1);
        var told = receiver.Single(Notice).Event;
        Assert.Equal("urn:soc:referrals", told.GetProperty("source").GetString());
        Assert.Equal("OFFICIAL-SENSITIVE", told.GetProperty("classification").GetString());
        Assert.Equal($$"""{"noticeId":"{{notice.NoticeId}}"}""", told.GetProperty("data").GetRawText());
        await Eventually.TrueAsync(
            async () => (await service.QueryAsync(
                "select concat_ws(' ', kind, data_category, items, agreement_id) from disclosure where organisation_id = $1", partner.Organisation))
                .SequenceEqual([$"Delivery protected-person-referrals 1 {partner.Agreement}"]),
            "it is on record as received");
        await Eventually.TrueAsync(
            async () => (await service.QueryAsync("select count(*) from inbox_message where message_id = $1", message))[0] == "1", "both copies were consumed");
        Assert.Equal(["1"], await service.QueryAsync("select count(*) from webhook_delivery where webhook_id = any($1)", new[] { Id(webhook), Id(others) }));
    }

    [Fact]
    public async Task An_agreement_that_ends_takes_exactly_the_event_types_away_that_it_covered()
    {
        var partner = await service.LiveAsync();
        await service.HappenAsync(partner); // another agreement, which goes on
        await using var receiver = await WebhookReceiver.StartAsync();
        using var webhook = await service.ActiveWebhookAsync(partner.Organisation, receiver, Notice, AgreementActivated);
        await using var referrals = await NoticePublisher.StartAsync(service.Host.Broker);
        await PausedAsync(webhook, async () =>
        {
            await referrals.PublishAsync(new NoticeIssued(partner.Organisation, Guid.NewGuid()), Guid.NewGuid());
            await service.HappenAsync(partner);
            await Eventually.TrueAsync(async () => (await LogAsync(webhook)).Count == 2, "both wait");

            // The clock cannot be turned: the day is moved instead.
            await service.QueryAsync("update agreement set review_date = $2 where id = $1", partner.Agreement, DateOnly.FromDateTime(DateTime.UtcNow).AddDays(-2));
        });

        await Eventually.TrueAsync(async () => (await DeliveriesAsync()).All(delivery => delivery.EndsWith(" Delivered", StringComparison.Ordinal) || delivery.EndsWith(" Withheld", StringComparison.Ordinal)), "both are settled");

        Assert.Equal([AgreementActivated + " Delivered", Notice + " Withheld"], (await DeliveriesAsync()).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(receiver.Events, call => call.Type == Notice);
        await referrals.PublishAsync(new NoticeIssued(partner.Organisation, Guid.NewGuid()), Guid.NewGuid());
        await service.HappenAsync(partner);
        await Eventually.TrueAsync(async () => (await DeliveriesAsync()).Count == 3, "the further agreement is told of");
        Assert.Single(await DeliveriesAsync(), delivery => delivery.StartsWith(Notice, StringComparison.Ordinal));

        // From the tables: the agreement's end, whenever the clock writes it, cuts off the token with which the log was read.
        async Task<List<string>> DeliveriesAsync() =>
            [.. await service.QueryAsync("select event_type || ' ' || status from webhook_delivery where webhook_id = $1 and event_type <> 'x'", Id(webhook))];
    }

    [Fact]
    public async Task While_the_organisation_is_suspended_nothing_is_sent_and_after_its_reinstatement_everything()
    {
        var partner = await service.LiveAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        using var webhook = await service.ActiveWebhookAsync(partner.Organisation, receiver, Notice, "soc.partners.organisation.suspended.v1", "soc.partners.organisation.reinstated.v1");
        await using var witness = await WebhookReceiver.StartAsync();
        var other = await service.LiveAsync();
        using var others = await service.ActiveWebhookAsync(other.Organisation, witness, Notice);
        await using var referrals = await NoticePublisher.StartAsync(service.Host.Broker);

        (await service.SuspendAsync(service.OfficerA, partner.Organisation)).Expect(HttpStatusCode.OK);
        var notice = new NoticeIssued(partner.Organisation, Guid.NewGuid());
        await referrals.PublishAsync(notice, Guid.NewGuid());
        await Eventually.TrueAsync(async () => (await service.QueryAsync("select count(*) from webhook_delivery where webhook_id = $1", Id(webhook)))[0] == "2", "the suspension and the notice wait");

        // What is made due later is sent to somebody else, so the worker has looked and passed these by.
        await referrals.PublishAsync(new NoticeIssued(other.Organisation, Guid.NewGuid()), Guid.NewGuid());
        await ArrivesAsync(witness, 1);
        await referrals.PublishAsync(new NoticeIssued(other.Organisation, Guid.NewGuid()), Guid.NewGuid());
        await ArrivesAsync(witness, 2);
        Assert.Empty(receiver.Events);
        (await service.ReinstateAsync(service.OfficerA, partner.Organisation)).Expect(HttpStatusCode.Forbidden, "organisation.same-officer");
        Assert.Empty(receiver.Events);

        (await service.ReinstateAsync(service.OfficerB, partner.Organisation)).Expect(HttpStatusCode.OK);

        await ArrivesAsync(receiver, 3);
        Assert.Equal(
            ["soc.partners.organisation.reinstated.v1", "soc.partners.organisation.suspended.v1", Notice],
            receiver.Events.Select(call => call.Type).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task While_an_attestation_is_owed_what_rests_on_agreements_waits_and_the_organisations_own_affairs_are_sent()
    {
        var partner = await service.LiveAsync();
        await service.DoDueWorkAsync<AttestationClock>();
        await using var receiver = await WebhookReceiver.StartAsync();
        using var webhook = await service.ActiveWebhookAsync(partner.Organisation, receiver, Notice, AgreementActivated);
        await using var referrals = await NoticePublisher.StartAsync(service.Host.Broker);
        var quarter = Quarter.Of(UkCalendar.Day(DateTimeOffset.UtcNow));
        await OwesFromAsync(quarter.FirstDay.AddMonths(-3));

        await referrals.PublishAsync(new NoticeIssued(partner.Organisation, Guid.NewGuid()), Guid.NewGuid());
        await Eventually.TrueAsync(async () => (await LogAsync(webhook)).Count == 1, "the notice waits");
        await service.HappenAsync(partner);
        await ArrivesAsync(receiver, 1);
        await service.HappenAsync(partner);
        await ArrivesAsync(receiver, 2);
        Assert.All(receiver.Events, call => Assert.Equal(AgreementActivated, call.Type));

        await OwesFromAsync(quarter.FirstDay.AddMonths(3));
        await ArrivesAsync(receiver, 3);
        receiver.Single(Notice);

        // The clock cannot be turned: the day from which it owes an attestation is moved instead.
        Task OwesFromAsync(DateOnly day) => service.QueryAsync(
            "update attestation_duty set due_from = $2, shared_until = $3 where organisation_id = $1", partner.Organisation, day, AttestationDuty.EndOfGrace(day, 28));
    }

    [Fact]
    public async Task Whoever_shares_the_register_is_told_of_counterparties_and_only_its_keepers_of_everybody()
    {
        const string Suspended = "soc.partners.organisation.suspended.v1";
        var (observer, stranger) = (await service.LiveAsync(dataCategories: ["partner-register"]), await service.LiveAsync());
        var keeper = await service.LiveAsync(scopes: [Scopes.OrganisationsRegister], dataCategories: ["partner-register"]);
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var all = await WebhookReceiver.StartAsync();
        using var webhook = await service.ActiveWebhookAsync(observer.Organisation, receiver, Suspended);
        using var keepers = await service.ActiveWebhookAsync(keeper.Organisation, all, Suspended);

        (await service.SuspendAsync(service.OfficerA, stranger.Organisation)).Expect(HttpStatusCode.OK);
        (await service.SuspendAsync(service.OfficerA, observer.Counterparty)).Expect(HttpStatusCode.OK);

        await ArrivesAsync(receiver, 1);
        Assert.Equal(observer.Counterparty, receiver.Single(Suspended).Event.GetProperty("subject").GetGuid());
        Guid[] both = [stranger.Organisation, observer.Counterparty];
        await Eventually.TrueAsync(
            () => Task.FromResult(both.All(id => all.Events.Any(call => call.Event.GetProperty("subject").GetGuid() == id))), "the keeper is told of both");
        Assert.Equal(["1"], await service.QueryAsync("select count(*) from webhook_delivery where webhook_id = $1", Id(webhook)));
    }

    [Fact]
    public async Task A_410_from_an_address_that_the_webhook_has_no_more_does_not_disable_it()
    {
        var partner = await service.LiveAsync();
        await using var old = await WebhookReceiver.StartAsync();
        await using var current = await WebhookReceiver.StartAsync();
        var (called, changed) = (new TaskCompletionSource(), new TaskCompletionSource());
        old.Answer = async (_, response) =>
        {
            called.TrySetResult();
            await changed.Task;
            response.StatusCode = 410;
        };
        using var webhook = await service.ActiveWebhookAsync(partner.Organisation, old, AgreementActivated);
        await service.HappenAsync(partner);
        await called.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        (await webhook.Developer.PutAsync(webhook.Path, WebhookTerms(current.Address, AgreementActivated), (await webhook.ReadAsync()).ETag)).Expect(HttpStatusCode.OK);
        (await webhook.DoAsync("/verification")).Expect(HttpStatusCode.OK);
        changed.SetResult();
        await Eventually.TrueAsync(async () => (await LogAsync(webhook)).Any(delivery => delivery.Errors.Contains("gone")), "the late answer is settled");
        await service.HappenAsync(partner);

        await Eventually.TrueAsync(() => Task.FromResult(current.Events.Count > 0), "the new address is told");
        Assert.Equal("active", await webhook.StatusAsync());
    }

    [Fact]
    public async Task A_webhook_that_is_deleted_at_the_moment_of_an_event_fails_nobody_and_leaves_nothing()
    {
        var partner = await service.LiveAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        using var webhook = await service.ActiveWebhookAsync(partner.Organisation, receiver, AgreementActivated);
        await using var database = NpgsqlDataSource.Create(service.Host.OwnerConnectionString);
        await using var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var deletion = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var delete = new NpgsqlCommand("delete from webhook where id = $1", connection, deletion) { Parameters = { new() { Value = Id(webhook) } } };
        await delete.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        await service.HappenAsync(partner);
        await deletion.CommitAsync(TestContext.Current.CancellationToken);

        await service.DoDueWorkAsync<DeliveryPurge>();
        Assert.Equal(["0"], await service.QueryAsync("select count(*) from webhook_delivery where webhook_id = $1", Id(webhook)));
    }

    [Fact]
    public async Task A_receiver_that_answers_410_is_disabled_at_once_and_the_organisations_other_webhooks_are_told()
    {
        var partner = await service.LiveAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var other = await WebhookReceiver.StartAsync();
        receiver.Answer = (_, response) => Status(response, 410);
        using var webhook = await service.ActiveWebhookAsync(partner.Organisation, receiver, AgreementActivated, Disabled);
        using var second = await service.ActiveWebhookAsync(partner.Organisation, other, Disabled);

        await service.HappenAsync(partner);

        await ArrivesAsync(other, 1);
        Assert.Equal(Id(webhook), other.Single(Disabled).Event.GetProperty("subject").GetGuid());
        var read = await webhook.ReadAsync();
        Assert.Equal(("disabled", "gone"), (read.Body.GetProperty("status").GetString(), read.Body.GetProperty("disabledReason").GetString()));
        Assert.Empty(await ActionsAsync(webhook));
        Assert.Single(receiver.Events);
        Assert.Equal("gone", Assert.Single(Assert.Single(await LogAsync(webhook)).Errors));
        Assert.Contains("platform webhook.disable done", await service.AuditAsync(webhook.Path.Split('/')[^1]));
    }

    [Theory]
    [InlineData(500, "status")]
    [InlineData(404, "status")]
    [InlineData(302, "redirect")]
    [InlineData(304, "redirect")]
    public async Task Anything_but_2xx_is_tried_again_under_the_same_id_until_the_schedule_ends_and_the_webhook_is_failing(int status, string error)
    {
        var partner = await service.LiveAsync();
        await using var elsewhere = await WebhookReceiver.StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = (_, response) =>
        {
            response.Headers.Location = elsewhere.Address.ToString();
            return Status(response, status);
        };
        using var webhook = await service.ActiveWebhookAsync(partner.Organisation, receiver, AgreementActivated);

        await service.HappenAsync(partner);

        await Eventually.TrueAsync(async () => await webhook.StatusAsync() == "failing", "the webhook is failing");
        var delivery = Assert.Single(await LogAsync(webhook));
        Assert.Equal(("exhausted", 3), (delivery.Status, delivery.Errors.Count));
        Assert.All(delivery.Errors, seen => Assert.Equal(error, seen));
        Assert.All(delivery.Codes, seen => Assert.Equal(status, seen));
        Assert.Equal(3, receiver.Events.Count);
        Assert.Single(receiver.Events.Select(call => (call.Id, Body: Convert.ToHexString(call.Body))).Distinct());
        Assert.Empty(elsewhere.Events); // a redirect is not followed, wherever it leads

        // The next that arrives ends it.
        receiver.Answer = (_, _) => Task.CompletedTask;
        await service.HappenAsync(partner);
        await Eventually.TrueAsync(async () => await webhook.StatusAsync() == "active", "the webhook is active");
    }

    [Fact]
    public async Task A_receiver_that_asks_for_time_gets_it()
    {
        var partner = await service.LiveAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = (_, response) =>
        {
            response.Headers.RetryAfter = "7200";
            return Status(response, 429);
        };
        using var webhook = await service.ActiveWebhookAsync(partner.Organisation, receiver, AgreementActivated);

        await service.HappenAsync(partner);

        await Eventually.TrueAsync(async () => (await LogAsync(webhook)) is [{ Errors.Count: 1 }], "one attempt is made");
        var next = await service.QueryAsync("select next_attempt_at - now() between interval '118 minutes' and interval '121 minutes' from webhook_delivery where webhook_id = $1", Id(webhook));
        Assert.Equal(["True"], next);
    }

    [Fact]
    public async Task A_replay_of_one_or_of_all_since_an_instant_keeps_the_ids()
    {
        var partner = await service.LiveAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        using var webhook = await service.ActiveWebhookAsync(partner.Organisation, receiver, AgreementActivated);
        await service.HappenAsync(partner);
        await ArrivesAsync(receiver, 1);
        await SettledAsync(webhook, 1);
        var between = DateTimeOffset.UtcNow;
        await service.HappenAsync(partner);
        await ArrivesAsync(receiver, 2);
        await SettledAsync(webhook, 2);
        var (first, second) = (receiver.Events[0], receiver.Events[1]);

        var one = (await webhook.Developer.CreateAsync($"{webhook.Path}/deliveries/{first.Id}/replay", new { })).Expect(HttpStatusCode.Accepted);
        Assert.Equal(1, one.Body.GetProperty("count").GetInt32());
        await ArrivesAsync(receiver, 3);
        await SettledAsync(webhook, 2);
        Assert.Equal((first.Id, Convert.ToHexString(first.Body)), (receiver.Events[2].Id, Convert.ToHexString(receiver.Events[2].Body)));

        (await webhook.Developer.CreateAsync(webhook.Path + "/replay", new { since = between })).Expect(HttpStatusCode.Accepted);
        await ArrivesAsync(receiver, 4);
        await SettledAsync(webhook, 2);
        Assert.Equal(second.Id, receiver.Events[3].Id);

        var key = Guid.NewGuid().ToString();
        (await webhook.Developer.CreateAsync(webhook.Path + "/replay", new { since = DateTimeOffset.UnixEpoch }, key)).Expect(HttpStatusCode.Accepted);
        Assert.Equal("true", (await webhook.Developer.CreateAsync(webhook.Path + "/replay", new { since = DateTimeOffset.UnixEpoch }, key)).Headers["Idempotent-Replayed"]);
        await ArrivesAsync(receiver, 6);
        await SettledAsync(webhook, 2);
        Assert.Equal([3, 3], (await LogAsync(webhook)).Select(delivery => delivery.Codes.Count));
        (await webhook.Developer.CreateAsync($"{webhook.Path}/deliveries/{Guid.CreateVersion7()}/replay", new { })).Expect(HttpStatusCode.NotFound, "webhook.delivery-not-found");
        (await webhook.DoAsync("/disablement")).Expect(HttpStatusCode.OK);
        (await webhook.Developer.CreateAsync(webhook.Path + "/replay", new { since = between })).Expect(HttpStatusCode.Conflict, "webhook.status");
    }

    [Fact]
    public async Task The_log_is_read_page_by_page_the_newest_first_and_holds_nothing_that_the_receiver_said()
    {
        var partner = await service.LiveAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = (_, response) => response.Body.WriteAsync("what the receiver said"u8.ToArray()).AsTask();
        using var webhook = await service.ActiveWebhookAsync(partner.Organisation, receiver, AgreementActivated);
        await service.QueryAsync(
            """
            insert into webhook_delivery (webhook_id, event_id, event_type, by_agreement, body, status, attempts, step)
            select $1, ('01900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'soc.partners.isa.activated.v1', false, '', 'Delivered', 0, 0 from generate_series(1, 249) as n
            """, Id(webhook));
        await service.HappenAsync(partner);
        await Eventually.TrueAsync(async () => (await LogAsync(webhook))[0] is { Status: "delivered", Codes: [200] }, "the newest is delivered");

        var ids = new List<Guid>();
        for (string? next = ""; next is not null;)
        {
            var page = (await webhook.Developer.ReadAsync($"{webhook.Path}/deliveries" + (next.Length > 0 ? "?cursor=" + next : ""))).Expect(HttpStatusCode.OK);
            ids.AddRange(page.Body.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetGuid()));
            next = page.Body.GetProperty("next").GetString();
            Assert.DoesNotContain("what the receiver said", page.Text, StringComparison.Ordinal);
        }

        Assert.Equal(250, ids.Count);
        Assert.Equal(ids.OrderByDescending(id => id), ids);
        foreach (var bad in new[] { "x", "!", new string('A', 23), new string('=', 22) })
        {
            (await webhook.Developer.ReadAsync($"{webhook.Path}/deliveries?cursor={bad}")).Expect(HttpStatusCode.BadRequest, "cursor.invalid");
        }
    }

    [Fact]
    public async Task A_webhook_that_has_been_failing_for_five_days_is_disabled()
    {
        var partner = await service.LiveAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = (_, response) => Status(response, 500);
        using var webhook = await service.ActiveWebhookAsync(partner.Organisation, receiver, AgreementActivated);
        await service.HappenAsync(partner);
        await Eventually.TrueAsync(async () => await webhook.StatusAsync() == "failing", "the webhook is failing");

        await service.DoDueWorkAsync<FailingWebhooks>(TimeSpan.FromDays(5) - TimeSpan.FromHours(1));
        Assert.Equal("failing", await webhook.StatusAsync());

        // Nothing is sent while its organisation is suspended: that it goes on failing then says nothing.
        (await service.SuspendAsync(service.OfficerA, partner.Organisation)).Expect(HttpStatusCode.OK);
        await service.DoDueWorkAsync<FailingWebhooks>(TimeSpan.FromDays(5) + TimeSpan.FromHours(1));
        Assert.Equal(["Failing"], await service.QueryAsync("select status from webhook where id = $1", Id(webhook)));
        (await service.ReinstateAsync(service.OfficerB, partner.Organisation)).Expect(HttpStatusCode.OK);
        await service.QueryAsync(
            "insert into attestation_duty (id, organisation_id, due_from, shared_until, lapsed, version, event_version) values (gen_random_uuid(), $1, "
            + "(date_trunc('quarter', current_date) - interval '3 months')::date, date_trunc('quarter', current_date) - interval '2 months', false, 0, 0) "
            + "on conflict (organisation_id) do update set due_from = excluded.due_from, shared_until = excluded.shared_until", partner.Organisation);
        await service.DoDueWorkAsync<FailingWebhooks>(TimeSpan.FromDays(5) + TimeSpan.FromHours(1));
        Assert.Equal(["Failing"], await service.QueryAsync("select status from webhook where id = $1", Id(webhook)));
        await service.QueryAsync("delete from attestation_duty where organisation_id = $1", partner.Organisation);
        await service.DoDueWorkAsync<FailingWebhooks>(TimeSpan.FromDays(5) + TimeSpan.FromHours(1));

        Assert.Equal(["Disabled failing"], await service.QueryAsync("select concat_ws(' ', status, disabled_reason) from webhook where id = $1", Id(webhook)));
    }

    [Fact]
    public async Task Deliveries_and_their_log_are_forgotten_after_thirty_days()
    {
        var partner = await service.LiveAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        using var webhook = await service.ActiveWebhookAsync(partner.Organisation, receiver, AgreementActivated);
        await service.HappenAsync(partner);
        await ArrivesAsync(receiver, 1);
        await service.HappenAsync(partner);
        await SettledAsync(webhook, 2);
        await service.QueryAsync("update webhook_delivery set settled_at = now() - interval '31 days' where event_id = $1", Guid.Parse(receiver.Events[0].Id));

        await service.DoDueWorkAsync<DeliveryPurge>();

        Assert.Equal([receiver.Events[1].Id], await service.QueryAsync("select event_id from webhook_delivery where webhook_id = $1", Id(webhook)));
        Assert.Equal(["1"], await service.QueryAsync("select count(*) from webhook_attempt where webhook_id = $1", Id(webhook)));
    }

    [Fact]
    public async Task What_waits_is_kept_however_long_it_waits_and_forgotten_where_nobody_will_be_sent_it()
    {
        var partner = await service.LiveAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        using var webhook = await service.ActiveWebhookAsync(partner.Organisation, receiver, AgreementActivated);
        (await service.SuspendAsync(service.OfficerA, partner.Organisation)).Expect(HttpStatusCode.OK);
        await service.QueryAsync(
            "insert into webhook_delivery (webhook_id, event_id, event_type, by_agreement, body, status, attempts, step, created_at) "
            + "values ($1, gen_random_uuid(), $2, false, ''::bytea, 'Pending', 0, 0, now() - interval '31 days')", Id(webhook), AgreementActivated);

        await service.DoDueWorkAsync<DeliveryPurge>();
        Assert.Equal(["1"], await service.QueryAsync("select count(*) from webhook_delivery where webhook_id = $1", Id(webhook)));
        await service.QueryAsync("update webhook set status = 'Disabled' where id = $1", Id(webhook));
        await service.DoDueWorkAsync<DeliveryPurge>();
        Assert.Equal(["0"], await service.QueryAsync("select count(*) from webhook_delivery where webhook_id = $1", Id(webhook)));
    }

    [Fact]
    public async Task Whoever_does_not_know_the_other_any_more_when_the_turn_comes_is_not_told_of_it()
    {
        const string Suspended = "soc.partners.organisation.suspended.v1";
        var observer = await service.LiveAsync(dataCategories: ["partner-register"]);
        var third = await service.ConformantAsync();
        await service.ActiveAgreementAsync(PartnersService.Agreement(["partner-register"], "OFFICIAL-SENSITIVE", observer.Organisation, third));
        await using var receiver = await WebhookReceiver.StartAsync();
        using var webhook = await service.ActiveWebhookAsync(observer.Organisation, receiver, Suspended);
        await PausedAsync(webhook, async () =>
        {
            (await service.SuspendAsync(service.OfficerA, observer.Counterparty)).Expect(HttpStatusCode.OK);
            (await service.SuspendAsync(service.OfficerA, third)).Expect(HttpStatusCode.OK);
            await Eventually.TrueAsync(async () => (await LogAsync(webhook)).Count == 2, "both wait");
            await service.QueryAsync("update agreement set review_date = $2 where id = $1", observer.Agreement, DateOnly.FromDateTime(DateTime.UtcNow).AddDays(-2));
        });

        await Eventually.TrueAsync(async () => (await LogAsync(webhook)).All(delivery => delivery.Status is "delivered" or "withheld"), "both are settled");

        Assert.Equal(third, receiver.Single(Suspended).Event.GetProperty("subject").GetGuid());
    }

    [Fact]
    public async Task No_log_line_holds_the_address_of_a_receiver_or_a_secret()
    {
        var partner = await service.LiveAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = (_, response) => Status(response, 500);
        using var webhook = await service.ActiveWebhookAsync(partner.Organisation, receiver, AgreementActivated);
        await service.HappenAsync(partner);
        await Eventually.TrueAsync(async () => await webhook.StatusAsync() == "failing", "the webhook is failing");

        Assert.NotEmpty(service.Host.Logs);
        Assert.DoesNotContain(service.Host.Logs, line => line.Contains("s3cret-of-the-partner", StringComparison.Ordinal)
            || line.Contains($"127.0.0.1:{receiver.Address.Port}", StringComparison.Ordinal) || line.Contains(webhook.Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_delivery_to_a_name_that_answers_public_first_and_private_next_never_reaches_the_private_address()
    {
        using var inside = new TcpListener(IPAddress.Loopback, 0);
        inside.Start();
        var address = new Uri($"https://rebinding.example:{((IPEndPoint)inside.LocalEndpoint).Port}/");
        var (lookups, reached) = (0, new List<IPAddress>());
        var sender = Sender(new PartnerAddresses(
            allowPrivate: false,
            (_, _) => Task.FromResult<IPAddress[]>([lookups++ == 0 ? IPAddress.Parse("8.8.8.8") : IPAddress.Loopback]),
            (endpoint, _) =>
            {
                reached.Add(endpoint.Address);
                throw new SocketException((int)SocketError.HostUnreachable);
            }));

        var first = await sender.SendAsync(address, Guid.NewGuid(), [], [], TestContext.Current.CancellationToken);
        var second = await sender.SendAsync(address, Guid.NewGuid(), [], [], TestContext.Current.CancellationToken);

        Assert.Equal(("connection-failed", "address-refused"), (first.Error, second.Error));
        Assert.Equal([IPAddress.Parse("8.8.8.8")], reached);
        Assert.False(inside.Pending());
    }

    [Theory]
    [InlineData("http://127.0.0.1/", "address-refused")]
    [InlineData("https://127.0.0.1/", "address-refused")]
    [InlineData("https://localhost/", "address-refused")]
    [InlineData("https://169.254.169.254/latest/meta-data", "address-refused")]
    [InlineData("https://[::ffff:169.254.169.254]/", "address-refused")]
    public async Task A_delivery_goes_only_over_https_to_public_addresses(string address, string error)
    {
        var outcome = await Sender(new PartnerAddresses(allowPrivate: false, Dns.GetHostAddressesAsync))
            .SendAsync(new Uri(address), Guid.NewGuid(), [], [], TestContext.Current.CancellationToken);

        Assert.Equal(error, outcome.Error);
    }

    private static WebhookSender Sender(PartnerAddresses addresses)
    {
        var services = new ServiceCollection();
        services.AddSingleton<Microsoft.Extensions.Configuration.IConfiguration>(new Microsoft.Extensions.Configuration.ConfigurationBuilder().Build());
        services.AddSingleton(addresses);
        services.AddPartnerHttpClient(WebhookSender.ClientName);
        return new(services.BuildServiceProvider().GetRequiredService<IHttpClientFactory>(), null!, TimeProvider.System);
    }

    private static Guid Id(OwnWebhook webhook) => Guid.Parse(webhook.Path.Split('/')[^1]);

    private static Task Status(Microsoft.AspNetCore.Http.HttpResponse response, int status)
    {
        response.StatusCode = status;
        return Task.CompletedTask;
    }

    private static Task ArrivesAsync(WebhookReceiver receiver, int count) =>
        Eventually.TrueAsync(() => Task.FromResult(receiver.Events.Count >= count), string.Create(CultureInfo.InvariantCulture, $"{count} events arrive"));

    private static Task SettledAsync(OwnWebhook webhook, int count) => Eventually.TrueAsync(
        async () => (await LogAsync(webhook)) is var log && log.Count == count && log.All(delivery => delivery.Status == "delivered"), "all is settled");

    /// <summary>Does something while nothing is sent to the webhook, which is not something that a partner can do.</summary>
    private async Task PausedAsync(OwnWebhook webhook, Func<Task> meanwhile)
    {
        await service.QueryAsync("update webhook set consecutive_failures = 1000 where id = $1", Id(webhook));
        await service.QueryAsync(
            "insert into webhook_delivery (webhook_id, event_id, event_type, by_agreement, body, status, attempts, step, locked_until) values ($1, gen_random_uuid(), 'x', false, '', 'Exhausted', 0, 0, now() + interval '1 day')",
            Id(webhook));
        await meanwhile();
        await service.QueryAsync("delete from webhook_delivery where webhook_id = $1 and event_type = 'x'", Id(webhook));
    }

    private static async Task<IEnumerable<string?>> ActionsAsync(OwnWebhook webhook) =>
        (await webhook.Developer.ReadAsync(webhook.Path + "/deliveries")).Expect(HttpStatusCode.OK).Body.GetProperty("items")[0].GetProperty("allowedActions")
            .EnumerateArray().Select(action => action.GetString());

    private static async Task<List<Logged>> LogAsync(OwnWebhook webhook) =>
        [.. (await webhook.Developer.ReadAsync(webhook.Path + "/deliveries")).Expect(HttpStatusCode.OK).Body.GetProperty("items").EnumerateArray()
            .Select(Logged.Of).Where(delivery => delivery.Type != "x")];

    private sealed record Logged(Guid Id, string Type, string Status, List<string?> Errors, List<int?> Codes)
    {
        public static Logged Of(JsonElement item) => new(
            item.GetProperty("id").GetGuid(), item.GetProperty("eventType").GetString()!, item.GetProperty("status").GetString()!,
            [.. item.GetProperty("attempts").EnumerateArray().Select(attempt => attempt.GetProperty("error").GetString())],
            [.. item.GetProperty("attempts").EnumerateArray().Select(attempt => attempt.GetProperty("statusCode") is { ValueKind: JsonValueKind.Number } code ? code.GetInt32() : (int?)null)]);
    }
}
