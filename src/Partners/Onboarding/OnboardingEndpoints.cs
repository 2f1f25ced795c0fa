using Microsoft.EntityFrameworkCore;
using Soc.Contracts;
using Soc.Messaging;
using Soc.Messaging.Idempotency;
using Soc.Partners.Contacts;
using Soc.Partners.Data;
using Soc.Partners.Organisations;
using Soc.Partners.Terms;
using Soc.ServiceDefaults;

namespace Soc.Partners.Onboarding;

internal static class OnboardingEndpoints
{
    private const int PageSize = 50;
    private const string Reminded = "reminded";

    public static void MapOnboarding(this IEndpointRouteBuilder routes)
    {
        var organisation = routes.MapGroup("/partners/v1/organisations/{id:guid}");
        organisation.MapGet("onboarding", Read).RequireAuthorization(Policies.Onboarding);
        organisation.MapPost("applications", Submit).RequireAuthorization(Policies.Onboarding).RequireIdempotencyKey<PartnersDb>();
        organisation.MapPost("responsible-individual-verification", Verify).RequireAuthorization(Scopes.OrganisationsRegister);
        organisation.MapPost("approval", Approve).RequireAuthorization(Scopes.OrganisationsRegister);
        routes.MapGet("/partners/v1/applications", List).RequireAuthorization(Scopes.OrganisationsRegister);
    }

    /// <summary>The organisation, to a registrar or to its own administrator; nothing to anybody else, whether it exists or not.</summary>
    public static Task<Organisation?> FindAdministeredAsync(this PartnersDb db, Guid id, Caller caller, CancellationToken cancellation)
    {
        var registrar = caller.Scopes.Contains(Scopes.OrganisationsRegister);
        return db.Organisations.SingleOrDefaultAsync(organisation => organisation.Id == id && (registrar || organisation.Id == caller.Organisation), cancellation);
    }

    private static async Task<IResult> Read(
        Guid id, Caller caller, HttpResponse response, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        if (await db.FindAdministeredAsync(id, caller, cancellation) is not { } organisation)
        {
            return PartnersProblems.OrganisationNotFound.ToResult();
        }

        var application = await db.Applications.AsNoTracking().Where(found => found.OrganisationId == id)
            .OrderByDescending(found => found.SubmittedAt).FirstOrDefaultAsync(cancellation);
        var accepted = await db.LastAcceptanceAsync(id, cancellation);
        response.SetETag(organisation.Version);
        return Results.Ok(new OnboardingView(
            organisation.Status.Code(), application is null ? null : ApplicationView.Of(application, organisation, caller), accepted is null ? null : AcceptanceView.Of(accepted),
            TermsOfUse.Published.AcceptanceDue(accepted?.TermsVersion ?? 0, clock.Now()), organisation.AllowedActions(caller)));
    }

    private static async Task<IResult> Submit(
        Guid id, SubmitApplication body, Caller caller, HttpResponse response, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        if (await db.FindAdministeredAsync(id, caller, cancellation) is not { } organisation)
        {
            return PartnersProblems.OrganisationNotFound.ToResult();
        }

        if (!await db.Contacts.AnyAsync(
            contact => contact.Id == body.ResponsibleIndividual && contact.OrganisationId == id && contact.Role == Contact.ResponsibleIndividual, cancellation))
        {
            return PartnersProblems.ApplicationResponsibleIndividual.ToResult();
        }

        var now = clock.Now();
        var (acceptance, unanswered) = TermsAcceptance.Accept(TermsOfUse.Published, id, body.Terms.Version, body.Terms.Answers, caller.Actor, now);
        if (acceptance is null)
        {
            return unanswered!.ToResult();
        }

        var decision = organisation.Apply();
        if (decision.Event is not { } applied)
        {
            return decision.Refusal!.ToResult();
        }

        var application = OnboardingApplication.Submit(Guid.CreateVersion7(now), id, body.ResponsibleIndividual, now);
        db.Applications.Add(application);
        db.TermsAcceptances.Add(acceptance);
        db.Publish(applied, id, organisation.Version);
        if (await db.SaveAsync(caller, "application.submit", id.ToString(), null, now, cancellation) is { } refusal)
        {
            return refusal.ToResult();
        }

        response.SetETag(organisation.Version);
        return Results.Created($"/partners/v1/organisations/{id}/onboarding", ApplicationView.Of(application, organisation, caller));
    }

    private static async Task<IResult> Verify(
        Guid id, VerifyResponsibleIndividual body, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var application = await db.OpenApplicationAsync(id, cancellation);
        return await OrganisationEndpoints.ChangeAsync(
            id, "application.verify-responsible-individual",
            organisation =>
            {
                var decision = organisation.VerifyResponsibleIndividual();
                if (decision.Event is not null)
                {
                    application!.Verify(body.Method, caller.Actor, clock.Now());
                }

                return decision;
            },
            null, caller, http, db, clock, cancellation);
    }

    /// <summary>The responsible individual is verified, or the status would not allow it; and what was accepted of the terms must still be current.</summary>
    private static async Task<IResult> Approve(
        Guid id, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var application = await db.OpenApplicationAsync(id, cancellation);
        var outdated = (await db.LastAcceptanceAsync(id, cancellation))?.TermsVersion != TermsOfUse.Published.Current(clock.Now()).Number;
        return await OrganisationEndpoints.ChangeAsync(
            id, "organisation.approve",
            organisation =>
            {
                if (outdated && organisation.Leads(OrganisationVerb.Approve) is not null)
                {
                    return PartnersProblems.TermsOutdated;
                }

                var decision = organisation.Approve();
                if (decision.Event is not null)
                {
                    application!.Approve(clock.Now());
                }

                return decision;
            },
            null, caller, http, db, clock, cancellation);
    }

    /// <summary>The registrars' worklist, those that have stood still longest first.</summary>
    private static async Task<IResult> List(string? state, string? cursor, Caller caller, PartnersDb db, CancellationToken cancellation)
    {
        if (state is not (null or Reminded) && !Enum.GetValues<ApplicationState>().Any(known => known.Code() == state))
        {
            return PartnersProblems.ApplicationState.ToResult();
        }

        var (after, last) = (DateTimeOffset.MinValue, Guid.Empty);
        if (cursor is not null && !Cursor.TryParse(cursor, out after, out last))
        {
            return PartnersProblems.CursorInvalid.ToResult();
        }

        var applications = db.Applications.AsNoTracking();
        if (state == Reminded)
        {
            applications = applications.Where(application => application.RemindedAt != null);
        }
        else if (state is not null)
        {
            var wanted = Enum.GetValues<ApplicationState>().Single(known => known.Code() == state);
            applications = applications.Where(application => application.State == wanted);
        }

        var rows = await applications
            .Where(application => EF.Functions.GreaterThan(ValueTuple.Create(application.ProgressedAt, application.Id), ValueTuple.Create(after, last)))
            .OrderBy(application => application.ProgressedAt).ThenBy(application => application.Id).Take(PageSize + 1).ToListAsync(cancellation);
        var page = rows.Take(PageSize).ToList();
        var ids = page.Select(application => application.OrganisationId).ToList();
        var applicants = await db.Organisations.AsNoTracking().Where(organisation => ids.Contains(organisation.Id)).ToDictionaryAsync(organisation => organisation.Id, cancellation);
        return Results.Ok(new ApplicationPage(
            page.Select(application => ApplicationView.Of(application, applicants[application.OrganisationId], caller)), rows.Count > PageSize ? Cursor.Of(rows[PageSize - 1].ProgressedAt, rows[PageSize - 1].Id) : null));
    }

    private static Task<OnboardingApplication?> OpenApplicationAsync(this PartnersDb db, Guid organisation, CancellationToken cancellation) =>
        db.Applications.SingleOrDefaultAsync(
            application => application.OrganisationId == organisation
                && (application.State == ApplicationState.Submitted || application.State == ApplicationState.Verified),
            cancellation);

    private static Task<TermsAcceptance?> LastAcceptanceAsync(this PartnersDb db, Guid organisation, CancellationToken cancellation) =>
        db.TermsAcceptances.AsNoTracking().Where(acceptance => acceptance.OrganisationId == organisation)
            .OrderByDescending(acceptance => acceptance.AcceptedAt).FirstOrDefaultAsync(cancellation);
}
