namespace Soc.Kubernetes.Tests;

public sealed class ProbeTests
{
    public static TheoryData<string> Workloads => [.. Production.Workloads];

    [Theory]
    [MemberData(nameof(Workloads))]
    public void Each_probe_asks_its_own_health_route(string name)
    {
        var deployment = Production.Get("Deployment", name);
        var port = Assert.Single(deployment.Container.Items("ports")).Text("name");
        // The gateway's /health/ready is the whole platform's: one service down must not take the way to the others out of service.
        var ready = name == "gateway" ? "/health/serving" : "/health/ready";
        foreach (var (probe, path) in new[] { ("startupProbe", "/health/startup"), ("readinessProbe", ready), ("livenessProbe", "/health/live") })
        {
            Assert.Equal(path, deployment.Container.Text(probe, "httpGet", "path"));
            Assert.Equal(port, deployment.Container.Text(probe, "httpGet", "port"));
        }
    }

    [Theory]
    [MemberData(nameof(Workloads))]
    public void A_rollout_never_leaves_fewer_pods_than_wanted(string name)
    {
        var deployment = Production.Get("Deployment", name).Root;
        Assert.InRange(deployment.Number("spec", "replicas"), 2, 10);
        Assert.Equal("0", deployment.Text("spec", "strategy", "rollingUpdate", "maxUnavailable"));
    }

    [Theory]
    [MemberData(nameof(Workloads))]
    public void A_pod_is_given_longer_to_drain_than_its_process_takes(string name)
    {
        const int hostShutdown = 30; // HostOptions.ShutdownTimeout in ServiceDefaults, in seconds: the drain, the bus and all else
        Assert.InRange(Production.Get("Deployment", name).Pod.Number("terminationGracePeriodSeconds"), hostShutdown + 10, 60);
    }
}
