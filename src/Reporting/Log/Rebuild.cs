using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Soc.Reporting.Data;

namespace Soc.Reporting.Log;

/// <summary>The mode <c>rebuild</c>: makes every read model again from the log, in one transaction, while readers still see the old ones.</summary>
internal static class Rebuild
{
    private const int Page = 500;

    public static async Task<int> RunAsync(IServiceProvider services, TextWriter output)
    {
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ReportingDb>();
        await using var transaction = await db.Database.BeginTransactionAsync();
        // Consumers wait at their insert into a log until this has committed, then apply their event to the new models.
        await db.Database.ExecuteSqlAsync($"lock table event_log, fact_log in share row exclusive mode");
        var before = await DatasetHash.OfAsync(db);
        await DeleteModelsAsync(db);
        var (events, facts) = (await ReplayEventsAsync(db), await ReplayFactsAsync(db));
        var after = await DatasetHash.OfAsync(db);
        await transaction.CommitAsync();
        await output.WriteLineAsync($"Rebuilt from {events} events and {facts} facts. Dataset hash {after} (before: {before}).");
        return 0;
    }

    private static async Task DeleteModelsAsync(ReportingDb db)
    {
        await db.Strategies.ExecuteDeleteAsync();
        await db.Developments.ExecuteDeleteAsync();
        await db.AnnualReports.ExecuteDeleteAsync();
        await db.WrittenAnswers.ExecuteDeleteAsync();
        await db.Partners.ExecuteDeleteAsync();
        await db.Agreements.ExecuteDeleteAsync();
        await db.ReferralCounts.ExecuteDeleteAsync();
    }

    private static async Task<long> ReplayEventsAsync(ReportingDb db)
    {
        var (count, last) = (0L, 0L);
        while (await db.EventLog.AsNoTracking().Where(e => e.Seq > last).OrderBy(e => e.Seq).Take(Page).ToListAsync() is { Count: > 0 } page)
        {
            foreach (var logged in page)
            {
                await Projection.ApplyAsync(db, EventLog.Read(logged.Type, logged.Body), logged.AggregateVersion, CancellationToken.None);
            }

            await db.SaveChangesAsync();
            db.ChangeTracker.Clear();
            (count, last) = (count + page.Count, page[^1].Seq);
        }

        return count;
    }

    private static async Task<long> ReplayFactsAsync(ReportingDb db)
    {
        var (count, last) = (0L, Guid.Empty);
        while (await db.FactLog.AsNoTracking().Where(f => f.Token > last).OrderBy(f => f.Token).Take(Page).ToListAsync() is { Count: > 0 } page)
        {
            foreach (var logged in page)
            {
                await Projection.CountAsync(db, EventLog.Read(logged.Type, logged.Body), CancellationToken.None);
            }

            (count, last) = (count + page.Count, page[^1].Token);
        }

        return count;
    }
}

/// <summary>One value for all read models together: equal when, and only when, they say the same.</summary>
internal static class DatasetHash
{
    public static async Task<string> OfAsync(ReportingDb db)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await AddAsync(db.Strategies.OrderBy(r => r.StrategyId));
        await AddAsync(db.Developments.OrderBy(r => r.StrategyId).ThenBy(r => r.Version));
        await AddAsync(db.AnnualReports.OrderBy(r => r.StrategyId).ThenBy(r => r.Version));
        await AddAsync(db.WrittenAnswers.OrderBy(r => r.StrategyId).ThenBy(r => r.Version));
        await AddAsync(db.Partners.OrderBy(r => r.OrganisationId));
        await AddAsync(db.Agreements.OrderBy(r => r.AgreementId));
        await AddAsync(db.ReferralCounts.OrderBy(r => r.Year).ThenBy(r => r.Measure));
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        async Task AddAsync<T>(IQueryable<T> rows)
            where T : class
        {
            await foreach (var row in rows.AsNoTracking().AsAsyncEnumerable())
            {
                hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(row));
                hash.AppendData("\n"u8);
            }

            hash.AppendData("\f"u8);
        }
    }
}
