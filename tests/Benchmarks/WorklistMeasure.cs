using System.Net;
using Npgsql;

namespace Soc.Benchmarks;

/// <summary>
/// A triage officer's worklist through the gateway with 10,000 referrals and with 1,000,000, in the same database one after the other: one in a hundred waits for
/// triage, and the officer is on the teams of 300 in both. The rows have no sealed fields, which the worklist does not read.
/// </summary>
internal static class WorklistMeasure
{
    private const int Few = 10_000;
    private const int Many = 1_000_000;
    private const int Connections = 4;
    private const int Rate = 50;
    private const string Path = "/referrals/v1/worklist?limit=25";

    public static async Task<IReadOnlyList<Figure>> MakeAsync(Run run, CancellationToken cancellation)
    {
        var platform = await run.PlatformAsync(cancellation);
        var token = await platform.TokenAsync("ukpps-triage", cancellation);
        await using var database = platform.Database("referrals");
        run.Say($"worklist: {Few} referrals");
        await FillAsync(database, "BENCH-", 1, Few, members: 300, cancellation);
        var few = await P99Async();
        run.Say($"worklist: {Many} referrals");
        await FillAsync(database, "BENCH-", Few + 1, Many, members: 0, cancellation);
        var many = await P99Async();
        run.Say($"worklist: p99 {few:0.0} ms with {Few}, {many:0.0} ms with {Many}");
        return [new("worklist.p99.ms", many, "ms"), new("worklist.p99.ratio1mTo10k", many / few, "ratio")];

        async Task<double> P99Async()
        {
            await AskAsync(3); // warms up caches and connections
            return Statistics.Median([await AskAsync(5), await AskAsync(5), await AskAsync(5)]);
        }

        async Task<double> AskAsync(int seconds) => Statistics.Percentile(
            await Load.LatenciesAsync(
                _ => new HttpRequestMessage(HttpMethod.Get, new Uri(platform.Gateway, Path)) { Headers = { { "Authorization", "Bearer " + token } } },
                HttpStatusCode.OK, Rate, Connections, TimeSpan.FromSeconds(seconds), cancellation), 99);
    }

    /// <summary>Referrals of one unit, of which nobody's sample client is on the team but for as many as said; one in a hundred waits for triage.</summary>
    public static async Task FillAsync(NpgsqlDataSource database, string prefix, int from, int until, int members, CancellationToken cancellation)
    {
        await using var fill = database.CreateCommand("""
            with added as (
                insert into referral (id, reference, status, band, region, responsible_unit, referring_organisation, referrer, submitted_at, returned_for, version)
                select gen_random_uuid(), $4 || n, case when n % 100 = 0 then 'submitted' when n % 10 = 1 then 'in-assessment' when n % 10 = 2 then 'declined' else 'closed' end,
                       1 + n % 3, 'ENG-SE', '01900000-0000-7000-8000-000000000002', '01900000-0000-7000-8000-000000000003', 'bench', now() - n * interval '1 minute', '{}', 1
                  from generate_series($1, $2) n
                returning id, status
            )
            insert into case_member (id, unit, actor, role, added_by, since, referral_id)
            select gen_random_uuid(), '01900000-0000-7000-8000-000000000002',
                   case when row_number() over () <= $3 then 'ukpps-triage' else 'bench-' || row_number() over () % 500 end, 'triage-officer', 'bench', now(), id
              from added where status = 'in-assessment'
            """);
        fill.CommandTimeout = 300;
        fill.Parameters.AddWithValue(from);
        fill.Parameters.AddWithValue(until);
        fill.Parameters.AddWithValue(members);
        fill.Parameters.AddWithValue(prefix);
        await fill.ExecuteNonQueryAsync(cancellation);
        await using var settle = database.CreateCommand("vacuum analyze referral, case_member");
        settle.CommandTimeout = 300;
        await settle.ExecuteNonQueryAsync(cancellation);
    }
}
