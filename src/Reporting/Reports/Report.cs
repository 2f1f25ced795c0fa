namespace Soc.Reporting.Reports;

// What the public pages show, as JSON and as HTML alike.

/// <param name="AnnualReports">By year.</param>
/// <param name="Answers">By day.</param>
public sealed record ReportIndex(IReadOnlyList<AnnualReportEntry> AnnualReports, IReadOnlyList<AnswerEntry> Answers);

public sealed record AnnualReportEntry(int Year, string Title, string Href);

public sealed record AnswerEntry(DateOnly Answered, string Heading, string Href);

/// <summary>A strategy as a report names it.</summary>
/// <param name="Published">As precisely as is known: <c>2013-10</c> or <c>2018-11-01</c>.</param>
public sealed record StrategyReference(string Code, string Title, string Published, IReadOnlyList<Institution> Institutions);

public sealed record Institution(string Name, string? Established);

/// <summary>The annual report for a year, section by section.</summary>
public sealed record AnnualReport(
    string Title, int Year, DateOnly Published, string? PublishedUnder, string Minister, StrategyReference Strategy,
    IReadOnlyList<ReportSection> Sections, IReadOnlyList<string> Notes);

/// <summary>What was done under one strand, or for one objective.</summary>
/// <param name="Code"><c>pursue</c>, or <c>objective-4</c>.</param>
public sealed record ReportSection(string Code, string Heading, IReadOnlyList<Progress> Developments);

/// <summary>One development: the facts, and the sentence made of them.</summary>
/// <param name="MappedBy"><c>source</c> where the public text itself says what the development serves, <c>platform</c> where the platform does.</param>
public sealed record Progress(
    string Kind, string Title, string? State, IReadOnlyList<string> Places, decimal? AmountGbp, DateOnly? Effective,
    string? Strand, IReadOnlyList<int> Objectives, string MappedBy, string KindName, string Serves, string Sentence);

/// <summary>The written answers of one day.</summary>
public sealed record AnswersOfDay(DateOnly Answered, IReadOnlyList<WrittenAnswer> Answers);

public sealed record WrittenAnswer(
    string Heading, DateOnly Asked, DateOnly Answered, string Department, string Minister, string Asks, StrategyReference Strategy,
    IReadOnlyList<StatedFigure> Context, IReadOnlyList<NumberedObjective> Objectives, IReadOnlyList<Progress> Progress,
    IReadOnlyList<string> PartnerSectors, IReadOnlyList<string> Notes);

public sealed record StatedFigure(string Indicator, decimal Value, string Unit, string? Qualifier, string Sentence);

public sealed record NumberedObjective(int Number, string Title);
