using YamlDotNet.RepresentationModel;

namespace Soc.Kubernetes.Tests;

/// <summary>One rendered Kubernetes object.</summary>
internal sealed class Manifest(YamlNode root)
{
    public YamlNode Root => root;

    public string Kind => root.Text("kind");

    public string Name => root.Text("metadata", "name");

    /// <summary>The pod specification of a Deployment, Job or CronJob.</summary>
    public YamlNode Pod => Template.At("spec");

    public IReadOnlyDictionary<string, string> PodLabels => Template.At("metadata", "labels").ToTexts();

    private YamlNode Template => Kind == "CronJob" ? root.At("spec", "jobTemplate", "spec", "template") : root.At("spec", "template");

    public IEnumerable<YamlNode> Containers => Pod.Items("initContainers").Concat(Pod.Items("containers"));

    /// <summary>The only container: every pod of the platform has one.</summary>
    public YamlNode Container => Containers.Single();

    public override string ToString() => $"{Kind}/{Name}";
}

/// <summary>Walking YAML by keys, where an absent key is an empty node.</summary>
internal static class Yaml
{
    private static readonly YamlScalarNode Absent = new(string.Empty);

    public static YamlNode At(this YamlNode node, params string[] path) => path.Aggregate(node, (current, key) =>
        current is YamlMappingNode map && map.Children.TryGetValue(new YamlScalarNode(key), out var child) ? child : Absent);

    /// <summary>The scalar at a path, empty where there is none.</summary>
    public static string Text(this YamlNode node, params string[] path) => (node.At(path) as YamlScalarNode)?.Value ?? string.Empty;

    public static int Number(this YamlNode node, params string[] path) =>
        int.Parse(node.Text(path), System.Globalization.CultureInfo.InvariantCulture);

    public static bool Has(this YamlNode node, params string[] path) => !ReferenceEquals(node.At(path), Absent);

    public static IEnumerable<YamlNode> Items(this YamlNode node, params string[] path) =>
        node.At(path) is YamlSequenceNode items ? items.Children : [];

    public static IEnumerable<string> Texts(this YamlNode node, params string[] path) => node.Items(path).Select(item => item.Text());

    public static IEnumerable<KeyValuePair<string, YamlNode>> Members(this YamlNode node, params string[] path) =>
        node.At(path) is YamlMappingNode map ? map.Children.Select(pair => KeyValuePair.Create(pair.Key.Text(), pair.Value)) : [];

    public static IReadOnlyDictionary<string, string> ToTexts(this YamlNode node) =>
        node.Members().ToDictionary(member => member.Key, member => member.Value.Text(), StringComparer.Ordinal);
}
