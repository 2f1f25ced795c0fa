using System.ComponentModel.DataAnnotations;

namespace Soc.Partners.Clients;

/// <summary>Configuration section <c>Credentials</c>.</summary>
internal sealed class CredentialSettings
{
    /// <summary>The longest life of a client's key, in days, and its life where none is asked for.</summary>
    [Range(1, 365)]
    public int KeyDays { get; set; } = 365;

    /// <summary>The longest time for which two keys of a client overlap, in days, and the time where none is asked for.</summary>
    [Range(0, 14)]
    public int OverlapDays { get; set; } = 14;

    /// <summary>The life of a sandbox client's secret, in days.</summary>
    [Range(1, 30)]
    public int SecretDays { get; set; } = 30;

    /// <summary>The terms for a key, or null where what is asked for is out of bounds.</summary>
    public KeyTerms? TermsOf(DateTimeOffset? notBefore, DateTimeOffset? expires, int? overlapDays, DateTimeOffset now)
    {
        // A not-before in the past is now: the sender's clock may be behind.
        var from = notBefore is { } asked && asked > now ? asked : now;
        var until = expires ?? from.AddDays(KeyDays);
        return from <= now.AddDays(KeyDays) && until > from && until <= from.AddDays(KeyDays) && overlapDays is null or >= 0 && !(overlapDays > OverlapDays)
            ? new KeyTerms(from, until, TimeSpan.FromDays(overlapDays ?? OverlapDays))
            : null;
    }
}
