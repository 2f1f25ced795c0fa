using Microsoft.EntityFrameworkCore;
using Soc.Contracts;
using Soc.Messaging.Idempotency;
using Soc.Partners.CutOffs;
using Soc.Partners.Data;
using Soc.Partners.Organisations;
using Soc.Partners.RevocationOrders;
using Soc.ServiceDefaults;

namespace Soc.Partners.Clients;

internal static class ClientEndpoints
{
    public static void MapClients(this IEndpointRouteBuilder routes)
    {
        var clients = routes.MapGroup("/partners/v1/organisations/{organisation:guid}/clients");
        clients.MapPost("", Register).RequireAuthorization(Scopes.OrganisationsRegister).RequireIdempotencyKey<PartnersDb>();
        clients.MapGet("{id}", Read).RequireAuthorization(Scopes.OrganisationsRead);
        clients.MapPost("{id}/keys", AddKey).RequireAuthorization(Scopes.OrganisationsRegister);
        clients.MapPost("{id}/keys/{keyId}/revocation", RevokeKey).RequireAuthorization(Scopes.OrganisationsRegister);
    }

    private static async Task<IResult> Register(
        Guid organisation, RegisterClient body, Caller caller, HttpResponse response, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var status = await db.Organisations.Where(found => found.Id == organisation).Select(found => (OrganisationStatus?)found.Status).SingleOrDefaultAsync(cancellation);
        if (status is null)
        {
            return PartnersProblems.OrganisationNotFound.ToResult();
        }

        if (status is not (OrganisationStatus.Approved or OrganisationStatus.Live))
        {
            return PartnersProblems.OrganisationStatus.ToResult();
        }

        var (key, notAKey) = PublicKey.Parse(body.Jwk);
        if (key is null)
        {
            return notAKey!.ToResult();
        }

        var now = clock.Now();
        var client = ApiClient.Register(body.Name, organisation, body.Scopes, key, now);
        db.Clients.Add(client);
        if (await db.SaveAsync(caller, "client.register", client.Id, null, now, cancellation) is { } refusal)
        {
            return refusal.ToResult();
        }

        response.SetETag(client.Version);
        return Results.Created($"/partners/v1/organisations/{organisation}/clients/{client.Id}", ClientView.Of(client));
    }

    private static async Task<IResult> Read(
        Guid organisation, string id, Caller caller, HttpResponse response, PartnersDb db, CancellationToken cancellation)
    {
        var registrar = caller.Scopes.Contains(Scopes.OrganisationsRegister);
        var found = await db.Clients.AsNoTracking().SingleOrDefaultAsync(
            client => client.Id == id && client.OrganisationId == organisation && (registrar || client.OrganisationId == caller.Organisation), cancellation);
        return found is null ? PartnersProblems.ClientNotFound.ToResult() : Ok(found, response);
    }

    private static Task<IResult> AddKey(
        Guid organisation, string id, RegisterKey body, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation) =>
        ChangeAsync(
            organisation, id, "client.add-key",
            (client, now) =>
            {
                var (key, refusal) = PublicKey.Parse(body.Jwk);
                return key is null ? refusal : client.AddKey(key, now);
            },
            null, caller, http, db, clock, cancellation);

    private static Task<IResult> RevokeKey(
        Guid organisation, string id, string keyId, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation) =>
        ChangeAsync(
            organisation, id, "client.revoke-key", (client, now) => client.RevokeKey(keyId, now),
            () =>
            {
                db.IssueRevocationOrder(organisation, RevocationCause.KeyRevoked(id, keyId), clock.Now());
                return db.CutOffUntilNowAsync(organisation, cancellation);
            },
            caller, http, db, clock, cancellation);

    private static async Task<IResult> ChangeAsync(
        Guid organisation, string id, string action, Func<ApiClient, DateTimeOffset, Problem?> verb, Func<Task>? cutOff,
        Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        if (await db.Clients.SingleOrDefaultAsync(client => client.Id == id && client.OrganisationId == organisation, cancellation) is not { } client)
        {
            return PartnersProblems.ClientNotFound.ToResult();
        }

        if (Preconditions.Check(http.Request, client.Version) is { } stale)
        {
            return stale.ToResult();
        }

        var now = clock.Now();
        var refusal = await db.SaveAsync(caller, action, id, verb(client, now), now, cancellation, cutOff);
        return refusal?.ToResult() ?? Ok(client, http.Response);
    }

    private static IResult Ok(ApiClient client, HttpResponse response)
    {
        response.SetETag(client.Version);
        return Results.Ok(ClientView.Of(client));
    }
}
