using System.Globalization;

var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Args = args, DisableDashboard = true });
var secret = builder.AddParameter("secret", new GenerateParameterDefault(), secret: true, persist: true);
var migrations = builder.AddProject<Projects.LocalHosting_SampleWeb>("migrations").WithArgs("exit", builder.Configuration["exit-code"] ?? "0");
var web = builder.AddProject<Projects.LocalHosting_SampleWeb>("web")
    .WithHttpEndpoint()
    .WithHttpHealthCheck("/health")
    .WithReplicas(int.Parse(builder.Configuration["replicas"] ?? "1", CultureInfo.InvariantCulture))
    .WithEnvironment("SECRET", secret)
    .WithEnvironment("COMPOSED", ReferenceExpression.Create($"secret={secret};"))
    .WaitForCompletion(migrations);
var caller = builder.AddProject<Projects.LocalHosting_SampleWeb>("caller").WithHttpEndpoint().WithHttpHealthCheck("/health").WithReference(web).WaitFor(web);
if (builder.Configuration["servers"] == "true")
{
    var database = builder.AddPostgres("postgres").AddDatabase("sample");
    var broker = builder.AddRabbitMQ("rabbitmq", builder.AddParameter("rabbitmq-user", "sample"));
    caller.WithReference(database).WithReference(broker).WaitFor(database).WaitFor(broker);
}

builder.Build().Run();
