using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Audit;

/// <summary>
/// Who did or read what, on which case, which fields, when, and how it ended. Append-only: the service's role may insert and select, nothing else.
/// Holds no personal data, so it outlives the erasure of a case.
/// </summary>
internal sealed class AuditEntry
{
    /// <summary>The outcome of what was done as asked; every other outcome is the code of the problem that was answered.</summary>
    public const string Done = "done";

    private AuditEntry()
    {
    }

    /// <summary>Scan order for the tree to be laid over the entries; not part of what is hashed.</summary>
    public long Sequence { get; private init; }

    public Guid Id { get; private init; }

    /// <summary>To the microsecond, which is what the database keeps.</summary>
    public DateTimeOffset At { get; private init; }

    public string Actor { get; private init; } = "";

    public string ClientId { get; private init; } = "";

    public Guid Organisation { get; private init; }

    /// <summary>
    /// What was done: <c>referral.submit</c>, <c>referral.read</c>, or <c>referral.</c> and the verb, such as <c>referral.triage</c>; <c>worklist.read</c>,
    /// which is of no one case.
    /// </summary>
    public string Action { get; private init; } = "";

    public Guid ReferralId { get; private init; }

    /// <summary>The sealed fields that were read or written; for a page of the worklist, how many cases were on it.</summary>
    public string[] Fields { get; private init; } = [];

    public string Outcome { get; private init; } = "";

    /// <summary>The RFC 6962 leaf hash of the entry: SHA-256 of a zero byte and <see cref="CanonicalBytes"/>.</summary>
    public byte[] LeafHash { get; private set; } = [];

    public static AuditEntry Of(Caller caller, string action, Guid referralId, IEnumerable<string> fields, string outcome, DateTimeOffset now)
    {
        var entry = new AuditEntry
        {
            Id = Guid.CreateVersion7(now),
            At = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond)),
            Actor = caller.Actor,
            ClientId = caller.ClientId,
            Organisation = caller.Organisation,
            Action = action,
            ReferralId = referralId,
            Fields = [.. fields.Order(StringComparer.Ordinal)],
            Outcome = outcome,
        };
        entry.LeafHash = entry.ComputeLeafHash();
        return entry;
    }

    public byte[] ComputeLeafHash() => SHA256.HashData([0, .. CanonicalBytes()]);

    /// <summary>One spelling of the entry: a layout byte, then every member in this order, each with its length before it.</summary>
    public byte[] CanonicalBytes()
    {
        using var bytes = new MemoryStream();
        bytes.WriteByte(1);
        Append(bytes, Id.ToByteArray(bigEndian: true));
        Append(bytes, Number(At.ToUniversalTime().Ticks / TimeSpan.TicksPerMicrosecond));
        Append(bytes, Encoding.UTF8.GetBytes(Actor));
        Append(bytes, Encoding.UTF8.GetBytes(ClientId));
        Append(bytes, Organisation.ToByteArray(bigEndian: true));
        Append(bytes, Encoding.UTF8.GetBytes(Action));
        Append(bytes, ReferralId.ToByteArray(bigEndian: true));
        Append(bytes, Number(Fields.Length));
        foreach (var field in Fields)
        {
            Append(bytes, Encoding.UTF8.GetBytes(field));
        }

        Append(bytes, Encoding.UTF8.GetBytes(Outcome));
        return bytes.ToArray();
    }

    private static void Append(MemoryStream bytes, byte[] part)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
        bytes.Write(length);
        bytes.Write(part);
    }

    private static byte[] Number(long number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        return bytes;
    }
}
