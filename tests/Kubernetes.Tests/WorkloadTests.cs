using System.Globalization;

namespace Soc.Kubernetes.Tests;

public sealed class WorkloadTests
{
    public static TheoryData<string> Workloads => [.. Production.Workloads];

    public static TheoryData<string> Databases => [.. Production.Databases];

    [Fact]
    public void The_overlay_deploys_the_five_workloads_and_no_other() =>
        Assert.Equal(Production.Workloads.Order(StringComparer.Ordinal),
            Production.OfKind("Deployment").Select(deployment => deployment.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void Everything_with_a_namespace_lies_in_the_overlays_own()
    {
        var name = Assert.Single(Production.OfKind("Namespace")).Name;
        Assert.All(Production.All.Where(manifest => manifest.Kind != "Namespace"),
            manifest => Assert.Equal(name, manifest.Root.Text("metadata", "namespace")));
    }

    [Fact]
    public void The_namespace_enforces_the_restricted_profile() =>
        Assert.Equal("restricted", Assert.Single(Production.OfKind("Namespace")).Root.Text("metadata", "labels", "pod-security.kubernetes.io/enforce"));

    [Theory]
    [MemberData(nameof(Workloads))]
    public void A_service_sends_requests_to_the_pods_of_its_deployment_and_to_no_migration(string name)
    {
        var service = Production.Get("Service", name);
        var selector = service.Root.At("spec", "selector").ToTexts();
        var selected = Production.WithPods.Where(manifest => selector.All(manifest.PodLabels.Contains));
        Assert.Equal($"Deployment/{name}", Assert.Single(selected).ToString());
    }

    [Theory]
    [MemberData(nameof(Workloads))]
    public void A_services_port_is_one_that_the_process_listens_on(string name)
    {
        var deployment = Production.Get("Deployment", name);
        var port = Assert.Single(deployment.Container.Items("ports"));
        Assert.Equal(Production.Variables(deployment)["ASPNETCORE_HTTP_PORTS"], port.Text("containerPort"));
        Assert.Equal(port.Text("name"), Assert.Single(Production.Get("Service", name).Root.Items("spec", "ports")).Text("targetPort"));
    }

    [Fact]
    public void Addresses_of_services_name_a_service_of_the_overlay_and_its_port()
    {
        var addresses = Production.Variables(Production.Get("Deployment", "gateway"))
            .Where(variable => variable.Key.StartsWith("services__", StringComparison.Ordinal) || variable.Key is "CutOffs__Uri" or "Authentication__Issuers__0__JwksUri")
            .Select(variable => new Uri(variable.Value)).ToList();
        Assert.NotEmpty(addresses);
        Assert.All(addresses, address =>
            Assert.Contains(Production.Get("Service", address.Host).Root.Items("spec", "ports"), port => port.Number("port") == address.Port));
    }

    [Fact]
    public void Only_the_gateway_is_reached_from_outside()
    {
        var backends = Production.OfKind("Ingress").SelectMany(ingress => ingress.Root.Items("spec", "rules"))
            .SelectMany(rule => rule.Items("http", "paths")).Select(path => path.Text("backend", "service", "name"));
        Assert.Equal("gateway", Assert.Single(backends));
        Assert.All(Production.OfKind("Service"), service => Assert.True(service.Root.Text("spec", "type") is "" or "ClusterIP"));
        Assert.All(Production.OfKind("Ingress"), ingress => Assert.NotEmpty(ingress.Root.Items("spec", "tls")));
    }

    [Fact]
    public void Every_image_is_placed_by_the_overlay_and_none_floats() =>
        Assert.All(Production.WithPods.SelectMany(manifest => manifest.Containers).Select(container => container.Text("image")), image =>
        {
            Assert.StartsWith("registry.example/soc/", image, StringComparison.Ordinal);
            Assert.Matches("(:[0-9]+\\.[0-9]+\\.[0-9]+|@sha256:[0-9a-f]{64})$", image);
        });

    [Theory]
    [MemberData(nameof(Databases))]
    public void A_service_with_a_database_has_a_migration_job_of_the_same_image(string name)
    {
        var job = Production.Get("Job", name + "-migrations");
        Assert.Equal(Production.Get("Deployment", name).Container.Text("image"), job.Container.Text("image"));
        Assert.Equal(["migrate"], job.Container.Texts("args"));
    }

    [Fact]
    public void Signing_keys_are_looked_after_every_night_with_all_that_the_migration_job_has()
    {
        var (cron, job) = (Production.Get("CronJob", "partners-signing-keys"), Production.Get("Job", "partners-migrations"));
        Assert.Equal(["signing-keys", "rotate", "--when-due"], cron.Container.Texts("args"));
        Assert.Matches(@"^\d+ \d+ \* \* \*$", cron.Root.Text("spec", "schedule"));
        Assert.Equal(job.Container.Text("image"), cron.Container.Text("image"));
        Assert.Equal(
            Production.Variables(job).Where(variable => variable.Key != "OTEL_SERVICE_NAME").ToDictionary(), Production.Variables(cron).Where(variable => variable.Key != "OTEL_SERVICE_NAME").ToDictionary());
    }

    [Theory]
    [InlineData("gateway", "namespace ingress-nginx")]
    [InlineData("strategy", "gateway")]
    [InlineData("referrals", "gateway")]
    [InlineData("reporting", "gateway")]
    [InlineData("partners", "gateway partners referrals reporting strategy")]
    public void A_service_is_reached_by_those_who_need_it_and_by_nobody_else(string name, string callers)
    {
        var pod = Production.Get("Deployment", name).PodLabels;
        var policy = Assert.Single(Production.OfKind("NetworkPolicy"), policy => Selects(policy.Root.At("spec", "podSelector"), pod));
        Assert.Equal(["Ingress"], policy.Root.Texts("spec", "policyTypes"));
        var rule = Assert.Single(policy.Root.Items("spec", "ingress"));
        Assert.Equal("http", Assert.Single(rule.Items("ports")).Text("port"));
        var from = Assert.Single(rule.Items("from"));

        var admitted = from.Has("namespaceSelector")
            ? ["namespace " + Assert.Single(from.At("namespaceSelector", "matchLabels").ToTexts()).Value]
            : Production.WithPods.Where(manifest => Selects(from.At("podSelector"), manifest.PodLabels)).Select(manifest => manifest.Name);
        Assert.Equal(callers.Split(' ', name == "gateway" ? 1 : 9), admitted.Order(StringComparer.Ordinal));
    }

    /// <summary>Whether a selector with labels, or with lists of what they may be, selects a pod.</summary>
    private static bool Selects(YamlDotNet.RepresentationModel.YamlNode selector, IReadOnlyDictionary<string, string> labels) =>
        selector.At("matchLabels").ToTexts().All(labels.Contains)
        && selector.Items("matchExpressions").All(each => each.Text("operator") == "In" && each.Texts("values").Contains(labels.GetValueOrDefault(each.Text("key"))));

    [Theory]
    [MemberData(nameof(Databases))]
    public void A_database_belongs_to_an_owner_that_the_operator_manages(string name)
    {
        var cluster = Production.Get("Cluster", "postgres").Root;
        var database = Production.Get("Database", name).Root;
        Assert.Equal("postgres", database.Text("spec", "cluster", "name"));
        Assert.Equal(name, database.Text("spec", "name"));
        var owner = Assert.Single(cluster.Items("spec", "managed", "roles"), role => role.Text("name") == database.Text("spec", "owner"));
        Assert.Equal("true", owner.Text("createrole"));
        Assert.NotEqual("true", owner.Text("superuser"));
    }

    [Fact]
    public void Database_and_broker_survive_the_loss_of_one_node()
    {
        var postgres = Production.Get("Cluster", "postgres").Root;
        Assert.Equal(3, postgres.Number("spec", "instances"));
        Assert.Equal(1, postgres.Number("spec", "postgresql", "synchronous", "number"));
        Assert.Equal(3, Production.Get("RabbitmqCluster", "rabbitmq").Root.Number("spec", "replicas"));
    }

    [Fact]
    public void The_pools_of_all_replicas_fit_the_databases_connections()
    {
        const int outboxDispatcher = 8; // a pool of its own in every process
        var limit = Production.Get("Cluster", "postgres").Root.Number("spec", "postgresql", "parameters", "max_connections");
        var wanted = Production.WithPods.Sum(manifest => Production.Variables(manifest).Values
            .Where(value => value.Contains("Maximum Pool Size=", StringComparison.Ordinal))
            .Sum(value => Processes(manifest) * (outboxDispatcher + int.Parse(value.Split("Maximum Pool Size=")[1], CultureInfo.InvariantCulture))));
        Assert.InRange(wanted, 1, limit);

        static int Processes(Manifest manifest) => manifest.Kind != "Deployment" ? 1
            : manifest.Root.Number("spec", "replicas") + manifest.Root.Number("spec", "strategy", "rollingUpdate", "maxSurge");
    }
}
