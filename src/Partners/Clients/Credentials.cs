namespace Soc.Partners.Clients;

/// <summary>What keys and secrets have in common.</summary>
internal static class Credentials
{
    private static readonly int[] WarningDays = [30, 7, 1];

    /// <summary>What an event calls a key or a certificate: the beginning of its thumbprint, enough for its owner to find it.</summary>
    public static string OpaqueId(string thumbprint) => thumbprint[..16];

    public static string OpaqueId(Guid secret) => secret.ToString("N");

    /// <summary>
    /// How many days before the end a warning is due: the nearest of 30, 7 and 1 that has been reached, is shorter than the credential's life and was not
    /// given before. What was missed is not made up for.
    /// </summary>
    public static int? WarningDue(DateTimeOffset from, DateTimeOffset until, int? warned, DateTimeOffset now)
    {
        var days = WarningDays.LastOrDefault(days => until - now <= TimeSpan.FromDays(days) && TimeSpan.FromDays(days) < until - from);
        return days > 0 && (warned is null || days < warned) && now < until ? days : null;
    }
}
