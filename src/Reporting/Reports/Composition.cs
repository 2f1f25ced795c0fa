using Microsoft.EntityFrameworkCore;
using Soc.Contracts.Strategy;
using Soc.Reporting.Data;

namespace Soc.Reporting.Reports;

/// <summary>
/// Composes the public reports from the read models. A report tells of what was recorded before it: an annual report since the one before, an answer
/// since the strategy began. What is recorded afterwards never changes a report that has been published.
/// </summary>
internal static class Composition
{
    private const string MappingNote =
        "Which objectives each development serves is the platform’s own attribution; the source lists the developments without one.";

    public static async Task<ReportIndex> IndexAsync(ReportingDb db, CancellationToken cancellation)
    {
        var reports = await (
            from report in db.AnnualReports.AsNoTracking()
            join strategy in db.Strategies on report.StrategyId equals strategy.StrategyId
            orderby report.Year
            select new { report.Year, strategy.Facts }).ToListAsync(cancellation);
        var answers = await db.WrittenAnswers.AsNoTracking().OrderBy(a => a.Answered).ThenBy(a => a.StrategyId).ThenBy(a => a.Version).ToListAsync(cancellation);
        return new ReportIndex(
            [.. reports.Select(r => new AnnualReportEntry(r.Year, $"{r.Facts.Title}: annual report for {r.Year}", $"/reports/annual/{r.Year}"))],
            [.. answers.Select(a => new AnswerEntry(a.Answered, a.Facts.Heading, $"/reports/answers/{a.Answered:yyyy-MM-dd}"))]);
    }

    public static async Task<AnnualReport?> AnnualReportAsync(ReportingDb db, int year, CancellationToken cancellation)
    {
        var report = await db.AnnualReports.AsNoTracking().FirstOrDefaultAsync(r => r.Year == year, cancellation);
        if (report is null)
        {
            return null;
        }

        var previous = await db.AnnualReports
            .Where(r => r.StrategyId == report.StrategyId && r.Version < report.Version).MaxAsync(r => (long?)r.Version, cancellation) ?? 0;
        var strategy = await StrategyAsync(db, report.StrategyId, cancellation);
        var developments = await DevelopmentsAsync(db, report.StrategyId, previous, report.Version, cancellation);
        var strands = strategy.Strands.Select(strand =>
            new ReportSection(strand, Wording.Capital(strand), [.. developments.Where(d => d.Strand == strand)]));
        var objectives = strategy.Objectives.Select(objective =>
            new ReportSection($"objective-{objective.Number}", $"Objective {objective.Number}: {objective.Title}",
                [.. developments.Where(d => d.Objectives.Contains(objective.Number))]));
        return new AnnualReport(
            $"{strategy.Title}: annual report for {year}", year, report.Facts.Published, report.Facts.PublishedUnder, report.Facts.Minister,
            Reference(strategy), [.. strands.Concat(objectives).Where(section => section.Developments.Count > 0)], Notes(developments));
    }

    public static async Task<AnswersOfDay?> AnswersAsync(ReportingDb db, DateOnly day, CancellationToken cancellation)
    {
        var answered = await db.WrittenAnswers.AsNoTracking().Where(a => a.Answered == day)
            .OrderBy(a => a.StrategyId).ThenBy(a => a.Version).ToListAsync(cancellation);
        var answers = new List<WrittenAnswer>();
        foreach (var answer in answered)
        {
            var strategy = await StrategyAsync(db, answer.StrategyId, cancellation);
            var progress = await DevelopmentsAsync(db, answer.StrategyId, 0, answer.Version, cancellation);
            answers.Add(new WrittenAnswer(
                answer.Facts.Heading, answer.Facts.Asked, answer.Facts.Answered, answer.Facts.Department, answer.Facts.Minister, answer.Facts.Asks,
                Reference(strategy),
                [.. strategy.Context.Select(f => new StatedFigure(f.Indicator, f.Value, f.Unit, f.Qualifier, Wording.Sentence(f)))],
                [.. strategy.Objectives.Select(o => new NumberedObjective(o.Number, o.Title))],
                progress, strategy.PartnerSectors, Notes(progress)));
        }

        return answers.Count == 0 ? null : new AnswersOfDay(day, answers);
    }

    private static async Task<StrategyPublished> StrategyAsync(ReportingDb db, Guid id, CancellationToken cancellation) =>
        (await db.Strategies.AsNoTracking().SingleAsync(s => s.StrategyId == id, cancellation)).Facts;

    private static async Task<IReadOnlyList<Progress>> DevelopmentsAsync(
        ReportingDb db, Guid strategy, long after, long before, CancellationToken cancellation)
    {
        var rows = await db.Developments.AsNoTracking()
            .Where(d => d.StrategyId == strategy && d.Version > after && d.Version < before).OrderBy(d => d.Version).ToListAsync(cancellation);
        return [.. rows.Select(row => row.Facts).Select(d => new Progress(
            d.Kind, d.Title, d.State, d.Places, d.AmountGbp, d.Effective, d.Strand, d.Objectives, d.MappedBy,
            Wording.Kind(d.Kind), Wording.Serves(d), Wording.Sentence(d)))];
    }

    private static StrategyReference Reference(StrategyPublished strategy) => new(
        strategy.Code, strategy.Title, strategy.Published, [.. strategy.Institutions.Select(i => new Institution(i.Name, i.Established))]);

    private static IReadOnlyList<string> Notes(IReadOnlyList<Progress> developments) =>
        developments.Any(d => d.MappedBy == "platform") ? [MappingNote] : [];
}
