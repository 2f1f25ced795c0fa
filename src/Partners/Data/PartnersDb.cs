using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Soc.Messaging;
using Soc.Partners.Agreements;
using Soc.Partners.Audit;
using Soc.Partners.Clients;
using Soc.Partners.Organisations;
using Soc.Partners.Tokens;
using Soc.ServiceDefaults;

namespace Soc.Partners.Data;

/// <summary>The Partners service's database.</summary>
internal sealed class PartnersDb(DbContextOptions<PartnersDb> options) : DbContext(options)
{
    public DbSet<Organisation> Organisations => Set<Organisation>();

    public DbSet<Agreement> Agreements => Set<Agreement>();

    public DbSet<ApiClient> Clients => Set<ApiClient>();

    public DbSet<SigningKey> SigningKeys => Set<SigningKey>();

    public DbSet<CutOff> CutOffs => Set<CutOff>();

    public DbSet<AuditEntry> AuditEntries => Set<AuditEntry>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Organisation>(organisation =>
        {
            organisation.ToTable("organisation");
            organisation.Property(o => o.Id).ValueGeneratedNever();
            organisation.Property(o => o.Status).HasConversion<string>();
            organisation.Property(o => o.Version).IsConcurrencyToken();
            organisation.OwnsOne(o => o.Suspension, suspension => suspension.Property(s => s.StatusBefore).HasConversion<string>());
        });
        modelBuilder.Entity<Agreement>(agreement =>
        {
            agreement.ToTable("agreement");
            agreement.Property(a => a.Id).ValueGeneratedNever();
            agreement.Property(a => a.Status).HasConversion<string>();
            agreement.Property(a => a.MarkingCeiling).HasConversion<string>();
            agreement.Property(a => a.Version).IsConcurrencyToken();
            agreement.HasMany(a => a.Parties).WithOne().HasForeignKey(p => p.AgreementId);
            agreement.Navigation(a => a.Parties).AutoInclude();
        });
        modelBuilder.Entity<AgreementParty>(party =>
        {
            party.ToTable("agreement_party");
            party.HasKey(p => new { p.AgreementId, p.OrganisationId });
            party.HasOne<Organisation>().WithMany().HasForeignKey(p => p.OrganisationId);
        });
        modelBuilder.Entity<ApiClient>(client =>
        {
            client.ToTable("api_client");
            client.Property(c => c.Id).HasMaxLength(64);
            client.Property(c => c.Version).IsConcurrencyToken();
            client.HasOne<Organisation>().WithMany().HasForeignKey(c => c.OrganisationId);
            client.HasMany(c => c.Keys).WithOne().HasForeignKey(k => k.ClientId);
            client.Navigation(c => c.Keys).AutoInclude();
        });
        modelBuilder.Entity<ClientKey>(key =>
        {
            key.ToTable("client_key");
            key.HasKey(k => new { k.ClientId, k.KeyId });
            key.HasIndex(k => k.Thumbprint).IsUnique();
        });
        modelBuilder.Entity<SigningKey>(key =>
        {
            key.ToTable("signing_key");
            key.HasKey(k => k.KeyId);
        });
        modelBuilder.Entity<UsedAssertion>(assertion =>
        {
            assertion.ToTable("used_assertion");
            assertion.HasKey(a => new { a.ClientId, a.Jti });
            assertion.HasIndex(a => a.ExpiresAt);
        });
        modelBuilder.Entity<CutOff>(cutOff =>
        {
            cutOff.ToTable("cut_off");
            cutOff.HasKey(c => c.Organisation);
        });
        modelBuilder.Entity<AuditEntry>(entry =>
        {
            entry.ToTable("audit_entry");
            entry.Property(e => e.Id).UseIdentityAlwaysColumn();
            entry.HasIndex(e => e.SubjectId);
        });
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
