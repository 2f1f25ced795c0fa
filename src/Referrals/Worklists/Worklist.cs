using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Soc.Contracts;
using Soc.Referrals.Audit;
using Soc.Referrals.Cases;
using Soc.Referrals.Clocks;
using Soc.Referrals.Data;
using Soc.Referrals.Team;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Worklists;

/// <summary>One case with something to do. Nothing of the person: the reference is enough to ask for the case, and that is audited.</summary>
internal sealed record WorklistItem(
    Guid Id, string Reference, string Band, string Status, DateTimeOffset SubmittedAt, long AgeMinutes, DateTimeOffset? OverdueSince, IEnumerable<WorklistClock> Clocks);

internal sealed record WorklistClock(string Clock, DateTimeOffset? DueAt, string State);

internal sealed record WorklistPage(IReadOnlyList<WorklistItem> Items, string? Next);

/// <summary>
/// What an officer has to do: the cases on whose team the officer is, in one role or all, and for triage officers those that wait for any of them. The most
/// pressing band first and within it the oldest first; on request only what is overdue, or will be soon.
/// </summary>
internal static class Worklist
{
    private const int DefaultLimit = 25;
    private const int MaximumLimit = 100;
    private const string Overdue = "overdue";
    private const string DueSoon = "due-soon";

    /// <summary>Those who see a case to its end.</summary>
    private static readonly CaseRole[] Leads = [CaseRole.TriageOfficer, CaseRole.CaseOfficer];

    public static async Task<IResult> HandleAsync(
        string? cursor, int? limit, Caller caller, ReferralsDb db, TimeProvider clock, CancellationToken cancellation, string? role = null, string? attention = null)
    {
        var take = limit ?? DefaultLimit;
        var (asked, known) = (default(CaseRole), role is null);
        known = known || (Codes.TryParse(role, out asked) && TeamMember.AllRoles.Contains(asked));
        (PriorityBand Band, DateTimeOffset SubmittedAt, Guid Id) after = default;
        var problem = take is < 1 or > MaximumLimit ? ReferralsProblems.LimitInvalid
            : !known ? ReferralsProblems.NotInList("role", TeamMember.AllRoles.Select(Codes.Of))
            : attention is not (null or Overdue or DueSoon) ? ReferralsProblems.NotInList("attention", Overdue, DueSoon)
            : cursor is not null && !TryParse(cursor, out after) ? ReferralsProblems.CursorInvalid : null;
        if (problem is not null)
        {
            return problem.ToResult();
        }

        await using var transaction = await db.BeginForAsync(caller, cancellation);
        CaseRole? wanted = role is null ? null : asked;
        var seesRights = caller.Scopes.Contains(CaseVerbs.ScopeOf(CaseRole.CaseOfficer)) && wanted is (null or CaseRole.CaseOfficer);
        var rows = await PageAsync(OnTeam(db, caller, wanted), seesRights);
        if (caller.Scopes.Contains(Scopes.ReferralsTriage) && wanted is (null or CaseRole.TriageOfficer))
        {
            rows = [.. rows.Concat(await PageAsync(Awaiting(db, caller))).Concat(await PageAsync(AwaitingAfterTransfer(db, caller)))
                .DistinctBy(row => row.Id).OrderBy(row => (row.Band, row.SubmittedAt)).ThenBy(row => row.Id, PostgresOrder).Take(take + 1)];
        }

        var now = clock.Now();
        var page = rows.Take(take).ToList();
        db.Add(AuditEntry.Of(caller, "worklist.read", Guid.Empty, [string.Create(CultureInfo.InvariantCulture, $"cases:{page.Count}")], AuditEntry.Done, now));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return Results.Ok(new WorklistPage(
            [.. page.Select(row => new WorklistItem(
                row.Id, row.Reference, Codes.Of(row.Band), Codes.Of(StatusOf(row, caller)), row.SubmittedAt, (long)(now - row.SubmittedAt).TotalMinutes, OverdueSince(row),
                (row.Clocks ?? []).Where(each => each.IsOpen).Select(each => new WorklistClock(Codes.Of(each.Kind), each.DueAt, Codes.Of(each.StateAt(now))))))],
            rows.Count > take ? Cursor.Of((short)page[^1].Band, page[^1].SubmittedAt.UtcTicks, page[^1].Id) : null));

        DateTimeOffset? OverdueSince(Row row) => seesRights && row.EntitlementDueAt < now && !(row.OverdueSince < row.EntitlementDueAt) ? row.EntitlementDueAt : row.OverdueSince;

        // Columns of the case itself and no more: what else belongs to it would be joined, each table as a whole.
        async Task<List<Row>> PageAsync(IQueryable<Referral> cases, bool withRights = false)
        {
            cases = attention switch
            {
                Overdue when withRights => cases.Where(referral => referral.OverdueSince != null || referral.EntitlementDueAt < DateTimeOffset.UtcNow),
                Overdue => cases.Where(referral => referral.OverdueSince != null),
                DueSoon => cases.Where(referral => referral.DueSoonSince != null),
                _ => cases,
            };
            cases = cursor is null ? cases : cases.Where(referral => EF.Functions.GreaterThan(
                ValueTuple.Create(referral.Band, referral.SubmittedAt, referral.Id), ValueTuple.Create(after.Band, after.SubmittedAt, after.Id)));
            return await cases.AsNoTracking().OrderBy(referral => referral.Band).ThenBy(referral => referral.SubmittedAt).ThenBy(referral => referral.Id).Take(take + 1)
                .Select(referral => new Row(
                    referral.Id, referral.Reference, referral.Band, referral.Status, referral.SubmittedAt, referral.OverdueSince, referral.EntitlementDueAt, referral.ReceivingUnit, referral.Clocks))
                .ToListAsync(cancellation);
        }
    }

    /// <summary>
    /// The officer's own cases, found from the memberships: as an array that is made first, so that the plan is driven by the officer's caseload and not by the
    /// number of cases there are. With a role, those whose next step is of that role; without one every case that is open, and for its leads what is still to
    /// be closed or retained.
    /// </summary>
    private static IQueryable<Referral> OnTeam(ReferralsDb db, Caller caller, CaseRole? role)
    {
        var roles = Enum.GetValues<CaseRole>().Where(each => role is null || each == role).Where(each => caller.Scopes.Contains(CaseVerbs.ScopeOf(each))).ToArray();
        ReferralStatus[] statuses = [.. role is { } one ? ReferralPath.Awaits(one) : ReferralPath.Open, .. role == CaseRole.TriageOfficer ? [ReferralStatus.Returned] : Array.Empty<ReferralStatus>()];
        ReferralStatus[] ofLeads = [.. ReferralPath.Ends, ReferralStatus.Closed];
        ReferralStatus[] beforeDecision = [ReferralStatus.InAssessment, ReferralStatus.DecisionPending];
        var (leads, codes) = (roles.Intersect(Leads).ToArray(), roles.Select(Codes.Of).ToArray());
        var (isCaseOfficer, isLead, awaitsTransferred) = (roles.Contains(CaseRole.CaseOfficer), leads.Length > 0, statuses.Contains(ReferralStatus.Active));
        return db.Referrals.FromSql(
            $"""
             select * from referral where id = any(array(
                 select referral_id from case_member where actor = {caller.Actor} and unit = {caller.Organisation} and until is null and role = any({codes})))
             """)
            .OfUnitNow(caller)
            .Where(referral => EF.Constant(statuses).Contains(referral.Status)
                || (awaitsTransferred && referral.Status == ReferralStatus.TransferAccepted && referral.EffectiveAt <= DateTimeOffset.UtcNow)
                || (role == null && EF.Constant(ofLeads).Contains(referral.Status) && referral.Members.Any(member =>
                    member.Unit == caller.Organisation && member.Actor == caller.Actor && member.Until == null && leads.Contains(member.Role)))
                || (isCaseOfficer && referral.EntitlementDueAt != null) // something of the person's rights is to be settled, or will be
                || (isLead && referral.Band == PriorityBand.Immediate && EF.Constant(beforeDecision).Contains(referral.Status) && !referral.InterimProtections.Any()));
    }

    /// <summary>What waits for any triage officer of the unit, in the order of its own index.</summary>
    private static IQueryable<Referral> Awaiting(ReferralsDb db, Caller caller) => db.Referrals.Where(referral =>
        referral.ResponsibleUnit == caller.Organisation && (referral.EffectiveAt == null || referral.EffectiveAt > DateTimeOffset.UtcNow)
        && EF.Constant(ReferralPath.AwaitingTriage).Contains(referral.Status));

    /// <summary>The same of what has come from another unit, from the effective instant until the transfer is written: few, and with an index of their own.</summary>
    private static IQueryable<Referral> AwaitingAfterTransfer(ReferralsDb db, Caller caller) => db.Referrals.Where(referral =>
        referral.ReceivingUnit == caller.Organisation && referral.EffectiveAt != null && referral.EffectiveAt <= DateTimeOffset.UtcNow
        && EF.Constant(ReferralPath.AwaitingTriage).Contains(referral.Status));

    /// <summary>The status as the new unit finds it from the effective instant on; it sees no case of an agreed transfer before.</summary>
    private static ReferralStatus StatusOf(Row row, Caller caller) =>
        row.Status == ReferralStatus.TransferAccepted && row.ReceivingUnit == caller.Organisation ? ReferralStatus.Active : row.Status;

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

    private sealed record Row(
        Guid Id, string Reference, PriorityBand Band, ReferralStatus Status, DateTimeOffset SubmittedAt, DateTimeOffset? OverdueSince, DateTimeOffset? EntitlementDueAt,
        Guid? ReceivingUnit, IReadOnlyList<CaseClock>? Clocks);
}
