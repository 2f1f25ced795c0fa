namespace Soc.Referrals.Tests.Rules;

/// <summary>Every resource that is answered shows what its reader can do with it now.</summary>
public sealed class AllowedActionsTests
{
    /// <summary>What is part of a resource or a plain record, and why nothing is done with it by itself.</summary>
    private static readonly Dictionary<string, string> Parts = new(StringComparer.Ordinal)
    {
        ["Cases.ArrangementView"] = "part of a case, made once",
        ["Cases.AssessmentView"] = "part of a case, made once",
        ["Cases.ClockView"] = "part of a case, which names clock-pause, clock-resumption and breach-reason",
        ["Cases.DecisionView"] = "part of a case, made once",
        ["Cases.EntitlementView"] = "part of a case, which names entitlement-outcome",
        ["Cases.InterimView"] = "part of a case, made once",
        ["Cases.MemberView"] = "part of a case, which names team",
        ["Cases.OverrideView"] = "part of an assessment, made once",
        ["Cases.PauseView"] = "part of a clock",
        ["Cases.ReviewView"] = "part of a case, which names review-conclusion",
        ["Cases.SubjectView"] = "part of a case: what was told",
        ["Cases.TriageView"] = "part of a case, made once",
        ["ThreatNotices.ThreatNoticeItem"] = "a number",
        ["Transfers.BulkReportItem"] = "a line of a report",
        ["Updates.UpdateItem"] = "a record of what was told, which asks by requests",
        ["Worklists.WorklistItem"] = "a line about a case, which is read before anything is done to it",
    };

    [Fact]
    public void Every_resource_that_is_answered_shows_its_allowed_actions()
    {
        var types = typeof(ReferralsProblems).Assembly.GetTypes();
        var items = types.Where(type => type.Name.EndsWith("Page", StringComparison.Ordinal) || type.Name.EndsWith("List", StringComparison.Ordinal))
            .SelectMany(page => page.GetProperty("Items")!.PropertyType.GetGenericArguments());
        var without = types.Where(type => type.Name.EndsWith("View", StringComparison.Ordinal)).Union(items)
            .Where(type => type.GetProperty("AllowedActions")?.PropertyType.IsAssignableTo(typeof(IEnumerable<string>)) != true)
            .Select(type => type.FullName!["Soc.Referrals.".Length..]).Order(StringComparer.Ordinal);

        Assert.Equal(Parts.Keys.Order(StringComparer.Ordinal), without);
    }
}
