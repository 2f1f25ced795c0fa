using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Soc.Referrals.Cases;

/// <summary>Opaque cursors: what the last item's place was, in a form that clients have no reason to take apart.</summary>
internal static class Cursor
{
    public static string Of(params IEnumerable<object> parts) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Join('/', parts.Select(part => Convert.ToString(part, CultureInfo.InvariantCulture)))));

    /// <summary>The parts of a cursor; none where it is not one of ours.</summary>
    public static string[] Parts(string cursor) =>
        cursor.Length <= 200 && Base64Url.IsValid(cursor) ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)).Split('/') : [];
}
