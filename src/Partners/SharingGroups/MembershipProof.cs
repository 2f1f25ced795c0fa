using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Soc.Partners.SharingGroups;

/// <summary>
/// The membership that held when something was shared, in one spelling, so that anybody recomputes its hash with <c>sha256sum</c>. UTF-8, each line ended by one
/// line feed: the layout's name; <c>group</c>, <c>agreement</c> and <c>share</c> with their ids; <c>at</c> with the instant; then one line for each
/// member, sorted by id: <c>member</c>, its id, and since when. Ids are in lower case, instants in UTC to the microsecond.
/// </summary>
internal static class MembershipProof
{
    public static (string Text, string Hash) Of(SharingGroup group, Guid share, IEnumerable<Membership> members, DateTimeOffset at)
    {
        var text = new StringBuilder("soc-sharing-group-membership/1\n")
            .Append(CultureInfo.InvariantCulture, $"group {group.Id}\nagreement {group.AgreementId}\nshare {share}\nat {Instant(at)}\n");
        foreach (var member in members.OrderBy(each => each.OrganisationId.ToString(), StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"member {member.OrganisationId} {Instant(member.From)}\n");
        }

        var spelt = text.ToString();
        return (spelt, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(spelt))));
    }

    private static string Instant(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
