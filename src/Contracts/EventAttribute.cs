namespace Soc.Contracts;

/// <summary>Marks a record as an integration event and gives it its name on the wire.</summary>
/// <param name="type">The contract name, <c>soc.&lt;service&gt;.&lt;entity&gt;.&lt;fact&gt;.v&lt;n&gt;</c>. It never changes once published; a breaking change is a new version beside it.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class EventAttribute(string type) : Attribute
{
    /// <summary>The contract name on the wire.</summary>
    public string Type { get; } = type;

    /// <summary>
    /// Whether two events of one aggregate may be linked. False for the statistical facts of Referrals: they carry no aggregate id
    /// or version, start a trace of their own and leave the service after a random delay.
    /// </summary>
    public bool Linkable { get; init; } = true;
}
