using System.Text.RegularExpressions;
using Soc.TestKit;
using YamlDotNet.RepresentationModel;

namespace Soc.Kubernetes.Tests;

public sealed partial class SecretTests
{
    public static TheoryData<string> Databases => [.. Production.Databases];

    [Fact]
    public void No_secret_is_in_the_repository() => Assert.Empty(Production.OfKind("Secret"));

    [Fact]
    public void A_password_is_never_written_but_referred_to()
    {
        foreach (var value in Production.All.SelectMany(manifest => manifest.Root.AllNodes).OfType<YamlScalarNode>().Select(scalar => scalar.Value ?? string.Empty))
        {
            Assert.DoesNotMatch(WrittenPassword(), value);
            Assert.DoesNotMatch(UserInAddress(), value);
        }

        Assert.All(Production.WithPods, manifest => Assert.All(
            Production.Variables(manifest).Where(variable => SecretName().IsMatch(variable.Key)),
            variable => Assert.StartsWith("secret:", variable.Value, StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Databases))]
    public void The_owners_password_is_given_to_the_migration_and_to_what_rotates_signing_keys(string name)
    {
        var users = Production.WithPods.Where(manifest => Production.Variables(manifest).Values.Contains($"secret:{name}-database-owner/password"));
        Assert.Equal(
            name == "partners" ? ["Job/partners-migrations", "CronJob/partners-signing-keys"] : [$"Job/{name}-migrations"],
            users.Select(user => user.ToString()).OrderDescending(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Databases))]
    public void A_service_connects_to_its_own_database_as_its_own_role_over_verified_tls(string name)
    {
        foreach (var (manifest, role) in new[] { (Production.Get("Deployment", name), "service"), (Production.Get("Job", name + "-migrations"), "owner") })
        {
            var variables = Production.Variables(manifest);
            var databases = variables.Keys.Where(key => key.StartsWith("ConnectionStrings__", StringComparison.Ordinal) && key != "ConnectionStrings__rabbitmq");
            Assert.Equal("ConnectionStrings__" + name, Assert.Single(databases));
            var connection = variables["ConnectionStrings__" + name].Split(';').Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1]);
            Assert.Equal(name, connection["Database"]);
            Assert.Equal($"{name}_{role}", connection["Username"]);
            Assert.Equal("$(DATABASE_PASSWORD)", connection["Password"]);
            Assert.Equal($"secret:{name}-database-{role}/password", variables["DATABASE_PASSWORD"]);
            Assert.Equal("VerifyFull", connection["SSL Mode"]);
            var authority = Assert.Single(manifest.Container.Items("volumeMounts"), mount => connection["Root Certificate"].StartsWith(mount.Text("mountPath"), StringComparison.Ordinal));
            var volume = Assert.Single(manifest.Pod.Items("volumes"), volume => volume.Text("name") == authority.Text("name"));
            Assert.Equal(["ca.crt"], volume.Items("secret", "items").Select(item => item.Text("key")));
        }
    }

    [Theory]
    [MemberData(nameof(Databases))]
    public void A_password_is_defined_before_the_connection_string_that_names_it(string name)
    {
        // Kubernetes leaves $(NAME) as it stands when NAME comes later in the list.
        var names = Production.Get("Deployment", name).Container.Items("env").Select(variable => variable.Text("name")).ToList();
        Assert.InRange(names.IndexOf("DATABASE_PASSWORD"), 0, names.IndexOf("ConnectionStrings__" + name) - 1);
    }

    [Fact]
    public void The_gateway_holds_no_credentials_of_database_or_broker() =>
        Assert.DoesNotContain(Production.Variables(Production.Get("Deployment", "gateway")).Keys,
            name => name.StartsWith("ConnectionStrings", StringComparison.Ordinal));

    [Fact]
    public void Every_secret_that_is_referred_to_is_explained()
    {
        var explained = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations.md"));
        var referred = Production.All.SelectMany(manifest => manifest.Root.AllNodes).SelectMany(node => new[]
        {
            node.Text("secretKeyRef", "name"), node.Text("secret", "secretName"), node.Text("passwordSecret", "name"), node.Text("secretName"),
        }).Where(name => name.Length > 0).Distinct(StringComparer.Ordinal).ToList();
        Assert.NotEmpty(referred);
        Assert.All(referred, name => Assert.Contains($"`{name}`", explained, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"[Pp]assword\s*=\s*(?!\$\()")]
    private static partial Regex WrittenPassword();

    [GeneratedRegex("://[^/@]+@")]
    private static partial Regex UserInAddress();

    [GeneratedRegex("(?i)password|secret|internalkey|rabbitmq|token$")]
    private static partial Regex SecretName();
}
