using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Soc.Contracts;
using Soc.Messaging;
using Soc.Messaging.Idempotency;
using Soc.Partners.Agreements;
using Soc.Partners.Data;
using Soc.ServiceDefaults;

namespace Soc.Partners.Webhooks;

/// <summary>An organisation's own webhooks: for nobody else do they exist.</summary>
internal static class WebhookEndpoints
{
    public static void MapWebhooks(this IEndpointRouteBuilder routes)
    {
        var webhooks = routes.MapGroup("/partners/v1/webhooks");
        webhooks.MapPost("", Register).RequireAuthorization(Scopes.IntegrationManage).RequireIdempotencyKey<PartnersDb>();
        webhooks.MapGet("", List).RequireAuthorization(Scopes.IntegrationManage);
        webhooks.MapGet("{id:guid}", Read).RequireAuthorization(Scopes.IntegrationManage);
        webhooks.MapPut("{id:guid}", Change).RequireAuthorization(Scopes.IntegrationManage);
        webhooks.MapDelete("{id:guid}", Delete).RequireAuthorization(Scopes.IntegrationManage);
        webhooks.MapPost("{id:guid}/secrets", AddSecret).RequireAuthorization(Scopes.IntegrationManage);
        webhooks.MapPost("{id:guid}/secrets/{secret:guid}/revocation", RevokeSecret).RequireAuthorization(Scopes.IntegrationManage);
        webhooks.MapPost("{id:guid}/verification", Verify).RequireAuthorization(Scopes.IntegrationManage);
        webhooks.MapPost("{id:guid}/disablement", Disable).RequireAuthorization(Scopes.IntegrationManage);
    }

    /// <summary>The types that the organisation can get at this instant.</summary>
    public static async Task<IReadOnlyList<string>> WebhookEventTypesAsync(this PartnersDb db, Guid organisation, DateTimeOffset now, CancellationToken cancellation)
    {
        var entitlement = await db.EntitlementAsync(organisation, now, cancellation);
        return [.. WebhookEventTypes.All.Values.Where(type => !type.Addressed || entitlement.ToEvent(type.Name)).Select(type => type.Name).Order(StringComparer.Ordinal)];
    }

    private static async Task<IResult> Register(
        WebhookTerms body, Caller caller, HttpResponse response, PartnersDb db, PartnerAddresses addresses, IOptions<WebhookSettings> settings, TimeProvider clock,
        CancellationToken cancellation)
    {
        var now = clock.Now();
        if (await RefusalAsync(body, [], caller, db, addresses, now, cancellation) is { } refusal)
        {
            return refusal.ToResult();
        }

        // The organisation's row is the lock under which its webhooks are counted.
        await db.Database.ExecuteSqlAsync($"select 1 from organisation where id = {caller.Organisation} for update", cancellation);
        if (await db.Webhooks.CountAsync(webhook => webhook.OrganisationId == caller.Organisation, cancellation) >= settings.Value.PerOrganisation)
        {
            return PartnersProblems.WebhookTooMany.ToResult();
        }

        var registered = Webhook.Register(Guid.CreateVersion7(now), caller.Organisation, body.Url, body.Description, body.EventTypes, now);
        db.Webhooks.Add(registered);
        await db.SaveAsync(caller, "webhook.register", registered.Id.ToString(), null, now, cancellation);
        response.SetETag(registered.Version);
        return Results.Created($"/partners/v1/webhooks/{registered.Id}", WebhookView.Of(registered, now));
    }

    private static async Task<IResult> List(Caller caller, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.Now();
        var all = await db.Webhooks.AsNoTracking().Where(webhook => webhook.OrganisationId == caller.Organisation).OrderBy(webhook => webhook.Id).ToListAsync(cancellation);
        return Results.Ok(new WebhookList(all.Select(webhook => WebhookView.Of(webhook, now)), await db.WebhookEventTypesAsync(caller.Organisation, now, cancellation)));
    }

    private static async Task<IResult> Read(Guid id, Caller caller, HttpResponse response, PartnersDb db, TimeProvider clock, CancellationToken cancellation) =>
        await db.Webhooks.AsNoTracking().SingleOrDefaultAsync(webhook => webhook.Id == id && webhook.OrganisationId == caller.Organisation, cancellation) is { } found
            ? Ok(found, response, clock.Now())
            : PartnersProblems.WebhookNotFound.ToResult();

    private static Task<IResult> Change(
        Guid id, WebhookTerms body, Caller caller, HttpContext http, PartnersDb db, PartnerAddresses addresses, TimeProvider clock, CancellationToken cancellation) =>
        ChangeAsync(
            id, "webhook.change",
            async (webhook, now) =>
            {
                if (await RefusalAsync(body, webhook.EventTypes, caller, db, addresses, now, cancellation) is { } refusal)
                {
                    return refusal;
                }

                webhook.Change(body.Url, body.Description, body.EventTypes);
                return null;
            },
            (webhook, now) => Ok(webhook, http.Response, now), caller, http, db, clock, cancellation);

    /// <summary>With its secrets, its deliveries and their log.</summary>
    private static async Task<IResult> Delete(Guid id, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var answer = await ChangeAsync(
            id, "webhook.delete",
            (webhook, _) =>
            {
                db.Webhooks.Remove(webhook);
                return Task.FromResult<Problem?>(null);
            },
            (_, _) => Results.NoContent(), caller, http, db, clock, cancellation);
        await db.Deliveries.Where(delivery => delivery.WebhookId == id && !db.Webhooks.Any(webhook => webhook.Id == id)).ExecuteDeleteAsync(cancellation);
        return answer;
    }

    private static Task<IResult> AddSecret(
        Guid id, Caller caller, HttpContext http, PartnersDb db, WebhookSender sender, IOptions<WebhookSettings> settings, TimeProvider clock, CancellationToken cancellation)
    {
        IssuedSecret? issued = null;
        return ChangeAsync(
            id, "webhook.add-secret",
            (webhook, now) =>
            {
                var (secret, written) = sender.NewSecret(webhook.Id, now);
                issued = new(secret.Id, written);
                return Task.FromResult(webhook.AddSecret(secret, settings.Value.SecretOverlap, now));
            },
            (webhook, _) =>
            {
                http.Response.SetETag(webhook.Version);
                http.Response.Headers.CacheControl = "no-store";
                return Results.Ok(issued);
            },
            caller, http, db, clock, cancellation);
    }

    private static Task<IResult> RevokeSecret(
        Guid id, Guid secret, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation) =>
        ChangeAsync(
            id, "webhook.revoke-secret", (webhook, now) => Task.FromResult(webhook.RevokeSecret(secret, now)),
            (webhook, now) => Ok(webhook, http.Response, now), caller, http, db, clock, cancellation);

    /// <summary>Sends a challenge, outside any transaction; what it proves is saved if the webhook has not been changed meanwhile.</summary>
    private static Task<IResult> Verify(
        Guid id, Caller caller, HttpContext http, PartnersDb db, WebhookSender sender, TimeProvider clock, CancellationToken cancellation) =>
        ChangeAsync(
            id, "webhook.verify", (webhook, now) => VerifyAsync(webhook, sender, now, cancellation),
            (webhook, now) => Ok(webhook, http.Response, now), caller, http, db, clock, cancellation);

    private static async Task<Problem?> VerifyAsync(Webhook webhook, WebhookSender sender, DateTimeOffset now, CancellationToken cancellation)
    {
        var secrets = webhook.Secrets.Where(secret => secret.IsValid(now)).OrderByDescending(secret => secret.IssuedAt)
            .Select(secret => new SealedSecret(secret.Id, secret.SealedWith, secret.Sealed)).ToList();
        if (secrets.Count == 0)
        {
            return PartnersProblems.WebhookNoSecret;
        }

        if (webhook.IsSentTo)
        {
            return PartnersProblems.WebhookStatus;
        }

        var (eventId, challenge) = (Guid.CreateVersion7(now), Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)));
        var body = CloudEvent.Write(
            eventId, WebhookEventTypes.Verification, webhook.Id.ToString(), webhook.OrganisationId, Marking.Official,
            new Dictionary<string, string> { ["challenge"] = challenge }, now);
        if ((await sender.ChallengeAsync(new Uri(webhook.Url), eventId, body, challenge, secrets, cancellation)).Error is { } error)
        {
            return PartnersProblems.WebhookNotVerified(error);
        }

        webhook.Activate();
        return null;
    }

    private static Task<IResult> Disable(Guid id, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation) =>
        ChangeAsync(
            id, "webhook.disable",
            (webhook, _) =>
            {
                var decision = webhook.Disable(Webhook.OwnRequest);
                if (decision.Event is { } disabled)
                {
                    db.Publish(disabled, webhook.Id, webhook.EventVersion);
                }

                return Task.FromResult(decision.Refusal);
            },
            (webhook, now) => Ok(webhook, http.Response, now), caller, http, db, clock, cancellation);

    private static async Task<Problem?> RefusalAsync(
        WebhookTerms terms, IReadOnlyCollection<string> known, Caller caller, PartnersDb db, PartnerAddresses addresses, DateTimeOffset now, CancellationToken cancellation)
    {
        if (addresses.Read(terms.Url) is null)
        {
            return PartnersProblems.WebhookUrl;
        }

        var available = await db.WebhookEventTypesAsync(caller.Organisation, now, cancellation);

        // What it has already it may keep, also while nothing is shared for a time: what is sent is decided for each event.
        return terms.EventTypes.Except(available).Except(known).Any() || terms.EventTypes.Distinct().Count() != terms.EventTypes.Count ? PartnersProblems.WebhookEventType : null;
    }

    private static async Task<IResult> ChangeAsync(
        Guid id, string action, Func<Webhook, DateTimeOffset, Task<Problem?>> verb, Func<Webhook, DateTimeOffset, IResult> answer,
        Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        if (await db.Webhooks.SingleOrDefaultAsync(webhook => webhook.Id == id && webhook.OrganisationId == caller.Organisation, cancellation) is not { } webhook)
        {
            return PartnersProblems.WebhookNotFound.ToResult();
        }

        if (Preconditions.Check(http.Request, webhook.Version) is { } stale)
        {
            return stale.ToResult();
        }

        var now = clock.Now();
        var refusal = await db.SaveAsync(caller, action, id.ToString(), await verb(webhook, now), now, cancellation);
        return refusal?.ToResult() ?? answer(webhook, now);
    }

    private static IResult Ok(Webhook webhook, HttpResponse response, DateTimeOffset now)
    {
        response.SetETag(webhook.Version);
        return Results.Ok(WebhookView.Of(webhook, now));
    }
}
