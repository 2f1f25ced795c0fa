using System.ComponentModel.DataAnnotations;

namespace Soc.ServiceDefaults;

/// <summary>Configuration section <c>Authentication</c>: whose access tokens are accepted.</summary>
internal sealed class AuthenticationSettings
{
    /// <summary>The audience that a token must name.</summary>
    [Required]
    public string Audience { get; set; } = "";

    /// <summary>The issuers trusted, by exact name. The first is the Partners service; others may be an identity provider for staff.</summary>
    [MinLength(1)]
    public IList<IssuerSettings> Issuers { get; set; } = [];

    /// <summary>
    /// How often the issuers' keys are read ahead of their use. Many times within the ten minutes for which Partners publishes a key before it signs, so that no request ever
    /// waits for a new key, or fails because it cannot be read at that moment.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:05:00")]
    public TimeSpan KeysReadEvery { get; set; } = TimeSpan.FromMinutes(1);

    public bool IsComplete => Issuers.All(issuer => issuer.Issuer.Length > 0 && issuer.JwksUri is { IsAbsoluteUri: true })
        && Issuers.DistinctBy(issuer => issuer.Issuer, StringComparer.Ordinal).Count() == Issuers.Count;
}

/// <summary>One trusted issuer. The claim names say where an identity provider other than Partners puts what the platform needs.</summary>
internal sealed class IssuerSettings
{
    public string Issuer { get; set; } = "";

    public Uri? JwksUri { get; set; }

    public string TokenType { get; set; } = "at+jwt";

    public string OrganisationClaim { get; set; } = "org";

    public string ClientClaim { get; set; } = "client_id";

    public string ScopeClaim { get; set; } = "scope";
}
