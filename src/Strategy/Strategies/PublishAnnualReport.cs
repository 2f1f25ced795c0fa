using System.ComponentModel.DataAnnotations;

namespace Soc.Strategy.Strategies;

/// <summary>The annual report for a year: it reports what has been recorded since the one before it, so it is published after its developments.</summary>
public sealed record PublishAnnualReport(
    [Range(2000, 2999)] int Year,
    DateOnly Published,
    [Required, MaxLength(200), Printable] string Minister,
    [MaxLength(200), Printable] string? PublishedUnder = null);
