using Soc.Referrals.Audit;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Tests.Rules;

public sealed class AuditEntryTests
{
    private static readonly DateTimeOffset Now = new DateTimeOffset(2026, 11, 22, 9, 0, 0, TimeSpan.Zero).AddTicks(7);
    private static readonly Guid Case = Guid.CreateVersion7();

    [Fact]
    public void Every_part_of_what_happened_is_in_the_hash()
    {
        var caller = new Caller(A.Unit, "client", "actor", new HashSet<string>());
        byte[][] bytes =
        [
            .. new[]
            {
                AuditEntry.Of(caller, "referral.read", Case, ["a"], "done", Now),
                AuditEntry.Of(caller with { Actor = "x" }, "referral.read", Case, ["a"], "done", Now),
                AuditEntry.Of(caller with { ClientId = "x" }, "referral.read", Case, ["a"], "done", Now),
                AuditEntry.Of(caller with { Organisation = A.Trust }, "referral.read", Case, ["a"], "done", Now),
                AuditEntry.Of(caller, "referral.triage", Case, ["a"], "done", Now),
                AuditEntry.Of(caller, "referral.read", Guid.CreateVersion7(), ["a"], "done", Now),
                AuditEntry.Of(caller, "referral.read", Case, ["a", "b"], "done", Now),
                AuditEntry.Of(caller, "referral.read", Case, ["ab"], "done", Now),
                AuditEntry.Of(caller, "referral.read", Case, ["a"], "refused", Now),
                AuditEntry.Of(caller, "referral.read", Case, ["a"], "done", Now.AddMicroseconds(1)),
            }.Select(entry => entry.CanonicalBytes()[21..]), // without the layout byte and the entry's own id
        ];

        Assert.Equal(bytes.Length, bytes.Select(Convert.ToHexString).Distinct().Count());
    }

    [Fact]
    public void The_order_in_which_fields_are_named_does_not_matter_and_time_is_what_the_database_keeps()
    {
        var caller = new Caller(A.Unit, "client", "actor", new HashSet<string>());

        var entry = AuditEntry.Of(caller, "referral.read", Case, ["b", "a"], "done", Now);

        Assert.Equal(["a", "b"], entry.Fields);
        Assert.Equal(0, entry.At.Ticks % TimeSpan.TicksPerMicrosecond);
        Assert.Equal(entry.LeafHash, entry.ComputeLeafHash());
    }
}
