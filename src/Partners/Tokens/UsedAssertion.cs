namespace Soc.Partners.Tokens;

/// <summary>A client assertion that has been accepted: its key makes a second use impossible, in whichever replica.</summary>
internal sealed class UsedAssertion
{
    public string ClientId { get; private init; } = "";

    public string Jti { get; private init; } = "";

    public DateTimeOffset ExpiresAt { get; private init; }
}
