using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Soc.Partners.Data;
using Soc.ServiceDefaults;

namespace Soc.Partners.CutOffs;

/// <summary>
/// Tokens of an organisation whose iat (whole seconds) is at or before its cut-off (whole seconds too) are refused everywhere. Call each of these within
/// the transaction of the change that it belongs to.
/// </summary>
/// <remarks>
/// While the organisation is suspended its cut-off is <see cref="Never"/>, so that a token which was being issued while the suspension was committed
/// is caught as well, whatever its iat. Otherwise it is the second after the change: that covers every token of the change's own second and those
/// that are being issued from what was read before the change was committed. The token endpoint waits with the organisation's next token until the
/// cut-off has passed, a second or two, so that none that is good is refused. Both the cut-off and iat come from the database's clock: the clocks of several replicas do not matter.
/// </remarks>
internal static class CutOffs
{
    /// <summary>Later than any token.</summary>
    public static readonly DateTimeOffset Never = new(9999, 12, 31, 0, 0, 0, TimeSpan.Zero);

    public static async Task<IReadOnlyList<CutOff>> ReadCutOffsAsync(this PartnersDb db, CancellationToken cancellation) =>
        await db.CutOffs.AsNoTracking().OrderBy(cutOff => cutOff.Organisation).ToListAsync(cancellation);

    /// <summary>The list as it is sent.</summary>
    public static byte[] Write(IReadOnlyList<CutOff> list) => JsonSerializer.SerializeToUtf8Bytes(list, JsonSerializerOptions.Web);

    /// <summary>The list's entity tag: equal lists have equal tags, whichever replica made them.</summary>
    public static string TagOf(IReadOnlyList<CutOff> list) => $"\"{Convert.ToHexStringLower(SHA256.HashData(Write(list)))}\"";

    public static Task CutOffWhileSuspendedAsync(this PartnersDb db, Guid organisation, CancellationToken cancellation) => db.Database.ExecuteSqlAsync(
        $"""
         insert into cut_off (organisation, not_before) values ({organisation}, {Never})
         on conflict (organisation) do update set not_before = excluded.not_before
         """,
        cancellation);

    public static Task CutOffUntilNowAsync(this PartnersDb db, Guid organisation, CancellationToken cancellation) => db.Database.ExecuteSqlAsync(
        $"""
         insert into cut_off (organisation, not_before) values ({organisation}, date_trunc('second', clock_timestamp()) + interval '1 second')
         on conflict (organisation) do update set not_before = greatest(cut_off.not_before, excluded.not_before)
         """,
        cancellation);

    public static Task EndSuspensionAsync(this PartnersDb db, Guid organisation, CancellationToken cancellation) => db.Database.ExecuteSqlAsync(
        $"update cut_off set not_before = date_trunc('second', clock_timestamp()) + interval '1 second' where organisation = {organisation}",
        cancellation);
}
