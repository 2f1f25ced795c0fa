using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Soc.Contracts;
using Soc.Messaging;
using Soc.Messaging.Idempotency;
using Soc.Partners.Data;
using Soc.Partners.Organisations;
using Soc.ServiceDefaults;

namespace Soc.Partners.Clients;

internal static class ClientEndpoints
{
    public static void MapClients(this IEndpointRouteBuilder routes)
    {
        var clients = routes.MapGroup("/partners/v1/organisations/{organisation:guid}/clients");
        clients.MapPost("", Register).RequireAuthorization(Policies.ClientsManage).RequireIdempotencyKey<PartnersDb>();
        clients.MapGet("{id}", Read).RequireAuthorization(Policies.ClientsRead);
        clients.MapCredentials();
    }

    private static async Task<IResult> Register(
        Guid organisation, RegisterClient body, Caller caller, HttpResponse response, PartnersDb db, TimeProvider clock, IOptions<CredentialSettings> settings,
        PartnerAddresses addresses, CancellationToken cancellation)
    {
        var registrar = caller.IsRegistrar();
        if (await db.Organisations.SingleOrDefaultAsync(
            found => found.Id == organisation && (registrar || found.Id == caller.Organisation), cancellation) is not { } owner)
        {
            return PartnersProblems.OrganisationNotFound.ToResult();
        }

        var (now, refusal) = (clock.Now(), Refusal(body, caller, owner.Status));
        PublicKey? key = null;
        if (refusal is null && body.Jwk is { ValueKind: not JsonValueKind.Undefined } jwk)
        {
            (key, refusal) = PublicKey.Parse(jwk);
        }

        var keySet = body.KeySet is { } address ? addresses.Read(address) : null;
        refusal ??= body.KeySet is not null && keySet is null ? PartnersProblems.ClientKeySetAddress : null;
        if (refusal is not null)
        {
            return refusal.ToResult();
        }

        var (client, approved) = ApiClient.Register(
            body.Name, organisation, body.Scopes, body.Sandbox, key, settings.Value.TermsOf(null, null, null, now)!, now, caller.Actor, keySet);
        db.Clients.Add(client);
        db.Publish(approved, client.Reference, client.EventVersion);
        if (owner.EnterSandbox().Event is { } entered)
        {
            db.Publish(entered, owner.Id, owner.Version);
        }

        if (await db.SaveAsync(caller, "client.register", client.Id, null, now, cancellation) is { } taken)
        {
            return taken.ToResult();
        }

        response.SetETag(client.Version);
        return Results.Created($"/partners/v1/organisations/{organisation}/clients/{client.Id}", ClientView.Of(client, owner.Status, caller, now));
    }

    /// <summary>A registrar approves clients of either kind; a developer makes sandbox clients for their own office.</summary>
    private static Problem? Refusal(RegisterClient body, Caller caller, OrganisationStatus standing) =>
        !standing.HasAccess() ? PartnersProblems.OrganisationStatus
        : body.Sandbox && body.Scopes.Except(Scopes.OwnOrganisation).Any() ? PartnersProblems.ClientSandboxScopes
        : !caller.IsRegistrar() && (!body.Sandbox || !caller.MayGiveCredentials(body.Scopes)) ? PartnersProblems.ClientRegistrarOnly
        : body.KeySet is not null && ClientAccess.AreOfOffice(body.Scopes) ? PartnersProblems.ClientKeySetOfOffice
        : body.Jwk is null ? body.KeySet is null && !body.Sandbox ? PlatformProblems.Malformed : null
        : body.KeySet is not null ? PartnersProblems.ClientKeySet
        : null;

    private static async Task<IResult> Read(
        Guid organisation, string id, Caller caller, HttpResponse response, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        if (await db.Clients.AsNoTracking().VisibleTo(caller)
            .SingleOrDefaultAsync(client => client.Id == id && client.OrganisationId == organisation, cancellation) is not { } client)
        {
            return PartnersProblems.ClientNotFound.ToResult();
        }

        response.SetETag(client.Version);
        return Results.Ok(ClientView.Of(client, await db.StandingOfAsync(organisation, cancellation), caller, clock.Now()));
    }

    /// <summary>The status of the organisation that a client belongs to.</summary>
    public static Task<OrganisationStatus> StandingOfAsync(this PartnersDb db, Guid organisation, CancellationToken cancellation) =>
        db.Organisations.Where(found => found.Id == organisation).Select(found => found.Status).SingleOrDefaultAsync(cancellation);
}
