using Microsoft.EntityFrameworkCore;
using Soc.Contracts;
using Soc.Messaging.Idempotency;
using Soc.Partners.Data;
using Soc.Partners.ReferenceData;
using Soc.ServiceDefaults;

namespace Soc.Partners.Agreements;

/// <summary>Agreements as the information governance lead makes them, and as their parties read them.</summary>
internal static class AgreementEndpoints
{
    public static void MapAgreements(this IEndpointRouteBuilder routes)
    {
        var agreements = routes.MapGroup("/partners/v1/agreements");
        agreements.MapPost("", Draft).RequireAuthorization(Scopes.AgreementsManage).RequireIdempotencyKey<PartnersDb>();
        agreements.MapGet("", List).RequireAuthorization(Scopes.OrganisationsRead);
        agreements.MapGet("{id:guid}", Read).RequireAuthorization(Scopes.OrganisationsRead);
        agreements.MapPost("{id:guid}/terms", ChangeTerms).RequireAuthorization(Scopes.AgreementsManage);
        agreements.MapPost("{id:guid}/submission", Submit).RequireAuthorization(Scopes.AgreementsManage);
        agreements.MapPost("{id:guid}/redraft", Redraft).RequireAuthorization(Scopes.AgreementsManage);
        agreements.MapPost("{id:guid}/signatures", RecordSignature).RequireAuthorization(Scopes.AgreementsManage);
        agreements.MapPost("{id:guid}/activation", Activate).RequireAuthorization(Scopes.AgreementsManage);
        agreements.MapPost("{id:guid}/review", Review).RequireAuthorization(Scopes.AgreementsManage);
        agreements.MapPost("{id:guid}/termination", Terminate).RequireAuthorization(Scopes.AgreementsManage);
    }

    private static async Task<IResult> Draft(
        DraftAgreement body, Caller caller, HttpResponse response, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.Now();
        if (!await AreRegisteredAsync(body.Parties, db, cancellation))
        {
            return PartnersProblems.AgreementUnknownParty.ToResult();
        }

        if (Agreement.Draft(Guid.CreateVersion7(now), body.Terms, now) is not { } agreement)
        {
            return PartnersProblems.AgreementReviewDate.ToResult();
        }

        db.Agreements.Add(agreement);
        await db.SaveAsync(caller, "agreement.draft", agreement.Id.ToString(), null, now, cancellation);
        response.SetETag(agreement.Version);
        return Results.Created($"/partners/v1/agreements/{agreement.Id}", AgreementView.Of(agreement, caller, now));
    }

    private static Task<IResult> List(
        [KnownCodes(ReferenceCodes.AgreementStatuses)] string? status, string? cursor, Caller caller, PartnersDb db, TimeProvider clock, CancellationToken cancellation) =>
        AgreementList.ReadAsync(db.AgreementsVisibleTo(caller), status, cursor, caller, clock.Now(), cancellation);

    private static async Task<IResult> Read(
        Guid id, Caller caller, HttpResponse response, PartnersDb db, TimeProvider clock, CancellationToken cancellation) =>
        await db.AgreementsVisibleTo(caller).AsNoTracking().SingleOrDefaultAsync(agreement => agreement.Id == id, cancellation) is { } found
            ? AgreementChange.Ok(found, caller, response, clock.Now())
            : PartnersProblems.AgreementNotFound.ToResult();

    private static Task<IResult> ChangeTerms(Guid id, DraftAgreement body, [AsParameters] AgreementChange change) => change.DoAsync(
        change.Db.Agreements, id, "agreement.change-terms",
        async (agreement, now) => (await AreRegisteredAsync(body.Parties, change.Db, change.Cancellation)
            ? agreement.ChangeTerms(body.Terms, now) : PartnersProblems.AgreementUnknownParty, null));

    private static Task<IResult> Submit(Guid id, [AsParameters] AgreementChange change) =>
        change.DoAsync(change.Db.Agreements, id, "agreement.submit", (agreement, now) => agreement.Submit(now));

    private static Task<IResult> Redraft(Guid id, [AsParameters] AgreementChange change) =>
        change.DoAsync(change.Db.Agreements, id, "agreement.redraft", (agreement, now) => agreement.Redraft(now));

    private static Task<IResult> RecordSignature(Guid id, SignAgreement body, [AsParameters] AgreementChange change) => change.DoAsync(
        change.Db.Agreements, id, "agreement.record-signature", (agreement, now) =>
        agreement.RecordSignature(body.Organisation, body.DocumentReference, change.Caller.Actor, now));

    private static Task<IResult> Activate(Guid id, [AsParameters] AgreementChange change) =>
        change.DoAsync(change.Db.Agreements, id, "agreement.activate", change.ActivateAsync);

    private static Task<IResult> Review(Guid id, ReviewAgreement body, [AsParameters] AgreementChange change) =>
        change.DoAsync(change.Db.Agreements, id, "agreement.review", (agreement, now) => agreement.Review(body.ReviewDate, now));

    private static Task<IResult> Terminate(Guid id, TerminateAgreement body, [AsParameters] AgreementChange change) => change.DoAsync(
        change.Db.Agreements, id, "agreement.terminate", (agreement, now) => agreement.Terminate(change.Caller.Organisation, body.Reason, body.Effective, now));

    private static async Task<bool> AreRegisteredAsync(IReadOnlyList<Guid> parties, PartnersDb db, CancellationToken cancellation) =>
        parties.Distinct().Count() == parties.Count
        && await db.Organisations.CountAsync(organisation => parties.Contains(organisation.Id), cancellation) == parties.Count;
}
