using System.Collections.Frozen;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;

namespace Soc.ServiceDefaults;

/// <summary>An organisation whose earlier tokens are no longer accepted: it was suspended, its agreement ended or its key was revoked.</summary>
/// <param name="Organisation">The organisation.</param>
/// <param name="NotBefore">Tokens issued at or before this instant are refused.</param>
public sealed record CutOff(Guid Organisation, DateTimeOffset NotBefore);

/// <summary>
/// Where a process reads the cut-offs from, about twice a second: Partners' internal list over HTTP, or in Partners itself its own database
/// (<see cref="CutOffExtensions.AddCutOffsFrom{TService}"/>).
/// </summary>
public abstract class CutOffSource
{
    /// <summary>Reads the whole list.</summary>
    /// <param name="cancellation">Ends when the process stops or the time for one read is over.</param>
    /// <returns>Every cut-off in force, or null when nothing changed since the last read.</returns>
    public abstract Task<IReadOnlyList<CutOff>?> ReadAsync(CancellationToken cancellation);
}

/// <summary>Registers where cut-offs come from.</summary>
public static class CutOffExtensions
{
    /// <summary>
    /// Reads the cut-offs from a scoped service, such as the DbContext of Partners, instead of over HTTP. Call it after AddServiceDefaults:
    /// <c>builder.Services.AddCutOffsFrom&lt;PartnersDb&gt;(async (db, cancellation) => await db.Organisations.Where(…).Select(o => new CutOff(…)).ToListAsync(cancellation));</c>
    /// </summary>
    /// <typeparam name="TService">The service to read from; resolved in a scope of its own for every read.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="read">Gives every cut-off in force.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddCutOffsFrom<TService>(
        this IServiceCollection services, Func<TService, CancellationToken, Task<IReadOnlyList<CutOff>>> read)
        where TService : notnull =>
        services.AddSingleton<CutOffSource>(provider => new ScopedCutOffSource<TService>(provider.GetRequiredService<IServiceScopeFactory>(), read));
}

/// <summary>The cut-offs as last read. Unknown until the first read, and then never empty again by accident: a failed read keeps the last good list.</summary>
internal sealed class CutOffList
{
    private volatile FrozenDictionary<Guid, DateTimeOffset>? current;

    public bool IsKnown => current is not null;

    public void Replace(IReadOnlyList<CutOff> cutOffs) => current = cutOffs
        .GroupBy(cutOff => cutOff.Organisation)
        .ToFrozenDictionary(group => group.Key, group => group.Max(cutOff => cutOff.NotBefore));

    /// <summary>Whether a token of the organisation issued at that instant is cut off.</summary>
    public bool Refuses(Guid organisation, DateTimeOffset issuedAt) =>
        current is not { } known || (known.TryGetValue(organisation, out var notBefore) && issuedAt <= notBefore);
}

/// <summary>Keeps <see cref="CutOffList"/> up to date: the time from a suspension to the refusal of its tokens is one interval and one read.</summary>
internal sealed partial class CutOffPoller(CutOffSource source, CutOffList list, TimeProvider time, ILogger<CutOffPoller> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Two polls a second in every process would drown the traces that people look for.
        using var untraced = SuppressInstrumentationScope.Begin();
        using var timer = new PeriodicTimer(Interval, time);
        var failing = false;
        try
        {
            do
            {
                failing = await ReadAsync(failing, stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The process stops.
        }
    }

    private async Task<bool> ReadAsync(bool wasFailing, CancellationToken stopping)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            limit.CancelAfter(Limit);
            if (await source.ReadAsync(limit.Token) is { } read)
            {
                list.Replace(read);
            }

            if (wasFailing)
            {
                LogRecovered();
            }

            return false;
        }
#pragma warning disable CA1031 // Whatever kept this read from succeeding, the next one is due.
        catch (Exception exception) when (!stopping.IsCancellationRequested)
#pragma warning restore CA1031
        {
            if (!wasFailing)
            {
                LogFailing(exception.GetType(), list.IsKnown);
            }

            return true;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The cut-offs cannot be read ({Type}). A last good list is in use: {HasList}")]
    private partial void LogFailing(Type type, bool hasList);

    [LoggerMessage(2, LogLevel.Information, "The cut-offs can be read again")]
    private partial void LogRecovered();
}

/// <summary>
/// Partners' list over HTTP, with the platform's key; an unchanged list costs a 304. The tag that it names is that of the list which is in force here, and
/// with the process's name it tells Partners who goes by which list.
/// </summary>
internal sealed class HttpCutOffSource(HttpClient http, IConfiguration configuration, PlatformProcess process) : CutOffSource
{
    private readonly Uri address = new(configuration["CutOffs:Uri"] ?? throw new InvalidOperationException("CutOffs:Uri is not configured."));
    private readonly string key = configuration["Platform:InternalKey"] ?? throw new InvalidOperationException("Platform:InternalKey is not configured.");
    private EntityTagHeaderValue? last;

    public override async Task<IReadOnlyList<CutOff>?> ReadAsync(CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Add(Policies.PlatformKeyHeader, key);
        request.Headers.Add(PlatformProcess.Header, process.Name);
        if (last is not null)
        {
            request.Headers.IfNoneMatch.Add(last);
        }

        using var response = await http.SendAsync(request, cancellation);
        if (response.StatusCode == HttpStatusCode.NotModified)
        {
            return null;
        }

        response.EnsureSuccessStatusCode();
        var read = await response.Content.ReadFromJsonAsync<List<CutOff>>(cancellation) ?? throw new InvalidOperationException("The list is null.");
        last = response.Headers.ETag;
        return read;
    }
}

internal sealed class ScopedCutOffSource<TService>(IServiceScopeFactory scopes, Func<TService, CancellationToken, Task<IReadOnlyList<CutOff>>> read)
    : CutOffSource
    where TService : notnull
{
    public override async Task<IReadOnlyList<CutOff>?> ReadAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await read(scope.ServiceProvider.GetRequiredService<TService>(), cancellation);
    }
}
