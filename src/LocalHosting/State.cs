using System.Text.Json;
using Aspire.Hosting;
using Microsoft.Extensions.Configuration;

namespace Soc.LocalHosting;

/// <summary>The folder in which an application keeps what must survive it: generated secrets and the servers' data.</summary>
internal sealed class State(string folder)
{
    private readonly string _file = Path.Combine(folder, "parameters.json");
    private readonly Lock _oneAtATime = new();

    public string Folder => folder;

    /// <summary>A generated parameter: the value of an earlier run, or a new one, kept where only this user can read it.</summary>
    public string GetOrGenerate(string name, Func<string> generate)
    {
        // Several resources ask at once when what they all waited for is ready.
        using var scope = _oneAtATime.EnterScope();
        var values = File.Exists(_file) ? JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(_file))! : [];
        if (!values.TryGetValue(name, out var value))
        {
            values[name] = value = generate();
            Directory.CreateDirectory(folder);
            var temporary = _file + ".new";
            File.Delete(temporary);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using (var stream = new FileStream(temporary, options))
            {
                JsonSerializer.Serialize(stream, values);
            }

            File.Move(temporary, _file, overwrite: true);
        }

        return value;
    }
}

/// <summary>Where the orchestrator and the dashboard are: both come with Aspire's command-line program.</summary>
internal sealed record AspireTools(string Dcp, string? Dashboard)
{
    /// <summary>Looks in the folder that <c>ASPIRE_CLI</c> names, or else in <c>.platform/tools</c> beside the solution.</summary>
    public static AspireTools Find(IConfiguration configuration, string root)
    {
        var folder = configuration["ASPIRE_CLI"] ?? Path.Combine(root, ".platform", "tools");
        var files = Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 8, AttributesToSkip = FileAttributes.ReparsePoint })
            : [];
        string? dcp = null, managed = null;
        foreach (var file in files.OrderBy(f => f, StringComparer.Ordinal))
        {
            dcp = Path.GetFileName(file) == "dcp" ? file : dcp;
            managed = Path.GetFileName(file) == "aspire-managed" ? file : managed;
        }

        return dcp is null
            ? throw new DistributedApplicationException($"Aspire's orchestrator (dcp) is not in {folder}: './platform up' installs it there, or name its folder in ASPIRE_CLI.")
            : new AspireTools(dcp, managed);
    }
}
