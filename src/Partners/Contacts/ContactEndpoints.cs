using Microsoft.EntityFrameworkCore;
using Soc.Contracts;
using Soc.Messaging.Idempotency;
using Soc.Partners.Data;
using Soc.Partners.Onboarding;
using Soc.ServiceDefaults;

namespace Soc.Partners.Contacts;

internal static class ContactEndpoints
{
    /// <summary>A contact does not change between its creation and its deletion.</summary>
    private const long Version = 1;

    public static void MapContacts(this IEndpointRouteBuilder routes)
    {
        var contacts = routes.MapGroup("/partners/v1/organisations/{organisation:guid}/contacts");
        contacts.MapPost("", Create).RequireAuthorization(Policies.Onboarding).RequireIdempotencyKey<PartnersDb>();
        contacts.MapGet("", List).RequireAuthorization(Policies.Contacts);
        contacts.MapGet("{id:guid}", Read).RequireAuthorization(Policies.Contacts);
        contacts.MapPost("{id:guid}/deletion", Delete).RequireAuthorization(Policies.Onboarding);
    }

    private static async Task<IResult> Create(
        Guid organisation, CreateContact body, Caller caller, HttpResponse response, PartnersDb db, KeyEncryption keys, TimeProvider clock,
        CancellationToken cancellation)
    {
        if (await db.FindAdministeredAsync(organisation, caller, cancellation) is null)
        {
            return PartnersProblems.OrganisationNotFound.ToResult();
        }

        var now = clock.Now();
        var details = new ContactDetails(body.Name, body.Email, body.Phone);
        var contact = Contact.Create(Guid.CreateVersion7(now), organisation, body.Role, details, keys, now);
        db.Contacts.Add(contact);
        await db.SaveAsync(caller, "contact.create", contact.Id.ToString(), null, now, cancellation);
        response.SetETag(Version);
        return Results.Created(
            $"/partners/v1/organisations/{organisation}/contacts/{contact.Id}", new ContactEntry(contact.Id, contact.Role, contact.CreatedAt));
    }

    private static async Task<IResult> List(
        Guid organisation, Caller caller, HttpResponse response, PartnersDb db, KeyEncryption keys, TimeProvider clock, CancellationToken cancellation)
    {
        if (!MayRead(organisation, caller) || !await db.Organisations.AnyAsync(found => found.Id == organisation, cancellation))
        {
            return PartnersProblems.OrganisationNotFound.ToResult();
        }

        var found = await db.Contacts.AsNoTracking().Where(contact => contact.OrganisationId == organisation)
            .OrderBy(contact => contact.CreatedAt).ThenBy(contact => contact.Id).ToListAsync(cancellation);
        await AuditReadingAsync(found, caller, response, db, clock, cancellation);
        return Results.Ok(new { items = found.Select(contact => ContactView.Of(contact, keys, caller)) });
    }

    private static async Task<IResult> Read(
        Guid organisation, Guid id, Caller caller, HttpResponse response, PartnersDb db, KeyEncryption keys, TimeProvider clock, CancellationToken cancellation)
    {
        var found = MayRead(organisation, caller)
            ? await db.Contacts.AsNoTracking().SingleOrDefaultAsync(contact => contact.Id == id && contact.OrganisationId == organisation, cancellation)
            : null;
        if (found is null)
        {
            return PartnersProblems.ContactNotFound.ToResult();
        }

        await AuditReadingAsync([found], caller, response, db, clock, cancellation);
        response.SetETag(Version);
        return Results.Ok(ContactView.Of(found, keys, caller));
    }

    private static async Task<IResult> Delete(
        Guid organisation, Guid id, Caller caller, HttpRequest request, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var found = await db.FindAdministeredAsync(organisation, caller, cancellation) is null
            ? null
            : await db.Contacts.SingleOrDefaultAsync(contact => contact.Id == id && contact.OrganisationId == organisation, cancellation);
        if (found is null)
        {
            return PartnersProblems.ContactNotFound.ToResult();
        }

        if (Preconditions.Check(request, Version) is { } stale)
        {
            return stale.ToResult();
        }

        var named = await db.Applications.AnyAsync(application => application.ResponsibleIndividualId == id
            && (application.State == ApplicationState.Submitted || application.State == ApplicationState.Verified), cancellation);
        if (!named)
        {
            db.Contacts.Remove(found);
        }

        var refusal = await db.SaveAsync(caller, "contact.delete", id.ToString(), named ? PartnersProblems.ContactNamed : null, clock.Now(), cancellation);
        return refusal?.ToResult() ?? Results.NoContent();
    }

    private static bool MayRead(Guid organisation, Caller caller) => caller.Organisation == organisation
        || caller.Scopes.Contains(Scopes.OrganisationsRegister) || caller.Scopes.Contains(Scopes.OrganisationsSuspend);

    /// <summary>Saved before anything is opened: there is no reading without its entry.</summary>
    private static async Task AuditReadingAsync(
        IReadOnlyList<Contact> read, Caller caller, HttpResponse response, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        response.Headers.CacheControl = "no-store";
        foreach (var contact in read)
        {
            await db.SaveAsync(caller, "contact.read", contact.Id.ToString(), null, clock.Now(), cancellation);
        }
    }
}
