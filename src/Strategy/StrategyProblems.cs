using Soc.ServiceDefaults;

namespace Soc.Strategy;

/// <summary>Every expected failure of the Strategy service.</summary>
internal static class StrategyProblems
{
    public static readonly Problem NotFound = new("strategy.not-found", 404,
        "There is no such strategy", "List the strategies to find its id.");

    public static readonly Problem CodeInvalid = new("strategy.code-invalid", 422,
        "The code cannot be used", "A code has 3 to 40 lower-case letters, digits and hyphens, such as soc-2018.");

    public static readonly Problem CodeTaken = new("strategy.code-taken", 409,
        "A strategy with this code exists already", "Read the strategy that has the code, or choose another code.");

    public static readonly Problem TextMissing = new("strategy.text-missing", 422,
        "A list has an entry without its text", "Every objective, institution, context figure and place is named.");

    public static readonly Problem DateInvalid = new("strategy.date-invalid", 422,
        "A date is not a year, a month or a day", "Give a date as precisely as its source does: 2013, 2013-10 or 2018-11-01; never more precisely.");

    public static readonly Problem FrameworkInvalid = new("strategy.framework-invalid", 422,
        "The strategy is not organised by strands or by objectives",
        "Give either strands, each of pursue, prevent, protect and prepare at most once, or objectives numbered from 1 without a gap; not both.");

    public static readonly Problem SectorUnknown = new("strategy.sector-unknown", 422,
        "A partner sector is not known or is repeated", "The sectors are public, private and voluntary, each at most once.");

    public static readonly Problem AmountNegative = new("strategy.amount-negative", 422,
        "An amount is below zero", "Amounts and context figures are zero or more.");

    public static readonly Problem SupersedesUnknown = new("strategy.supersedes-unknown", 422,
        "The superseded strategy is not known", "Publish the earlier strategy first, or leave the member out.");

    public static readonly Problem StrandMismatch = new("development.strand-mismatch", 422,
        "The strand is not one of this strategy's", "In a strategy of strands a development names one of its strands and no objective.");

    public static readonly Problem ObjectivesMismatch = new("development.objectives-mismatch", 422,
        "The objectives are not this strategy's", "In a strategy of objectives a development names at least one of their numbers, each once, and no strand.");

    public static readonly Problem KindUnknown = new("development.kind-unknown", 422,
        "The kind of development is not known",
        "The kinds are capability, legislation, funding, pilot, team, forum, plan, statutory, service, exercise and network.");

    public static readonly Problem MappedByUnknown = new("development.mapped-by-unknown", 422,
        "It is not said who attributes the development", "Say source where the public text names the strand or objectives, and platform where the platform does.");

    public static readonly Problem ForumUnknown = new("development.forum-unknown", 422,
        "The forum is not known", "GET /strategy/v1/forums lists those that developments can rest on; one that was formed a moment ago may come in the next.");

    public static readonly Problem DevelopmentDuplicate = new("development.duplicate", 409,
        "The development is recorded already", "A development is recorded once in its strategy; compare the titles.");

    public static readonly Problem ReportDatesInvalid = new("annual-report.dates-invalid", 422,
        "The report's year and day do not fit", "A report covers a year from the strategy's own onwards, and is published in or after that year, not in the future.");

    public static readonly Problem ReportDuplicate = new("annual-report.duplicate", 409,
        "There is an annual report for this year already", "A year has one annual report, whatever the strategy.");

    public static readonly Problem AnswerDatesInvalid = new("written-answer.dates-invalid", 422,
        "The days of question and answer do not fit", "A question is asked on or after the strategy's publication, and answered on or after the day it is asked, not in the future.");

    public static readonly Problem AnswerDuplicate = new("written-answer.duplicate", 409,
        "The answer is recorded already", "An answer is known by its day and heading.");
}
