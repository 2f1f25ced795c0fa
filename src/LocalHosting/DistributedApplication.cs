using System.Reflection;
using System.Runtime.InteropServices;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Soc.LocalHosting;

namespace Aspire.Hosting;

/// <summary>The application cannot be put together or started.</summary>
/// <param name="message">What is wrong.</param>
public class DistributedApplicationException(string message) : Exception(message);

/// <summary>How an application is run.</summary>
public sealed class DistributedApplicationOptions
{
    /// <summary>The command line; <c>--key=value</c> becomes configuration.</summary>
    public string[]? Args { get; set; }

    /// <summary>Runs without the dashboard; nothing then takes telemetry.</summary>
    public bool DisableDashboard { get; set; }

    /// <summary>Allows plain HTTP between the parts; here everything stays on this machine's loopback.</summary>
    public bool AllowUnsecuredTransport { get; set; }

    /// <summary>The AppHost's folder; by default the one its project was built in.</summary>
    public string? ProjectDirectory { get; set; }
}

/// <summary>A project of the solution; the build makes one class of it per referenced project.</summary>
public interface IProjectMetadata
{
    /// <summary>The project file.</summary>
    string ProjectPath { get; }
}

/// <summary>A resource that others find by its name.</summary>
public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;

/// <summary>Puts an application together.</summary>
public interface IDistributedApplicationBuilder
{
    /// <summary>Environment variables and the command line. <c>data</c> names the folder for what must survive a run.</summary>
    ConfigurationManager Configuration { get; }

    /// <summary>The AppHost's folder.</summary>
    string AppHostDirectory { get; }

    /// <summary>The resources added so far.</summary>
    IResourceCollection Resources { get; }

    /// <summary>Adds a resource.</summary>
    /// <exception cref="DistributedApplicationException">The name is taken.</exception>
    IResourceBuilder<T> AddResource<T>(T resource) where T : IResource;

    /// <summary>Ends building.</summary>
    DistributedApplication Build();
}

internal sealed record ResourceBuilder<T>(T Resource, IDistributedApplicationBuilder ApplicationBuilder) : IResourceBuilder<T> where T : IResource;

/// <summary>Puts an application together.</summary>
public class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly List<Resource> _resources = [];
    private readonly bool _dashboard;

    /// <param name="options">How the application is run.</param>
    public DistributedApplicationBuilder(DistributedApplicationOptions options)
    {
        _dashboard = !options.DisableDashboard;
        Configuration.AddEnvironmentVariables().AddCommandLine(options.Args ?? []);
        AppHostDirectory = options.ProjectDirectory ?? Path.GetDirectoryName(Metadata(DistributedApplication.EntryAssembly, "AppHostProjectPath")) ?? Directory.GetCurrentDirectory();
        Root = AppHostDirectory;
        while (!Directory.Exists(Path.Combine(Root, "scripts", "servers")) && Path.GetDirectoryName(Root) is { } parent)
        {
            Root = parent;
        }

        State = new State(Path.GetFullPath(Configuration["data"] ?? ".platform", Root));
    }

    /// <inheritdoc/>
    public ConfigurationManager Configuration { get; } = new();

    /// <inheritdoc/>
    public string AppHostDirectory { get; }

    /// <inheritdoc/>
    public IResourceCollection Resources => new ResourceCollection([.. _resources]);

    internal string Root { get; }

    internal State State { get; }

    /// <inheritdoc/>
    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource
    {
        if (_resources.Exists(r => r.Name == resource.Name))
        {
            throw new DistributedApplicationException($"There is already a resource '{resource.Name}'.");
        }

        _resources.Add((Resource)(IResource)resource);
        return new ResourceBuilder<T>(resource, this);
    }

    /// <inheritdoc/>
    public DistributedApplication Build()
    {
        DistributedApplication.Intercepting?.OnBuilding(this);
        var tools = AspireTools.Find(Configuration, Root);
        if (_dashboard && tools.Dashboard is null)
        {
            Orchestrator.Say("the dashboard program is absent: running without it");
        }
        else if (_dashboard)
        {
            Dashboard.AddTo(this, tools.Dashboard!, _resources);
        }

        var application = new DistributedApplication(_resources, tools.Dcp);
        DistributedApplication.Intercepting?.OnBuilt(application);
        return application;
    }

    internal static string? Metadata(Assembly? assembly, string key) =>
        assembly?.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(a => a.Key == key)?.Value;
}

/// <summary>An application of several processes on this machine.</summary>
public class DistributedApplication : IAsyncDisposable
{
    private static readonly AsyncLocal<Testing.Interception?> Interception = new();
    private readonly List<Resource> _resources;
    private readonly string _orchestratorProgram;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Orchestrator? _orchestrator;

    internal DistributedApplication(List<Resource> resources, string orchestratorProgram) => (_resources, _orchestratorProgram) = (resources, orchestratorProgram);

    /// <summary>The state of each resource.</summary>
    public ResourceNotificationService ResourceNotifications { get; } = new();

    internal static Testing.Interception? Intercepting
    {
        get => Interception.Value;
        set => Interception.Value = value;
    }

    internal static Assembly? EntryAssembly => Intercepting?.Assembly ?? Assembly.GetEntryAssembly();

    /// <summary>Begins an application with a command line.</summary>
    public static IDistributedApplicationBuilder CreateBuilder(string[] args) => CreateBuilder(new DistributedApplicationOptions { Args = args });

    /// <summary>Begins an application.</summary>
    public static IDistributedApplicationBuilder CreateBuilder(DistributedApplicationOptions options) => new DistributedApplicationBuilder(options);

    /// <summary>Starts, and stays until Ctrl-C or SIGTERM; everything started is ended before it returns.</summary>
    public void Run() => RunAsync().GetAwaiter().GetResult();

    /// <summary>Starts, and stays until Ctrl-C, SIGTERM or cancellation; everything started is ended before it returns.</summary>
    /// <exception cref="DistributedApplicationException">The orchestrator cannot be started, or was lost.</exception>
    public virtual async Task RunAsync(CancellationToken cancellationToken = default)
    {
        if (Intercepting is not null)
        {
            // A test starts and stops this application; its Program only has to stay until then.
            await _stopped.Task.WaitAsync(cancellationToken);
            return;
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        void End(PosixSignalContext context)
        {
            context.Cancel = true;
            ending.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        try
        {
            await StartAsync(ending.Token);
            if (await Task.WhenAny(_orchestrator!.Lost, Task.Delay(Timeout.Infinite, ending.Token)) == _orchestrator.Lost)
            {
                throw new DistributedApplicationException("Aspire's orchestrator ended; everything it started ends with it.");
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
        }

        Orchestrator.Say("stopping");
        await StopAsync(CancellationToken.None);
        Orchestrator.Say("stopped");
    }

    /// <summary>Starts every resource and returns once their ports are known; the resources become ready after that.</summary>
    public virtual async Task StartAsync(CancellationToken cancellationToken = default)
    {
        _orchestrator = new Orchestrator(_resources, ResourceNotifications, _orchestratorProgram);
        await _orchestrator.StartAsync(cancellationToken);
    }

    /// <summary>Ends every resource, those first that depend on others.</summary>
    public virtual async Task StopAsync(CancellationToken cancellationToken = default)
    {
        if (_orchestrator is not null)
        {
            await _orchestrator.DisposeAsync();
            _orchestrator = null;
        }

        _stopped.TrySetResult();
    }

    /// <inheritdoc/>
    public virtual async ValueTask DisposeAsync()
    {
        await StopAsync();
        GC.SuppressFinalize(this);
    }

    internal Resource Find(string name) => _resources.Find(r => r.Name == name) ?? throw new ArgumentException($"There is no resource '{name}'.", nameof(name));
}
