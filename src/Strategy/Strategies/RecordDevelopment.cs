using System.ComponentModel.DataAnnotations;

namespace Soc.Strategy.Strategies;

/// <summary>Something done under a strategy: under one of its strands, or serving some of its objectives.</summary>
public sealed record RecordDevelopment(
    [Required, MaxLength(20)] string Kind,
    [Required, MaxLength(300)] string Title,
    [Required, MaxLength(10)] string MappedBy,
    [MaxLength(10)] string? Strand = null,
    [MaxLength(20)] IReadOnlyList<int>? Objectives = null,
    [MaxLength(100)] string? State = null,
    [MaxLength(20)] IReadOnlyList<string>? Places = null,
    decimal? AmountGbp = null,
    DateOnly? Effective = null);
