using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Soc.Contracts;
using Soc.Messaging;
using Soc.Partners.Attestations;
using Soc.Partners.Clients;
using Soc.Partners.Data;
using Soc.Partners.Forums;
using Soc.Partners.SharingGroups;

namespace Soc.Partners.Founding;

/// <summary>
/// A fictional charity, a fictional second protection unit and a client for every role, each with a key pair made here and written where <c>./platform token</c> finds it. Repeatable: a key
/// whose file matches the register is kept; one that was lost is revoked and replaced.
/// </summary>
internal static class SampleData
{
    public static readonly Guid HarbourTrust = new("01900000-0000-7000-8000-000000000003");
    private static readonly Guid ExampleProtectionUnit = new("01900000-0000-7000-8000-000000000005");
    private static readonly Guid ReferralAgreement = new("01900000-0000-7000-8000-0000000000a3");
    private static readonly Guid SecondUnitAgreement = new("01900000-0000-7000-8000-0000000000a4");
    private static readonly Guid ReferralGroup = new("01900000-0000-7000-8000-0000000000b1");

    public static readonly IReadOnlyList<(string Client, Guid Organisation, string[] Scopes)> Clients =
    [
        ("home-office-registrar", FoundingData.HomeOffice, [Scopes.OrganisationsRegister, Scopes.OrganisationsRead, Scopes.AgreementsManage]),
        ("home-office-security-a", FoundingData.HomeOffice, [Scopes.OrganisationsSuspend, Scopes.OrganisationsRead]),
        ("home-office-security-b", FoundingData.HomeOffice, [Scopes.OrganisationsSuspend, Scopes.OrganisationsRead]),
        ("home-office-responsible", FoundingData.HomeOffice, [Scopes.OrganisationAttest, Scopes.OrganisationsRead]),
        ("home-office-strategy", FoundingData.HomeOffice, [Scopes.StrategyOwn, Scopes.StrategyRead]),
        ("home-office-analyst", FoundingData.HomeOffice, [Scopes.ReportsStatistics, Scopes.StrategyRead]),
        ("ukpps-triage", FoundingData.ProtectedPersonsService, [Scopes.ReferralsTriage, Scopes.OrganisationsRead]),
        ("ukpps-assessor", FoundingData.ProtectedPersonsService, [Scopes.ReferralsAssess, Scopes.OrganisationsRead]),
        ("ukpps-authoriser", FoundingData.ProtectedPersonsService, [Scopes.ReferralsDecide, Scopes.OrganisationsRead]),
        ("ukpps-caseworker", FoundingData.ProtectedPersonsService, [Scopes.ReferralsCasework, Scopes.OrganisationsRead]),
        ("ukpps-reviewer", FoundingData.ProtectedPersonsService, [Scopes.ReferralsReview, Scopes.OrganisationsRead]),
        ("ukpps-transfers", FoundingData.ProtectedPersonsService, [Scopes.ReferralsTransfer, Scopes.OrganisationsRead]),
        ("ukpps-privacy", FoundingData.ProtectedPersonsService, [Scopes.ReferralsPrivacy, Scopes.OrganisationsRead]),
        ("ukpps-responsible", FoundingData.ProtectedPersonsService, [Scopes.OrganisationAttest, Scopes.OrganisationsRead]),
        ("example-unit-transfers", ExampleProtectionUnit, [Scopes.ReferralsTransfer, Scopes.OrganisationsRead]),
        ("example-unit-caseworker", ExampleProtectionUnit, [Scopes.ReferralsCasework, Scopes.OrganisationsRead]),
        ("harbour-trust", HarbourTrust, [Scopes.ReferralsSubmit, Scopes.ReferralsUpdates, Scopes.OrganisationsRead]),
        ("harbour-trust-administrator", HarbourTrust, [Scopes.OrganisationAdminister, Scopes.OrganisationsRead]),
        ("harbour-trust-responsible", HarbourTrust, [Scopes.OrganisationAttest, Scopes.OrganisationsRead]),
        ("harbour-trust-developer", HarbourTrust, [Scopes.IntegrationManage, Scopes.OrganisationsRead]),
    ];

    private static readonly Guid NorthernBank = new("01900000-0000-7000-8000-000000000004");

    /// <summary>The three that the sample strategies rely on; Strategy's sample data knows them by these ids.</summary>
    private static readonly (Guid Id, string Kind, string Name, string[] Area, DateOnly From, (Guid Organisation, string Role)[] Members)[] Forums =
    [
        (new("01900000-0000-7000-8000-0000000000f1"), "sector-forum", "Financial Sector Forum", [], new(2014, 1, 1),
            [(FoundingData.HomeOffice, "chair"), (FoundingData.ProtectedPersonsService, "member"), (NorthernBank, "member")]),
        (new("01900000-0000-7000-8000-0000000000f2"), "community-coordinator-pilot", "Community coordinators of the pilot areas", ["ENG-NW", "ENG-SE", "WAL-S"],
            new(2018, 11, 1), [(FoundingData.HomeOffice, "secretariat"), (HarbourTrust, "member")]),
        (new("01900000-0000-7000-8000-0000000000f3"), "overseas-policy-network", "Overseas policy network", ["POST-TIRANA", "POST-BOGOTA", "POST-ABUJA"],
            new(2018, 11, 1), [(FoundingData.HomeOffice, "chair"), (FoundingData.ProtectedPersonsService, "observer")]),
    ];

    public static async Task LoadAsync(PartnersDb db, string directory, int graceDays, DateTimeOffset now)
    {
        await FoundingData.LoadAsync(db, now);
        await FoundingData.AddConformantAsync(db, HarbourTrust, "Example Harbour Trust", "voluntary", "charity", ["ENG-SE"], now);
        await FoundingData.AddConformantAsync(db, NorthernBank, "Example Northern Bank", "private", "company", ["ENG-NE"], now);
        await FoundingData.AddConformantAsync(db, ExampleProtectionUnit, "Example Protection Unit", "public", "law-enforcement-agency", ["ENG-NE"], now);
        await db.SaveChangesAsync();
        await FoundingData.AddActiveAsync(db, ReferralAgreement, "SAMPLE-1", now, FoundingData.Terms(
            "Referral of people at risk of serious harm to the UK Protected Persons Service", "Crime and Courts Act 2013, section 7",
            ["protected-person-referrals"], FoundingData.ProtectedPersonsService, HarbourTrust, now));
        await FoundingData.AddActiveAsync(db, SecondUnitAgreement, "SAMPLE-2", now, FoundingData.Terms(
            "Casework of a second unit, to which cases can be transferred", "Crime and Courts Act 2013, section 7",
            ["protected-person-casework"], FoundingData.ProtectedPersonsService, ExampleProtectionUnit, now));
        await AddForumsAsync(db, now);
        await db.SaveChangesAsync();
        await AddSharingGroupAsync(db, now);
        Directory.CreateDirectory(directory);
        foreach (var (name, organisation, scopes) in Clients)
        {
            var key = KeyFile(Path.Combine(directory, name + ".pem"));
            await FoundingData.RegisterAsync(db, name, organisation, scopes, key, now);
            await File.WriteAllTextAsync(
                Path.Combine(directory, name + ".json"),
                JsonSerializer.Serialize(new { clientId = name, keyId = key.KeyId, organisation, scopes }));
        }

        await db.SaveChangesAsync();
        foreach (var organisation in Clients.Select(client => client.Organisation).Distinct())
        {
            await AttestAsync(db, organisation, graceDays, now);
        }

        await db.SaveChangesAsync();
    }

    /// <summary>A sample platform that is started again after months must not find its fictional organisations overdue: nobody was there to attest.</summary>
    private static async Task AttestAsync(PartnersDb db, Guid organisation, int graceDays, DateTimeOffset now)
    {
        if (await db.AttestationDuties.SingleOrDefaultAsync(known => known.OrganisationId == organisation) is not { } duty
            || duty.Attest(graceDays, now).Event is not { } attested)
        {
            return;
        }

        db.Attestations.Add(new Attestation
        {
            Id = Guid.CreateVersion7(now),
            OrganisationId = organisation,
            Quarter = attested.Quarter,
            MadeAt = now,
            ClientId = "migrate",
            Actor = "operator",
            Role = "responsible-individual",
            Statement = (await AttestationStatement.ReadAsync(db, organisation, now, CancellationToken.None)).Canonical(),
        });
        db.Publish(attested, duty.Id, duty.EventVersion);
        db.Audit("attestation.make", organisation.ToString(), now);
    }

    private static async Task AddForumsAsync(PartnersDb db, DateTimeOffset now)
    {
        foreach (var (id, kind, name, area, from, members) in Forums)
        {
            if (await db.Forums.AnyAsync(known => known.Id == id))
            {
                continue;
            }

            var (forum, created) = Forum.Create(id, kind, name, area, from, until: null);
            db.Forums.Add(forum);
            db.Publish(created, id, forum.Version);
            foreach (var (organisation, role) in members)
            {
                db.Publish(forum.Join(Guid.CreateVersion7(now), organisation, role, from).Event!, id, forum.Version);
            }

            db.Audit("forum.create", id.ToString(), now);
        }
    }

    /// <summary>A sharing group of the service and the trust, so that there is one to share with.</summary>
    private static async Task AddSharingGroupAsync(PartnersDb db, DateTimeOffset now)
    {
        if (await db.SharingGroups.AnyAsync(group => group.Id == ReferralGroup))
        {
            return;
        }

        var agreement = await db.Agreements.SingleAsync(known => known.Id == ReferralAgreement);
        var group = SharingGroup.Form(ReferralGroup, "Safeguarding exchange", "Early warning about people at risk of serious harm", ReferralAgreement, now);
        foreach (var member in new[] { FoundingData.ProtectedPersonsService, HarbourTrust })
        {
            group.Add(Guid.CreateVersion7(now), member, now, null, agreement, now);
        }

        db.SharingGroups.Add(group);
        db.TellMemberships(group, now);
        db.Audit("sharing-group.form", ReferralGroup.ToString(), now);
    }

    /// <summary>The public half of the key pair in the file, which is made where it is missing; only its owner can read it.</summary>
    private static PublicKey KeyFile(string path)
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (File.Exists(path))
        {
            pair.ImportFromPem(File.ReadAllText(path));
            return PublicKey.Of(pair);
        }

        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new StreamWriter(path, options);
        file.WriteLine(pair.ExportPkcs8PrivateKeyPem());
        return PublicKey.Of(pair);
    }
}
