using System.Text.RegularExpressions;
using Soc.Contracts.Strategy;
using Soc.ServiceDefaults;

namespace Soc.Strategy.Strategies;

/// <summary>
/// A national strategy with the progress recorded against it. Every verb either changes it by one version and gives the one event of that version,
/// or refuses and changes nothing.
/// </summary>
internal sealed partial class NationalStrategy
{
    private static readonly string[] KnownStrands = ["pursue", "prevent", "protect", "prepare"];
    private static readonly string[] KnownSectors = ["public", "private", "voluntary"];
    private static readonly string[] KnownKinds =
        ["capability", "legislation", "funding", "pilot", "team", "forum", "plan", "statutory", "service", "exercise", "network"];

    private readonly List<Development> developments = [];
    private readonly List<AnnualReport> annualReports = [];
    private readonly List<WrittenAnswer> writtenAnswers = [];

    public required Guid Id { get; init; }
    public required string Code { get; init; }
    public required string Title { get; init; }
    public required string Published { get; init; }
    public required IReadOnlyList<string> Strands { get; init; }
    public required IReadOnlyList<StrategyObjective> Objectives { get; init; }
    public required IReadOnlyList<StrategyInstitution> Institutions { get; init; }
    public required IReadOnlyList<ContextFigure> Context { get; init; }
    public required IReadOnlyList<string> PartnerSectors { get; init; }
    public string? Supersedes { get; init; }
    public long Version { get; private set; } = 1;

    public string Framework => Strands.Count > 0 ? "strands" : "objectives";
    public IReadOnlyList<Development> Developments => developments;
    public IReadOnlyList<AnnualReport> AnnualReports => annualReports;
    public IReadOnlyList<WrittenAnswer> WrittenAnswers => writtenAnswers;

    public static (NationalStrategy? Strategy, Problem? Refusal) Publish(PublishStrategy facts)
    {
        IReadOnlyList<string> strands = facts.Strands ?? [];
        IReadOnlyList<StrategyObjective> objectives = facts.Objectives ?? [];
        IReadOnlyList<StrategyInstitution> institutions = facts.Institutions ?? [];
        IReadOnlyList<ContextFigure> context = facts.Context ?? [];
        IReadOnlyList<string> sectors = facts.PartnerSectors ?? [];
        var refusal =
            !CodeForm().IsMatch(facts.Code) ? StrategyProblems.CodeInvalid
            : objectives.Any(o => !Text(o?.Title)) || institutions.Any(i => !Text(i?.Name)) || context.Any(f => !Text(f?.Indicator) || !Text(f?.Unit))
                ? StrategyProblems.TextMissing
            : !PartialDate.IsValid(facts.Published) || institutions.Any(i => i.Established is { } date && !PartialDate.IsValid(date)) ? StrategyProblems.DateInvalid
            : (strands.Count > 0) == (objectives.Count > 0) ? StrategyProblems.FrameworkInvalid
            : !EachOnce(strands, KnownStrands) ? StrategyProblems.FrameworkInvalid
            : !objectives.Select(o => o.Number).SequenceEqual(Enumerable.Range(1, objectives.Count)) ? StrategyProblems.FrameworkInvalid
            : !EachOnce(sectors, KnownSectors) ? StrategyProblems.SectorUnknown
            : context.Any(figure => figure.Value < 0) ? StrategyProblems.AmountNegative
            : null;
        if (refusal is not null)
        {
            return (null, refusal);
        }

        var strategy = new NationalStrategy
        {
            Id = Guid.CreateVersion7(),
            Code = facts.Code,
            Title = facts.Title,
            Published = facts.Published,
            Strands = strands,
            Objectives = objectives,
            Institutions = institutions,
            Context = context,
            PartnerSectors = sectors,
            Supersedes = facts.Supersedes,
        };
        return (strategy, null);
    }

    /// <summary>The event of version 1.</summary>
    public StrategyPublished AsPublished() =>
        new(Id, Code, Title, Published, Framework, Strands, Objectives, Institutions, Context, PartnerSectors, Supersedes);

    public (DevelopmentRecorded? Event, Problem? Refusal) Record(RecordDevelopment facts)
    {
        IReadOnlyList<int> serves = facts.Objectives ?? [];
        var refusal =
            Strands.Count > 0 && (facts.Strand is null || !Strands.Contains(facts.Strand) || serves.Count > 0) ? StrategyProblems.StrandMismatch
            : Objectives.Count > 0 && (facts.Strand is not null || serves.Count == 0 || !EachOnce(serves, [.. Objectives.Select(o => o.Number)]))
                ? StrategyProblems.ObjectivesMismatch
            : !KnownKinds.Contains(facts.Kind) ? StrategyProblems.KindUnknown
            : facts.MappedBy is not ("source" or "platform") ? StrategyProblems.MappedByUnknown
            : facts.Places?.All(Text) == false ? StrategyProblems.TextMissing
            : facts.AmountGbp < 0 ? StrategyProblems.AmountNegative
            : developments.Any(d => string.Equals(d.Title, facts.Title, StringComparison.OrdinalIgnoreCase)) ? StrategyProblems.DevelopmentDuplicate
            : null;
        if (refusal is not null)
        {
            return (null, refusal);
        }

        var development = new Development(
            Guid.CreateVersion7(), developments.Count + 1, facts.Strand, serves, facts.MappedBy, facts.Kind, facts.Title, facts.State,
            facts.Places ?? [], facts.AmountGbp, facts.Effective, facts.Forum);
        developments.Add(development);
        Version++;
        return (new DevelopmentRecorded(
            Id, development.Id, development.Order, development.Strand, development.Objectives, development.MappedBy, development.Kind,
            development.Title, development.State, development.Places, development.AmountGbp, development.Effective), null);
    }

    public (AnnualReportPublished? Event, Problem? Refusal) Report(PublishAnnualReport facts, DateOnly today)
    {
        var refusal =
            facts.Year < PartialDate.Earliest(Published).Year || facts.Published.Year < facts.Year || facts.Published > today
                ? StrategyProblems.ReportDatesInvalid
            : annualReports.Any(report => report.Year == facts.Year) ? StrategyProblems.ReportDuplicate
            : null;
        if (refusal is not null)
        {
            return (null, refusal);
        }

        annualReports.Add(new AnnualReport(Guid.CreateVersion7(), facts.Year, facts.Published, facts.PublishedUnder, facts.Minister));
        Version++;
        return (new AnnualReportPublished(Id, facts.Year, facts.Published, facts.PublishedUnder, facts.Minister), null);
    }

    public (WrittenQuestionAnswered? Event, Problem? Refusal) Answer(AnswerWrittenQuestion facts, DateOnly today)
    {
        var refusal =
            facts.Asked < PartialDate.Earliest(Published) || facts.Answered < facts.Asked || facts.Answered > today ? StrategyProblems.AnswerDatesInvalid
            : writtenAnswers.Any(answer => answer.Answered == facts.Answered && string.Equals(answer.Heading, facts.Heading, StringComparison.OrdinalIgnoreCase))
                ? StrategyProblems.AnswerDuplicate
            : null;
        if (refusal is not null)
        {
            return (null, refusal);
        }

        writtenAnswers.Add(new WrittenAnswer(
            Guid.CreateVersion7(), facts.Asked, facts.Answered, facts.Department, facts.Heading, facts.Minister, facts.Asks));
        Version++;
        return (new WrittenQuestionAnswered(Id, facts.Asked, facts.Answered, facts.Department, facts.Heading, facts.Minister, facts.Asks), null);
    }

    private static bool Text(string? value) => !string.IsNullOrWhiteSpace(value);

    private static bool EachOnce<T>(IReadOnlyList<T> given, IReadOnlyList<T> known) =>
        given.Distinct().Count() == given.Count && given.All(known.Contains);

    [GeneratedRegex("^[a-z0-9-]{3,40}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex CodeForm();
}

internal sealed record Development(
    Guid Id, int Order, string? Strand, IReadOnlyList<int> Objectives, string MappedBy, string Kind, string Title, string? State,
    IReadOnlyList<string> Places, decimal? AmountGbp, DateOnly? Effective, Guid? Forum);

internal sealed record AnnualReport(Guid Id, int Year, DateOnly Published, string? PublishedUnder, string Minister);

internal sealed record WrittenAnswer(Guid Id, DateOnly Asked, DateOnly Answered, string Department, string Heading, string Minister, string Asks);
