using Microsoft.EntityFrameworkCore;
using Soc.Contracts;
using Soc.Messaging;
using Soc.Messaging.Idempotency;
using Soc.Partners.Data;
using Soc.Partners.Organisations;
using Soc.ServiceDefaults;

namespace Soc.Partners.Agreements;

internal static class AgreementEndpoints
{
    public static void MapAgreements(this IEndpointRouteBuilder routes)
    {
        var agreements = routes.MapGroup("/partners/v1/agreements");
        agreements.MapPost("", Draft).RequireAuthorization(Scopes.AgreementsManage).RequireIdempotencyKey<PartnersDb>();
        agreements.MapGet("{id:guid}", Read).RequireAuthorization(Scopes.OrganisationsRead);
        agreements.MapPost("{id:guid}/signatures", Sign).RequireAuthorization(Scopes.AgreementsManage);
        agreements.MapPost("{id:guid}/activation", Activate).RequireAuthorization(Scopes.AgreementsManage);
    }

    private static async Task<IResult> Draft(
        DraftAgreement body, Caller caller, HttpResponse response, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.Now();
        var parties = body.Parties.Distinct().ToList();
        if (parties.Count != body.Parties.Count || await db.Organisations.CountAsync(organisation => parties.Contains(organisation.Id), cancellation) != parties.Count)
        {
            return PartnersProblems.AgreementUnknownParty.ToResult();
        }

        var terms = new AgreementTerms(
            parties, body.Purpose, body.LegalGateway, body.DataCategories, body.DpiaReference, body.MarkingCeiling, body.RetentionMonths, body.ReviewDate);
        if (Agreement.Draft(Guid.CreateVersion7(now), terms, now) is not { } agreement)
        {
            return PartnersProblems.AgreementReviewDate.ToResult();
        }

        db.Agreements.Add(agreement);
        await db.SaveAsync(caller, "agreement.draft", agreement.Id.ToString(), null, now, cancellation);
        response.SetETag(agreement.Version);
        return Results.Created($"/partners/v1/agreements/{agreement.Id}", AgreementView.Of(agreement, caller, now));
    }

    private static async Task<IResult> Read(
        Guid id, Caller caller, HttpResponse response, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var manages = caller.Scopes.Contains(Scopes.AgreementsManage);
        var found = await db.Agreements.AsNoTracking().SingleOrDefaultAsync(
            agreement => agreement.Id == id && (manages || agreement.Parties.Any(party => party.OrganisationId == caller.Organisation)), cancellation);
        return found is null ? PartnersProblems.AgreementNotFound.ToResult() : Ok(found, caller, response, clock);
    }

    private static Task<IResult> Sign(
        Guid id, SignAgreement body, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation) =>
        ChangeAsync(
            id, "agreement.sign", (agreement, now) => Task.FromResult(agreement.Sign(body.Organisation, body.DocumentReference, now)),
            caller, http, db, clock, cancellation);

    private static Task<IResult> Activate(
        Guid id, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation) =>
        ChangeAsync(id, "agreement.activate", (agreement, now) => ActivateAsync(agreement, db, now, cancellation), caller, http, db, clock, cancellation);

    /// <summary>Makes the agreement active, and with it each party live that has passed conformance.</summary>
    private static async Task<Problem?> ActivateAsync(Agreement agreement, PartnersDb db, DateTimeOffset now, CancellationToken cancellation)
    {
        var ids = agreement.Parties.Select(party => party.OrganisationId).ToList();
        var parties = await db.Organisations.Where(organisation => ids.Contains(organisation.Id)).ToListAsync(cancellation);
        if (parties.Exists(party => !party.Status.HasAccess()))
        {
            return PartnersProblems.AgreementPartyStatus;
        }

        var decision = agreement.Activate(now);
        if (decision.Event is not { } activated)
        {
            return decision.Refusal;
        }

        db.Publish(activated, agreement.Id, agreement.EventVersion);
        foreach (var party in parties)
        {
            if (party.GoLive().Event is { } changed)
            {
                db.Publish(changed, party.Id, party.Version);
            }
        }

        return null;
    }

    private static async Task<IResult> ChangeAsync(
        Guid id, string action, Func<Agreement, DateTimeOffset, Task<Problem?>> verb,
        Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        if (await db.Agreements.SingleOrDefaultAsync(agreement => agreement.Id == id, cancellation) is not { } agreement)
        {
            return PartnersProblems.AgreementNotFound.ToResult();
        }

        if (Preconditions.Check(http.Request, agreement.Version) is { } stale)
        {
            return stale.ToResult();
        }

        var now = clock.Now();
        var refusal = await db.SaveAsync(caller, action, id.ToString(), await verb(agreement, now), now, cancellation);
        return refusal?.ToResult() ?? Ok(agreement, caller, http.Response, clock);
    }

    private static IResult Ok(Agreement agreement, Caller caller, HttpResponse response, TimeProvider clock)
    {
        response.SetETag(agreement.Version);
        return Results.Ok(AgreementView.Of(agreement, caller, clock.Now()));
    }
}
