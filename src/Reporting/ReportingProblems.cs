using Soc.ServiceDefaults;

namespace Soc.Reporting;

/// <summary>Every expected failure of the Reporting service.</summary>
internal static class ReportingProblems
{
    public static readonly Problem ReportNotFound = new("report.not-found", 404,
        "There is no such report", "GET /reports lists the annual reports and written answers there are.");

    public static readonly Problem NotAcceptable = new("report.not-acceptable", 406,
        "The report is not available in a form that is accepted", "Reports are available as text/html and application/json.");

    public static readonly Problem YearInvalid = new("statistics.year-invalid", 400,
        "The year is not a year", "Give the year in four digits, such as 2026.");
}
