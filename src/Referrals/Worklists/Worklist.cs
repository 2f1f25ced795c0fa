using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Soc.Contracts;
using Soc.Referrals.Cases;
using Soc.Referrals.Data;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Worklists;

/// <summary>One case with something to do. Nothing of the person: the reference is enough to ask for the case, and that is audited.</summary>
internal sealed record WorklistItem(
    Guid Id, string Reference, string Band, string Status, DateTimeOffset SubmittedAt, long AgeMinutes, DateTimeOffset? OverdueSince, IEnumerable<WorklistClock> Clocks);

internal sealed record WorklistClock(string Clock, DateTimeOffset? DueAt, string State);

internal sealed record WorklistPage(IReadOnlyList<WorklistItem> Items, string? Next);

/// <summary>
/// What an officer has to do: the cases on whose team the officer is, in one role or all, and for triage officers those that wait for any of them. The most
/// pressing band first and within it the oldest first; on request only what is overdue.
/// </summary>
internal static class Worklist
{
    private const int DefaultLimit = 25;
    private const int MaximumLimit = 100;

    /// <summary>In which statuses a role has something to do.</summary>
    private static ReferralStatus[] StatusesOf(CaseRole? role) => role switch
    {
        null => ReferralPath.Open,
        CaseRole.TriageOfficer => [.. ReferralPath.AwaitingTriage, ReferralStatus.InterimProtection],
        CaseRole.RiskAssessor => [ReferralStatus.InAssessment],
        CaseRole.AuthorisingOfficer => [ReferralStatus.DecisionPending],
        CaseRole.CaseOfficer => [ReferralStatus.Accepted, ReferralStatus.Active, ReferralStatus.ExitPlanned],
        CaseRole.ReviewOfficer => [ReferralStatus.Active, ReferralStatus.InReview],
        _ => [ReferralStatus.TransferProposed, ReferralStatus.TransferAccepted],
    };

    public static async Task<IResult> HandleAsync(
        string? cursor, int? limit, Caller caller, ReferralsDb db, TimeProvider clock, CancellationToken cancellation, string? role = null, bool overdue = false)
    {
        var take = limit ?? DefaultLimit;
        var (asked, known) = (default(CaseRole), role is null);
        known = known || (Codes.TryParse(role, out asked) && asked is not (CaseRole.Referrer or CaseRole.ReceivingCoordinator));
        (PriorityBand Band, DateTimeOffset SubmittedAt, Guid Id) after = default;
        var problem = take is < 1 or > MaximumLimit ? ReferralsProblems.LimitInvalid
            : !known ? ReferralsProblems.NotInList("role")
            : cursor is not null && !TryParse(cursor, out after) ? ReferralsProblems.CursorInvalid : null;
        if (problem is not null)
        {
            return problem.ToResult();
        }

        await using var transaction = await db.BeginForAsync(caller, cancellation);
        CaseRole? wanted = role is null ? null : asked;
        var rows = await PageAsync(OnTeam(db, caller, wanted));
        if (caller.Scopes.Contains(Scopes.ReferralsTriage) && wanted is (null or CaseRole.TriageOfficer))
        {
            rows = [.. rows.Concat(await PageAsync(Awaiting(db, caller))).DistinctBy(row => row.Id).OrderBy(row => (row.Band, row.SubmittedAt)).ThenBy(row => row.Id, PostgresOrder).Take(take + 1)];
        }

        var now = clock.Now();
        return Results.Ok(new WorklistPage(
            [.. rows.Take(take).Select(row => new WorklistItem(
                row.Id, row.Reference, Codes.Of(row.Band), Codes.Of(row.Status), row.SubmittedAt, (long)(now - row.SubmittedAt).TotalMinutes, row.OverdueSince,
                row.Clocks.Where(each => each.IsOpen).Select(each => new WorklistClock(Codes.Of(each.Kind), each.DueAt, Codes.Of(each.StateAt(now))))))],
            rows.Count > take ? Cursor.Of((short)rows[take - 1].Band, rows[take - 1].SubmittedAt.UtcTicks, rows[take - 1].Id) : null));

        async Task<List<Referral>> PageAsync(IQueryable<Referral> cases)
        {
            cases = overdue ? cases.Where(referral => referral.OverdueSince != null) : cases;
            cases = cursor is null ? cases : cases.Where(referral => EF.Functions.GreaterThan(
                ValueTuple.Create(referral.Band, referral.SubmittedAt, referral.Id), ValueTuple.Create(after.Band, after.SubmittedAt, after.Id)));
            return await cases.AsNoTracking().IgnoreAutoIncludes().OrderBy(referral => referral.Band).ThenBy(referral => referral.SubmittedAt).ThenBy(referral => referral.Id)
                .Take(take + 1).ToListAsync(cancellation);
        }
    }

    /// <summary>
    /// The officer's own cases, found from the memberships: as an array that is made first, so that the plan is driven by the officer's caseload and not by the
    /// number of cases there are.
    /// </summary>
    private static IQueryable<Referral> OnTeam(ReferralsDb db, Caller caller, CaseRole? role)
    {
        var roles = Enum.GetValues<CaseRole>().Where(each => role is null || each == role).Where(each => caller.Scopes.Contains(CaseVerbs.ScopeOf(each))).Select(Codes.Of).ToArray();
        var statuses = StatusesOf(role);
        return db.Referrals.FromSql(
            $"""
             select * from referral where id = any(array(
                 select referral_id from case_member where actor = {caller.Actor} and unit = {caller.Organisation} and until is null and role = any({roles})))
             """).Where(referral => referral.ResponsibleUnit == caller.Organisation && EF.Constant(statuses).Contains(referral.Status));
    }

    /// <summary>What waits for any triage officer of the unit, in the order of its own index.</summary>
    private static IQueryable<Referral> Awaiting(ReferralsDb db, Caller caller) => db.Referrals.Where(referral =>
        referral.ResponsibleUnit == caller.Organisation && EF.Constant(ReferralPath.AwaitingTriage).Contains(referral.Status));

    /// <summary>Compares ids as PostgreSQL does, byte by byte from the left.</summary>
    private static readonly Comparer<Guid> PostgresOrder = Comparer<Guid>.Create((one, other) =>
        one.ToByteArray(bigEndian: true).AsSpan().SequenceCompareTo(other.ToByteArray(bigEndian: true)));

    private static bool TryParse(string cursor, out (PriorityBand Band, DateTimeOffset SubmittedAt, Guid Id) after)
    {
        after = default;
        if (Cursor.Parts(cursor) is not [var band, var ticks, var id]
            || !short.TryParse(band, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || !long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at) || at > DateTime.MaxValue.Ticks
            || !Guid.TryParseExact(id, "D", out var last))
        {
            return false;
        }

        after = ((PriorityBand)number, new DateTimeOffset(at, TimeSpan.Zero), last);
        return true;
    }
}
