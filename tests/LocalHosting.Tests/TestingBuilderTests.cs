using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace Soc.LocalHosting.Tests;

public sealed class TestingBuilderTests
{
    [Fact]
    public async Task A_test_starts_the_host_and_finds_its_resources_by_name()
    {
        Tools.Require();
        Environment.SetEnvironmentVariable("ASPIRE_CLI", Tools.Folder);
        var data = Directory.CreateTempSubdirectory("soc-host-").FullName;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        try
        {
            var first = await RunAsync();
            var second = await RunAsync();

            Assert.Equal(first, second);
            Assert.True(OperatingSystem.IsWindows()
                || File.GetUnixFileMode(Path.Combine(data, "parameters.json")) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }

        // Gives the generated secret, which outlives the run.
        async Task<string> RunAsync()
        {
            await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.LocalHosting_SampleHost>([$"--data={data}"], patience.Token);
            await using var application = await builder.BuildAsync(patience.Token);
            await application.StartAsync(patience.Token);
            await application.ResourceNotifications.WaitForResourceAsync("migrations", KnownResourceStates.Finished, patience.Token);
            await application.ResourceNotifications.WaitForResourceHealthyAsync("caller", patience.Token);
            using var web = application.CreateHttpClient("web");
            using var caller = application.CreateHttpClient("caller");

            Assert.Equal(application.GetEndpoint("web").ToString().TrimEnd('/'), await Variable(caller, "services__web__http__0"));
            Assert.StartsWith("http://127.0.0.1:", await Variable(web, "ASPNETCORE_URLS"), StringComparison.Ordinal);
            var secret = await Variable(web, "SECRET");
            Assert.True(secret.Length >= 22);
            Assert.Equal($"secret={secret};", await Variable(web, "COMPOSED"));
            return secret;
        }

        async Task<string> Variable(HttpClient client, string name) => await client.GetStringAsync(new Uri($"/variables/{name}", UriKind.Relative), patience.Token);
    }

    [Fact]
    public async Task Without_the_orchestrator_the_host_says_how_to_get_it()
    {
        var builder = DistributedApplication.CreateBuilder(["--ASPIRE_CLI=/nonexistent"]);

        var refusal = await Assert.ThrowsAsync<DistributedApplicationException>(() => Task.FromResult(builder.Build()));

        Assert.Contains("./platform up", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_resource_of_the_same_name_is_refused()
    {
        var builder = DistributedApplication.CreateBuilder([]);
        builder.AddParameter("one", "value");

        Assert.Throws<DistributedApplicationException>(() => builder.AddParameter("one", "value"));
    }

    [Fact]
    public void Every_project_sends_its_telemetry_to_the_dashboard_under_its_own_name()
    {
        Tools.Require();
        var builder = DistributedApplication.CreateBuilder([$"--ASPIRE_CLI={Tools.Folder}"]);
        var project = builder.AddResource(new ProjectResource("sample"));

        builder.Build();

        var variables = project.Resource.Plan.Environment.ToDictionary(v => v.Name, v => v.Value);
        Assert.Equal("sample", variables["OTEL_SERVICE_NAME"]);
        Assert.Equal("grpc", variables["OTEL_EXPORTER_OTLP_PROTOCOL"]);
        Assert.Equal("otlp-grpc", Assert.IsType<EndpointReference>(variables["OTEL_EXPORTER_OTLP_ENDPOINT"]).EndpointName);
    }
}
