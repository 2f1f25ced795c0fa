using System.Globalization;

var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
{
    Args = args,
    DisableDashboard = args.Contains("--dashboard=false"),
    AllowUnsecuredTransport = true,
});
var port = int.Parse(builder.Configuration["port"] ?? "8080", CultureInfo.InvariantCulture);
var state = Path.GetFullPath(builder.Configuration["data"] ?? "../.platform", builder.AppHostDirectory);
string[] migrate = builder.Configuration["sample-data"] == "false" ? ["migrate"] : ["migrate", "--sample-data"];
var issuer = $"http://127.0.0.1:{port}/partners";
var internalKey = Secret("internal-key");

var rabbit = builder.AddRabbitMQ("rabbitmq", builder.AddParameter("rabbitmq-user", "platform"), Secret("rabbitmq-password"))
    .WithImageTag("3.13.7").WithDataVolume();
var postgres = builder.AddPostgres("postgres", password: Secret("postgres-password")).WithImageTag("15.14").WithDataVolume();

var migrationSteps = new List<IResourceBuilder<ProjectResource>>();
var strategy = Service<Projects.Strategy>("strategy");
var partners = Service<Projects.Partners>("partners", Partners, migrations => KeyEncryption(migrations)
    .WithEnvironment("SampleData__KeysDirectory", Path.Combine(state, "clients")));
var referrals = Service<Projects.Referrals>("referrals", Referrals, Referrals);
var reporting = Service<Projects.Reporting>("reporting");

var gateway = Authenticated(builder.AddProject<Projects.Gateway>("gateway"))
    // Not behind Aspire's own proxy: the gateway must see who calls.
    .WithHttpEndpoint(port, isProxied: false)
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health/ready")
    .WithReference(strategy).WithReference(partners).WithReference(referrals).WithReference(reporting);

// Partners issues the tokens and knows who is cut off; the others ask it directly, not through the gateway.
foreach (var process in new[] { strategy, partners, referrals, reporting, gateway })
{
    process.WithEnvironment("Authentication__Issuers__0__JwksUri", ReferenceExpression.Create($"{partners.GetEndpoint("http")}/partners/.well-known/jwks.json"))
        .WithEnvironment("CutOffs__Uri", ReferenceExpression.Create($"{partners.GetEndpoint("http")}/internal/cut-offs"));
}

// A consumer's queue is declared by its migration step: nobody publishes before all are there. The gateway has nobody to ask before that.
foreach (var service in new[] { strategy, partners, referrals, reporting, gateway })
{
    migrationSteps.ForEach(step => service.WaitForCompletion(step));
}

builder.Build().Run();

IResourceBuilder<ParameterResource> Secret(string name) =>
    builder.AddParameter(name, new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true, persist: true);

// A service is two resources of one project: the migration step, as owner of the database, and the service, which only uses it.
IResourceBuilder<ProjectResource> Service<TProject>(string name, Func<IResourceBuilder<ProjectResource>, IResourceBuilder<ProjectResource>>? also = null,
    Func<IResourceBuilder<ProjectResource>, IResourceBuilder<ProjectResource>>? alsoMigrations = null) where TProject : IProjectMetadata, new()
{
    var database = postgres.AddDatabase($"{name}-database", name);
    var password = Secret($"{name}-database-password");
    var migrations = Authenticated(builder.AddProject<TProject>($"{name}-migrations"))
        .WithArgs(migrate)
        .WithReference(database, connectionName: name)
        .WithReference(rabbit)
        .WithEnvironment("Database__ServicePassword", password)
        // Short-lived: profiling for later optimisation would only cost.
        .WithEnvironment("DOTNET_TieredPGO", "0")
        .WaitFor(database);
    alsoMigrations?.Invoke(migrations);
    migrationSteps.Add(migrations);
    var service = Authenticated(builder.AddProject<TProject>(name))
        .WithHttpEndpoint()
        .WithHttpHealthCheck("/health/ready")
        .WithEnvironment($"ConnectionStrings__{name}", ReferenceExpression.Create(
            $"Host={postgres.Resource.Host};Port={postgres.Resource.Port};Database={name};Username={name}_service;Password={password}"))
        .WithReference(rabbit)
        .WaitFor(rabbit);
    return also?.Invoke(service) ?? service;
}

IResourceBuilder<ProjectResource> Authenticated(IResourceBuilder<ProjectResource> project) => project
    .WithEnvironment("ASPNETCORE_ENVIRONMENT", "Development")
    .WithEnvironment("Authentication__Issuers__0__Issuer", issuer)
    .WithEnvironment("Authentication__Audience", "soc-platform")
    .WithEnvironment("Platform__InternalKey", internalKey);

// A developer's receiver of webhooks runs on the same machine; in production only public addresses are called.
IResourceBuilder<ProjectResource> Partners(IResourceBuilder<ProjectResource> project) => KeyEncryption(project)
    .WithEnvironment("Outgoing__AllowPrivateAddresses", "true");

// A statistical fact leaves within a second, so that a developer sees it arrive; in production after up to ten minutes.
IResourceBuilder<ProjectResource> Referrals(IResourceBuilder<ProjectResource> project) => KeyEncryption(project)
    .WithEnvironment("Messaging__FactWindow", "00:00:01");

IResourceBuilder<ProjectResource> KeyEncryption(IResourceBuilder<ProjectResource> project) => project
    .WithEnvironment("KeyEncryption__Directory", Path.Combine(state, "keys", project.Resource.Name.Replace("-migrations", "", StringComparison.Ordinal)))
    .WithEnvironment("KeyEncryption__CreateWhenEmpty", project.Resource.Name.EndsWith("-migrations", StringComparison.Ordinal) ? "true" : "false");
