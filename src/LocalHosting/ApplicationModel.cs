using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using Soc.LocalHosting;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A part of the application: a project, a program, a server, a parameter.</summary>
public interface IResource
{
    /// <summary>Unique within the application; also the name under which others find it.</summary>
    string Name { get; }
}

/// <summary>Has a value once the application starts.</summary>
public interface IValueProvider
{
    /// <summary>The value, or null when there is none.</summary>
    ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default);
}

/// <summary>A value that can be written down before it is known.</summary>
public interface IManifestExpressionProvider
{
    /// <summary>The placeholder, for instance <c>{db.connectionString}</c>.</summary>
    string ValueExpression { get; }
}

/// <summary>A resource that takes environment variables.</summary>
public interface IResourceWithEnvironment : IResource;

/// <summary>A resource that takes command-line arguments.</summary>
public interface IResourceWithArgs : IResource;

/// <summary>A resource that listens.</summary>
public interface IResourceWithEndpoints : IResource;

/// <summary>A resource that can wait for others before it starts.</summary>
public interface IResourceWithWaitSupport : IResource;

/// <summary>A resource that others reach through a connection string.</summary>
public interface IResourceWithConnectionString : IResource, IValueProvider, IManifestExpressionProvider
{
    /// <summary>How the connection string is put together.</summary>
    ReferenceExpression ConnectionStringExpression { get; }
}

/// <summary>Builds one resource; every <c>With…</c> method returns it for the next.</summary>
/// <typeparam name="T">The resource's type.</typeparam>
public interface IResourceBuilder<out T> where T : IResource
{
    /// <summary>The resource being built.</summary>
    T Resource { get; }

    /// <summary>The application it belongs to.</summary>
    IDistributedApplicationBuilder ApplicationBuilder { get; }
}

/// <summary>Base of all resources.</summary>
/// <param name="name">The resource's name.</param>
public abstract class Resource(string name) : IResource
{
    /// <inheritdoc/>
    public virtual string Name { get; } = name;

    internal Plan Plan { get; } = new();
}

/// <summary>A program that is started with a command line.</summary>
public class ExecutableResource : Resource, IResourceWithEnvironment, IResourceWithArgs, IResourceWithEndpoints, IResourceWithWaitSupport
{
    /// <param name="name">The resource's name.</param>
    /// <param name="command">The program.</param>
    /// <param name="workingDirectory">Where it runs.</param>
    public ExecutableResource(string name, string command, string workingDirectory) : base(name) => (Plan.Command, Plan.WorkingDirectory) = (command, workingDirectory);
}

/// <summary>A .NET project of the solution.</summary>
/// <param name="name">The resource's name.</param>
public class ProjectResource(string name) : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithEndpoints, IResourceWithWaitSupport, IResourceWithServiceDiscovery;

/// <summary>A server that Aspire.Hosting runs as a container; here it is the machine's own program.</summary>
/// <param name="name">The resource's name.</param>
public class ContainerResource(string name) : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithEndpoints, IResourceWithWaitSupport;

/// <summary>A RabbitMQ server; its connection string is an <c>amqp</c> address.</summary>
public class RabbitMQServerResource : ContainerResource, IResourceWithConnectionString
{
    /// <param name="name">The resource's name.</param>
    /// <param name="userName">The user; <c>guest</c> when null.</param>
    /// <param name="password">The user's password.</param>
    public RabbitMQServerResource(string name, ParameterResource? userName, ParameterResource password) : base(name)
    {
        (UserNameParameter, PasswordParameter) = (userName, password);
        PrimaryEndpoint = new EndpointReference(this, "tcp");
    }

    /// <summary>The user; null means <c>guest</c>.</summary>
    public ParameterResource? UserNameParameter { get; }

    /// <summary>The user's password.</summary>
    public ParameterResource PasswordParameter { get; }

    /// <summary>Where it listens for AMQP.</summary>
    public EndpointReference PrimaryEndpoint { get; }

    /// <inheritdoc/>
    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create(
        $"amqp://{(object?)UserNameParameter ?? "guest"}:{PasswordParameter}@{PrimaryEndpoint.Property(EndpointProperty.Host)}:{PrimaryEndpoint.Property(EndpointProperty.Port)}");

    /// <inheritdoc/>
    public string ValueExpression => $"{{{Name}.connectionString}}";

    /// <inheritdoc/>
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => ConnectionStringExpression.GetValueAsync(cancellationToken);
}

/// <summary>A PostgreSQL server.</summary>
public class PostgresServerResource : ContainerResource, IResourceWithConnectionString
{
    /// <param name="name">The resource's name.</param>
    /// <param name="userName">The superuser; only <c>postgres</c>, which null means, exists here.</param>
    /// <param name="password">The superuser's password.</param>
    public PostgresServerResource(string name, ParameterResource? userName, ParameterResource password) : base(name)
    {
        (UserNameParameter, PasswordParameter) = (userName, password);
        PrimaryEndpoint = new EndpointReference(this, "tcp");
    }

    /// <summary>The superuser; null means <c>postgres</c>.</summary>
    public ParameterResource? UserNameParameter { get; }

    /// <summary>The superuser's password.</summary>
    public ParameterResource PasswordParameter { get; }

    /// <summary>Where it listens.</summary>
    public EndpointReference PrimaryEndpoint { get; }

    /// <summary>The host part of its address.</summary>
    public EndpointReferenceExpression Host => PrimaryEndpoint.Property(EndpointProperty.Host);

    /// <summary>The port part of its address.</summary>
    public EndpointReferenceExpression Port => PrimaryEndpoint.Property(EndpointProperty.Port);

    /// <summary>Resource name to database name, of the databases made on it.</summary>
    public IReadOnlyDictionary<string, string> Databases => DatabaseNames;

    /// <inheritdoc/>
    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create(
        $"Host={Host};Port={Port};Username={(object?)UserNameParameter ?? "postgres"};Password={PasswordParameter};Timeout=60");

    /// <inheritdoc/>
    public string ValueExpression => $"{{{Name}.connectionString}}";

    internal Dictionary<string, string> DatabaseNames { get; } = [];

    /// <inheritdoc/>
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => ConnectionStringExpression.GetValueAsync(cancellationToken);
}

/// <summary>A database on a PostgreSQL server, made when the server first answers.</summary>
/// <param name="name">The resource's name.</param>
/// <param name="databaseName">The database's name on the server.</param>
/// <param name="postgresParentResource">The server.</param>
public class PostgresDatabaseResource(string name, string databaseName, PostgresServerResource postgresParentResource) : Resource(name), IResourceWithConnectionString
{
    /// <summary>The database's name on the server.</summary>
    public string DatabaseName { get; } = databaseName;

    /// <summary>The server.</summary>
    public PostgresServerResource Parent { get; } = postgresParentResource;

    /// <inheritdoc/>
    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{Parent};Database={DatabaseName}");

    /// <inheritdoc/>
    public string ValueExpression => $"{{{Name}.connectionString}}";

    /// <inheritdoc/>
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => ConnectionStringExpression.GetValueAsync(cancellationToken);
}

/// <summary>A value given from outside: <c>Parameters:NAME</c> in the configuration.</summary>
/// <param name="name">The parameter's name.</param>
/// <param name="callback">Finds the value; its argument is the default, if the parameter has one.</param>
/// <param name="secret">Whether the value must not be shown.</param>
public class ParameterResource(string name, Func<ParameterDefault?, string> callback, bool secret = false) : Resource(name), IValueProvider, IManifestExpressionProvider
{
    private readonly Lazy<string> _value = new(() => callback(null));

    /// <summary>Whether the value must not be shown.</summary>
    public bool Secret { get; } = secret;

    /// <inheritdoc/>
    public string ValueExpression => $"{{{Name}.value}}";

    /// <inheritdoc/>
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken) => new(_value.Value);
}

/// <summary>The value of a parameter that nobody set.</summary>
public abstract class ParameterDefault
{
    /// <summary>Makes the value.</summary>
    public abstract string GetDefaultValue();
}

/// <summary>A random value from a cryptographic source.</summary>
public sealed class GenerateParameterDefault : ParameterDefault
{
    /// <summary>The number of characters; at least 22 hold 128 bits.</summary>
    public int MinLength { get; set; } = 22;

    /// <summary>Whether characters other than letters and digits may occur.</summary>
    public bool Special { get; set; } = true;

    /// <inheritdoc/>
    public override string GetDefaultValue() => System.Security.Cryptography.RandomNumberGenerator.GetString(
        "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz0123456789" + (Special ? "-_.~" : ""), MinLength);
}

/// <summary>Parts of an endpoint that can be referred to.</summary>
public enum EndpointProperty
{
    /// <summary>scheme://host:port</summary>
    Url = 0,

    /// <summary>The host.</summary>
    Host = 1,

    /// <summary>The port others use.</summary>
    Port = 3,
}

/// <summary>A place where a resource listens.</summary>
/// <param name="owner">The resource.</param>
/// <param name="endpointName">The endpoint's name, <c>http</c> for most.</param>
public sealed class EndpointReference(IResourceWithEndpoints owner, string endpointName) : IValueProvider, IManifestExpressionProvider
{
    /// <summary>The resource that listens.</summary>
    public IResourceWithEndpoints Resource { get; } = owner;

    /// <summary>The endpoint's name.</summary>
    public string EndpointName { get; } = endpointName;

    /// <summary>The address others use; known once the application has started.</summary>
    public string Url => $"{Allocated.Scheme}://{Allocated.Host}:{Allocated.Port}";

    /// <inheritdoc/>
    public string ValueExpression => $"{{{Resource.Name}.bindings.{EndpointName}.url}}";

    internal Endpoint Allocated => ((Resource)Resource).Plan.Endpoints.Find(e => e.Name == EndpointName)
        ?? throw new InvalidOperationException($"'{Resource.Name}' has no endpoint '{EndpointName}'.");

    /// <summary>Refers to one part of the endpoint.</summary>
    public EndpointReferenceExpression Property(EndpointProperty property) => new(this, property);

    /// <inheritdoc/>
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => new(Url);
}

/// <summary>One part of an endpoint.</summary>
/// <param name="endpointReference">The endpoint.</param>
/// <param name="property">The part.</param>
public class EndpointReferenceExpression(EndpointReference endpointReference, EndpointProperty property) : IValueProvider, IManifestExpressionProvider
{
    /// <inheritdoc/>
    public string ValueExpression => $"{{{endpointReference.Resource.Name}.bindings.{endpointReference.EndpointName}.{property}}}";

    /// <inheritdoc/>
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => new(property switch
    {
        EndpointProperty.Host => endpointReference.Allocated.Host,
        EndpointProperty.Port => endpointReference.Allocated.Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
        _ => endpointReference.Url,
    });
}

/// <summary>Text with values in it that are known only when the application starts.</summary>
public class ReferenceExpression : IValueProvider, IManifestExpressionProvider
{
    private readonly object[] _parts;

    private ReferenceExpression(object[] parts) => _parts = parts;

    /// <inheritdoc/>
    public string ValueExpression => string.Concat(_parts.Select(p => p is IManifestExpressionProvider e ? e.ValueExpression : p.ToString()));

    /// <summary>Makes an expression from an interpolated string.</summary>
    public static ReferenceExpression Create(in ExpressionInterpolatedStringHandler handler) => new([.. handler.Parts]);

    /// <inheritdoc/>
    public async ValueTask<string?> GetValueAsync(CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        foreach (var part in _parts)
        {
            text.Append(part is IValueProvider value ? await value.GetValueAsync(cancellationToken) : part.ToString());
        }

        return text.ToString();
    }

    /// <summary>Collects the parts of an interpolated string; the compiler calls it.</summary>
    [InterpolatedStringHandler]
    [SuppressMessage("Performance", "CA1815", Justification = "Made and consumed by the compiler; never compared.")]
    public ref struct ExpressionInterpolatedStringHandler
    {
        /// <param name="literalLength">Unused.</param>
        /// <param name="formattedCount">The number of values.</param>
        [SuppressMessage("Style", "IDE0060", Justification = "The compiler's signature.")]
        public ExpressionInterpolatedStringHandler(int literalLength, int formattedCount) => Parts = new(formattedCount * 2);

        internal List<object> Parts { get; }

        /// <summary>Adds literal text.</summary>
        public readonly void AppendLiteral(string value) => Parts.Add(value);

        /// <summary>Adds text.</summary>
        public readonly void AppendFormatted(string? value) => Parts.Add(value ?? "");

        /// <summary>Adds a value that is known later.</summary>
        public readonly void AppendFormatted<T>(T valueProvider) where T : IValueProvider, IManifestExpressionProvider => Parts.Add(valueProvider);

        /// <summary>Adds the value of a resource.</summary>
        public readonly void AppendFormatted<T>(IResourceBuilder<T> valueProvider) where T : IResource, IValueProvider, IManifestExpressionProvider => Parts.Add(valueProvider.Resource);

        internal readonly void AppendFormatted(object value) => Parts.Add(value);
    }
}

/// <summary>Names of the states a resource goes through.</summary>
public static class KnownResourceStates
{
    /// <summary>Waits for others.</summary>
    public static readonly string Waiting = nameof(Waiting);

    /// <summary>Its process runs.</summary>
    public static readonly string Running = nameof(Running);

    /// <summary>Its process ended of itself.</summary>
    public static readonly string Finished = nameof(Finished);

    /// <summary>It cannot be started.</summary>
    public static readonly string FailedToStart = nameof(FailedToStart);
}

/// <summary>What became of a resource.</summary>
public class ResourceEvent
{
    internal ResourceEvent(string resourceId) => ResourceId = resourceId;

    /// <summary>The resource's name.</summary>
    public string ResourceId { get; }
}

/// <summary>Tells what state the resources are in.</summary>
public class ResourceNotificationService
{
    private readonly Signal _changed = new();
    private readonly Dictionary<string, (string State, bool Healthy, int? ExitCode)> _states = [];

    internal ResourceNotificationService()
    {
    }

    /// <summary>Waits until the resource is in a state.</summary>
    /// <param name="resourceName">The resource.</param>
    /// <param name="targetState">One of <see cref="KnownResourceStates"/>; Running when null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        Until(resourceName, s => s.State == (targetState ?? KnownResourceStates.Running), cancellationToken);

    /// <summary>Waits until the resource runs and its health check succeeds.</summary>
    /// <param name="resourceName">The resource.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default)
    {
        await Until(resourceName, s => s.Healthy, cancellationToken);
        return new ResourceEvent(resourceName);
    }

    internal void Set(string name, string state, bool healthy = false, int? exitCode = null)
    {
        lock (_states)
        {
            _states[name] = (state, healthy, exitCode);
        }

        _changed.Pulse();
    }

    internal (string State, bool Healthy, int? ExitCode) Get(string name)
    {
        lock (_states)
        {
            return _states.GetValueOrDefault(name, (KnownResourceStates.Waiting, false, null));
        }
    }

    internal Task Until(string name, Func<(string State, bool Healthy, int? ExitCode), bool> reached, CancellationToken cancellationToken) =>
        _changed.Until(() => reached(Get(name)), cancellationToken);
}
