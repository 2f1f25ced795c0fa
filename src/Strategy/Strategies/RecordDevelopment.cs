using System.ComponentModel.DataAnnotations;

namespace Soc.Strategy.Strategies;

/// <summary>Something done under a strategy: under one of its strands, or serving some of its objectives; it may rest on a forum, as GET /strategy/v1/forums lists them.</summary>
public sealed record RecordDevelopment(
    [Required, MaxLength(20), Printable] string Kind,
    [Required, MaxLength(300), Printable] string Title,
    [Required, MaxLength(10), Printable] string MappedBy,
    [MaxLength(10), Printable] string? Strand = null,
    [MaxLength(20)] IReadOnlyList<int>? Objectives = null,
    [MaxLength(100), Printable] string? State = null,
    [MaxLength(20), Printable] IReadOnlyList<string>? Places = null,
    decimal? AmountGbp = null,
    DateOnly? Effective = null,
    Guid? Forum = null);
