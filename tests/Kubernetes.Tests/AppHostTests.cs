using System.Text.RegularExpressions;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Soc.TestKit;

namespace Soc.Kubernetes.Tests;

/// <summary>The manifests give each process what AppHost gives it on a developer's machine: the same names, and the same values where they mean the same.</summary>
public sealed partial class AppHostTests : IAsyncLifetime
{
    private readonly string data = Directory.CreateTempSubdirectory("soc-apphost-").FullName;
    private IDistributedApplicationTestingBuilder? appHost;

    /// <summary>What AppHost has too; the CronJob is a Job of it by the clock.</summary>
    public static TheoryData<string> Processes => [.. Production.WithPods.Where(manifest => manifest.Kind != "CronJob").Select(manifest => manifest.Name)];

    public async ValueTask InitializeAsync() =>
        appHost = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>([$"--data={data}", "--dashboard=false"], TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await appHost!.DisposeAsync();
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public void Every_process_of_AppHost_has_a_workload_of_its_name_and_no_other_has() => Assert.Equal(
        appHost!.Resources.OfType<ProjectResource>().Select(resource => resource.Name).Order(StringComparer.Ordinal),
        Production.WithPods.Where(manifest => manifest.Kind != "CronJob").Select(manifest => manifest.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_database_of_AppHost_is_one_of_the_cluster() => Assert.Equal(
        appHost!.Resources.OfType<PostgresDatabaseResource>().Select(database => database.DatabaseName).Order(StringComparer.Ordinal),
        Production.OfKind("Database").Select(database => database.Root.Text("spec", "name")).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Processes))]
    public async Task A_process_is_given_variables_of_the_same_names(string name)
    {
        // On a developer's machine webhooks may go to that machine, the first key and sample data are made, and the migration step need not be kept from the key of internal routes.
        // In the cluster connection strings name their password, and there is a proxy before the gateway.
        string[] onlyLocal = ["KeyEncryption__CreateWhenEmpty", "Messaging__FactWindow", "Outgoing__AllowPrivateAddresses", "SampleData__KeysDirectory", .. Workload(name).Kind == "Job" ? ["Platform__InternalKey"] : (string[])[]];
        string[] onlyCluster = ["DATABASE_PASSWORD", "KnownProxies__0"];
        var local = (await LocalVariablesAsync(name)).Keys.Except(onlyLocal).Where(IsOurs);
        var cluster = Production.Variables(Workload(name)).Keys.Except(onlyCluster).Where(IsOurs);
        Assert.Equal(local.Order(StringComparer.Ordinal), cluster.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Processes))]
    public async Task A_variable_that_names_a_service_or_a_secret_does_so_in_both(string name)
    {
        var cluster = Production.Variables(Workload(name));
        foreach (var (variable, local) in (await LocalVariablesAsync(name)).Where(variable => cluster.ContainsKey(variable.Key)))
        {
            if (Endpoint().IsMatch(local))
            {
                Assert.Equal(Endpoint().Replace(local, "http://$1"), cluster[variable]);
            }
            else if (Parameter().IsMatch(local))
            {
                Assert.StartsWith("secret:", cluster[variable], StringComparison.Ordinal);
            }
        }

        Assert.Equal((await LocalVariablesAsync(name))["Authentication__Audience"], cluster["Authentication__Audience"]);
    }

    [Theory]
    [InlineData("strategy")]
    [InlineData("partners")]
    [InlineData("referrals")]
    [InlineData("reporting")]
    public async Task A_service_logs_in_to_the_same_database_as_the_same_role(string name)
    {
        var variable = "ConnectionStrings__" + name;
        Assert.Equal(DatabaseAndRole((await LocalVariablesAsync(name))[variable]), DatabaseAndRole(Production.Variables(Workload(name))[variable]));

        static IEnumerable<string> DatabaseAndRole(string connection) => connection.Split(';')
            .Where(part => part.StartsWith("Database=", StringComparison.Ordinal) || part.StartsWith("Username=", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task The_issuer_is_the_gateways_public_address_in_both()
    {
        const string path = "/partners";
        Assert.EndsWith(path, (await LocalVariablesAsync("partners"))["Authentication__Issuers__0__Issuer"], StringComparison.Ordinal);
        var host = Assert.Single(Assert.Single(Production.OfKind("Ingress")).Root.Items("spec", "rules")).Text("host");
        Assert.Equal($"https://{host}{path}", Production.Variables(Workload("partners"))["Authentication__Issuers__0__Issuer"]);
    }

    [Fact]
    public void The_readiness_probes_of_services_ask_the_route_that_AppHost_waits_for()
    {
        var routes = HealthCheck().Matches(File.ReadAllText(Path.Combine(Repository.Root, "AppHost", "Program.cs"))).Select(match => match.Groups[1].Value).Distinct();
        var probes = Production.Databases.Select(name => Workload(name).Container.Text("readinessProbe", "httpGet", "path")).Distinct();
        Assert.Equal(routes, probes);
    }

    private static Manifest Workload(string name) => Production.WithPods.Single(manifest => manifest.Name == name);

    /// <summary>Not of the orchestrator: where to listen, where telemetry goes.</summary>
    private static bool IsOurs(string variable) => variable.Contains("__", StringComparison.Ordinal);

    private async Task<Dictionary<string, string>> LocalVariablesAsync(string name) =>
        await appHost!.Resources.OfType<ProjectResource>().Single(resource => resource.Name == name).GetEnvironmentVariableValuesAsync(DistributedApplicationOperation.Publish);

    [GeneratedRegex(@"\{([a-z]+)\.bindings\.http\.url\}")]
    private static partial Regex Endpoint();

    [GeneratedRegex(@"^\{([a-z-]+\.value|rabbitmq\.connectionString)\}$")]
    private static partial Regex Parameter();

    [GeneratedRegex("WithHttpHealthCheck\\(\"([^\"]+)\"\\)")]
    private static partial Regex HealthCheck();
}
