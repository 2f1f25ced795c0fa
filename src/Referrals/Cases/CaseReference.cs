using System.Security.Cryptography;

namespace Soc.Referrals.Cases;

/// <summary>
/// References that people read out to each other, such as <c>7QXC-H4MV-29GJ</c>: random, so they tell neither number nor date nor area; from twenty
/// signs that are not taken for one another and spell no words (those of Open Location Code). 20^12 of them: a collision is not to be expected.
/// </summary>
internal static class CaseReference
{
    private const string Signs = "23456789CFGHJMPQRVWX";

    public static string New()
    {
        var signs = RandomNumberGenerator.GetString(Signs, 12);
        return $"{signs[..4]}-{signs[4..8]}-{signs[8..]}";
    }
}
