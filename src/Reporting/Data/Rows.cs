using Soc.Contracts.Strategy;

namespace Soc.Reporting.Data;

// The read models. A row that only repeats what an event said holds the event itself; Version is the aggregate's, and orders them.
internal sealed record StrategyRow(Guid StrategyId, StrategyPublished Facts);

internal sealed record DevelopmentRow(Guid StrategyId, long Version, DevelopmentRecorded Facts);

internal sealed record AnnualReportRow(Guid StrategyId, long Version, int Year, AnnualReportPublished Facts);

internal sealed record WrittenAnswerRow(Guid StrategyId, long Version, DateOnly Answered, WrittenQuestionAnswered Facts);

internal sealed record AgreementRow(Guid AgreementId, int Parties, DateOnly ReviewDate);

/// <param name="Year">The ISO week-numbering year.</param>
internal sealed record ReferralCountRow(int Year, string Measure, long Count);

internal sealed class PartnerRow
{
    public required Guid OrganisationId { get; init; }

    public required string Sector { get; init; }

    public required string Status { get; set; }
}
