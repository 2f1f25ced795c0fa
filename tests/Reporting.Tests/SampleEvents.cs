using System.Text.Json;
using Soc.Contracts.Strategy;
using Soc.TestKit;

namespace Soc.Reporting.Tests;

/// <summary>The events of the two sample strategies, made of the facts in the Strategy service's sample data.</summary>
internal static class SampleEvents
{
    private static readonly JsonElement Strategies = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(Repository.Root, "src", "Strategy", "SampleData", "strategies.json"))).RootElement;

    public static Guid Of2013 { get; } = Guid.CreateVersion7();

    public static Guid Of2018 { get; } = Guid.CreateVersion7();

    public static IReadOnlyList<SentEvent> All { get; } = [.. Read(Strategies[0], Of2013), .. Read(Strategies[1], Of2018)];

    private static IEnumerable<SentEvent> Read(JsonElement sample, Guid id)
    {
        var version = 1;
        var strategy = sample.GetProperty("strategy");
        var strands = List<string>(strategy, "strands");
        yield return SentEvent.Of(
            new StrategyPublished(
                id, Text(strategy, "code")!, Text(strategy, "title")!, Text(strategy, "published")!, strands.Length > 0 ? "strands" : "objectives", strands,
                List<StrategyObjective>(strategy, "objectives"), List<StrategyInstitution>(strategy, "institutions"),
                List<ContextFigure>(strategy, "context"), List<string>(strategy, "partnerSectors"), Text(strategy, "supersedes")),
            id, version++);
        foreach (var development in sample.GetProperty("developments").EnumerateArray())
        {
            yield return SentEvent.Of(
                new DevelopmentRecorded(
                    id, Guid.CreateVersion7(), version - 1, Text(development, "strand"), List<int>(development, "objectives"), Text(development, "mappedBy")!,
                    Text(development, "kind")!, Text(development, "title")!, Text(development, "state"), List<string>(development, "places"),
                    development.TryGetProperty("amountGbp", out var amount) ? amount.GetDecimal() : null,
                    Text(development, "effective") is { } day ? DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture) : null),
                id, version++);
        }

        foreach (var report in List<AnnualReportPublished>(sample, "annualReports"))
        {
            yield return SentEvent.Of(report with { StrategyId = id }, id, version++);
        }

        foreach (var answer in List<WrittenQuestionAnswered>(sample, "writtenAnswers"))
        {
            yield return SentEvent.Of(answer with { StrategyId = id }, id, version++);
        }
    }

    private static string? Text(JsonElement from, string name) => from.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static T[] List<T>(JsonElement from, string name) =>
        from.TryGetProperty(name, out var value) ? value.Deserialize<T[]>(JsonSerializerOptions.Web)! : [];
}
