using Soc.ServiceDefaults;

namespace Soc.Partners;

/// <summary>What an aggregate answers to a verb: the event that tells of the change it made, or the refusal that left it as it was.</summary>
internal readonly struct Decision<TEvent>
    where TEvent : class
{
    public TEvent? Event { get; private init; }

    public Problem? Refusal { get; private init; }

    public static implicit operator Decision<TEvent>(TEvent changed) => new() { Event = changed };

    public static implicit operator Decision<TEvent>(Problem refusal) => new() { Refusal = refusal };
}
