using Microsoft.EntityFrameworkCore;
using Soc.Contracts;
using Soc.Messaging;
using Soc.Messaging.Idempotency;
using Soc.Partners.Agreements;
using Soc.Partners.Data;
using Soc.Partners.Organisations;
using Soc.Partners.Tokens;
using Soc.ServiceDefaults;

namespace Soc.Partners.Onboarding;

internal static class ConformanceEndpoints
{
    private const string Path = "/partners/v1/conformance-runs";

    public static void MapConformance(this IEndpointRouteBuilder routes)
    {
        var runs = routes.MapGroup(Path);
        var start = runs.MapPost("", Start).RequireAuthorization(Scopes.IntegrationManage).RequireIdempotencyKey<PartnersDb>();
        runs.MapGet("{id:guid}", Read).RequireAuthorization(Scopes.IntegrationManage);
        runs.MapPost("{id:guid}/confirmation", Confirm).RequireAuthorization(Scopes.IntegrationManage);

        // Around what gives the first answer again: a repetition does not reach the handler.
        start.Add(route =>
        {
            var inner = route.RequestDelegate!;
            route.RequestDelegate = context =>
            {
                context.Response.OnStarting(() => ObserveReplayAsync(context));
                return inner(context);
            };
        });
    }

    private static async Task<IResult> Start(Caller caller, HttpResponse response, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.Now();
        if (await db.Organisations.SingleOrDefaultAsync(found => found.Id == caller.Organisation, cancellation) is not { } organisation)
        {
            return PartnersProblems.OrganisationNotFound.ToResult();
        }

        // One that was approved and had clients before there was a sandbox enters it here.
        if (organisation.EnterSandbox().Event is { } entered)
        {
            db.Publish(entered, organisation.Id, organisation.Version);
        }

        if (organisation.Leads(OrganisationVerb.PassConformance) is null)
        {
            return PartnersProblems.OrganisationStatus.ToResult();
        }

        // A used assertion is remembered for longer than a token lives that was issued for it.
        if (!await db.Set<UsedAssertion>().AnyAsync(assertion => assertion.ClientId == caller.ClientId, cancellation))
        {
            return PartnersProblems.ConformanceAuthentication.ToResult();
        }

        var run = ConformanceRun.Start(Guid.CreateVersion7(now), caller.Organisation, caller.ClientId, now);
        db.ConformanceRuns.Add(run);
        if (await db.SaveAsync(caller, "conformance.start", run.Id.ToString(), null, now, cancellation) is { } refusal)
        {
            return refusal.ToResult();
        }

        response.SetETag(run.Version);
        return Results.Created($"{Path}/{run.Id}", ConformanceView.Of(run));
    }

    private static async Task<IResult> Read(Guid id, Caller caller, HttpResponse response, PartnersDb db, CancellationToken cancellation) =>
        await FindAsync(db, id, caller, cancellation) is { } run ? Ok(run, response) : PartnersProblems.ConformanceNotFound.ToResult();

    private static async Task<IResult> Confirm(
        Guid id, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        if (await FindAsync(db, id, caller, cancellation) is not { } run)
        {
            return PartnersProblems.ConformanceNotFound.ToResult();
        }

        var now = clock.Now();
        if (Preconditions.Check(http.Request, run.Version) is { } stale)
        {
            if (run.ObserveRefusal(http.Request.Headers.IfMatch.ToString(), now))
            {
                await db.SaveAsync(caller, "conformance.observe-refusal", id.ToString(), null, now, cancellation);
            }

            return stale.ToResult();
        }

        var organisation = await db.Organisations.SingleAsync(found => found.Id == run.OrganisationId, cancellation);
        var refusal = organisation.Leads(OrganisationVerb.PassConformance) is null ? PartnersProblems.OrganisationStatus : run.Confirm(now);
        if (refusal is null)
        {
            await PassAsync(db, organisation, now, cancellation);
        }

        refusal = await db.SaveAsync(caller, "conformance.confirm", id.ToString(), refusal, now, cancellation);
        return refusal?.ToResult() ?? Ok(run, http.Response);
    }

    /// <summary>The organisation has passed; where an agreement was waiting for that, it is live.</summary>
    private static async Task PassAsync(PartnersDb db, Organisation organisation, DateTimeOffset now, CancellationToken cancellation)
    {
        db.Publish(organisation.PassConformance().Event!, organisation.Id, organisation.Version);
        if (await db.AgreementsInForce(organisation.Id, now).AnyAsync(cancellation) && organisation.GoLive().Event is { } live)
        {
            db.Publish(live, organisation.Id, organisation.Version);
        }
    }

    /// <summary>Before the repeated answer leaves: what the client has seen is then on record.</summary>
    private static async Task ObserveReplayAsync(HttpContext context)
    {
        if (context.Response.Headers["Idempotent-Replayed"] != "true" || !Guid.TryParse(context.Response.Headers.Location.ToString().Split('/')[^1], out var id))
        {
            return;
        }

        await using var scope = context.RequestServices.CreateAsyncScope();
        var (db, now, caller) = (
            scope.ServiceProvider.GetRequiredService<PartnersDb>(), scope.ServiceProvider.GetRequiredService<TimeProvider>().Now(), Caller.From(context.User));
        if (await FindAsync(db, id, caller, context.RequestAborted) is { } run && run.ObserveReplay(now))
        {
            await db.SaveAsync(caller, "conformance.observe-replay", id.ToString(), null, now, context.RequestAborted);
        }
    }

    private static Task<ConformanceRun?> FindAsync(PartnersDb db, Guid id, Caller caller, CancellationToken cancellation) =>
        db.ConformanceRuns.SingleOrDefaultAsync(
            run => run.Id == id && run.OrganisationId == caller.Organisation && run.ClientId == caller.ClientId, cancellation);

    private static IResult Ok(ConformanceRun run, HttpResponse response)
    {
        response.SetETag(run.Version);
        return Results.Ok(ConformanceView.Of(run));
    }
}
