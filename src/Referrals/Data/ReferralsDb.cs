using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using Soc.Messaging;
using Soc.Referrals.Audit;
using Soc.Referrals.Cases;
using Soc.Referrals.Sealing;
using Soc.Referrals.Updates;

namespace Soc.Referrals.Data;

/// <summary>The service's database. Its rows show themselves only to a transaction that has said for which organisation it acts.</summary>
internal sealed class ReferralsDb(DbContextOptions<ReferralsDb> options) : DbContext(options)
{
    public DbSet<Referral> Referrals => Set<Referral>();

    public DbSet<SealedField> SealedFields => Set<SealedField>();

    public DbSet<DataKey> DataKeys => Set<DataKey>();

    public DbSet<ReferrerUpdate> Updates => Set<ReferrerUpdate>();

    public DbSet<AuditEntry> AuditEntries => Set<AuditEntry>();

    /// <summary>Begins a transaction that acts for an organisation.</summary>
    public async Task<IDbContextTransaction> BeginForAsync(Guid organisation, CancellationToken cancellation)
    {
        var transaction = await Database.BeginTransactionAsync(cancellation);
        await ActForAsync(organisation, cancellation);
        return transaction;
    }

    /// <summary>Lets the transaction that is open act for an organisation until it ends: what row security compares. Without it every table is empty.</summary>
    public Task ActForAsync(Guid organisation, CancellationToken cancellation) =>
        Database.ExecuteSqlAsync($"select set_config('soc.organisation', {organisation.ToString()}, true)", cancellation);

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.AddMessagingTables();
        modelBuilder.Entity<Referral>(referral =>
        {
            referral.ToTable("referral");
            referral.Property(r => r.Id).ValueGeneratedNever();
            referral.HasIndex(r => r.Reference).IsUnique();
            referral.HasIndex(r => new { r.ResponsibleUnit, r.Band, r.SubmittedAt, r.Id }).HasDatabaseName("ix_referral_worklist")
                .HasFilter("status in ('submitted', 'in-assessment', 'decision-pending')");
            referral.Property(r => r.Status).HasConversion(Code<ReferralStatus>());
            referral.Property(r => r.Version).IsConcurrencyToken();
            referral.OwnsMany(r => r.Assessments, assessment =>
            {
                assessment.ToTable("assessment");
                assessment.WithOwner().HasForeignKey("ReferralId");
                assessment.HasKey(a => a.Id);
                assessment.Property(a => a.Id).ValueGeneratedNever();
            });
            referral.OwnsOne(r => r.Decision, decision =>
            {
                decision.ToTable("decision");
                decision.WithOwner().HasForeignKey("ReferralId");
                decision.Property(d => d.Outcome).HasConversion(Code<DecisionOutcome>());
            });
        });
        modelBuilder.Entity<SealedField>(field =>
        {
            field.ToTable("sealed_field");
            field.HasKey(f => new { f.ReferralId, f.Field });
            field.HasOne<Referral>().WithMany().HasForeignKey(f => f.ReferralId);
        });
        modelBuilder.Entity<DataKey>(key =>
        {
            key.ToTable("data_key");
            key.HasKey(k => k.ReferralId);
            key.HasOne<Referral>().WithOne().HasForeignKey<DataKey>(k => k.ReferralId);
        });
        modelBuilder.Entity<UpdateFeed>(feed =>
        {
            feed.ToTable("update_feed");
            feed.HasKey(f => f.Organisation);
            feed.Property(f => f.Organisation).ValueGeneratedNever();
        });
        modelBuilder.Entity<ReferrerUpdate>(update =>
        {
            update.ToTable("referrer_update");
            update.Property(u => u.Id).ValueGeneratedNever();
            update.HasIndex(u => new { u.Organisation, u.Position }).IsUnique(); // nulls, the new ones, are distinct
            update.Property(u => u.Status).HasConversion(Code<ReferralStatus>());
            update.HasOne<Referral>().WithMany().HasForeignKey(u => u.ReferralId);
        });
        modelBuilder.Entity<AuditEntry>(entry =>
        {
            entry.ToTable("audit_entry");
            entry.HasKey(e => e.Sequence);
            entry.Property(e => e.Sequence).UseIdentityAlwaysColumn();
            entry.HasIndex(e => e.Id).IsUnique();
            entry.HasIndex(e => e.ReferralId);
        });
        NameColumns(modelBuilder);
    }

    private static ValueConverter<T, string> Code<T>()
        where T : struct, Enum => new(value => Codes.Of(value), code => Codes.Parse<T>(code));

    // Only this service's own entities: the tables of messaging name their columns themselves.
    private static void NameColumns(ModelBuilder modelBuilder)
    {
        foreach (var property in modelBuilder.Model.GetEntityTypes()
            .Where(type => type.ClrType.Assembly == typeof(ReferralsDb).Assembly)
            .SelectMany(type => type.GetProperties()))
        {
            property.SetColumnName(System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name));
        }
    }
}
