using Npgsql;
using Soc.TestKit;

namespace Soc.Kubernetes.Tests;

/// <summary>The programs run with what the manifests give them, and with nothing else.</summary>
public sealed class PodTests
{
    public static TheoryData<string> Databases => [.. Production.Databases];

    [Theory]
    [MemberData(nameof(Databases))]
    public async Task A_service_becomes_ready_when_its_migration_job_has_run_and_not_before(string name)
    {
        await using var surroundings = await Surroundings.PrepareAsync(name);
        await using var service = Pod.Start(Production.Get("Deployment", name), surroundings);
        await Eventually.TrueAsync(async () => await service.ProbeAsync("/health/startup") == 200, name + " has started");
        Assert.Equal(200, await service.ProbeAsync("/health/live"));
        await NotReadyAsync(service);

        await using (var job = Pod.Start(Production.Get("Job", name + "-migrations"), surroundings))
        {
            await job.CompleteAsync();
        }

        await Eventually.TrueAsync(async () => await service.ProbeAsync("/health/ready") == 200, name + " is ready");
        if (name == "partners")
        {
            await using var night = Pod.Start(Production.Get("CronJob", "partners-signing-keys"), surroundings);
            await night.CompleteAsync();
        }

        await using var list = Pod.Start(Production.Get("Deployment", name), surroundings, "parked", "list");
        await list.CompleteAsync();
    }

    [Fact]
    public async Task A_service_is_not_ready_while_its_database_lacks_a_migration_it_knows()
    {
        await using var surroundings = await Surroundings.PrepareAsync("strategy");
        await using (var job = Pod.Start(Production.Get("Job", "strategy-migrations"), surroundings))
        {
            await job.CompleteAsync();
        }

        await using var owner = NpgsqlDataSource.Create(surroundings.OwnerConnection);
        await using var forget = owner.CreateCommand("""
            with last as (delete from "__EFMigrationsHistory" where "MigrationId" = (select max("MigrationId") from "__EFMigrationsHistory") returning *)
            select "MigrationId" from last
            """);
        var last = (string)(await forget.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
        await using var service = Pod.Start(Production.Get("Deployment", "strategy"), surroundings);
        await Eventually.TrueAsync(async () => await service.ProbeAsync("/health/startup") == 200, "strategy has started");
        await NotReadyAsync(service);

        await using var apply = owner.CreateCommand("""insert into "__EFMigrationsHistory" values ($1, '10.0.0')""");
        apply.Parameters.Add(new() { Value = last });
        await apply.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(async () => await service.ProbeAsync("/health/ready") == 200, "strategy is ready");
    }

    [Fact]
    public async Task The_gateway_becomes_ready_by_its_own_probe()
    {
        var deployment = Production.Get("Deployment", "gateway");
        var probe = deployment.Container.Text("readinessProbe", "httpGet", "path");
        await using var surroundings = await Surroundings.PrepareAsync("gateway");
        await using var gateway = Pod.Start(deployment, surroundings);
        await Eventually.TrueAsync(async () => await gateway.ProbeAsync(probe) == 200, "the gateway is ready");
    }

    private static Task NotReadyAsync(Pod service) => Eventually.TrueAsync(
        async () =>
        {
            var answer = await service.ProbeAsync("/health/ready");
            Assert.NotEqual(200, answer);
            return answer == 503;
        },
        "it says that it is not ready");
}
