using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Soc.Messaging;
using Soc.ServiceDefaults;
using Soc.Strategy.Data;
using Soc.Strategy.Strategies;

namespace Soc.Strategy.SampleData;

/// <summary>
/// The two strategies the platform starts from, restated as commands in strategies.json and put through the aggregate, so that their events flow.
/// A strategy that is there already is left as it is.
/// </summary>
internal static class SampleStrategies
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
    };

    public static async Task LoadAsync(StrategyDb db, TimeProvider time)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        await using var file = typeof(SampleStrategies).Assembly.GetManifestResourceStream("strategies.json")!;
        var samples = await JsonSerializer.DeserializeAsync<Sample[]>(file, Options);
        foreach (var sample in samples!)
        {
            if (!await db.Strategies.AnyAsync(s => s.Code == sample.Strategy.Code))
            {
                var strategy = Accepted(await sample.Strategy.AddToAsync(db, CancellationToken.None));
                foreach (var development in sample.Developments)
                {
                    db.Publish(Accepted(strategy.Record(development)), strategy.Id, strategy.Version);
                }

                foreach (var report in sample.AnnualReports ?? [])
                {
                    db.Publish(Accepted(strategy.Report(report, today)), strategy.Id, strategy.Version);
                }

                foreach (var answer in sample.WrittenAnswers ?? [])
                {
                    db.Publish(Accepted(strategy.Answer(answer, today)), strategy.Id, strategy.Version);
                }

                await db.SaveChangesAsync();
            }
        }
    }

    private static T Accepted<T>((T? Value, Problem? Refusal) outcome)
        where T : class => outcome.Value ?? throw new InvalidOperationException("The sample data is refused: " + outcome.Refusal!.Code);

    private sealed record Sample(
        PublishStrategy Strategy, RecordDevelopment[] Developments, PublishAnnualReport[]? AnnualReports = null, AnswerWrittenQuestion[]? WrittenAnswers = null);
}
