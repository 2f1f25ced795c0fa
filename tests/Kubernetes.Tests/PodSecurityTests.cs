namespace Soc.Kubernetes.Tests;

/// <summary>Every field of the Pod Security Standards' restricted profile, and what we ask beyond it.</summary>
public sealed class PodSecurityTests
{
    private static readonly string[] AllowedVolumes =
        ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];

    private static readonly string[] HostNamespaces = ["hostNetwork", "hostPID", "hostIPC"];

    public static TheoryData<string> Pods => [.. Production.WithPods.Select(manifest => manifest.ToString())];

    [Theory]
    [MemberData(nameof(Pods))]
    public void A_pod_meets_the_restricted_profile(string pod)
    {
        var spec = Find(pod).Pod;
        Assert.Equal("true", spec.Text("securityContext", "runAsNonRoot"));
        Assert.NotEqual("0", spec.Text("securityContext", "runAsUser"));
        Assert.Equal("RuntimeDefault", spec.Text("securityContext", "seccompProfile", "type"));
        Assert.All(HostNamespaces, field => Assert.NotEqual("true", spec.Text(field)));
        Assert.False(spec.Has("securityContext", "sysctls"));
        Assert.All(spec.Items("volumes"), volume => Assert.All(volume.Members().Where(member => member.Key != "name"),
            member => Assert.Contains(member.Key, AllowedVolumes)));
        Assert.All(Find(pod).Containers, container =>
        {
            var security = container.At("securityContext");
            Assert.Equal("false", security.Text("allowPrivilegeEscalation"));
            Assert.Equal(["ALL"], security.Texts("capabilities", "drop"));
            Assert.Empty(security.Items("capabilities", "add"));
            Assert.NotEqual("true", security.Text("privileged"));
            Assert.False(security.Has("runAsUser"));
            Assert.False(security.Has("procMount"));
            Assert.All(container.Items("ports"), port => Assert.False(port.Has("hostPort")));
        });
    }

    [Theory]
    [MemberData(nameof(Pods))]
    public void A_pod_writes_nowhere_but_its_temporary_folder(string pod)
    {
        var manifest = Find(pod);
        Assert.Equal("true", manifest.Container.Text("securityContext", "readOnlyRootFilesystem"));
        var writable = Assert.Single(manifest.Container.Items("volumeMounts"), mount => mount.Text("readOnly") != "true");
        Assert.Equal("/tmp", writable.Text("mountPath"));
        var volume = Assert.Single(manifest.Pod.Items("volumes"), volume => volume.Text("name") == writable.Text("name"));
        Assert.True(volume.Has("emptyDir", "sizeLimit"));
    }

    [Theory]
    [MemberData(nameof(Pods))]
    public void A_pod_asks_for_what_it_needs_and_is_limited(string pod)
    {
        var resources = Find(pod).Container.At("resources");
        Assert.True(resources.Has("requests", "cpu") && resources.Has("requests", "memory"));
        Assert.True(resources.Has("limits", "cpu") && resources.Has("limits", "memory"));
    }

    [Theory]
    [MemberData(nameof(Pods))]
    public void A_pod_has_an_account_of_its_own_and_no_token(string pod)
    {
        var manifest = Find(pod);
        Assert.Equal("false", manifest.Pod.Text("automountServiceAccountToken"));
        Assert.Equal(manifest.Name, manifest.Pod.Text("serviceAccountName"));
        Assert.Equal("false", Production.Get("ServiceAccount", manifest.Name).Root.Text("automountServiceAccountToken"));
    }

    [Theory]
    [MemberData(nameof(Pods))]
    public void A_pod_gets_no_variables_that_nobody_wrote(string pod) => Assert.Equal("false", Find(pod).Pod.Text("enableServiceLinks"));

    [Fact]
    public void The_brokers_pods_meet_the_restricted_profile_by_override()
    {
        var pod = Production.Get("RabbitmqCluster", "rabbitmq").Root.At("spec", "override", "statefulSet", "spec", "template", "spec");
        Assert.Equal("true", pod.Text("securityContext", "runAsNonRoot"));
        Assert.Equal("RuntimeDefault", pod.Text("securityContext", "seccompProfile", "type"));
        var containers = pod.Items("initContainers").Concat(pod.Items("containers")).ToList();
        Assert.Equal(["setup-container", "rabbitmq"], containers.Select(container => container.Text("name")));
        Assert.All(containers, container =>
        {
            Assert.Equal("false", container.Text("securityContext", "allowPrivilegeEscalation"));
            Assert.Equal(["ALL"], container.Texts("securityContext", "capabilities", "drop"));
        });
    }

    private static Manifest Find(string pod) => Production.WithPods.Single(manifest => manifest.ToString() == pod);
}
