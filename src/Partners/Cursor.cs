using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Soc.Partners;

/// <summary>Opaque cursors: the place of a page's last item, in a form that clients have no reason to take apart.</summary>
internal static class Cursor
{
    /// <summary>The place of an item in a list that is ordered by an instant.</summary>
    public static string Of(DateTimeOffset at, Guid id) => Of(at.UtcTicks.ToString(CultureInfo.InvariantCulture), id);

    /// <summary>The place of an item in a list that is ordered by an instant and then by a number.</summary>
    public static string Of(DateTimeOffset at, long number) => Of(string.Create(CultureInfo.InvariantCulture, $"{at.UtcTicks}/{number}"), Guid.Empty);

    /// <summary>The place of an item in a list that is ordered by a text.</summary>
    public static string Of(string text, Guid id) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{id:N}{text}"));

    /// <summary>The place of an item in a list that is ordered by its id alone.</summary>
    public static string Of(Guid id) => Base64Url.EncodeToString(id.ToByteArray(bigEndian: true));

    /// <summary>The id after which the page begins; without a cursor, before all.</summary>
    public static bool TryParse(string? cursor, out Guid after)
    {
        after = Guid.Empty;
        Span<byte> bytes = stackalloc byte[16];
        if (cursor is null)
        {
            return true;
        }

        if (cursor.Length != 22 || !Base64Url.IsValid(cursor) || !Base64Url.TryDecodeFromChars(cursor, bytes, out _))
        {
            return false;
        }

        after = new Guid(bytes, bigEndian: true);
        return true;
    }

    public static bool TryParse(string cursor, out DateTimeOffset at, out Guid id)
    {
        at = default;
        if (!TryParse(cursor, out string text, out id) || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            || ticks > DateTime.MaxValue.Ticks)
        {
            return false;
        }

        at = new DateTimeOffset(ticks, TimeSpan.Zero);
        return true;
    }

    public static bool TryParse(string cursor, out DateTimeOffset at, out long number)
    {
        (at, number) = (default, 0);
        if (!TryParse(cursor, out string text, out _) || text.Split('/') is not [var instant, var second]
            || !long.TryParse(instant, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) || ticks > DateTime.MaxValue.Ticks
            || !long.TryParse(second, NumberStyles.None, CultureInfo.InvariantCulture, out number))
        {
            return false;
        }

        at = new DateTimeOffset(ticks, TimeSpan.Zero);
        return true;
    }

    public static bool TryParse(string cursor, out string text, out Guid id)
    {
        (text, id) = ("", default);
        if (cursor.Length > 2000 || !Base64Url.IsValid(cursor))
        {
            return false;
        }

        var place = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor));
        text = place.Length > 32 ? place[32..] : "";
        return place.Length > 32 && !place.Contains('\0', StringComparison.Ordinal) && Guid.TryParseExact(place[..32], "N", out id);
    }
}
