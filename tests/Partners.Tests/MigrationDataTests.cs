using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;
using Soc.Partners.Data;
using Soc.TestKit;

namespace Soc.Partners.Tests;

/// <summary>What migrations do to rows that are there already and to those that the release before writes while both run, and what cannot be written at all.</summary>
public sealed class MigrationDataTests
{
    private const string Register = """
        insert into organisation (id, name, sector, kind, regions, registered_at, status, version)
        values ('01900000-0000-7000-8000-0000000000d1', 'Example Lantern Project', 'voluntary', 'charity', array['ENG-NW'], now(), 'Live', 1);
        insert into api_client (id, organisation_id, scopes, registered_at, version, event_version, certificate_bound, sandbox)
        values ('example-lantern', '01900000-0000-7000-8000-0000000000d1', array['organisations.read'], now(), 1, 1, false, false);
        """;

    [Fact]
    public void Nothing_is_saved_past_the_rule_that_deliveries_go_with_their_events()
    {
        using var db = new PartnersDb(new DbContextOptionsBuilder<PartnersDb>().UseNpgsql().Options);

        Assert.Throws<NotSupportedException>(() => db.SaveChanges());
        Assert.Throws<NotSupportedException>(() => db.SaveChanges(acceptAllChangesOnSuccess: false));
    }

    [Fact]
    public async Task Keys_of_older_releases_belong_to_their_clients_organisation_and_a_key_without_one_is_not_taken_any_more()
    {
        var owner = await (await Servers.PostgresAsync()).CreateDatabaseAsync("partners");
        await using var source = NpgsqlDataSource.Create(owner);
        await using var db = new PartnersDb(new DbContextOptionsBuilder<PartnersDb>().UseNpgsql(owner).Options);
        var migrator = db.GetService<IMigrator>();

        await migrator.MigrateAsync("AgreementLifeAndAttestations", TestContext.Current.CancellationToken);
        await ExecuteAsync(Register + Key("before"));
        await migrator.MigrateAsync("SecondPersonForKeys", TestContext.Current.CancellationToken);
        Assert.Equal(["before 01900000-0000-7000-8000-0000000000d1"], await KeysAsync());

        // An older replica registers one during the release.
        await ExecuteAsync(Key("between"));
        Assert.Contains("between 00000000-0000-0000-0000-000000000000", await KeysAsync());
        await migrator.MigrateAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(["before 01900000-0000-7000-8000-0000000000d1", "between 01900000-0000-7000-8000-0000000000d1"], await KeysAsync());

        var refused = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(Key("after")));
        Assert.Equal((PostgresErrorCodes.NotNullViolation, "organisation_id"), (refused.SqlState, refused.ColumnName));

        static string Key(string id) =>
            $"insert into client_key (client_id, key_id, thumbprint, subject_public_key_info, from_key_set, registered_at) values ('example-lantern', '{id}', '{id}', '', false, now());";

        async Task ExecuteAsync(string sql)
        {
#pragma warning disable CA2100 // Statements of the test itself.
            await using var command = source.CreateCommand(sql);
#pragma warning restore CA2100
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        async Task<List<string>> KeysAsync()
        {
            await using var command = source.CreateCommand("select concat(key_id, ' ', organisation_id) from client_key order by 1");
            await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
            var rows = new List<string>();
            while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            {
                rows.Add(reader.GetString(0));
            }

            return rows;
        }
    }
}
