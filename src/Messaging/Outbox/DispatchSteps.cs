namespace Soc.Messaging.Outbox;

/// <summary>The steps between which a process can die. Tests stop a process of their own at one of them; nothing sets this elsewhere.</summary>
internal static class DispatchSteps
{
    public static Action<string>? Reached { get; set; }

    public static void Reach(string step) => Reached?.Invoke(step);
}
