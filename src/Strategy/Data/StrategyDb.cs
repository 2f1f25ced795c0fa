using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Soc.Messaging;
using Soc.Strategy.Forums;
using Soc.Strategy.Strategies;

namespace Soc.Strategy.Data;

internal sealed class StrategyDb(DbContextOptions<StrategyDb> options) : DbContext(options)
{
    public DbSet<NationalStrategy> Strategies => Set<NationalStrategy>();

    public DbSet<AnnualReport> AnnualReports => Set<AnnualReport>();

    public DbSet<Forum> Forums => Set<Forum>();

    public IQueryable<NationalStrategy> WithProgress() =>
        Strategies.Include(s => s.Developments).Include(s => s.AnnualReports).Include(s => s.WrittenAnswers).AsSplitQuery();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.AddMessagingTables();
        modelBuilder.Entity<NationalStrategy>(strategy =>
        {
            strategy.ToTable("strategy");
            strategy.Property(s => s.Id).HasColumnName("id").ValueGeneratedNever();
            strategy.Property(s => s.Code).HasColumnName("code");
            strategy.Property(s => s.Title).HasColumnName("title");
            strategy.Property(s => s.Published).HasColumnName("published");
            strategy.Property(s => s.Strands).HasColumnName("strands");
            AsJson(strategy.Property(s => s.Objectives)).HasColumnName("objectives");
            AsJson(strategy.Property(s => s.Institutions)).HasColumnName("institutions");
            AsJson(strategy.Property(s => s.Context)).HasColumnName("context");
            strategy.Property(s => s.PartnerSectors).HasColumnName("partner_sectors");
            strategy.Property(s => s.Supersedes).HasColumnName("supersedes");
            strategy.Property(s => s.Version).HasColumnName("version").IsConcurrencyToken();
            strategy.HasIndex(s => s.Code).IsUnique();
            strategy.HasMany(s => s.Developments).WithOne().HasForeignKey("strategy_id").IsRequired();
            strategy.HasMany(s => s.AnnualReports).WithOne().HasForeignKey("strategy_id").IsRequired();
            strategy.HasMany(s => s.WrittenAnswers).WithOne().HasForeignKey("strategy_id").IsRequired();
        });
        modelBuilder.Entity<Development>(development =>
        {
            development.ToTable("development");
            development.Property(d => d.Id).HasColumnName("id").ValueGeneratedNever();
            development.Property(d => d.Order).HasColumnName("order");
            development.Property(d => d.Strand).HasColumnName("strand");
            development.Property(d => d.Objectives).HasColumnName("objectives");
            development.Property(d => d.MappedBy).HasColumnName("mapped_by");
            development.Property(d => d.Kind).HasColumnName("kind");
            development.Property(d => d.Title).HasColumnName("title");
            development.Property(d => d.State).HasColumnName("state");
            development.Property(d => d.Places).HasColumnName("places");
            development.Property(d => d.AmountGbp).HasColumnName("amount_gbp");
            development.Property(d => d.Effective).HasColumnName("effective");
            development.Property(d => d.Forum).HasColumnName("forum");
        });
        modelBuilder.Entity<Forum>(forum =>
        {
            forum.ToTable("forum");
            forum.Property(f => f.Id).HasColumnName("id").ValueGeneratedNever();
            forum.Property(f => f.Kind).HasColumnName("kind");
            forum.Property(f => f.Name).HasColumnName("name");
            forum.Property(f => f.Area).HasColumnName("area");
            forum.Property(f => f.From).HasColumnName("from");
            forum.Property(f => f.Until).HasColumnName("until");
            forum.Property(f => f.Members).HasColumnName("members");
        });
        modelBuilder.Entity<AnnualReport>(report =>
        {
            report.ToTable("annual_report");
            report.Property(r => r.Id).HasColumnName("id").ValueGeneratedNever();
            report.Property(r => r.Year).HasColumnName("year");
            report.Property(r => r.Published).HasColumnName("published");
            report.Property(r => r.PublishedUnder).HasColumnName("published_under");
            report.Property(r => r.Minister).HasColumnName("minister");
            report.HasIndex(r => r.Year).IsUnique();
        });
        modelBuilder.Entity<WrittenAnswer>(answer =>
        {
            answer.ToTable("written_answer");
            answer.Property(a => a.Id).HasColumnName("id").ValueGeneratedNever();
            answer.Property(a => a.Asked).HasColumnName("asked");
            answer.Property(a => a.Answered).HasColumnName("answered");
            answer.Property(a => a.Department).HasColumnName("department");
            answer.Property(a => a.Heading).HasColumnName("heading");
            answer.Property(a => a.Minister).HasColumnName("minister");
            answer.Property(a => a.Asks).HasColumnName("asks");
        });
    }

    private static PropertyBuilder<T> AsJson<T>(PropertyBuilder<T> property)
        where T : class => property.HasColumnType("jsonb").HasConversion(
            value => JsonSerializer.Serialize(value, JsonSerializerOptions.Web),
            text => JsonSerializer.Deserialize<T>(text, JsonSerializerOptions.Web)!,
            // What a strategy was published with never changes, so the same reference is the same value.
            new ValueComparer<T>((one, other) => ReferenceEquals(one, other), value => value.GetHashCode(), value => value));
}
