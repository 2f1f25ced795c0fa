using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Testing;

/// <summary>An application that a test starts and stops.</summary>
public interface IDistributedApplicationTestingBuilder : IDistributedApplicationBuilder, IAsyncDisposable
{
    /// <summary>Lets the AppHost's own <c>Build</c> go on and gives its application.</summary>
    Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default);
}

/// <summary>Runs an AppHost's Program up to its <c>Build</c>.</summary>
public static class DistributedApplicationTestingBuilder
{
    /// <summary>Runs the AppHost that declares the type.</summary>
    /// <typeparam name="TEntryPoint">Any type of the AppHost, usually <c>Projects.AppHost</c>.</typeparam>
    /// <param name="args">The AppHost's command line.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(string[] args, CancellationToken cancellationToken = default) where TEntryPoint : class
    {
        var interception = new Interception(typeof(TEntryPoint).Assembly);
        interception.Run(args);
        await interception.Building.WaitAsync(cancellationToken);
        return interception;
    }
}

/// <summary>What a test asks of a running application.</summary>
public static class DistributedApplicationHostingTestingExtensions
{
    /// <summary>A client whose base address is the resource's endpoint.</summary>
    public static HttpClient CreateHttpClient(this DistributedApplication app, string resourceName, string? endpointName = null) =>
        new() { BaseAddress = app.GetEndpoint(resourceName, endpointName) };

    /// <summary>The address of a resource's endpoint; <c>http</c> when no name is given.</summary>
    public static Uri GetEndpoint(this DistributedApplication app, string resourceName, string? endpointName = null) =>
        new(new EndpointReference((IResourceWithEndpoints)app.Find(resourceName), endpointName ?? "http").Url);

    /// <summary>The connection string that others are given for the resource.</summary>
    public static ValueTask<string?> GetConnectionStringAsync(this DistributedApplication app, string resourceName, CancellationToken cancellationToken = default) =>
        ((IResourceWithConnectionString)app.Find(resourceName)).GetValueAsync(cancellationToken);
}

/// <summary>An AppHost's Program on a thread of its own, held at <c>Build</c> until the test asks for it.</summary>
internal sealed class Interception(Assembly assembly) : IDistributedApplicationTestingBuilder
{
    private readonly TaskCompletionSource<DistributedApplicationBuilder> _builder = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DistributedApplication> _application = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _goOn = new();

    public Assembly Assembly => assembly;

    public Task Building => _builder.Task;

    public ConfigurationManager Configuration => _builder.Task.Result.Configuration;

    public string AppHostDirectory => _builder.Task.Result.AppHostDirectory;

    public IResourceCollection Resources => _builder.Task.Result.Resources;

    public void Run(string[] args) => new Thread(() =>
    {
        DistributedApplication.Intercepting = this;
        try
        {
            assembly.EntryPoint!.Invoke(null, [args]);
            _builder.TrySetException(new DistributedApplicationException("The AppHost ended before it built its application."));
        }
        catch (TargetInvocationException e) when (_builder.TrySetException(e.InnerException!) || _application.TrySetException(e.InnerException!))
        {
            // Whoever waits for the builder or the application gets the AppHost's exception.
        }
    }) { IsBackground = true }.Start();

    public void OnBuilding(DistributedApplicationBuilder builder)
    {
        _builder.SetResult(builder);
        _goOn.Wait();
    }

    public void OnBuilt(DistributedApplication application) => _application.SetResult(application);

    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource => _builder.Task.Result.AddResource(resource);

    public DistributedApplication Build() => BuildAsync().GetAwaiter().GetResult();

    public Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default)
    {
        _goOn.Set();
        return _application.Task.WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_application.Task.IsCompletedSuccessfully)
        {
            await _application.Task.Result.DisposeAsync();
        }
    }
}
