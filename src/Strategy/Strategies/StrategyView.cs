using Soc.Contracts;
using Soc.Contracts.Strategy;
using Soc.ServiceDefaults;
using Soc.Strategy.Forums;

namespace Soc.Strategy.Strategies;

internal sealed record StrategyList(IReadOnlyList<StrategyListEntry> Strategies);

internal sealed record StrategyListEntry(Guid Id, string Code, string Title, string Published, string? Supersedes, long Version);

/// <summary>A strategy as a caller sees it, with what this caller may do to it, by the name of the path to post to.</summary>
internal sealed record StrategyView(
    Guid Id, string Code, string Title, string Published, string Framework, IReadOnlyList<string> Strands, IReadOnlyList<StrategyObjective> Objectives,
    IReadOnlyList<StrategyInstitution> Institutions, IReadOnlyList<ContextFigure> Context, IReadOnlyList<string> PartnerSectors, string? Supersedes,
    IReadOnlyList<Development> Developments, IReadOnlyList<ForumView> Forums, IReadOnlyList<AnnualReport> AnnualReports, IReadOnlyList<WrittenAnswer> WrittenAnswers,
    long Version, IReadOnlyList<string> AllowedActions)
{
    public static StrategyView Of(NationalStrategy strategy, IEnumerable<Forum> forums, Caller caller) => new(
        strategy.Id, strategy.Code, strategy.Title, strategy.Published, strategy.Framework, strategy.Strands, strategy.Objectives,
        strategy.Institutions, strategy.Context, strategy.PartnerSectors, strategy.Supersedes,
        [.. strategy.Developments.OrderBy(d => d.Order)], [.. forums.OrderBy(f => f.Name, StringComparer.Ordinal).Select(f => ForumView.Of(f, caller))], [.. strategy.AnnualReports.OrderBy(r => r.Year)],
        [.. strategy.WrittenAnswers.OrderBy(a => a.Answered)], strategy.Version,
        caller.Scopes.Contains(Scopes.StrategyOwn) ? ["developments", "annual-reports", "written-answers"] : []);
}
