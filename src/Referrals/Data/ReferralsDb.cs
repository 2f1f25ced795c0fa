using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using Soc.Messaging;
using Soc.Referrals.Audit;
using Soc.Referrals.BreakGlass;
using Soc.Referrals.Cases;
using Soc.Referrals.Clocks;
using Soc.Referrals.Drafts;
using Soc.Referrals.Sealing;
using Soc.Referrals.ThreatNotices;
using Soc.Referrals.Transfers;
using Soc.Referrals.Updates;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Data;

/// <summary>The service's database. Its rows show themselves only to a transaction that has said for which organisation it acts.</summary>
internal sealed class ReferralsDb(DbContextOptions<ReferralsDb> options) : DbContext(options)
{
    public DbSet<Referral> Referrals => Set<Referral>();

    public DbSet<SealedField> SealedFields => Set<SealedField>();

    public DbSet<DataKey> DataKeys => Set<DataKey>();

    public DbSet<ReferrerUpdate> Updates => Set<ReferrerUpdate>();

    public DbSet<AuditEntry> AuditEntries => Set<AuditEntry>();

    /// <summary>Begins a transaction that acts for a caller.</summary>
    public async Task<IDbContextTransaction> BeginForAsync(Caller caller, CancellationToken cancellation, string purpose = WorkPurpose.Casework)
    {
        var transaction = await Database.BeginTransactionAsync(cancellation);
        await ActForAsync(caller, cancellation, purpose);
        return transaction;
    }

    /// <summary>
    /// Lets the transaction that is open act for a caller and a purpose until it ends: what row security compares. Without it every table is empty.
    /// </summary>
    public Task ActForAsync(Caller caller, CancellationToken cancellation, string purpose = WorkPurpose.Casework) =>
        Database.ExecuteSqlAsync(
            $"""
             select set_config('soc.organisation', {caller.Organisation.ToString()}, true), set_config('soc.actor', {caller.Actor}, true),
                    set_config('soc.scopes', {$" {string.Join(' ', caller.Scopes)} "}, true), set_config('soc.purpose', {purpose}, true)
             """, cancellation);

    /// <summary>Now, by the database's clock: the one that all replicas share, and by which row security moves a case to another unit.</summary>
    public Task<DateTimeOffset> ClockAsync(CancellationToken cancellation) =>
        Database.SqlQuery<DateTimeOffset>($"select clock_timestamp() as \"Value\"").SingleAsync(cancellation);

    /// <summary>
    /// Names the one case that the transaction has found and works on, where its purpose alone would lose sight of it by the very change: a refused case is no
    /// longer the refusing unit's to find.
    /// </summary>
    public Task WorkOnAsync(Guid id, CancellationToken cancellation) =>
        Database.ExecuteSqlAsync($"select set_config('soc.case', {id.ToString()}, true)", cancellation);

    /// <summary>
    /// Makes changes to one case take turns: whoever comes second reads what the first has committed, and is refused by its entity tag, or no longer finds
    /// the case. The entity's version guards the same once more.
    /// </summary>
    public Task LockCaseAsync(Guid id, CancellationToken cancellation) =>
        Database.ExecuteSqlAsync($"select from referral where id = {id} for update", cancellation);

    /// <summary>The same without waiting: false where somebody else is at the case, or row security does not show it.</summary>
    public async Task<bool> TryLockCaseAsync(Guid id, CancellationToken cancellation) =>
        await Database.SqlQuery<Guid>($"select id as \"Value\" from referral where id = {id} for update skip locked").AnyAsync(cancellation);

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.AddMessagingTables();
        modelBuilder.Entity<Referral>(referral =>
        {
            referral.ToTable("referral");
            referral.Property(r => r.Id).ValueGeneratedNever();
            referral.HasIndex(r => r.Reference).IsUnique();
            referral.HasIndex(r => new { r.ResponsibleUnit, r.Band, r.SubmittedAt, r.Id }).HasDatabaseName("ix_referral_awaiting_triage")
                .HasFilter($"status in ({Quoted(ReferralPath.AwaitingTriage)})");
            referral.HasIndex(r => new { r.ReceivingUnit, r.EffectiveAt }).HasDatabaseName("ix_referral_transferred").HasFilter("effective_at is not null");
            referral.HasIndex(r => new { r.ResponsibleUnit, r.Id }).HasDatabaseName("ix_referral_load").HasFilter("status not in ('closed', 'retained')");
            referral.Property(r => r.Status).HasConversion(Code<ReferralStatus>());
            referral.Property(r => r.Version).IsConcurrencyToken();
            referral.HasIndex(r => r.ReferringOrganisation);
            referral.ToTable(table => table.HasCheckConstraint(
                "protected_has_a_next_review",
                $"next_review_at is not null or status not in ({Quoted(ReferralPath.Protected)})"));
            referral.OwnsMany(r => r.InterimProtections, interim =>
            {
                interim.ToTable("interim_protection");
                interim.WithOwner().HasForeignKey("ReferralId");
                interim.HasKey(i => i.Id);
                interim.Property(i => i.Id).ValueGeneratedNever();
            });
            referral.OwnsMany(r => r.Arrangements, arrangement =>
            {
                arrangement.ToTable("arrangement");
                arrangement.WithOwner().HasForeignKey("ReferralId");
                arrangement.HasKey(a => a.Id);
                arrangement.Property(a => a.Id).ValueGeneratedNever();
            });
            referral.OwnsMany(r => r.Reviews, review =>
            {
                review.ToTable("case_review");
                review.WithOwner().HasForeignKey("ReferralId");
                review.HasKey(r => r.Id);
                review.Property(r => r.Id).ValueGeneratedNever();
            });
            referral.OwnsMany(r => r.Clocks, clock =>
            {
                clock.ToJson("clocks");
                clock.OwnsMany(c => c.Pauses);
                clock.Property(c => c.Kind).HasConversion(Code<ClockKind>());
            });
            referral.OwnsMany(r => r.Entitlements, entitlement => entitlement.ToJson("entitlements"));
            referral.HasIndex(r => r.NextClockAt).HasFilter("next_clock_at is not null");
            referral.OwnsMany(r => r.Members, member =>
            {
                member.ToTable("case_member");
                member.WithOwner().HasForeignKey("ReferralId");
                member.HasKey(m => m.Id);
                member.Property(m => m.Id).ValueGeneratedNever();
                member.Property(m => m.Role).HasConversion(Code<CaseRole>());
                member.HasIndex("ReferralId", nameof(CaseMember.Unit), nameof(CaseMember.Actor), nameof(CaseMember.Role)).IsUnique().HasFilter("until is null");
                member.HasIndex(m => new { m.Actor, m.Unit }).HasFilter("until is null");
            });
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
        modelBuilder.Entity<Transfer>(transfer =>
        {
            transfer.ToTable("transfer");
            transfer.Property(t => t.Id).ValueGeneratedNever();
            transfer.HasOne<Referral>().WithMany().HasForeignKey(t => t.ReferralId);
            transfer.HasIndex(t => new { t.FromUnit, t.ProposedAt });
            transfer.HasIndex(t => new { t.ToUnit, t.ProposedAt });
        });
        modelBuilder.Entity<BulkTransfer>(bulk =>
        {
            bulk.ToTable("bulk_transfer");
            bulk.Property(b => b.Id).ValueGeneratedNever();
            bulk.HasIndex(b => b.FromUnit).IsUnique().HasFilter("status in ('proposed', 'running')").HasDatabaseName("one_bulk_transfer_of_a_unit");
        });
        modelBuilder.Entity<BulkTransferItem>(item =>
        {
            item.ToTable("bulk_transfer_item");
            item.HasKey(i => new { i.BulkTransferId, i.ReferralId });
            item.HasOne<BulkTransfer>().WithMany().HasForeignKey(i => i.BulkTransferId);
        });
        modelBuilder.Entity<Draft>(draft =>
        {
            draft.ToTable("draft");
            draft.Property(d => d.Id).ValueGeneratedNever();
            draft.Property(d => d.Version).IsConcurrencyToken();
            draft.Ignore(d => d.Key);
            draft.HasIndex(d => new { d.Organisation, d.Author });
            draft.HasIndex(d => d.SavedAt);
        });
        modelBuilder.Entity<EmergencyAccess>(access =>
        {
            access.ToTable("break_glass");
            access.Property(a => a.Id).ValueGeneratedNever();
            access.Ignore(a => a.Key);
            access.HasIndex(a => new { a.ReferralId, a.Requester });
            access.HasIndex(a => a.Unit);
        });
        modelBuilder.Entity<ThreatNoticeCount>(notice =>
        {
            notice.ToTable("threat_notice_count");
            notice.HasKey(n => new { n.Unit, n.Kind, n.Region, n.Month });
        });
        modelBuilder.Entity<SealedField>(field =>
        {
            field.ToTable("sealed_field");
            field.HasKey(f => new { f.ReferralId, f.Field, f.Version }); // what was told before stays
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

    private static string Quoted(IEnumerable<ReferralStatus> statuses) => string.Join(", ", statuses.Select(status => $"'{Codes.Of(status)}'"));

    private static ValueConverter<T, string> Code<T>()
        where T : struct, Enum => new(value => Codes.Of(value), code => Codes.Parse<T>(code));

    // Only this service's own entities: the tables of messaging name their columns themselves.
    private static void NameColumns(ModelBuilder modelBuilder)
    {
        foreach (var property in modelBuilder.Model.GetEntityTypes()
            .Where(type => type.ClrType.Assembly == typeof(ReferralsDb).Assembly && !type.IsMappedToJson())
            .SelectMany(type => type.GetProperties()))
        {
            property.SetColumnName(System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name));
        }
    }
}

/// <summary>
/// What a transaction is for, where that is not the work on a case: row security then shows what the purpose needs and no more. Set by the service, as
/// organisation and actor are.
/// </summary>
internal static class WorkPurpose
{
    public const string Casework = "casework";

    /// <summary>The clock looks for what is due and tells it.</summary>
    public const string Clock = "clock";

    /// <summary>A unit answers the proposal of a transfer to it.</summary>
    public const string Receiving = "receiving";

    /// <summary>The whole load of a unit moves: ids and units, nothing that was told.</summary>
    public const string Moving = "moving";

    /// <summary>Somebody asks for, approves or reviews emergency access: a reference is looked up, and nothing shown.</summary>
    public const string BreakGlassRequest = "break-glass-request";

    /// <summary>Somebody reads a case under emergency access.</summary>
    public const string BreakGlass = "break-glass";

    /// <summary>A referring organisation adds to its own referral, or follows it up: it shows that the referral is its own, and takes no answer from it.</summary>
    public const string Referring = "referring";
}
