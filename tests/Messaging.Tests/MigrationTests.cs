using Microsoft.Extensions.Configuration;
using Npgsql;
using Soc.Messaging.Database;
using Soc.Messaging.Worker;
using Soc.TestKit;

namespace Soc.Messaging.Tests;

public sealed class MigrationTests
{
    private const string Quoted = """p'ass"w\ord; drop table entry --""";

    [Fact]
    public async Task The_migration_step_makes_a_role_that_uses_the_tables_and_owns_nothing_and_can_be_repeated()
    {
        await using var bed = await LedgerBed.CreateAsync();
        await using var app = bed.Build();
        var service = app.Services.GetService(typeof(IConfiguration)) is IConfiguration configuration ? configuration.GetConnectionString("ledger")! : "";
        var role = new NpgsqlConnectionStringBuilder(service).Username!;
        await using var owner = bed.Build(new()
        {
            ["ConnectionStrings:ledger"] = (await Servers.PostgresAsync()).ConnectionString is var root
                ? new NpgsqlConnectionStringBuilder(root) { Database = new NpgsqlConnectionStringBuilder(service).Database }.ConnectionString : null,
            ["Database:ServiceRole"] = role,
            ["Database:ServicePassword"] = Quoted,
        });
        Assert.Equal(0, await owner.MigrateAsync<LedgerDb>().WithinAsync("the migration step has ended", 120));

        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(service) { Password = Quoted }.ConnectionString);
        Assert.Equal("15s 2s 10s", await ScalarAsync(source,
            "select concat_ws(' ', current_setting('statement_timeout'), current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout'))"));
        Assert.Equal("f f f f f", await ScalarAsync(source,
            "select concat_ws(' ', rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls) from pg_roles where rolname = current_user"));
        Assert.Equal("0", await ScalarAsync(source, "select count(*)::text from pg_class where relowner = (select oid from pg_roles where rolname = current_user)"));
        Assert.Equal("0", await ScalarAsync(source, "with added as (insert into entry values (gen_random_uuid(), 1, 'x')) select count(*)::text from entry"));
        foreach (var forbidden in new[]
        {
            "create table public.mine (id int)", "drop table entry", "alter table entry add column x int", "truncate entry",
            """insert into "__EFMigrationsHistory" values ('x', 'y')""",
        })
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(source, forbidden));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }
    }

    [Fact]
    public async Task A_migration_waits_for_its_lock_in_short_steps_and_then_succeeds()
    {
        await using var bed = await LedgerBed.CreateAsync();
        await bed.ExecuteAsync("""
            delete from "__EFMigrationsHistory"; drop table entry, effect, outbox_message, inbox_message, parked_message, idempotency_key, aggregate_position
            """);
        await using var holder = await bed.Owner.OpenConnectionAsync();
        await using var transaction = await holder.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("""lock table "__EFMigrationsHistory" in access exclusive mode""", holder, transaction))
        {
            await hold.ExecuteNonQueryAsync();
        }

        await using var owner = bed.Build(new() { ["ConnectionStrings:ledger"] = bed.Owner.ConnectionString is var shown ? await OwnerAsync(shown) : null });
        var migration = owner.MigrateAsync<LedgerDb>();
        await Eventually.TrueAsync(() => Task.FromResult(bed.Log.Lines.Any(line => line.Contains("asks again", StringComparison.Ordinal))), "it has given up the lock once");
        await transaction.RollbackAsync();

        Assert.Equal(0, await migration.WithinAsync("the migration step has ended", 120));
        Assert.Equal(1, await bed.ScalarAsync<long>("""select count(*) from "__EFMigrationsHistory" """));
    }

    private static async Task<string> OwnerAsync(string shown) => new NpgsqlConnectionStringBuilder((await Servers.PostgresAsync()).ConnectionString)
    {
        Database = new NpgsqlConnectionStringBuilder(shown).Database,
    }.ConnectionString;

    private static async Task<string> ScalarAsync(NpgsqlDataSource source, string sql)
    {
#pragma warning disable CA2100 // Statements of the test itself.
        await using var command = source.CreateCommand(sql);
#pragma warning restore CA2100
        return (await command.ExecuteScalarAsync())?.ToString() ?? "";
    }
}
