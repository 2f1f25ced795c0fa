namespace Soc.Partners.RevocationOrders;

/// <summary>Why an organisation lost access, and what of that which it had received is therefore asked about.</summary>
internal sealed record RevocationCause
{
    private RevocationCause(string code) => Code = code;

    public string Code { get; }

    public Guid? Agreement { get; private init; }

    public Guid? SharingGroup { get; private init; }

    public string? Key { get; private init; }

    public static RevocationCause Suspension { get; } = new("suspension");

    public static RevocationCause Offboarding { get; } = new("offboarding");

    public static RevocationCause KeyRevoked(string client, string keyId) => new("key-revocation") { Key = $"{client}/{keyId}" };

    public static RevocationCause AgreementExpired(Guid agreement) => new("agreement-expiry") { Agreement = agreement };

    public static RevocationCause AgreementTerminated(Guid agreement) => new("agreement-termination") { Agreement = agreement };

    public static RevocationCause LeftSharingGroup(Guid group) => new("sharing-group-removal") { SharingGroup = group };
}
