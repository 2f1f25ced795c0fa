using Microsoft.EntityFrameworkCore;
using Npgsql;
using Soc.Partners.Agreements;
using Soc.Partners.Data;
using Soc.Partners.Disclosures;
using Soc.Partners.Organisations;
using Soc.ServiceDefaults;

namespace Soc.Partners.Webhooks;

/// <summary>A delivery as it was claimed, with what it takes to send it.</summary>
internal sealed record ClaimedDelivery(
    Guid Webhook, Guid EventId, string EventType, bool ByAgreement, byte[] Body, int Step, Guid Organisation, Uri Address, Guid Token,
    Guid[]? Others = null)
{
    public IReadOnlyList<SealedSecret> Secrets { get; init; } = [];

    /// <summary>The agreement in force that covered it when it was claimed, where it rests on one.</summary>
    public EventCover? Cover { get; init; }

    public bool Entitled => !ByAgreement || Cover is not null;
}

/// <summary>What a claimed delivery becomes.</summary>
/// <param name="Delivery">The delivery.</param>
/// <param name="Outcome">What came of the call.</param>
/// <param name="Status">What it becomes.</param>
/// <param name="Wait">How long until the next attempt, of one that stays pending.</param>
internal sealed record SettledDelivery(ClaimedDelivery Delivery, SendOutcome Outcome, DeliveryStatus Status, TimeSpan Wait);

/// <summary>How much waits to be sent to webhooks in good standing.</summary>
internal sealed record DeliveryDepth(long Due, double OldestSeconds);

/// <summary>
/// The statements of the delivery worker, each a short transaction by the database's clock. A claim is a lease with a token; settling counts only while the
/// token is still the delivery's own, so that a worker that slept past its lease changes nothing.
/// </summary>
internal sealed class DeliveryStore(IServiceScopeFactory scopes, TimeProvider clock)
{
    /// <summary>
    /// Webhooks in random order, so that none waits behind another; of each no more than it may have under way; after several failures in a row one at a time, so that a
    /// receiver that is down does not hold what is needed for the others.
    /// </summary>
    private const string Claim = """
        /* quiet */ with due as materialized (
            select p.webhook_id, p.event_id
              from (select w.id, case when w.consecutive_failures > 3 then 1 else @per_webhook end as most
                           , exists (select from attestation_duty a where a.organisation_id = o.id and a.shared_until <= now()) as unattested
                      from webhook w join organisation o on o.id = w.organisation_id
                     where w.status in ('Active', 'Failing') and o.status = any(@with_access)
                     order by random()) as ready
             cross join lateral (
                select d.webhook_id, d.event_id from webhook_delivery d
                 where d.webhook_id = ready.id and d.status = 'Pending' and d.next_attempt_at <= now() and (d.locked_until is null or d.locked_until <= now())
                   and not (d.by_agreement and ready.unattested)
                 order by d.next_attempt_at
                 limit greatest(0, ready.most - (select count(*) from webhook_delivery f where f.webhook_id = ready.id and f.locked_until > now()))
                   for update skip locked) as p
             limit @slots)
        update webhook_delivery d set locked_until = now() + @lease, lock_token = @token
          from due, webhook w
         where d.webhook_id = due.webhook_id and d.event_id = due.event_id and w.id = d.webhook_id
        returning d.webhook_id, d.event_id, d.event_type, d.by_agreement, d.body, d.step, w.organisation_id, w.url, d.others
        """;

    private const string Secrets = """
        /* quiet */ select webhook_id, id, sealed_with, sealed from webhook_secret
         where webhook_id = any(@webhooks) and (expires_at is null or expires_at > now()) order by issued_at desc
        """;

    private const string Settle = """
        /* quiet */ with done as (
            select * from unnest(@webhooks, @events, @tokens, @statuses, @waits, @ats, @durations, @codes, @errors)
                as r(webhook_id, event_id, token, status, wait, at, duration, code, error)
        ), ours as (
            update webhook_delivery d
               set status = r.status, attempts = d.attempts + 1, step = d.step + 1, next_attempt_at = now() + r.wait, locked_until = null, lock_token = null,
                   settled_at = case when r.status = 'Pending' then null else now() end
              from done r where d.webhook_id = r.webhook_id and d.event_id = r.event_id and d.lock_token = r.token
            returning d.webhook_id, d.event_id, d.attempts
        ), logged as (
            insert into webhook_attempt (webhook_id, event_id, number, at, duration_milliseconds, status_code, error)
            select r.webhook_id, r.event_id, o.attempts, r.at, r.duration, r.code, r.error
              from done r join ours o on o.webhook_id = r.webhook_id and o.event_id = r.event_id
        )
        select count(*) from ours
        """;

    /// <summary>Touches a webhook only when its health changes, or is bad already.</summary>
    private const string Health = """
        /* quiet */ update webhook w
           set consecutive_failures = case when r.delivered then 0 else least(w.consecutive_failures + r.failed, 1000) end,
               version = w.version + case when (r.delivered and w.status = 'Failing') or (not r.delivered and r.exhausted and w.status = 'Active') then 1 else 0 end,
               failing_since = case when r.delivered then null when r.exhausted then coalesce(w.failing_since, now()) else w.failing_since end,
               status = case when r.delivered then 'Active' when r.exhausted then 'Failing' else w.status end
          from unnest(@webhooks, @failed, @delivered, @exhausted) as r(id, failed, delivered, exhausted)
         where w.id = r.id and w.status in ('Active', 'Failing') and (r.failed > 0 or w.consecutive_failures > 0 or w.status = 'Failing')
        """;

    private const string Depth = """
        /* quiet */ select count(*), coalesce(extract(epoch from now() - min(d.next_attempt_at)), 0)::float8
          from webhook_delivery d join webhook w on w.id = d.webhook_id join organisation o on o.id = w.organisation_id
         where d.status = 'Pending' and d.next_attempt_at <= now() and w.status in ('Active', 'Failing') and o.status = any(@with_access)
           and not (d.by_agreement and exists (select from attestation_duty a where a.organisation_id = o.id and a.shared_until <= now()))
        """;

    private static readonly string[] WithAccess = [.. Enum.GetValues<OrganisationStatus>().Where(status => status.HasAccess()).Select(status => status.ToString())];

    public async Task<List<ClaimedDelivery>> ClaimAsync(int slots, int perWebhook, TimeSpan lease, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PartnersDb>();
        await db.Database.OpenConnectionAsync(cancellation);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        var claimed = await ClaimAsync(connection, slots, perWebhook, lease, cancellation);
        if (claimed.Count == 0)
        {
            return claimed;
        }

        var secrets = await SecretsAsync(connection, claimed, cancellation);
        var byAgreement = claimed.Where(delivery => delivery.ByAgreement).Select(delivery => delivery.Organisation).Distinct().ToList();
        var unknown = new HashSet<(Guid Webhook, Guid Event)>();
        var covers = byAgreement.Count == 0 ? [] : await db.CoversAsync(byAgreement, clock.Now(), cancellation);
        foreach (var others in claimed.Where(delivery => delivery.Others is not null).GroupBy(delivery => string.Join(' ', delivery.Others!)).ToList())
        {
            var acquainted = await db.AcquaintedAsync([.. others.Select(delivery => delivery.Organisation).Distinct()], others.First().Others!, clock.Now(), cancellation);
            unknown.UnionWith(others.Where(delivery => !acquainted.Contains(delivery.Organisation)).Select(delivery => (delivery.Webhook, delivery.EventId)));
        }

        return claimed.ConvertAll(delivery => delivery with
        {
            Secrets = [.. secrets[delivery.Webhook]],
            Cover = delivery.ByAgreement && !unknown.Contains((delivery.Webhook, delivery.EventId)) ? covers[delivery.Organisation].CoverOf(delivery.EventType) : null,
        });
    }

    /// <returns>How many were no longer ours: the lease had run out and somebody else has them, or they were replayed.</returns>
    public async Task<int> SettleAsync(IReadOnlyCollection<SettledDelivery> settled, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PartnersDb>();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await using var batch = ((NpgsqlConnection)db.Database.GetDbConnection()).CreateBatch();
        batch.BatchCommands.Add(new(Settle)
        {
            Parameters =
            {
                Array("webhooks", settled, each => each.Delivery.Webhook),
                Array("events", settled, each => each.Delivery.EventId),
                Array("tokens", settled, each => each.Delivery.Token),
                Array("statuses", settled, each => each.Status.ToString()),
                Array("waits", settled, each => each.Wait),
                Array("ats", settled, each => each.Outcome.At),
                Array("durations", settled, each => (int)Math.Min(each.Outcome.Took.TotalMilliseconds, int.MaxValue)),
                Array("codes", settled, each => (short?)each.Outcome.Status),
                Array("errors", settled, each => each.Outcome.Error),
            },
        });

        // In the order of their ids, so that two workers do not wait for each other's webhooks.
        var webhooks = settled.Where(each => each.Status != DeliveryStatus.Withheld).GroupBy(each => each.Delivery.Webhook).OrderBy(each => each.Key).ToList();
        batch.BatchCommands.Add(new(Health)
        {
            Parameters =
            {
                Array("webhooks", webhooks, each => each.Key),
                Array("failed", webhooks, each => each.Count(one => one.Outcome.Error is not null)),
                Array("delivered", webhooks, each => each.Any(one => one.Status == DeliveryStatus.Delivered)),
                Array("exhausted", webhooks, each => each.Any(one => one.Status == DeliveryStatus.Exhausted)),
            },
        });
        var ours = (int)(long)(await batch.ExecuteScalarAsync(cancellation))!;
        await RecordReceivedAsync(db, settled, cancellation);
        await transaction.CommitAsync(cancellation);
        return settled.Count - ours;
    }

    /// <summary>What was delivered under an agreement is on record as received; also where the lease had run out, for it arrived.</summary>
    private static async Task RecordReceivedAsync(PartnersDb db, IEnumerable<SettledDelivery> settled, CancellationToken cancellation)
    {
        var received = settled.Where(each => each is { Status: DeliveryStatus.Delivered, Delivery.Cover: not null })
            .GroupBy(each => (each.Delivery.Organisation, each.Delivery.Cover)).ToList();
        if (received.Count == 0)
        {
            return;
        }

        db.Disclosures.AddRange(received.Select(group => new Disclosure
        {
            OrganisationId = group.Key.Organisation,
            Kind = DisclosureKind.Delivery,
            DataCategory = group.Key.Cover!.DataCategory,
            Items = group.Count(),
            AgreementId = group.Key.Cover.Agreement,
            Hour = Disclosures.Disclosures.HourOf(group.Max(each => each.Outcome.At)),
            Source = "partners",
        }));
        await db.SaveChangesAsync(cancellation);
    }

    public async Task<DeliveryDepth> DepthAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PartnersDb>();
        await db.Database.OpenConnectionAsync(cancellation);
        await using var command = new NpgsqlCommand(Depth, (NpgsqlConnection)db.Database.GetDbConnection()) { Parameters = { new("with_access", WithAccess) } };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return new(reader.GetInt64(0), reader.GetDouble(1));
    }

    private static NpgsqlParameter<TValue[]> Array<TItem, TValue>(string name, IEnumerable<TItem> items, Func<TItem, TValue> value) => new(name, [.. items.Select(value)]);

    private static async Task<List<ClaimedDelivery>> ClaimAsync(
        NpgsqlConnection connection, int slots, int perWebhook, TimeSpan lease, CancellationToken cancellation)
    {
        var token = Guid.NewGuid();
        await using var command = new NpgsqlCommand(Claim, connection)
        {
            Parameters = { new("slots", slots), new("per_webhook", perWebhook), new("lease", lease), new("token", token), new("with_access", WithAccess) },
        };
        var claimed = new List<ClaimedDelivery>();
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            claimed.Add(new(
                reader.GetGuid(0), reader.GetGuid(1), reader.GetString(2), reader.GetBoolean(3), reader.GetFieldValue<byte[]>(4), reader.GetInt32(5),
                reader.GetGuid(6), new Uri(reader.GetString(7)), token, reader.IsDBNull(8) ? null : reader.GetFieldValue<Guid[]>(8)));
        }

        return claimed;
    }

    private static async Task<ILookup<Guid, SealedSecret>> SecretsAsync(
        NpgsqlConnection connection, IEnumerable<ClaimedDelivery> claimed, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Secrets, connection)
        {
            Parameters = { new("webhooks", claimed.Select(delivery => delivery.Webhook).Distinct().ToArray()) },
        };
        var secrets = new List<(Guid Webhook, SealedSecret Secret)>();
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            secrets.Add((reader.GetGuid(0), new(reader.GetGuid(1), reader.GetString(2), reader.GetFieldValue<byte[]>(3))));
        }

        return secrets.ToLookup(each => each.Webhook, each => each.Secret);
    }
}
