using Aspire.Hosting.ApplicationModel;
using Soc.LocalHosting;

namespace Aspire.Hosting;

/// <summary>Adds projects.</summary>
public static class ProjectResourceBuilderExtensions
{
    /// <summary>Adds a project of the solution; it is run as it was built.</summary>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name) where TProject : IProjectMetadata, new()
    {
        var project = new ProjectResource(name);
        var path = new TProject().ProjectPath;
        var assembly = DistributedApplicationBuilder.Metadata(typeof(TProject).Assembly, path)
            ?? throw new DistributedApplicationException($"The build did not say where the output of {path} is.");
        (project.Plan.Command, project.Plan.WorkingDirectory) = ("dotnet", Path.GetDirectoryName(path)!);
        project.Plan.Arguments.Add(assembly);
        return builder.AddResource(project);
    }

    /// <summary>Runs several processes of the project behind one address.</summary>
    public static IResourceBuilder<ProjectResource> WithReplicas(this IResourceBuilder<ProjectResource> builder, int replicas)
    {
        builder.Resource.Plan.Replicas = replicas;
        return builder;
    }
}

/// <summary>Adds programs.</summary>
public static class ExecutableResourceBuilderExtensions
{
    /// <summary>Adds a program.</summary>
    public static IResourceBuilder<ExecutableResource> AddExecutable(this IDistributedApplicationBuilder builder, string name, string command, string workingDirectory, params string[]? args) =>
        builder.AddResource(new ExecutableResource(name, command, Path.GetFullPath(workingDirectory, builder.AppHostDirectory))).WithArgs(args ?? []);
}

/// <summary>Adds parameters.</summary>
public static class ParameterResourceBuilderExtensions
{
    /// <summary>Adds a parameter with a value that <c>Parameters:NAME</c> in the configuration overrides.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, string name, string value, bool publishValueAsDefault = false, bool secret = false) =>
        builder.AddResource(new ParameterResource(name, _ => builder.Configuration[$"Parameters:{name}"] ?? value, secret));

    /// <summary>Adds a parameter with a default; a generated one that persists keeps its value from run to run.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, string name, ParameterDefault value, bool secret = false, bool persist = false) =>
        builder.AddResource(new ParameterResource(name, _ => builder.Configuration[$"Parameters:{name}"]
            ?? (persist ? ((DistributedApplicationBuilder)builder).State.GetOrGenerate(name, value.GetDefaultValue) : value.GetDefaultValue()), secret));
}

/// <summary>Container settings. Here servers are the machine's own programs and the settings have no effect, which each says.</summary>
public static class ContainerResourceBuilderExtensions
{
    /// <summary>Pins the image's tag; without effect here, where the installed version runs.</summary>
    public static IResourceBuilder<T> WithImageTag<T>(this IResourceBuilder<T> builder, string tag) where T : ContainerResource => builder;
}

/// <summary>Adds RabbitMQ.</summary>
public static class RabbitMQBuilderExtensions
{
    /// <summary>Adds a private RabbitMQ; without a password one is generated and kept.</summary>
    public static IResourceBuilder<RabbitMQServerResource> AddRabbitMQ(this IDistributedApplicationBuilder builder, string name,
        IResourceBuilder<ParameterResource>? userName = null, IResourceBuilder<ParameterResource>? password = null, int? port = null)
    {
        password ??= builder.AddParameter($"{name}-password", new GenerateParameterDefault { Special = false }, secret: true, persist: true);
        var server = builder.AddResource(new RabbitMQServerResource(name, userName?.Resource, password.Resource)).AsPrivateServer("rabbitmq", port);
        server.Resource.Plan.Environment.AddRange([("RABBITMQ_USER", userName?.Resource ?? (object)"guest"), ("RABBITMQ_PASSWORD", password.Resource)]);
        server.Resource.Plan.HealthCheck = token => HealthChecks.RabbitMQAsync(server.Resource.PrimaryEndpoint.Allocated, token);
        return server;
    }

    /// <summary>Keeps messages from run to run, as is always so here.</summary>
    public static IResourceBuilder<RabbitMQServerResource> WithDataVolume(this IResourceBuilder<RabbitMQServerResource> builder, string? name = null, bool isReadOnly = false) => builder;
}

/// <summary>Adds PostgreSQL.</summary>
public static class PostgresBuilderExtensions
{
    /// <summary>Adds a private PostgreSQL; without a password one is generated and kept.</summary>
    public static IResourceBuilder<PostgresServerResource> AddPostgres(this IDistributedApplicationBuilder builder, string name,
        IResourceBuilder<ParameterResource>? userName = null, IResourceBuilder<ParameterResource>? password = null, int? port = null)
    {
        password ??= builder.AddParameter($"{name}-password", new GenerateParameterDefault { Special = false }, secret: true, persist: true);
        var server = builder.AddResource(new PostgresServerResource(name, userName?.Resource, password.Resource)).AsPrivateServer("postgres", port);
        server.Resource.Plan.Environment.Add(("POSTGRES_PASSWORD", password.Resource));
        server.Resource.Plan.HealthCheck = token => HealthChecks.PostgresAsync(server.Resource, token);
        return server;
    }

    /// <summary>Adds a database, made when the server first answers.</summary>
    public static IResourceBuilder<PostgresDatabaseResource> AddDatabase(this IResourceBuilder<PostgresServerResource> builder, string name, string? databaseName = null)
    {
        builder.Resource.DatabaseNames.Add(name, databaseName ?? name);
        return builder.ApplicationBuilder.AddResource(new PostgresDatabaseResource(name, databaseName ?? name, builder.Resource));
    }

    /// <summary>Keeps data from run to run, as is always so here.</summary>
    public static IResourceBuilder<PostgresServerResource> WithDataVolume(this IResourceBuilder<PostgresServerResource> builder, string? name = null, bool isReadOnly = false) => builder;

    /// <summary>The machine's own program as a private instance, through the script that runs it.</summary>
    internal static IResourceBuilder<T> AsPrivateServer<T>(this IResourceBuilder<T> builder, string script, int? port) where T : ContainerResource
    {
        var application = (DistributedApplicationBuilder)builder.ApplicationBuilder;
        var plan = builder.Resource.Plan;
        (plan.Command, plan.WorkingDirectory) = (Path.Combine(application.Root, "scripts", "servers", script), application.Root);
        plan.Endpoints.Add(new Endpoint("tcp", "tcp", port, null, proxied: false));
        plan.Arguments.AddRange([Path.Combine(application.State.Folder, builder.Resource.Name), new EndpointReference(builder.Resource, "tcp").Property(EndpointProperty.Port)]);
        return builder;
    }
}

/// <summary>What can be said of every resource.</summary>
public static class ResourceBuilderExtensions
{
    /// <summary>Sets an environment variable.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, string? value) where T : IResourceWithEnvironment => builder.With(name, value);

    /// <summary>Sets an environment variable to a parameter's value.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, IResourceBuilder<ParameterResource> parameter) where T : IResourceWithEnvironment =>
        builder.With(name, parameter.Resource);

    /// <summary>Sets an environment variable to an expression's value.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, ReferenceExpression value) where T : IResourceWithEnvironment => builder.With(name, value);

    /// <summary>Sets an environment variable to an endpoint's address.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, EndpointReference endpointReference) where T : IResourceWithEnvironment =>
        builder.With(name, endpointReference);

    /// <summary>Adds arguments to the command line.</summary>
    public static IResourceBuilder<T> WithArgs<T>(this IResourceBuilder<T> builder, params string[] args) where T : IResourceWithArgs
    {
        builder.Plan().Arguments.AddRange(args);
        return builder;
    }

    /// <summary>Lets the resource find another: <c>services__NAME__http__0</c> is its address.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source)
        where TDestination : IResourceWithEnvironment
    {
        foreach (var endpoint in ((Resource)source.Resource).Plan.Endpoints)
        {
            builder.With($"services__{source.Resource.Name}__{endpoint.Name}__0", new EndpointReference(source.Resource, endpoint.Name));
        }

        return builder;
    }

    /// <summary>Gives the resource a connection string: <c>ConnectionStrings__NAME</c>.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithConnectionString> source,
        string? connectionName = null, bool optional = false) where TDestination : IResourceWithEnvironment =>
        builder.With($"ConnectionStrings__{connectionName ?? source.Resource.Name}", source.Resource);

    /// <summary>Adds an HTTP endpoint. A project is told its port by <c>ASPNETCORE_URLS</c>; any other resource by the variable <paramref name="env"/>.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="port">The port others use; one is found when null.</param>
    /// <param name="targetPort">The process's own port; found when null, and always so here.</param>
    /// <param name="name">The endpoint's name; <c>http</c> when null.</param>
    /// <param name="env">The variable that tells the process its port.</param>
    /// <param name="isProxied">False when the process itself listens on <paramref name="port"/>; then it cannot have replicas.</param>
    public static IResourceBuilder<T> WithHttpEndpoint<T>(this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null, string? env = null,
        bool? isProxied = null) where T : IResourceWithEndpoints
    {
        builder.Plan().Endpoints.Add(new Endpoint(name ?? "http", "http", port, env ?? (builder.Resource is ProjectResource ? "ASPNETCORE_URLS" : null), isProxied ?? true));
        return builder;
    }

    /// <summary>Says that the endpoints are meant for users; here they stay on loopback all the same.</summary>
    public static IResourceBuilder<T> WithExternalHttpEndpoints<T>(this IResourceBuilder<T> builder) where T : IResourceWithEndpoints => builder;

    /// <summary>Refers to an endpoint of the resource.</summary>
    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, string name) where T : IResourceWithEndpoints => new(builder.Resource, name);

    /// <summary>The resource is healthy when a GET of the path answers with the status code, 200 when null.</summary>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(this IResourceBuilder<T> builder, string? path = null, int? statusCode = null, string? endpointName = null)
        where T : IResourceWithEndpoints
    {
        var endpoint = new EndpointReference(builder.Resource, endpointName ?? "http");
        builder.Plan().HealthCheck = token => HealthChecks.HttpAsync(endpoint.Allocated, path ?? "/", statusCode ?? 200, token);
        return builder;
    }

    /// <summary>Starts the resource when the other is healthy.</summary>
    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency) where T : IResourceWithWaitSupport
    {
        var server = dependency.Resource is PostgresDatabaseResource database ? database.Parent : dependency.Resource;
        builder.Plan().Waits.Add(new Wait(server.Name, null));
        return builder;
    }

    /// <summary>Starts the resource when the other has ended with the exit code; any other code keeps it from starting.</summary>
    public static IResourceBuilder<T> WaitForCompletion<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency, int exitCode = 0) where T : IResourceWithWaitSupport
    {
        dependency.Plan().RunsToCompletion = true;
        builder.Plan().Waits.Add(new Wait(dependency.Resource.Name, exitCode));
        return builder;
    }

    private static Plan Plan(this IResourceBuilder<IResource> builder) => ((Resource)builder.Resource).Plan;

    private static Plan Plan<T>(this IResourceBuilder<T> builder) where T : IResource => ((Resource)(IResource)builder.Resource).Plan;

    private static IResourceBuilder<T> With<T>(this IResourceBuilder<T> builder, string name, object? value) where T : IResource
    {
        builder.Plan().Environment.Add((name, value));
        return builder;
    }
}
