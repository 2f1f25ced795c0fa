using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Soc.Reporting.Reports;

/// <summary>A file that the pages refer to, embedded in the assembly.</summary>
internal sealed record PageAsset(string Name, string ContentType, byte[] Content)
{
    private static readonly PageAsset[] All = [Load("reports.css", "text/css; charset=utf-8"), Load("icon.svg", "image/svg+xml")];

    private readonly string hash = Convert.ToHexStringLower(SHA256.HashData(Content)[..8]);

    public EntityTagHeaderValue ETag => new($"\"{hash}\"");

    public static PageAsset? Find(string name) => Array.Find(All, asset => asset.Name == name);

    /// <summary>The address to refer to it by, which changes with its content.</summary>
    public static string Address(string name) => Find(name) is { } asset
        ? $"/reports/assets/{name}?v={asset.hash}"
        : throw new ArgumentException("There is no such asset.", nameof(name));

    private static PageAsset Load(string name, string contentType)
    {
        using var stream = typeof(PageAsset).Assembly.GetManifestResourceStream(name)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return new PageAsset(name, contentType, content);
    }
}
