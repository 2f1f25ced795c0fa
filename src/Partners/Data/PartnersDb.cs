using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Soc.Messaging;
using Soc.Partners.Agreements;
using Soc.Partners.Attestations;
using Soc.Partners.Audit;
using Soc.Partners.Calls;
using Soc.Partners.Clients;
using Soc.Partners.Contacts;
using Soc.Partners.CutOffs;
using Soc.Partners.Disclosures;
using Soc.Partners.Forums;
using Soc.Partners.Onboarding;
using Soc.Partners.Organisations;
using Soc.Partners.RevocationOrders;
using Soc.Partners.SharingGroups;
using Soc.Partners.Terms;
using Soc.Partners.Tokens;
using Soc.Partners.Webhooks;
using Soc.ServiceDefaults;

namespace Soc.Partners.Data;

/// <summary>The Partners service's database.</summary>
internal sealed class PartnersDb(DbContextOptions<PartnersDb> options) : DbContext(options)
{
    public DbSet<Organisation> Organisations => Set<Organisation>();

    public DbSet<Agreement> Agreements => Set<Agreement>();

    public DbSet<AttestationDuty> AttestationDuties => Set<AttestationDuty>();

    public DbSet<Attestation> Attestations => Set<Attestation>();

    public DbSet<ApiClient> Clients => Set<ApiClient>();

    public DbSet<SigningKey> SigningKeys => Set<SigningKey>();

    public DbSet<CutOff> CutOffs => Set<CutOff>();

    public DbSet<CutOffReader> CutOffReaders => Set<CutOffReader>();

    public DbSet<SharingGroup> SharingGroups => Set<SharingGroup>();

    public DbSet<Share> Shares => Set<Share>();

    public DbSet<Disclosure> Disclosures => Set<Disclosure>();

    public DbSet<RevocationOrder> RevocationOrders => Set<RevocationOrder>();

    public DbSet<CallCount> CallCounts => Set<CallCount>();

    public DbSet<Forum> Forums => Set<Forum>();

    public DbSet<Contact> Contacts => Set<Contact>();

    public DbSet<OnboardingApplication> Applications => Set<OnboardingApplication>();

    public DbSet<TermsAcceptance> TermsAcceptances => Set<TermsAcceptance>();

    public DbSet<ConformanceRun> ConformanceRuns => Set<ConformanceRun>();

    public DbSet<AuditEntry> AuditEntries => Set<AuditEntry>();

    public DbSet<Webhook> Webhooks => Set<Webhook>();

    public DbSet<Delivery> Deliveries => Set<Delivery>();

    /// <summary>With the events that are published go the deliveries of them to partners' webhooks.</summary>
    public override async Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        if (this.UnsentEvents() is { Count: > 0 } events)
        {
            await this.AddDeliveriesAsync(events, this.GetService<TimeProvider>().Now(), cancellationToken);
        }

        return await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
    }

    /// <summary>Would save the events without their deliveries, which are looked up asynchronously.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override int SaveChanges(bool acceptAllChangesOnSuccess) => throw new NotSupportedException("Save with SaveChangesAsync.");

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.MapOrganisationTables();
        modelBuilder.MapForumTables();
        modelBuilder.MapContactTables();
        modelBuilder.MapTermsTables();
        modelBuilder.MapOnboardingTables();
        modelBuilder.MapAgreementTables();
        modelBuilder.MapAttestationTables();
        modelBuilder.MapClientTables();
        modelBuilder.MapTokenTables();
        modelBuilder.MapCutOffTables();
        modelBuilder.MapSharingGroupTables();
        modelBuilder.MapDisclosureTables();
        modelBuilder.MapRevocationOrderTables();
        modelBuilder.MapCallTables();
        modelBuilder.MapAuditTables();
        modelBuilder.MapWebhookTables();
        NameColumnsInSnakeCase(modelBuilder);
        modelBuilder.AddMessagingTables();
    }

    private static void NameColumnsInSnakeCase(ModelBuilder modelBuilder)
    {
        foreach (var entity in modelBuilder.Model.GetEntityTypes())
        {
            var prefix = entity.IsOwned() ? entity.FindOwnership()!.PrincipalToDependent!.Name : "";
            foreach (var property in entity.GetProperties().Where(property => !(entity.IsOwned() && property.IsPrimaryKey())))
            {
                property.SetColumnName(JsonNamingPolicy.SnakeCaseLower.ConvertName(prefix + property.Name));
            }
        }
    }
}
