using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Soc.Messaging;
using Soc.Reporting.Log;

namespace Soc.Reporting.Data;

/// <summary>The log of consumed events, which only grows, and the read models made from it, which can be made again.</summary>
internal sealed class ReportingDb(DbContextOptions<ReportingDb> options) : DbContext(options)
{
    public DbSet<LoggedEvent> EventLog => Set<LoggedEvent>();

    public DbSet<LoggedFact> FactLog => Set<LoggedFact>();

    public DbSet<StrategyRow> Strategies => Set<StrategyRow>();

    public DbSet<DevelopmentRow> Developments => Set<DevelopmentRow>();

    public DbSet<AnnualReportRow> AnnualReports => Set<AnnualReportRow>();

    public DbSet<WrittenAnswerRow> WrittenAnswers => Set<WrittenAnswerRow>();

    public DbSet<PartnerRow> Partners => Set<PartnerRow>();

    public DbSet<AgreementRow> Agreements => Set<AgreementRow>();

    public DbSet<ReferralCountRow> ReferralCounts => Set<ReferralCountRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.AddMessagingTables();
        modelBuilder.Entity<LoggedEvent>(log =>
        {
            log.ToTable("event_log").HasKey(e => e.Seq);
            log.Property(e => e.Seq).HasColumnName("seq").UseIdentityAlwaysColumn();
            log.Property(e => e.MessageId).HasColumnName("message_id");
            log.Property(e => e.Type).HasColumnName("type");
            log.Property(e => e.AggregateId).HasColumnName("aggregate_id");
            log.Property(e => e.AggregateVersion).HasColumnName("aggregate_version");
            log.Property(e => e.RecordedAt).HasColumnName("recorded_at");
            log.Property(e => e.Body).HasColumnName("body").HasColumnType("jsonb");
            log.HasIndex(e => e.MessageId).IsUnique();
            log.HasIndex(e => new { e.AggregateId, e.AggregateVersion }).IsUnique();
        });
        modelBuilder.Entity<LoggedFact>(log =>
        {
            log.ToTable("fact_log").HasKey(f => f.Token);
            log.Property(f => f.Token).HasColumnName("token").ValueGeneratedNever();
            log.Property(f => f.Type).HasColumnName("type");
            log.Property(f => f.Body).HasColumnName("body").HasColumnType("jsonb");
        });
        modelBuilder.Entity<StrategyRow>(row =>
        {
            row.ToTable("strategy").HasKey(s => s.StrategyId);
            row.Property(s => s.StrategyId).HasColumnName("strategy_id").ValueGeneratedNever();
            AsJson(row.Property(s => s.Facts)).HasColumnName("facts");
        });
        modelBuilder.Entity<DevelopmentRow>(row =>
        {
            row.ToTable("development").HasKey(d => new { d.StrategyId, d.Version });
            row.Property(d => d.StrategyId).HasColumnName("strategy_id");
            row.Property(d => d.Version).HasColumnName("version");
            AsJson(row.Property(d => d.Facts)).HasColumnName("facts");
        });
        modelBuilder.Entity<AnnualReportRow>(row =>
        {
            row.ToTable("annual_report").HasKey(r => new { r.StrategyId, r.Version });
            row.Property(r => r.StrategyId).HasColumnName("strategy_id");
            row.Property(r => r.Version).HasColumnName("version");
            row.Property(r => r.Year).HasColumnName("year");
            AsJson(row.Property(r => r.Facts)).HasColumnName("facts");
            row.HasIndex(r => r.Year);
        });
        modelBuilder.Entity<WrittenAnswerRow>(row =>
        {
            row.ToTable("written_answer").HasKey(a => new { a.StrategyId, a.Version });
            row.Property(a => a.StrategyId).HasColumnName("strategy_id");
            row.Property(a => a.Version).HasColumnName("version");
            row.Property(a => a.Answered).HasColumnName("answered");
            AsJson(row.Property(a => a.Facts)).HasColumnName("facts");
            row.HasIndex(a => a.Answered);
        });
        modelBuilder.Entity<PartnerRow>(row =>
        {
            row.ToTable("partner").HasKey(p => p.OrganisationId);
            row.Property(p => p.OrganisationId).HasColumnName("organisation_id").ValueGeneratedNever();
            row.Property(p => p.Sector).HasColumnName("sector");
            row.Property(p => p.Status).HasColumnName("status");
        });
        modelBuilder.Entity<AgreementRow>(row =>
        {
            row.ToTable("agreement").HasKey(a => a.AgreementId);
            row.Property(a => a.AgreementId).HasColumnName("agreement_id").ValueGeneratedNever();
            row.Property(a => a.Parties).HasColumnName("parties");
            row.Property(a => a.ReviewDate).HasColumnName("review_date");
        });
        modelBuilder.Entity<ReferralCountRow>(row =>
        {
            row.ToTable("referral_count").HasKey(c => new { c.Year, c.Measure });
            row.Property(c => c.Year).HasColumnName("year");
            row.Property(c => c.Measure).HasColumnName("measure");
            row.Property(c => c.Count).HasColumnName("count");
        });
    }

    private static PropertyBuilder<T> AsJson<T>(PropertyBuilder<T> property)
        where T : class => property.HasColumnType("jsonb").HasConversion(
            value => JsonSerializer.Serialize(value, JsonSerializerOptions.Web),
            text => JsonSerializer.Deserialize<T>(text, JsonSerializerOptions.Web)!);
}
