using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Soc.Contracts;
using Soc.Messaging;
using Soc.Messaging.Idempotency;
using Soc.Partners.Data;
using Soc.Partners.Organisations;
using Soc.Partners.ReferenceData;
using Soc.ServiceDefaults;

namespace Soc.Partners.Attestations;

internal static class AttestationEndpoints
{
    private const int PageSize = 50;

    public static void MapAttestations(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/partners/v1/attestations", List).RequireAuthorization(Scopes.OrganisationsRead);
        var own = routes.MapGroup("/partners/v1/organisations/{organisation:guid}/attestations").RequireAuthorization(Scopes.OrganisationAttest);
        own.MapGet("", ReadOwn);
        own.MapPost("", Make).RequireIdempotencyKey<PartnersDb>();
    }

    /// <summary>Where the live organisations stand: registrars and those who manage agreements see all, everyone else its own.</summary>
    private static async Task<IResult> List(
        [KnownCodes(ReferenceCodes.AttestationStates)] string? state, string? cursor, Caller caller, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        if (!Cursor.TryParse(cursor, out var after))
        {
            return PartnersProblems.CursorInvalid.ToResult();
        }

        var (now, seesAll) = (clock.Now(), caller.Scopes.Contains(Scopes.OrganisationsRegister) || caller.Scopes.Contains(Scopes.AgreementsManage));
        var today = UkCalendar.Day(now);
        var duties = db.AttestationDuties.Where(duty => (seesAll || duty.OrganisationId == caller.Organisation)
            && db.Organisations.Any(organisation => organisation.Id == duty.OrganisationId && organisation.Status == OrganisationStatus.Live));
        duties = state is null ? duties : AttestationStates.Parse(state) switch
        {
            AttestationState.Overdue => duties.Where(duty => duty.SharedUntil <= now),
            AttestationState.Due => duties.Where(duty => duty.SharedUntil > now && duty.DueFrom <= today),
            _ => duties.Where(duty => duty.SharedUntil > now && duty.DueFrom > today),
        };
        var found = await duties.AsNoTracking().Where(duty => duty.OrganisationId > after).OrderBy(duty => duty.OrganisationId).Take(PageSize + 1).ToListAsync(cancellation);
        return Results.Ok(new AttestationDutyPage(
            [.. found.Take(PageSize).Select(duty => new AttestationDutyView(
                duty.OrganisationId, duty.StateAt(now).Code(), duty.DueFrom, duty.SharedUntil, AllowedActions(duty.OrganisationId, duty.StateAt(now), caller)))],
            found.Count > PageSize ? Cursor.Of(found[PageSize - 1].OrganisationId) : null));
    }

    private static async Task<IResult> ReadOwn(Guid organisation, Caller caller, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        if (organisation != caller.Organisation)
        {
            return PartnersProblems.OrganisationNotFound.ToResult();
        }

        var now = clock.Now();
        var duty = await db.AttestationDuties.AsNoTracking().SingleOrDefaultAsync(found => found.OrganisationId == organisation, cancellation);
        var made = await db.Attestations.AsNoTracking().Where(attestation => attestation.OrganisationId == organisation)
            .OrderByDescending(attestation => attestation.MadeAt).ToListAsync(cancellation);
        var state = duty?.StateAt(now) ?? AttestationState.NotDue;
        var statement = await AttestationStatement.ReadAsync(db, organisation, now, cancellation);
        return Results.Ok(new AttestationStatementView(
            organisation, state.Code(), duty?.DueFrom, duty?.SharedUntil, statement.Clients, statement.Contacts, made.Select(View),
            AllowedActions(organisation, state, caller)));
    }

    private static async Task<IResult> Make(
        Guid organisation, MakeAttestation body, Caller caller, PartnersDb db, IOptions<AttestationOptions> options, TimeProvider clock, CancellationToken cancellation)
    {
        if (organisation != caller.Organisation)
        {
            return PartnersProblems.OrganisationNotFound.ToResult();
        }

        var now = clock.Now();
        var duty = await db.AttestationDuties.SingleOrDefaultAsync(found => found.OrganisationId == organisation, cancellation);
        if (duty is null)
        {
            return PartnersProblems.AttestationNotDue.ToResult();
        }

        var statement = await AttestationStatement.ReadAsync(db, organisation, now, cancellation);
        if (new AttestationStatement(body.Clients, body.Contacts).Canonical() != statement.Canonical())
        {
            return PartnersProblems.AttestationStale.ToResult();
        }

        var decision = duty.Attest(options.Value.GraceDays, now);
        if (decision.Event is not { } attested)
        {
            return decision.Refusal!.ToResult();
        }

        var attestation = new Attestation
        {
            Id = Guid.CreateVersion7(now),
            OrganisationId = organisation,
            Quarter = attested.Quarter,
            MadeAt = now,
            ClientId = caller.ClientId,
            Actor = caller.Actor,
            Role = body.Role,
            Statement = statement.Canonical(),
        };
        db.Attestations.Add(attestation);
        db.Publish(attested, duty.Id, duty.EventVersion);
        return await db.SaveAsync(caller, "attestation.make", organisation.ToString(), null, now, cancellation) is { } refusal
            ? refusal.ToResult()
            : Results.Created($"/partners/v1/organisations/{organisation}/attestations", View(attestation));
    }

    private static string[] AllowedActions(Guid organisation, AttestationState state, Caller caller) =>
        state != AttestationState.NotDue && organisation == caller.Organisation && caller.Scopes.Contains(Scopes.OrganisationAttest) ? ["attestations"] : [];

    private static AttestationView View(Attestation attestation) =>
        new(attestation.Id, attestation.OrganisationId, attestation.Quarter, attestation.MadeAt, attestation.Role, attestation.Actor);
}
