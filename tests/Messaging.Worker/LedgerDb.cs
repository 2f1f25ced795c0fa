using Microsoft.EntityFrameworkCore;

namespace Soc.Messaging.Worker;

public sealed class Entry
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public long Version { get; set; } = 1;

    public required string Text { get; set; }
}

/// <summary>What a consumer has done: one row for each time it was done.</summary>
public sealed class Effect
{
    public long Id { get; init; }

    public required Guid Entry { get; init; }

    public required string Text { get; init; }
}

public sealed class LedgerDb(DbContextOptions<LedgerDb> options) : DbContext(options)
{
    public DbSet<Entry> Entries => Set<Entry>();

    public DbSet<Effect> Effects => Set<Effect>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.AddMessagingTables();
        modelBuilder.Entity<Entry>(table =>
        {
            table.ToTable("entry");
            table.Property(entry => entry.Id).HasColumnName("id").ValueGeneratedNever();
            table.Property(entry => entry.Version).HasColumnName("version").IsConcurrencyToken();
            table.Property(entry => entry.Text).HasColumnName("text");
        });
        modelBuilder.Entity<Effect>(table =>
        {
            table.ToTable("effect");
            table.Property(effect => effect.Id).HasColumnName("id");
            table.Property(effect => effect.Entry).HasColumnName("entry");
            table.Property(effect => effect.Text).HasColumnName("text");
        });
    }
}
