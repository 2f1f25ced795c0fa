namespace Soc.Partners.Tokens;

/// <summary>What tokens say about their origin; the same configuration that every process trusts them by.</summary>
internal sealed record TokenSettings(string Issuer, string Audience)
{
    /// <summary>Reads them, or fails the start.</summary>
    public static TokenSettings From(IConfiguration configuration) => new(
        configuration["Authentication:Issuers:0:Issuer"] ?? throw new InvalidOperationException("Authentication:Issuers:0:Issuer is not configured."),
        configuration["Authentication:Audience"] ?? throw new InvalidOperationException("Authentication:Audience is not configured."));
}
