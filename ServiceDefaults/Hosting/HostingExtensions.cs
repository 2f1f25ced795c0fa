using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Soc.ServiceDefaults;

/// <summary>Configuration section <c>Hosting</c>: the process's limits and how it stops.</summary>
internal sealed class HostingSettings
{
    /// <summary>The largest body of a request, in bytes.</summary>
    public long MaxRequestBodySize { get; set; } = 1024 * 1024;

    /// <summary>The number of connections open at once; further ones are closed at once.</summary>
    public long MaxConnections { get; set; } = 4096;

    /// <summary>
    /// How long the process, told to stop, goes on serving while it already says that it is not ready: as long as whoever sends requests here needs to
    /// notice. Zero in development, where nobody waits for it.
    /// </summary>
    public TimeSpan? DrainDelay { get; set; }
}

internal static class HostingExtensions
{
    /// <summary>CVE-2025-55315, CVE-2026-40372, CVE-2026-42899 and CVE-2026-45591 are fixed from here on.</summary>
    private static readonly Version RuntimeFloor = new(10, 0, 12);

    public static void AddHosting(this WebApplicationBuilder builder)
    {
        RequireRuntime(AspNetCoreVersion());
        var section = builder.Configuration.GetSection("Hosting");
        builder.Services.Configure<HostingSettings>(section);
        builder.Services.AddHostedService<Drain>();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(30));
        builder.Host.UseDefaultServiceProvider(options => options.ValidateOnBuild = options.ValidateScopes = true);
        builder.Services.AddOptions<KestrelServerOptions>().Configure<IOptions<HostingSettings>>((kestrel, hosting) =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = hosting.Value.MaxRequestBodySize;
            kestrel.Limits.MaxConcurrentConnections = hosting.Value.MaxConnections;
            kestrel.Limits.MaxConcurrentUpgradedConnections = 0;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(60);
            kestrel.Limits.Http2.MaxStreamsPerConnection = 100;
        });
        AddLogging(builder);
    }

    /// <summary>The version of the ASP.NET Core that runs, which a newer SDK does not change.</summary>
    internal static Version AspNetCoreVersion()
    {
        var text = typeof(WebApplication).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        return Version.Parse(text.Split('+', '-')[0]);
    }

    /// <exception cref="InvalidOperationException">The runtime is older than the floor.</exception>
    internal static void RequireRuntime(Version version)
    {
        if (version < RuntimeFloor)
        {
            throw new InvalidOperationException($"ASP.NET Core {version} has known vulnerabilities: {RuntimeFloor} or later is required.");
        }
    }

    private static void AddLogging(WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        if (builder.Environment.IsDevelopment())
        {
            builder.Logging.AddSimpleConsole(console => (console.SingleLine, console.IncludeScopes) = (true, false));
        }
        else
        {
            builder.Logging.AddJsonConsole(console => (console.IncludeScopes, console.UseUtcTimestamp, console.TimestampFormat) = (false, true, "O"));
        }

        // Below the warning these write SQL, addresses or a line for each message; the framework's own lines quote query strings and bodies.
        foreach (var category in (string[])["Microsoft.AspNetCore", "Microsoft.EntityFrameworkCore", "MassTransit", "System.Net.Http.HttpClient", "Yarp"])
        {
            builder.Logging.AddFilter(category, LogLevel.Warning);
        }

        // Readiness is asked for several times a second while the platform starts; the answer is for the one who asked.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        builder.Logging.AddFilter("Yarp.ReverseProxy.Health", LogLevel.Error);
    }

    /// <summary>Keeps serving for a while after readiness was withdrawn. Runs before any hosted service, Kestrel among them, is asked to stop.</summary>
    private sealed class Drain(IOptions<HostingSettings> settings, IHostEnvironment environment, TimeProvider time) : IHostedLifecycleService
    {
        public Task StoppingAsync(CancellationToken cancellationToken)
        {
            var delay = settings.Value.DrainDelay ?? (environment.IsDevelopment() ? TimeSpan.Zero : TimeSpan.FromSeconds(5));
            return delay > TimeSpan.Zero ? Task.Delay(delay, time, cancellationToken) : Task.CompletedTask;
        }

        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
