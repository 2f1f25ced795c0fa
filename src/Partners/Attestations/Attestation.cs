namespace Soc.Partners.Attestations;

/// <summary>What an organisation attested to. Never changed or deleted.</summary>
internal sealed class Attestation
{
    public required Guid Id { get; init; }

    public required Guid OrganisationId { get; init; }

    /// <summary>Such as <c>2026-Q4</c>.</summary>
    public required string Quarter { get; init; }

    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>The client that made it, or <c>migrate</c> for the operator's sample data.</summary>
    public required string ClientId { get; init; }

    /// <summary>The pseudonymous actor.</summary>
    public required string Actor { get; init; }

    /// <summary>In which role, a code of the closed list; never a name.</summary>
    public required string Role { get; init; }

    /// <summary>The <see cref="AttestationStatement"/> as it was seen, as JSON.</summary>
    public required string Statement { get; init; }
}
