using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Soc.Contracts.Partners;
using Soc.Messaging;
using Soc.Partners.Agreements;
using Soc.Partners.Clients;
using Soc.Partners.CutOffs;
using Soc.Partners.Data;
using Soc.Partners.Organisations;
using Soc.Partners.Terms;
using Soc.ServiceDefaults;

namespace Soc.Partners.Founding;

/// <summary>
/// The two authorities that the platform starts with and the agreements between them, so that "no access without an active agreement" has no exception.
/// Loaded with the first registrar or with the sample data; repeatable.
/// </summary>
internal static class FoundingData
{
    public static readonly Guid HomeOffice = new("01900000-0000-7000-8000-000000000001");
    public static readonly Guid ProtectedPersonsService = new("01900000-0000-7000-8000-000000000002");
    private static readonly Guid GovernanceAgreement = new("01900000-0000-7000-8000-0000000000a1");
    private static readonly Guid CaseworkAgreement = new("01900000-0000-7000-8000-0000000000a2");

    private static readonly string[] AllRegions =
        ["ENG-EAST", "ENG-EMID", "ENG-NE", "ENG-NW", "ENG-SE", "ENG-SW", "WAL-S", "ENG-WMID", "ENG-YH", "ENG-LON", "SCT", "NIR"];

    public static async Task LoadAsync(PartnersDb db, DateTimeOffset now)
    {
        await AddConformantAsync(db, HomeOffice, "Home Office", "public", "government-department", AllRegions, now);
        await AddConformantAsync(
            db, ProtectedPersonsService, "National Crime Agency – UK Protected Persons Service", "public", "law-enforcement-agency", AllRegions, now);
        await db.SaveChangesAsync();
        await AddActiveAsync(db, GovernanceAgreement, "FOUNDING-1", now, Terms(
            "Running the register of partners, its security, the delivery of the strategy and its statistics", "Crime and Courts Act 2013, section 7",
            ["partner-register", "partner-security", "strategy-delivery", "strategy-progress", "unreleased-statistics"], HomeOffice, ProtectedPersonsService, now));
        await AddActiveAsync(db, CaseworkAgreement, "FOUNDING-2", now, Terms(
            "Casework of the UK Protected Persons Service on referred persons", "Crime and Courts Act 2013, section 7",
            ["protected-person-casework"], HomeOffice, ProtectedPersonsService, now));
        await db.SaveChangesAsync();
    }

    public static AgreementTerms Terms(string purpose, string legalGateway, string[] categories, Guid one, Guid other, DateTimeOffset now) => new(
        [one, other], purpose, legalGateway, categories, "DPIA/" + categories[0], Marking.OfficialSensitive.Code(), 84, UkCalendar.Day(now).AddMonths(24));

    /// <summary>
    /// The operator's short cut: what otherwise an application, a registrar and a developer do one after the other is done at once, by the same rules and on
    /// record as the operator's. The organisation accepts the terms that are in force by the answers that any of their questions takes.
    /// </summary>
    public static async Task AddConformantAsync(PartnersDb db, Guid id, string name, string sector, string kind, string[] regions, DateTimeOffset now)
    {
        if (await db.Organisations.AnyAsync(organisation => organisation.Id == id))
        {
            return;
        }

        var (organisation, registered) = Organisation.Register(id, new OrganisationFacts(name, sector, kind, regions), now);
        db.Organisations.Add(organisation);
        db.Publish(registered, id, organisation.Version);
        db.Audit("organisation.register", id.ToString(), now);
        foreach (var (action, step) in new (string, Func<Decision<OrganisationChanged>>)[]
        {
            ("application.submit", organisation.Apply), ("application.verify-responsible-individual", organisation.VerifyResponsibleIndividual),
            ("organisation.approve", organisation.Approve), ("client.register", organisation.EnterSandbox), ("conformance.confirm", organisation.PassConformance),
        })
        {
            db.Publish(step().Event!, id, organisation.Version);
            db.Audit(action, id.ToString(), now);
        }

        var terms = TermsOfUse.Published.Current(now);
        db.TermsAcceptances.Add(TermsAcceptance.Accept(TermsOfUse.Published, id, terms.Number, Answers(terms), "operator", now).Acceptance!);
    }

    private static Dictionary<string, JsonElement> Answers(TermsVersion terms) => terms.Questions.ToDictionary(
        question => question.Code,
        question => question.Kind switch
        {
            "choice" => JsonSerializer.SerializeToElement(question.Options![0]),
            "number" => JsonSerializer.SerializeToElement(question.Minimum),
            _ => JsonSerializer.SerializeToElement(true),
        });

    public static async Task AddActiveAsync(PartnersDb db, Guid id, string document, DateTimeOffset now, AgreementTerms terms)
    {
        if (await db.Agreements.AnyAsync(known => known.Id == id))
        {
            return;
        }

        var agreement = Agreement.Draft(id, terms, now)!;
        foreach (var party in terms.Parties)
        {
            agreement.RecordSignature(party, document, recordedBy: null, now);
        }

        db.Agreements.Add(agreement);
        db.Publish(agreement.Activate(now).Event!, id, agreement.EventVersion);
        foreach (var party in await db.Organisations.Where(organisation => terms.Parties.Contains(organisation.Id)).ToListAsync())
        {
            if (party.GoLive().Event is { } changed)
            {
                db.Publish(changed, party.Id, party.Version);
            }
        }

        db.Audit("agreement.activate", id.ToString(), now);
    }

    /// <summary>Registers a client, or gives a known one this key in place of those it lost.</summary>
    public static async Task RegisterAsync(PartnersDb db, string name, Guid organisation, string[] scopes, PublicKey key, DateTimeOffset now)
    {
        var terms = new CredentialSettings().TermsOf(null, null, null, now)!;
        if (await db.Clients.SingleOrDefaultAsync(known => known.Id == name) is not { } client)
        {
            var (registered, approved) = ApiClient.Register(name, organisation, scopes, sandbox: false, key, terms, now, proposedBy: null);
            db.Clients.Add(registered);
            db.Publish(approved, registered.Reference, registered.EventVersion);
            db.Audit("client.register", name, now);
            return;
        }

        if (client.Keys.Exists(known => known.Thumbprint == key.Thumbprint && !known.HasEnded(now)))
        {
            return;
        }

        foreach (var lost in client.Keys.Where(known => !known.HasEnded(now)).ToList())
        {
            if (client.RevokeKey(lost.KeyId, "superseded", now).Event is { } revoked)
            {
                db.Publish(revoked, client.Reference, client.EventVersion);
            }
        }

        if (client.AddKey(key, terms, now, proposedBy: null).Event is { } rotated)
        {
            db.Publish(rotated, client.Reference, client.EventVersion);
        }

        db.Audit("client.replace-key", name, now);
        await db.CutOffUntilNowAsync(organisation, CancellationToken.None);
    }
}
