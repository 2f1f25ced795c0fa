namespace Soc.Messaging;

/// <summary>What a consumer throws when no retry can cure it: the message is parked at once under this reason.</summary>
/// <param name="reason">A code such as <c>unknown-organisation</c>: no input, no personal data; it is stored and counted.</param>
#pragma warning disable CA1032 // A reason is required: an exception without one could only be parked as "unknown".
public sealed class PermanentException(string reason) : Exception($"The message cannot be processed: {reason}")
#pragma warning restore CA1032
{
    /// <summary>The code.</summary>
    public string Reason { get; } = reason;
}
