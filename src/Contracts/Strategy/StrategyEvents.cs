namespace Soc.Contracts.Strategy;

/// <summary>A national strategy has been published.</summary>
/// <param name="StrategyId">The strategy.</param>
/// <param name="Code">Its short code, such as <c>soc-2018</c>.</param>
/// <param name="Title">Its title.</param>
/// <param name="Published">When it was published, as precisely as is known: <c>2013-10</c> or <c>2018-11-01</c>.</param>
/// <param name="Framework">How it is organised: by <c>strands</c> or by <c>objectives</c>.</param>
/// <param name="Strands">Its strands in order, empty where it has objectives instead.</param>
/// <param name="Objectives">Its numbered objectives in order, empty where it has strands instead.</param>
/// <param name="Institutions">Bodies that came into being with it, empty where the source names none.</param>
/// <param name="Context">Figures that the strategy gives as its context.</param>
/// <param name="PartnerSectors">The sectors it says it is delivered with, empty where it does not say.</param>
/// <param name="Supersedes">The code of the strategy it replaces, or null.</param>
[Event("soc.strategy.strategy.published.v1")]
public sealed record StrategyPublished(
    Guid StrategyId, string Code, string Title, string Published, string Framework,
    IReadOnlyList<string> Strands, IReadOnlyList<StrategyObjective> Objectives, IReadOnlyList<StrategyInstitution> Institutions,
    IReadOnlyList<ContextFigure> Context, IReadOnlyList<string> PartnerSectors, string? Supersedes);

/// <summary>One numbered objective of a strategy.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Title">Its wording.</param>
public sealed record StrategyObjective(int Number, string Title);

/// <summary>A body that came into being with a strategy.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Established">When it was established, as precisely as is known, such as <c>2013-10</c>; null where the source does not say.</param>
public sealed record StrategyInstitution(string Name, string? Established);

/// <summary>A figure that a strategy gives as context.</summary>
/// <param name="Indicator">What is measured.</param>
/// <param name="Value">The value, in <paramref name="Unit"/>.</param>
/// <param name="Unit">The unit, such as <c>GBP</c>.</param>
/// <param name="Qualifier">How exact it is, such as <c>at least</c>, or null.</param>
public sealed record ContextFigure(string Indicator, decimal Value, string Unit, string? Qualifier);

/// <summary>Something done under a strategy has been recorded as progress.</summary>
/// <param name="StrategyId">The strategy.</param>
/// <param name="DevelopmentId">The development.</param>
/// <param name="Order">Its place among the strategy's developments, from 1.</param>
/// <param name="Strand">The strand it serves, or null where it serves objectives.</param>
/// <param name="Objectives">The numbers of the objectives it serves, empty where it serves a strand.</param>
/// <param name="MappedBy">Who says that it serves them: <c>source</c>, the public text itself, or <c>platform</c>, an attribution of the platform's own.</param>
/// <param name="Kind">What sort of thing it is: <c>capability</c>, <c>legislation</c>, <c>funding</c>, <c>pilot</c>, <c>team</c>, <c>forum</c>, <c>plan</c>, <c>statutory</c>, <c>service</c>, <c>exercise</c> or <c>network</c>.</param>
/// <param name="Title">What was done.</param>
/// <param name="State">How far it is, or null where the source does not say.</param>
/// <param name="Places">Where, empty where the source does not say.</param>
/// <param name="AmountGbp">Money in pounds, or null.</param>
/// <param name="Effective">The day from which it holds, or null.</param>
[Event("soc.strategy.development.recorded.v1")]
public sealed record DevelopmentRecorded(
    Guid StrategyId, Guid DevelopmentId, int Order, string? Strand, IReadOnlyList<int> Objectives, string MappedBy, string Kind,
    string Title, string? State, IReadOnlyList<string> Places, decimal? AmountGbp, DateOnly? Effective);

/// <summary>The annual report on a strategy for one year has been published.</summary>
/// <param name="StrategyId">The strategy.</param>
/// <param name="Year">The year reported on.</param>
/// <param name="Published">The day of publication.</param>
/// <param name="PublishedUnder">The government it was published under, or null.</param>
/// <param name="Minister">The minister who published it, as a public office holder.</param>
[Event("soc.strategy.annualreport.published.v1")]
public sealed record AnnualReportPublished(Guid StrategyId, int Year, DateOnly Published, string? PublishedUnder, string Minister);

/// <summary>A minister has answered a written question about a strategy.</summary>
/// <param name="StrategyId">The strategy.</param>
/// <param name="Asked">The day of the question.</param>
/// <param name="Answered">The day of the answer.</param>
/// <param name="Department">The answering department.</param>
/// <param name="Heading">The heading in the official record.</param>
/// <param name="Minister">The minister who answered, as a public office holder.</param>
/// <param name="Asks">What the question asks.</param>
[Event("soc.strategy.writtenquestion.answered.v1")]
public sealed record WrittenQuestionAnswered(
    Guid StrategyId, DateOnly Asked, DateOnly Answered, string Department, string Heading, string Minister, string Asks);
