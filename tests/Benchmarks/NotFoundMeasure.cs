using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using Npgsql;

namespace Soc.Benchmarks;

/// <summary>
/// What a stopwatch tells about a case: the 404 for a case that exists and is not the caller's beside the 404 for an id that nobody has. One request at a
/// time through the gateway, of the two kinds in random order, on 10,000 cases.
/// </summary>
internal static class NotFoundMeasure
{
    private const int Cases = 10_000;
    private const int Samples = 4_000;

    public static async Task<IReadOnlyList<Figure>> MakeAsync(Run run, CancellationToken cancellation)
    {
        var platform = await run.PlatformAsync(cancellation);
        var token = await platform.TokenAsync("ukpps-caseworker", cancellation);
        await using var database = platform.Database("referrals");
        await WorklistMeasure.FillAsync(database, "NF-", 1, Cases, members: 0, cancellation);
        var existing = await IdsAsync(database, cancellation);
        using var client = new HttpClient { BaseAddress = platform.Gateway };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        run.Say($"not found: {Samples} requests of each kind, after a warm-up");
        await AskAsync(Samples / 4);
        var (of, random) = await AskAsync(Samples);
        run.Say(FormattableString.Invariant($"not found: median {Statistics.Median(of):0.00} ms for a case, {Statistics.Median(random):0.00} ms for a random id"));
        return [new("notfound.ratioCaseToRandom", Statistics.Median(of) / Statistics.Median(random), "ratio")];

        async Task<(List<double> Of, List<double> Random)> AskAsync(int each)
        {
            var kinds = Enumerable.Repeat(true, each).Concat(Enumerable.Repeat(false, each)).ToArray();
            Random.Shared.Shuffle(kinds);
            var (ofCases, ofNobody) = (new List<double>(), new List<double>());
            foreach (var exists in kinds)
            {
                var path = $"/referrals/v1/referrals/{(exists ? existing[Random.Shared.Next(existing.Count)] : Guid.NewGuid()):D}";
                var start = Stopwatch.GetTimestamp();
                using var answer = await client.GetAsync(path, cancellation);
                (exists ? ofCases : ofNobody).Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                if (answer.StatusCode != HttpStatusCode.NotFound)
                {
                    throw new InvalidOperationException($"A case of others was answered {(int)answer.StatusCode}.");
                }
            }

            return (ofCases, ofNobody);
        }
    }

    private static async Task<List<Guid>> IdsAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select id from referral where status = 'closed' limit 5000");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var ids = new List<Guid>();
        while (await reader.ReadAsync(cancellation))
        {
            ids.Add(reader.GetGuid(0));
        }

        return ids;
    }
}
