using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore;
using Soc.Contracts.Strategy;
using Soc.Messaging;
using Soc.ServiceDefaults;
using Soc.Strategy.Data;

namespace Soc.Strategy.Strategies;

/// <summary>A strategy as it was published. Requests are public, because validation is generated for public types only. Dates are as precise as the source; what it does not say is left out.</summary>
public sealed record PublishStrategy(
    [Required, MaxLength(40), Printable] string Code,
    [Required, MaxLength(300), Printable] string Title,
    [Required, MaxLength(10), Printable] string Published,
    [MaxLength(4), Printable] IReadOnlyList<string>? Strands = null,
    [MaxLength(20), Printable] IReadOnlyList<StrategyObjective>? Objectives = null,
    [MaxLength(20), Printable] IReadOnlyList<StrategyInstitution>? Institutions = null,
    [MaxLength(20), Printable] IReadOnlyList<ContextFigure>? Context = null,
    [MaxLength(3), Printable] IReadOnlyList<string>? PartnerSectors = null,
    [MaxLength(40), Printable] string? Supersedes = null)
{
    /// <summary>Adds the strategy and its event to what the next SaveChanges saves.</summary>
    internal async Task<(NationalStrategy? Strategy, Problem? Refusal)> AddToAsync(StrategyDb db, CancellationToken cancellation)
    {
        var (strategy, refusal) = NationalStrategy.Publish(this);
        if (strategy is null)
        {
            return (null, refusal);
        }

        if (await db.Strategies.AnyAsync(s => s.Code == Code, cancellation))
        {
            return (null, StrategyProblems.CodeTaken);
        }

        if (Supersedes is not null && !await db.Strategies.AnyAsync(s => s.Code == Supersedes, cancellation))
        {
            return (null, StrategyProblems.SupersedesUnknown);
        }

        db.Add(strategy);
        db.Publish(strategy.AsPublished(), strategy.Id, strategy.Version);
        return (strategy, null);
    }
}
