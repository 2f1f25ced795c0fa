using System.ComponentModel;
using System.Diagnostics;
using Soc.TestKit;
using YamlDotNet.RepresentationModel;

namespace Soc.Kubernetes.Tests;

/// <summary>The production overlay as <c>kubectl kustomize</c> renders it; it needs no cluster.</summary>
internal static class Production
{
    public static readonly string[] Workloads = ["strategy", "partners", "referrals", "reporting", "gateway"];
    public static readonly string[] Databases = ["strategy", "partners", "referrals", "reporting"];

    private static readonly Lazy<IReadOnlyList<Manifest>> Rendered = new(() => Render("k8s/overlays/production"));

    public static IReadOnlyList<Manifest> All => Rendered.Value;

    /// <summary>Everything of the platform's own that runs a pod.</summary>
    public static IEnumerable<Manifest> WithPods => All.Where(manifest => manifest.Kind is "Deployment" or "Job" or "CronJob");

    public static Manifest Get(string kind, string name) =>
        All.SingleOrDefault(manifest => manifest.Kind == kind && manifest.Name == name)
        ?? throw new InvalidOperationException($"The overlay renders no single {kind}/{name}.");

    public static IEnumerable<Manifest> OfKind(string kind) => All.Where(manifest => manifest.Kind == kind);

    /// <summary>
    /// The variables that a pod's container gets: those written in it, over those of the ConfigMaps it names. A variable that comes from a secret is
    /// given as <c>secret:name/key</c>.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Variables(Manifest manifest)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var source in manifest.Container.Items("envFrom"))
        {
            foreach (var (name, value) in Get("ConfigMap", source.Text("configMapRef", "name")).Root.At("data").ToTexts())
            {
                variables[name] = value;
            }
        }

        foreach (var variable in manifest.Container.Items("env"))
        {
            var secret = variable.At("valueFrom", "secretKeyRef");
            variables[variable.Text("name")] = variable.Has("value") ? variable.Text("value")
                : secret.Has("name") ? $"secret:{secret.Text("name")}/{secret.Text("key")}"
                : "field:" + variable.Text("valueFrom", "fieldRef", "fieldPath");
        }

        return variables;
    }

    public static IReadOnlyList<Manifest> Render(string folder)
    {
        var start = new ProcessStartInfo("kubectl") { ArgumentList = { "kustomize", folder } };
        (start.WorkingDirectory, start.RedirectStandardOutput, start.RedirectStandardError) = (Repository.Root, true, true);
        try
        {
            using var kubectl = Process.Start(start)!;
            var errors = kubectl.StandardError.ReadToEndAsync();
            var output = kubectl.StandardOutput.ReadToEnd();
            kubectl.WaitForExit();
            if (kubectl.ExitCode != 0)
            {
                throw new InvalidOperationException($"kubectl kustomize {folder} failed: {errors.GetAwaiter().GetResult()}");
            }

            var documents = new YamlStream();
            documents.Load(new StringReader(output));
            return [.. documents.Documents.Select(document => new Manifest(document.RootNode))];
        }
        catch (Win32Exception)
        {
            throw new InvalidOperationException("kubectl is not installed. Debian's package is kubernetes-client.");
        }
    }
}
