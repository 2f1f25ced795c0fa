namespace Soc.ServiceDefaults;

/// <summary>Which process this is among those of the platform, so that one can tell what another is known to have read.</summary>
/// <param name="Name">The program's name and a number of this run's own.</param>
public sealed record PlatformProcess(string Name)
{
    /// <summary>The header by which a process says it on internal routes.</summary>
    public const string Header = "X-Platform-Process";
}
