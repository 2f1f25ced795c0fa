using Microsoft.EntityFrameworkCore;
using Soc.Contracts;
using Soc.Messaging;
using Soc.Messaging.Idempotency;
using Soc.Partners.Agreements;
using Soc.Partners.CutOffs;
using Soc.Partners.Data;
using Soc.Partners.RevocationOrders;
using Soc.ServiceDefaults;

namespace Soc.Partners.Organisations;

internal static class OrganisationEndpoints
{
    public static void MapOrganisations(this IEndpointRouteBuilder routes)
    {
        var organisations = routes.MapGroup("/partners/v1/organisations");
        organisations.MapPost("", Register).RequireAuthorization(Scopes.OrganisationsRegister).RequireIdempotencyKey<PartnersDb>();
        organisations.MapGet("", SearchOrganisations.HandleAsync).RequireAuthorization(Scopes.OrganisationsRegister);
        organisations.MapGet("{id:guid}", Read).RequireAuthorization(Scopes.OrganisationsRead);
        organisations.MapPost("{id:guid}/correction", OrganisationFactsRules.CorrectAsync).RequireAuthorization(Scopes.OrganisationsRegister);
        organisations.MapPost("{id:guid}/offboarding", Leaving.OffboardAsync).RequireAuthorization(Scopes.OrganisationsRegister);
        organisations.MapPost("{id:guid}/closure", Leaving.CloseAsync).RequireAuthorization(Scopes.OrganisationsRegister);
        organisations.MapPost("{id:guid}/suspension", Suspend).RequireAuthorization(Scopes.OrganisationsSuspend);
        organisations.MapPost("{id:guid}/reinstatement", Reinstate).RequireAuthorization(Scopes.OrganisationsSuspend);
    }

    public static bool SeesWholeRegister(this Caller caller) =>
        caller.Scopes.Contains(Scopes.OrganisationsRegister) || caller.Scopes.Contains(Scopes.OrganisationsSuspend);

    /// <summary>Registrars and security officers see the whole register; everyone else themselves and the counterparties of their agreements in force.</summary>
    public static IQueryable<Organisation> OrganisationsVisibleTo(this PartnersDb db, Caller caller, DateTimeOffset now)
    {
        if (caller.SeesWholeRegister())
        {
            return db.Organisations;
        }

        var agreements = db.AgreementsInForce(caller.Organisation, now);
        return db.Organisations.Where(organisation => organisation.Id == caller.Organisation
            || agreements.Any(agreement => agreement.Parties.Any(party => party.OrganisationId == organisation.Id)));
    }

    private static async Task<IResult> Register(
        RegisterOrganisation body, Caller caller, HttpResponse response, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.Now();
        var (id, facts) = (Guid.CreateVersion7(now), new OrganisationFacts(
            body.Name, body.Sector, body.Kind, body.Regions, body.Identifiers, body.EffectiveFrom, Parent: body.Parent));
        if (await db.RefuseFactsAsync(id, facts, cancellation) is { } unfit)
        {
            return unfit.ToResult();
        }

        var (organisation, registered) = Organisation.Register(id, facts, now);
        db.Organisations.Add(organisation);
        db.Publish(registered, organisation.Id, organisation.Version);
        if (await db.SaveAsync(caller, "organisation.register", organisation.Id.ToString(), null, now, cancellation) is { } taken)
        {
            return taken.ToResult();
        }

        response.SetETag(organisation.Version);
        return Results.Created($"/partners/v1/organisations/{organisation.Id}", OrganisationView.Of(organisation, caller));
    }

    private static async Task<IResult> Read(
        Guid id, Caller caller, HttpResponse response, PartnersDb db, TimeProvider clock, CancellationToken cancellation) =>
        await db.OrganisationsVisibleTo(caller, clock.Now()).Include(organisation => organisation.Predecessors).AsNoTracking().SingleOrDefaultAsync(organisation => organisation.Id == id, cancellation) is { } found
            ? Ok(found, caller, response)
            : PartnersProblems.OrganisationNotFound.ToResult();

    private static Task<IResult> Suspend(
        Guid id, SuspendOrganisation body, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation) =>
        ChangeAsync(
            id, "organisation.suspend", organisation => organisation.Suspend(caller.Actor, caller.Organisation, body.Reason, clock.Now()),
            () =>
            {
                db.IssueRevocationOrder(id, RevocationCause.Suspension, clock.Now());
                return db.CutOffWhileSuspendedAsync(id, cancellation);
            },
            caller, http, db, clock, cancellation);

    private static Task<IResult> Reinstate(
        Guid id, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation) =>
        ChangeAsync(
            id, "organisation.reinstate", organisation => organisation.Reinstate(caller.Actor),
            () => db.EndSuspensionAsync(id, cancellation), caller, http, db, clock, cancellation);

    /// <summary>One verb on one organisation: found, unchanged since it was read, decided, saved with its event, its cut-off and its audit entry.</summary>
    public static async Task<IResult> ChangeAsync<TEvent>(
        Guid id, string action, Func<Organisation, Decision<TEvent>> verb, Func<Task>? cutOff,
        Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
        where TEvent : class
    {
        if (await db.Organisations.Include(organisation => organisation.Predecessors).SingleOrDefaultAsync(organisation => organisation.Id == id, cancellation) is not { } organisation)
        {
            return PartnersProblems.OrganisationNotFound.ToResult();
        }

        if (Preconditions.Check(http.Request, organisation.Version) is { } stale)
        {
            return stale.ToResult();
        }

        var decision = verb(organisation);
        if (decision.Event is { } changed)
        {
            db.Publish(changed, organisation.Id, organisation.Version);
        }

        var refusal = await db.SaveAsync(caller, action, id.ToString(), decision.Refusal, clock.Now(), cancellation, cutOff);
        return refusal?.ToResult() ?? Ok(organisation, caller, http.Response);
    }

    private static IResult Ok(Organisation organisation, Caller caller, HttpResponse response)
    {
        response.SetETag(organisation.Version);
        return Results.Ok(OrganisationView.Of(organisation, caller));
    }
}
