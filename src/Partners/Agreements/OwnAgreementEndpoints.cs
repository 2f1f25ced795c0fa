using Microsoft.EntityFrameworkCore;
using Soc.Contracts;
using Soc.Partners.Data;
using Soc.Partners.ReferenceData;
using Soc.ServiceDefaults;

namespace Soc.Partners.Agreements;

/// <summary>
/// Agreements as an organisation's responsible individual reads, signs and ends them. Reading them here rests on no agreement, so that the first
/// one can be read before it is signed.
/// </summary>
internal static class OwnAgreementEndpoints
{
    public static void MapOwnAgreements(this IEndpointRouteBuilder routes)
    {
        var agreements = routes.MapGroup("/partners/v1/organisations/{organisation:guid}/agreements").RequireAuthorization(Scopes.OrganisationAttest);
        agreements.MapGet("", List);
        agreements.MapGet("{id:guid}", Read);
        agreements.MapPost("{id:guid}/signature", Sign);
        agreements.MapPost("{id:guid}/termination", Terminate);
    }

    private static Task<IResult> List(
        Guid organisation, [KnownCodes(ReferenceCodes.AgreementStatuses)] string? status, string? cursor, Caller caller, PartnersDb db, TimeProvider clock,
        CancellationToken cancellation) =>
        AgreementList.ReadAsync(Own(db, organisation, caller), status, cursor, caller, clock.Now(), cancellation);

    private static async Task<IResult> Read(
        Guid organisation, Guid id, Caller caller, HttpResponse response, PartnersDb db, TimeProvider clock, CancellationToken cancellation) =>
        await Own(db, organisation, caller).AsNoTracking().SingleOrDefaultAsync(agreement => agreement.Id == id, cancellation) is { } found
            ? AgreementChange.Ok(found, caller, response, clock.Now())
            : PartnersProblems.AgreementNotFound.ToResult();

    private static Task<IResult> Sign(Guid organisation, Guid id, SignOwnAgreement body, [AsParameters] AgreementChange change) => change.DoAsync(
        Own(change.Db, organisation, change.Caller), id, "agreement.sign",
        (agreement, now) => agreement.Sign(organisation, body.DocumentReference, now));

    private static Task<IResult> Terminate(Guid organisation, Guid id, TerminateAgreement body, [AsParameters] AgreementChange change) => change.DoAsync(
        Own(change.Db, organisation, change.Caller), id, "agreement.terminate",
        (agreement, now) => agreement.Terminate(organisation, body.Reason, body.Effective, now));

    /// <summary>The agreements of the caller's organisation; of another one's, which the path may name, none.</summary>
    private static IQueryable<Agreement> Own(PartnersDb db, Guid organisation, Caller caller) =>
        db.Agreements.Where(agreement => organisation == caller.Organisation && agreement.Parties.Any(party => party.OrganisationId == organisation));
}
