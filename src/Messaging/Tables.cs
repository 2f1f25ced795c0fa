using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Soc.Messaging;

/// <summary>An event on its way to the broker; the row lives until the broker has confirmed it.</summary>
internal sealed class OutboxMessage
{
    public long Seq { get; private set; }

    public required Guid MessageId { get; init; }

    public required string MessageType { get; init; }

    public required short SchemaVersion { get; init; }

    /// <summary>Null to publish; a queue's name to redrive to that queue only.</summary>
    public string? Destination { get; init; }

    public Guid? AggregateId { get; init; }

    public long? AggregateVersion { get; init; }

    public Guid? CausationId { get; init; }

    public Guid? CorrelationId { get; init; }

    public string? Traceparent { get; init; }

    public required byte[] Body { get; init; }

    /// <summary>The key that sealed members of the body were sealed with, null when it has none.</summary>
    public string? KeyId { get; init; }

    public DateTimeOffset OccurredAt { get; init; }

    public DateTimeOffset AvailableAt { get; init; }

    /// <summary>How long after <see cref="AvailableAt"/> it may leave: the random delay of statistical facts, added by the database's clock.</summary>
    public TimeSpan HoldBack { get; init; }

    public DateTimeOffset? LockedUntil { get; init; }

    public Guid? LockToken { get; init; }

    public short Attempts { get; init; }

    public string? LastErrorCode { get; init; }
}

/// <summary>A message that has had its effect.</summary>
internal sealed class InboxMessage
{
    public short Consumer { get; init; }

    public Guid MessageId { get; init; }

    public DateTimeOffset ProcessedAt { get; init; }
}

/// <summary>The last version of an aggregate that a consumer has applied.</summary>
internal sealed class AggregatePosition
{
    public short Consumer { get; init; }

    public Guid AggregateId { get; init; }

    public long Version { get; init; }
}

/// <summary>A message that waits for its predecessor (held), or for a person (parked).</summary>
internal sealed class ParkedMessage
{
    public long Id { get; init; }

    public required Guid MessageId { get; init; }

    /// <summary>The queue it was to be consumed from, or <c>outbox</c> when it never reached one.</summary>
    public required string Queue { get; init; }

    public string? MessageType { get; init; }

    public short SchemaVersion { get; init; }

    public Guid? AggregateId { get; init; }

    public long? AggregateVersion { get; init; }

    public Guid? CausationId { get; init; }

    public Guid? CorrelationId { get; init; }

    public string? Traceparent { get; init; }

    /// <summary>As it was on the wire; null once it was redriven or discarded.</summary>
    public byte[]? Body { get; init; }

    public string? KeyId { get; init; }

    public DateTimeOffset? OccurredAt { get; init; }

    public required string Reason { get; init; }

    public short Attempts { get; init; }

    /// <summary><c>held</c>, <c>parked</c>, <c>discarding</c> (one person has asked for it), <c>redriven</c> or <c>discarded</c>.</summary>
    public required string State { get; init; }

    public DateTimeOffset FirstSeen { get; init; }

    public DateTimeOffset LastSeen { get; init; }

    /// <summary>Who redrove or discarded it.</summary>
    public string? Actor { get; init; }

    public DateTimeOffset? ActedAt { get; init; }
}

/// <summary>The answer to a creating request, kept to be given again.</summary>
internal sealed class IdempotencyKey
{
    public required string ClientId { get; init; }

    /// <summary>SHA-256 of the Idempotency-Key, in hex.</summary>
    public required string Key { get; init; }

    /// <summary>HMAC-SHA-256 of method, path and body under the Idempotency-Key.</summary>
    public required byte[] RequestHash { get; init; }

    public short Status { get; init; }

    public string? Location { get; init; }

    public string? ETag { get; init; }

    public string? ContentType { get; init; }

    public required byte[] Body { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

internal static class Tables
{
    private const string Clock = "clock_timestamp()";

    public static void Configure(ModelBuilder model)
    {
        model.Entity<OutboxMessage>(Outbox);
        model.Entity<InboxMessage>(Inbox);
        model.Entity<AggregatePosition>(Positions);
        model.Entity<ParkedMessage>(Parked);
        model.Entity<IdempotencyKey>(Keys);
    }

    private static void Outbox(EntityTypeBuilder<OutboxMessage> table)
    {
        table.ToTable("outbox_message");
        table.HasKey(row => row.Seq);
        table.HasIndex(row => row.MessageId).IsUnique();
        table.Property(row => row.Seq).HasColumnName("seq").UseIdentityAlwaysColumn();
        table.Property(row => row.MessageId).HasColumnName("message_id");
        table.Property(row => row.MessageType).HasColumnName("message_type");
        table.Property(row => row.SchemaVersion).HasColumnName("schema_version");
        table.Property(row => row.Destination).HasColumnName("destination");
        table.Property(row => row.AggregateId).HasColumnName("aggregate_id");
        table.Property(row => row.AggregateVersion).HasColumnName("aggregate_version");
        table.Property(row => row.CausationId).HasColumnName("causation_id");
        table.Property(row => row.CorrelationId).HasColumnName("correlation_id");
        table.Property(row => row.Traceparent).HasColumnName("traceparent");
        table.Property(row => row.Body).HasColumnName("body");
        table.Property(row => row.KeyId).HasColumnName("key_id");
        table.Property(row => row.OccurredAt).HasColumnName("occurred_at").HasDefaultValueSql(Clock);
        table.Property(row => row.AvailableAt).HasColumnName("available_at").HasDefaultValueSql(Clock);
        table.Property(row => row.HoldBack).HasColumnName("hold_back").HasDefaultValueSql("interval '0'");
        table.Property(row => row.LockedUntil).HasColumnName("locked_until");
        table.Property(row => row.LockToken).HasColumnName("lock_token");
        table.Property(row => row.Attempts).HasColumnName("attempts").HasDefaultValue((short)0);
        table.Property(row => row.LastErrorCode).HasColumnName("last_error_code");

        // Rows are claimed, settled and deleted within moments: vacuum early, and leave room for the claim's new row version.
        table.HasStorageParameter("fillfactor", 70);
        table.HasStorageParameter("autovacuum_vacuum_scale_factor", 0.01);
        table.HasStorageParameter("autovacuum_vacuum_threshold", 500);
        table.HasStorageParameter("autovacuum_vacuum_cost_delay", 0);
    }

    private static void Inbox(EntityTypeBuilder<InboxMessage> table)
    {
        table.ToTable("inbox_message");
        table.HasKey(row => new { row.MessageId, row.Consumer });
        table.Property(row => row.Consumer).HasColumnName("consumer");
        table.Property(row => row.MessageId).HasColumnName("message_id").ValueGeneratedNever();
        table.Property(row => row.ProcessedAt).HasColumnName("processed_at").HasDefaultValueSql(Clock);

        // Rows arrive in the order of this column, so a block range index finds the old ones and costs next to nothing to keep.
        table.HasIndex(row => row.ProcessedAt).HasMethod("brin");
    }

    private static void Positions(EntityTypeBuilder<AggregatePosition> table)
    {
        table.ToTable("aggregate_position");
        table.HasKey(row => new { row.AggregateId, row.Consumer });
        table.Property(row => row.Consumer).HasColumnName("consumer");
        table.Property(row => row.AggregateId).HasColumnName("aggregate_id").ValueGeneratedNever();
        table.Property(row => row.Version).HasColumnName("version");
        table.HasStorageParameter("fillfactor", 70);
    }

    private static void Parked(EntityTypeBuilder<ParkedMessage> table)
    {
        table.ToTable("parked_message");
        table.HasKey(row => row.Id);
        table.HasIndex(row => new { row.MessageId, row.Queue }).IsUnique();
        table.HasIndex(row => new { row.AggregateId, row.AggregateVersion }).HasFilter("aggregate_id is not null");
        table.Property(row => row.Id).HasColumnName("id").UseIdentityAlwaysColumn();
        table.Property(row => row.MessageId).HasColumnName("message_id");
        table.Property(row => row.Queue).HasColumnName("queue");
        table.Property(row => row.MessageType).HasColumnName("message_type");
        table.Property(row => row.SchemaVersion).HasColumnName("schema_version");
        table.Property(row => row.AggregateId).HasColumnName("aggregate_id");
        table.Property(row => row.AggregateVersion).HasColumnName("aggregate_version");
        table.Property(row => row.CausationId).HasColumnName("causation_id");
        table.Property(row => row.CorrelationId).HasColumnName("correlation_id");
        table.Property(row => row.Traceparent).HasColumnName("traceparent");
        table.Property(row => row.Body).HasColumnName("body");
        table.Property(row => row.KeyId).HasColumnName("key_id");
        table.Property(row => row.OccurredAt).HasColumnName("occurred_at");
        table.Property(row => row.Reason).HasColumnName("reason");
        table.Property(row => row.Attempts).HasColumnName("attempts");
        table.Property(row => row.State).HasColumnName("state");
        table.Property(row => row.FirstSeen).HasColumnName("first_seen").HasDefaultValueSql(Clock);
        table.Property(row => row.LastSeen).HasColumnName("last_seen").HasDefaultValueSql(Clock);
        table.Property(row => row.Actor).HasColumnName("actor");
        table.Property(row => row.ActedAt).HasColumnName("acted_at");
    }

    private static void Keys(EntityTypeBuilder<IdempotencyKey> table)
    {
        table.ToTable("idempotency_key");
        table.HasKey(row => new { row.ClientId, row.Key });
        table.Property(row => row.ClientId).HasColumnName("client_id");
        table.Property(row => row.Key).HasColumnName("key");
        table.Property(row => row.RequestHash).HasColumnName("request_hash");
        table.Property(row => row.Status).HasColumnName("status");
        table.Property(row => row.Location).HasColumnName("location");
        table.Property(row => row.ETag).HasColumnName("etag");
        table.Property(row => row.ContentType).HasColumnName("content_type");
        table.Property(row => row.Body).HasColumnName("body");
        table.Property(row => row.CreatedAt).HasColumnName("created_at").HasDefaultValueSql(Clock);
        table.HasIndex(row => row.CreatedAt).HasMethod("brin");
    }
}
