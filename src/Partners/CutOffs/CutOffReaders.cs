using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Soc.Partners.Data;
using Soc.ServiceDefaults;

namespace Soc.Partners.CutOffs;

/// <summary>The evidence that a cut-off is in force everywhere: which process named which list as its own, when it asked for the next.</summary>
internal static class CutOffReaders
{
    /// <summary>Whoever has not asked for this long has ended.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Records what a process goes by: written on every poll while a revocation order waits for it, and otherwise only now and then, so that the process is known.
    /// </summary>
    public static async Task RecordReaderAsync(this PartnersDb db, string process, string? applied, CancellationToken cancellation)
    {
        try
        {
            await db.Database.ExecuteSqlAsync(
                $"""
                 insert into cut_off_reader (process, applied, seen_at)
                 select {process}, {applied}::text, clock_timestamp()
                  where exists (select from revocation_order where enforced_at is null)
                     or not exists (select from cut_off_reader where process = {process} and seen_at > clock_timestamp() - interval '30 seconds')
                 on conflict (process) do update set applied = excluded.applied, seen_at = excluded.seen_at
                 """, cancellation);
        }
        catch (DbException)
        {
            // The list matters more than the record of who has it: without the record an order waits until every older token has expired.
        }
    }

    public static Task ForgetReadersAsync(this PartnersDb db, DateTimeOffset now, CancellationToken cancellation) =>
        db.CutOffReaders.Where(reader => reader.SeenAt < now - Remembered).ExecuteDeleteAsync(cancellation);
}

/// <summary>The tag of the list that this process last read, and so goes by once it reads again.</summary>
internal sealed class AppliedCutOffs
{
    public string? Tag { get; set; }
}

/// <summary>How this service itself reads the cut-offs: from its own database, leaving the same evidence as the others do over HTTP.</summary>
internal sealed class OwnCutOffs(PartnersDb db, AppliedCutOffs applied, PlatformProcess process)
{
    public async Task<IReadOnlyList<CutOff>> ReadAsync(CancellationToken cancellation)
    {
        var list = await db.ReadCutOffsAsync(cancellation);
        await db.RecordReaderAsync(process.Name, applied.Tag, cancellation);
        applied.Tag = CutOffs.TagOf(list);
        return list;
    }
}
