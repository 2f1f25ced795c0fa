using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Soc.Contracts;
using Soc.Referrals.Cases;
using Soc.Referrals.Data;
using Soc.Referrals.Updates;
using Soc.Referrals.Worklists;
using Soc.ServiceDefaults;
using static Soc.Referrals.Tests.ReferralsHost;

namespace Soc.Referrals.Tests.Journeys;

/// <summary>The second wall: what PostgreSQL shows the service's own role when a query forgets to ask for the right.</summary>
[Collection(OneService.Name)]
public sealed class RowSecurityTests(ReferralsHost host)
{
    private static readonly string[] Tables =
        ["referral", "assessment", "decision", "case_member", "draft", "break_glass", "threat_notice_count", "transfer", "bulk_transfer", "bulk_transfer_item", "interim_protection", "arrangement", "case_review", "sealed_field", "data_key", "referrer_update", "update_feed", "audit_entry"];

    [Fact]
    public async Task Without_an_organisation_every_table_is_empty_and_for_another_unit_every_case_is()
    {
        var id = await host.CaseInAsync("in-review");
        await DoneAsync(host.CaseOfficer, await host.CaseInAsync("in-assessment"), "interim-protection", new { measures = new[] { "officer-contact" } }, "\"2\"");
        await using var source = NpgsqlDataSource.Create(host.Service.ServiceConnectionString);
        await using var connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);

        foreach (var table in Tables)
        {
            Assert.True(await CountAsync(connection, null, table) == 0, table + " shows itself to nobody");
            if (table is not ("referrer_update" or "update_feed" or "draft" or "break_glass" or "threat_notice_count" or "transfer" or "bulk_transfer" or "bulk_transfer_item"))
            {
                Assert.True(await CountAsync(connection, Unit, table, "case-officer") > 0, table + " shows itself to the team");
                Assert.True(await CountAsync(connection, Guid.CreateVersion7(), table, "case-officer") == 0, table + " shows itself to another unit");
                Assert.True(await CountAsync(connection, Unit, table, "colleague") == 0 || table is "case_member" or "audit_entry", table + " shows itself off the team");
            }
        }

        Assert.True(await CountAsync(connection, Trust, "referrer_update") > 0);
        Assert.Equal(0, await CountAsync(connection, Unit, $"referrer_update where referral_id = '{Guid.Parse(id)}'"));
        Assert.Equal(0, await CountAsync(connection, Trust, "referral"));
    }

    [Fact]
    public async Task The_queries_ask_for_the_right_by_themselves_where_row_security_does_not_bind()
    {
        var id = Guid.Parse(await host.CaseInAsync("submitted"));
        using (var given = await host.Referrer.GetAsync(new Uri("/referrals/v1/updates", UriKind.Relative), TestContext.Current.CancellationToken))
        {
            given.EnsureSuccessStatusCode(); // what is given again is not told again, and this context could tell nobody
        }

        await using var db = new ReferralsDb(new DbContextOptionsBuilder<ReferralsDb>().UseNpgsql(host.Service.OwnerConnectionString).Options); // a superuser
        var (unit, other) = (CallerOf(Unit), CallerOf(OtherUnit));
        var cancellation = TestContext.Current.CancellationToken;

        Assert.NotNull(await Casework.FindAsync(db, unit, id, cancellation));
        Assert.Null(await Casework.FindAsync(db, other, id, cancellation));
        Assert.NotEmpty(Value<WorklistPage>(await Worklist.HandleAsync(null, 100, unit, db, TimeProvider.System, cancellation)).Items);
        Assert.Empty(Value<WorklistPage>(await Worklist.HandleAsync(null, 100, other, db, TimeProvider.System, cancellation)).Items);
        Assert.NotEmpty(Value<UpdatesPage>(await ReadUpdates.HandleAsync(null, CallerOf(Trust), db, TimeProvider.System, cancellation)).Items);
        Assert.Empty(Value<UpdatesPage>(await ReadUpdates.HandleAsync(null, CallerOf(Guid.NewGuid()), db, TimeProvider.System, cancellation)).Items);

        static Caller CallerOf(Guid organisation) => new(organisation, "client", "actor", new HashSet<string> { Scopes.ReferralsTriage });
        static T Value<T>(IResult result) => Assert.IsType<T>(Assert.IsAssignableFrom<IValueHttpResult>(result).Value);
    }

    [Fact]
    public async Task Every_table_of_the_service_is_under_forced_row_security_or_is_messagings()
    {
        var open = await host.RowsAsync(
            """
            select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and not (relrowsecurity and relforcerowsecurity)
               and relname not in ('__EFMigrationsHistory', 'outbox_message', 'inbox_message', 'aggregate_position', 'parked_message', 'idempotency_key')
            """);

        Assert.Empty(open);
    }

    [Fact]
    public async Task Organisations_that_take_turns_on_few_connections_never_see_each_others_updates()
    {
        var organisations = Enumerable.Range(0, 4).Select(_ => Guid.CreateVersion7()).ToList();
        var clients = organisations.Select(organisation => host.Service.As(organisation, "turn", Scopes.ReferralsSubmit, Scopes.ReferralsUpdates)).ToList();
        var own = new List<string>();
        foreach (var client in clients)
        {
            own.Add((await SubmitAsync(client, Told()))["id"]);
        }

        await Parallel.ForEachAsync(Enumerable.Range(0, 400), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (turn, _) =>
        {
            var answer = await GetAsync(clients[turn % 4], "/referrals/v1/updates");
            Assert.Equal(own[turn % 4], (string?)Assert.Single(answer.Json["items"]!.AsArray())!["referralId"]);
        });
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task A_unit_cannot_write_into_the_case_of_another_past_the_service()
    {
        var id = Guid.Parse(await host.CaseInAsync("submitted"));
        await using var source = NpgsqlDataSource.Create(host.Service.ServiceConnectionString);
        await using var connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await ActForAsync(connection, OtherUnit);

        await using var update = new NpgsqlCommand("update referral set status = 'declined' where id = $1", connection) { Parameters = { new() { Value = id } } };
        Assert.Equal(0, await update.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        await using var decide = new NpgsqlCommand(
            "insert into decision (referral_id, outcome, is_or_might_be_witness, cooperation_recorded, authoriser, decided_at) values ($1, 'declined', false, false, 'x', now())",
            connection)
        { Parameters = { new() { Value = id } } };
        var refused = await Assert.ThrowsAsync<PostgresException>(() => decide.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        Assert.Equal("42501", refused.SqlState);
    }

    private static async Task<long> CountAsync(NpgsqlConnection connection, Guid? organisation, string table, string actor = "nobody")
    {
        await using var transaction = await connection.BeginTransactionAsync();
        if (organisation is { } acts)
        {
            await ActForAsync(connection, acts, actor);
        }

#pragma warning disable CA2100 // One of the names above.
        await using var count = new NpgsqlCommand($"select count(*) from {table}", connection);
#pragma warning restore CA2100
        return (long)(await count.ExecuteScalarAsync())!;
    }

    private static async Task ActForAsync(NpgsqlConnection connection, Guid organisation, string actor = "triage-officer")
    {
        await using var act = new NpgsqlCommand(
            "select set_config('soc.organisation', $1, true), set_config('soc.actor', $2, true), set_config('soc.purpose', 'casework', true)", connection)
        { Parameters = { new() { Value = organisation.ToString() }, new() { Value = actor } } };
        await act.ExecuteNonQueryAsync();
    }
}
