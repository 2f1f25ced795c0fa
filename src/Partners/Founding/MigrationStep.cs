using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Soc.Contracts;
using Soc.Partners.Attestations;
using Soc.Partners.Audit;
using Soc.Partners.Clients;
using Soc.Partners.Data;
using Soc.Partners.Tokens;
using Soc.ServiceDefaults;

namespace Soc.Partners.Founding;

/// <summary>What the migration step does after the tables and the service's role are there, as the tables' owner.</summary>
internal static class MigrationStep
{
    private const string SampleDataOption = "--sample-data";

    /// <summary>
    /// Those whom somebody must be before anybody can be anything, each with the operator's public key: a registrar, who registers all others, and a security officer,
    /// who approves the keys of the next. Until the Home Office has a responsible individual its registrar attests for it too, or the platform would lock itself
    /// out when the first quarter's grace is over.
    /// </summary>
    private static readonly (string Option, string Client, string[] Scopes)[] First =
    [
        ("--bootstrap-registrar-jwk", "home-office-registrar",
            [Scopes.OrganisationsRegister, Scopes.OrganisationsRead, Scopes.AgreementsManage, Scopes.OrganisationAttest]),
        ("--bootstrap-officer-jwk", "home-office-security-a", [Scopes.OrganisationsSuspend, Scopes.OrganisationsRead]),
    ];

    public static async Task RunAsync(IServiceProvider services, PartnersDb db, string[] args)
    {
        var (configuration, now) = (services.GetRequiredService<IConfiguration>(), services.GetRequiredService<TimeProvider>().Now());
        await SigningKeyRotation.RotateAsync(services, db, onlyWhenDue: true, now);
        await using var transaction = await db.Database.BeginTransactionAsync();
        foreach (var (option, client, scopes) in First)
        {
            if (Array.IndexOf(args, option) is > 0 and var at)
            {
                var path = args.ElementAtOrDefault(at + 1) ?? throw new InvalidOperationException($"{option} needs the path of a JSON Web Key.");
                await RegisterFirstAsync(db, client, scopes, path, now);
            }
        }

        if (args.Contains(SampleDataOption))
        {
            await SampleData.LoadAsync(
                db, configuration["SampleData:KeysDirectory"] ?? throw new InvalidOperationException("SampleData:KeysDirectory is not configured."),
                services.GetRequiredService<IOptions<AttestationOptions>>().Value.GraceDays, now);
        }

        await transaction.CommitAsync();
    }

    /// <summary>Adds the audit entry of something the operator did with this step; it is saved with the change.</summary>
    public static void Audit(this PartnersDb db, string action, string subject, DateTimeOffset now) => db.AuditEntries.Add(new AuditEntry
    {
        At = now,
        Actor = "operator",
        ClientId = "migrate",
        OrganisationId = null,
        Action = action,
        SubjectId = subject,
        Outcome = AuditEntry.Done,
    });

    private static async Task RegisterFirstAsync(PartnersDb db, string client, string[] scopes, string path, DateTimeOffset now)
    {
        using var jwk = JsonDocument.Parse(await File.ReadAllTextAsync(path));
        var (key, refusal) = PublicKey.Parse(jwk.RootElement);
        await FoundingData.LoadAsync(db, now);
        await FoundingData.RegisterAsync(
            db, client, FoundingData.HomeOffice, scopes, key ?? throw new InvalidOperationException($"{path}: {refusal!.Detail}"), now);
        await db.SaveChangesAsync();
    }
}
