using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Soc.Partners.Data;
using Soc.Partners.Founding;
using Soc.TestKit;

namespace Soc.Partners.Tests;

/// <summary>The migration step as the operator runs it, in a process of its own on a database of its own.</summary>
public sealed class MigrationStepTests
{
    private readonly string folder = Directory.CreateTempSubdirectory("soc-partners-").FullName;

    [Fact]
    public async Task The_sample_data_gives_every_client_a_key_and_can_be_loaded_again()
    {
        var database = await (await Servers.PostgresAsync()).CreateDatabaseAsync("partners");
        var keys = Path.Combine(folder, "keys");
        await MigrateAsync(database, "--sample-data");
        var first = await StateAsync(database);
        var pem = await File.ReadAllTextAsync(Path.Combine(keys, "harbour-trust.pem"), TestContext.Current.CancellationToken);

        await MigrateAsync(database, "--sample-data");

        Assert.Equal(first, await StateAsync(database));
        Assert.Equal(pem, await File.ReadAllTextAsync(Path.Combine(keys, "harbour-trust.pem"), TestContext.Current.CancellationToken));
        Assert.Equal(SampleData.Clients.Count, first.Count(row => row.StartsWith("client ", StringComparison.Ordinal)));
        foreach (var (client, organisation, scopes) in SampleData.Clients)
        {
            var file = Path.Combine(keys, client + ".pem");
            Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
            using var pair = ECDsa.Create();
            pair.ImportFromPem(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
            var about = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(keys, client + ".json"), TestContext.Current.CancellationToken)).RootElement;
            Assert.Equal((client, organisation), (about.GetProperty("clientId").GetString(), about.GetProperty("organisation").GetGuid()));
            Assert.Equal(scopes, about.GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString()));
            Assert.Contains($"client {client} {about.GetProperty("keyId").GetString()} {Convert.ToHexStringLower(pair.ExportSubjectPublicKeyInfo())}", first);
        }
    }

    [Fact]
    public async Task A_lost_key_file_is_replaced_and_the_lost_key_revoked()
    {
        var database = await (await Servers.PostgresAsync()).CreateDatabaseAsync("partners");
        await MigrateAsync(database, "--sample-data");
        var before = await StateAsync(database);
        File.Delete(Path.Combine(folder, "keys", "ukpps-triage.pem"));

        await MigrateAsync(database, "--sample-data");

        var after = await StateAsync(database);
        Assert.Equal(before.Count, after.Count);
        Assert.StartsWith("client ukpps-triage ", Assert.Single(after.Except(before)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sample_data_that_is_loaded_again_after_months_finds_nobody_overdue()
    {
        var database = await (await Servers.PostgresAsync()).CreateDatabaseAsync("partners");
        await MigrateAsync(database, "--sample-data");
        await using var source = NpgsqlDataSource.Create(database);
        await using var owe = source.CreateCommand(
            """
            insert into attestation_duty (id, organisation_id, due_from, shared_until, lapsed, version, event_version)
            select gen_random_uuid(), id, '2025-01-01', '2025-01-29', true, 2, 1 from organisation where status = 'Live'
            """);
        Assert.Equal(4, await owe.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));

        await MigrateAsync(database, "--sample-data");
        await MigrateAsync(database, "--sample-data");

        await using var look = source.CreateCommand(
            """
            select (select count(*) from attestation_duty where shared_until > now() and not lapsed and event_version = 2)
                || ' ' || (select count(*) from attestation) || ' ' || (select count(*) from attestation where statement::text like '%harbour-trust-responsible%')
            """);
        Assert.Equal("4 4 1", await look.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_first_registrar_can_attest_for_the_Home_Office_so_that_it_is_never_locked_out()
    {
        var database = await (await Servers.PostgresAsync()).CreateDatabaseAsync("partners");
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var file = Path.Combine(folder, "registrar.jwk");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(PartnersService.Jwk(pair)), TestContext.Current.CancellationToken);

        await MigrateAsync(database, "--bootstrap-registrar-jwk", file);

        await using var source = NpgsqlDataSource.Create(database);
        await using var look = source.CreateCommand("select 'organisation.attest' = any (scopes) from api_client where id = 'home-office-registrar'");
        Assert.Equal(true, await look.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_operator_without_sample_data_registers_the_first_registrar_and_the_first_security_officer_each_with_a_public_key()
    {
        var database = await (await Servers.PostgresAsync()).CreateDatabaseAsync("partners");
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var file = Path.Combine(folder, "registrar.jwk");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(PartnersService.Jwk(pair)), TestContext.Current.CancellationToken);

        using var officer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var officers = Path.Combine(folder, "officer.jwk");
        await File.WriteAllTextAsync(officers, JsonSerializer.Serialize(PartnersService.Jwk(officer)), TestContext.Current.CancellationToken);

        await MigrateAsync(database, "--bootstrap-registrar-jwk", file);
        await MigrateAsync(database, "--bootstrap-officer-jwk", officers);

        await using var source = NpgsqlDataSource.Create(database);
        await using var good = source.CreateCommand("select count(*) from client_key where proposed_by is null");
        Assert.Equal(2L, await good.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        var state = await StateAsync(database);
        Assert.Equal(["client home-office-registrar", "client home-office-security-a"], state.Where(row => row.StartsWith("client", StringComparison.Ordinal)).Select(row => string.Join(' ', row.Split(' ')[..2])));
        Assert.Equal(2, state.Count(row => row.StartsWith("organisation", StringComparison.Ordinal) && row.EndsWith(" Live", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Without_an_option_the_register_is_empty_and_there_is_one_signing_key_however_often_it_runs()
    {
        var database = await (await Servers.PostgresAsync()).CreateDatabaseAsync("partners");
        await MigrateAsync(database);
        await MigrateAsync(database);

        Assert.Empty(await StateAsync(database));
        await using var source = NpgsqlDataSource.Create(database);
        await using var count = source.CreateCommand("select count(*) from signing_key");
        Assert.Equal(1L, await count.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void The_migrations_make_the_tables_that_the_code_expects()
    {
        using var db = new DesignTimeDb().CreateDbContext([]);

        Assert.False(db.Database.HasPendingModelChanges());
    }

    private static async Task<List<string>> StateAsync(string database)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(
            """
            select concat_ws(' ', 'organisation', id, version, status) from organisation
            union all select concat_ws(' ', 'agreement', id, version, status, review_date) from agreement
            union all select concat_ws(' ', 'client', client_id, key_id, encode(subject_public_key_info, 'hex')) from client_key where revoked_at is null
            order by 1
            """);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }

    private async Task MigrateAsync(string database, params string[] options)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { typeof(Program).Assembly.Location, "migrate" }.Concat(options))
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["ConnectionStrings__partners"] = database;
        start.Environment["KeyEncryption__Directory"] = Path.Combine(folder, "kek");
        start.Environment["KeyEncryption__CreateWhenEmpty"] = "true";
        start.Environment["SampleData__KeysDirectory"] = Path.Combine(folder, "keys");
        using var process = Process.Start(start)!;
        var output = new StringBuilder();
        await Task.WhenAll(Drain(process.StandardOutput), Drain(process.StandardError), process.WaitForExitAsync());
        Assert.True(process.ExitCode == 0, output.ToString());

        async Task Drain(StreamReader reader)
        {
            var text = await reader.ReadToEndAsync();
            lock (output)
            {
                output.Append(text);
            }
        }
    }
}
