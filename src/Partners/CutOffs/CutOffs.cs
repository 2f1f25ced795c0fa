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
/// A change leaves the cut-off at <see cref="Never"/>: every token is refused, whatever its iat, also one that was being issued from what was read before
/// the change was committed, however long the commit took. Only once it is committed is the cut-off dated, the second after that, by whoever made the change
/// or else by the token endpoint before the organisation's next token; while the organisation is suspended it is not dated at all. The token endpoint then
/// waits until the cut-off has passed, a second or two, so that no token that is good is refused. Both the cut-off and iat come from the database's
/// clock: the clocks of several replicas do not matter.
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
         insert into cut_off (organisation, not_before, undated) values ({organisation}, {Never}, false)
         on conflict (organisation) do update set not_before = excluded.not_before, undated = false
         """,
        cancellation);

    /// <summary>Refuses every token there is; of a suspended organisation that is so already, and stays so.</summary>
    public static Task CutOffUntilNowAsync(this PartnersDb db, Guid organisation, CancellationToken cancellation) => db.Database.ExecuteSqlAsync(
        $"""
         insert into cut_off (organisation, not_before, undated) values ({organisation}, {Never}, true)
         on conflict (organisation) do update set not_before = excluded.not_before, undated = cut_off.undated or cut_off.not_before <> excluded.not_before
         """,
        cancellation);

    public static Task EndSuspensionAsync(this PartnersDb db, Guid organisation, CancellationToken cancellation) => db.Database.ExecuteSqlAsync(
        $"update cut_off set undated = true where organisation = {organisation}", cancellation);

    /// <summary>Dates the cut-offs of changes that are committed. Not to be called within the transaction of a change.</summary>
    public static Task DateCutOffsAsync(this PartnersDb db, CancellationToken cancellation) => db.Database.ExecuteSqlAsync(
        $"""
         update cut_off set not_before = date_trunc('second', clock_timestamp()) + interval '1 second', undated = false
          where organisation in (select organisation from cut_off where undated order by organisation for update skip locked)
         """,
        cancellation);
}
