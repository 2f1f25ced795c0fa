namespace Soc.Partners.CutOffs;

/// <summary>A process that reads the cut-offs, and the list that it is known to go by.</summary>
internal sealed class CutOffReader
{
    /// <summary>The process's name and a number of its own for each run.</summary>
    public string Process { get; init; } = "";

    /// <summary>The tag of the list that it named as its own when it last asked.</summary>
    public string? Applied { get; init; }

    public DateTimeOffset SeenAt { get; init; }
}
