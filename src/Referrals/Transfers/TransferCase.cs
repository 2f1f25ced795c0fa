using Microsoft.EntityFrameworkCore;
using Soc.Referrals.Audit;
using Soc.Referrals.Cases;
using Soc.Referrals.Clocks;
using Soc.Referrals.Data;
using Soc.Referrals.Team;
using Soc.Referrals.Vocabulary;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Transfers;

internal sealed record TransferRequest(Guid? ToUnit, string? Reason);

/// <param name="EffectiveAt">When the receiving unit becomes responsible; now, where it is left out.</param>
/// <param name="Team">Who of the receiving unit works on the case from then on.</param>
internal sealed record AcceptanceRequest(IReadOnlyList<TeamMember>? Team, DateTimeOffset? EffectiveAt = null);

internal sealed record RefusalRequest(string? Reason);

/// <summary>One transfer, as both of its units see it.</summary>
/// <param name="ETag">For If-Match of the receiving unit's answer, and of its cancellation before the instant.</param>
/// <param name="AllowedActions">What a coordinator of the receiving unit can do below the case now. The old unit reads that of the case itself.</param>
internal sealed record TransferItem(
    Guid Id, Guid ReferralId, string Reference, string Region, string Band, Guid FromUnit, Guid ToUnit, string Reason, string Status,
    DateTimeOffset ProposedAt, DateTimeOffset? EffectiveAt, string? RefusalReason, string? ETag, IEnumerable<string> AllowedActions);

internal sealed record TransferPage(IReadOnlyList<TransferItem> Items, string? Next);

/// <summary>Hands a case over to another unit in two phases: the one proposes, the other accepts from an instant on, or refuses.</summary>
internal static class TransferCase
{
    public static async Task<IResult> ProposeAsync(string id, TransferRequest request, HttpContext http, Caller caller, Casework casework, ReferralsDb db)
    {
        var problem = Fields.Refusal(
            Fields.OneOf("reason", request.Reason, ReferralVocabulary.Current.TransferReasons),
            ("toUnit", request.ToUnit is null || request.ToUnit == Guid.Empty ? ReferralsProblems.NotInList("toUnit") : null));
        return problem?.ToResult() ?? await casework.ChangeAsync(
            http, caller, id, ReferralVerb.ProposeTransfer, [],
            (referral, now) => referral.ProposeTransfer(request.ToUnit!.Value, casework.Options.Clocks.For(ClockKind.TransferReply, referral.Band), now),
            (referral, now) => db.Add(Of(referral, request.ToUnit!.Value, request.Reason!, caller.Actor, now, "proposed")));
    }

    public static async Task<IResult> AcceptAsync(
        string id, AcceptanceRequest request, HttpContext http, Caller caller, Casework casework, ReferralsDb db)
    {
        var asked = request.EffectiveAt?.ToUniversalTime();
        return TeamMember.Refusal(request.Team)?.ToResult() ?? await casework.ChangeAsync(
            http, caller, id, ReferralVerb.AcceptTransfer, [],
            (referral, now) => referral.AcceptTransfer(asked ?? now, TeamMember.Roles(request.Team), caller.Actor, now),
            (referral, now) => Answer(db, referral, "accepted", caller.Actor, now, effectiveAt: asked ?? now));
    }

    public static async Task<IResult> RefuseAsync(string id, RefusalRequest request, HttpContext http, Caller caller, Casework casework, ReferralsDb db) =>
        ReferralVocabulary.NotAllOf("reason", [request.Reason], ReferralVocabulary.Current.TransferRefusalReasons)?.ToResult() ?? await casework.ChangeAsync(
            http, caller, id, ReferralVerb.RefuseTransfer, [], (referral, now) => referral.RefuseTransfer(now),
            (referral, now) => Answer(db, referral, "refused", caller.Actor, now, request.Reason));

    /// <summary>Takes a proposal back, or once it has been accepted, by either unit, the transfer itself before its instant.</summary>
    public static Task<IResult> CancelAsync(string id, HttpContext http, Caller caller, Casework casework, ReferralsDb db) =>
        casework.ChangeAsync(
            http, caller, id, ReferralVerb.CancelTransfer, [], (referral, now) => referral.CancelTransfer(now),
            (referral, now) =>
            {
                var transfer = UnderWay(db, referral, now);
                (transfer.Status, transfer.CancelledBy, transfer.CancelledAt) = ("cancelled", caller.Actor, now);
            });

    /// <summary>
    /// The transfers that a coordinator may know of. Of the old unit who proposed it, and who is on the case's team there; of the receiving unit whoever answers,
    /// and of what was accepted there. One case of a bulk transfer is shown to nobody but the teams, of the receiving unit once it is theirs: both coordinators
    /// agreed on a load, and not on cases that they know. PostgreSQL's row security says the same once more.
    /// </summary>
    public static IQueryable<Transfer> VisibleTo(ReferralsDb db, Caller caller)
    {
        var onTeam = db.Database.SqlQuery<Guid>(
            $"select referral_id as \"Value\" from case_member where unit = {caller.Organisation} and actor = {caller.Actor} and until is null");
        return db.Set<Transfer>().Where(transfer =>
            (transfer.FromUnit == caller.Organisation
                && ((transfer.BulkTransferId == null && transfer.ProposedBy == caller.Actor) || onTeam.Contains(transfer.ReferralId)))
            || (transfer.ToUnit == caller.Organisation && (transfer.BulkTransferId == null
                ? transfer.Status == "proposed" || transfer.EffectiveAt != null
                : transfer.EffectiveAt <= DateTimeOffset.UtcNow && onTeam.Contains(transfer.ReferralId))));
    }

    /// <summary>The transfers in and out that the coordinator may know of, the newest first.</summary>
    public static async Task<IResult> ListAsync(string? cursor, Caller caller, ReferralsDb db, TimeProvider clock, CancellationToken cancellation)
    {
        Guid? after = cursor is null ? null : Cursor.Parts(cursor) is [var part] && Guid.TryParseExact(part, "D", out var last) ? last : Guid.Empty;
        if (after == Guid.Empty)
        {
            return ReferralsProblems.CursorInvalid.ToResult();
        }

        await using var transaction = await db.BeginForAsync(caller, cancellation, WorkPurpose.Receiving);
        var transfers = VisibleTo(db, caller).AsNoTracking();
        var rows = await (after is { } id ? transfers.Where(transfer => transfer.Id < id) : transfers).OrderByDescending(transfer => transfer.Id).Take(101)
            .Select(transfer => new
            {
                transfer,
                Version = Casework.ProposedTo(db, caller).Where(referral => referral.Id == transfer.ReferralId
                        && (transfer.Status == "proposed" || (transfer.Status == "accepted" && transfer.EffectiveAt > DateTimeOffset.UtcNow)) && transfer.ToUnit == caller.Organisation)
                    .Select(referral => (long?)referral.Version).FirstOrDefault(),
            }).ToListAsync(cancellation);
        db.Add(AuditEntry.Of(caller, "transfer.list", Guid.Empty, [], AuditEntry.Done, clock.Now()));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return Results.Ok(new TransferPage(
            [.. rows.Take(100).Select(row => new TransferItem(
                row.transfer.Id, row.transfer.ReferralId, row.transfer.Reference, row.transfer.Region, row.transfer.Band, row.transfer.FromUnit, row.transfer.ToUnit,
                row.transfer.Reason, row.transfer.Status, row.transfer.ProposedAt, row.transfer.EffectiveAt, row.transfer.RefusalReason,
                row.Version is { } version ? $"\"{version}\"" : null,
                (row.Version is null ? [] : row.transfer.Status == "proposed" ? (ReferralVerb[])[ReferralVerb.AcceptTransfer, ReferralVerb.RefuseTransfer] : [ReferralVerb.CancelTransfer])
                    .Select(CaseVerbs.PathOf)))],
            rows.Count > 100 ? Cursor.Of(rows[99].transfer.Id) : null));
    }

    /// <summary>The record of a transfer of a case as it stands.</summary>
    public static Transfer Of(
        Referral referral, Guid toUnit, string reason, string by, DateTimeOffset now, string status, BulkTransfer? bulk = null, DateTimeOffset? effectiveAt = null) => new()
        {
            Id = Guid.CreateVersion7(now),
            ReferralId = referral.Id,
            Reference = referral.Reference,
            Region = referral.Region,
            Band = Codes.Of(referral.Band),
            FromUnit = referral.ResponsibleUnit,
            ToUnit = toUnit,
            Reason = reason,
            ProposedBy = by,
            ProposedAt = now,
            Status = status,
            BulkTransferId = bulk?.Id,
            AnsweredBy = bulk?.AcceptedBy,
            AnsweredAt = bulk is null ? null : now,
            EffectiveAt = effectiveAt,
        };

    private static void Answer(
        ReferralsDb db, Referral referral, string status, string by, DateTimeOffset now, string? reason = null, DateTimeOffset? effectiveAt = null)
    {
        var transfer = UnderWay(db, referral, now);
        (transfer.Status, transfer.AnsweredBy, transfer.AnsweredAt, transfer.RefusalReason, transfer.EffectiveAt) = (status, by, now, reason, effectiveAt);
    }

    /// <summary>The transfer that the case is in: proposed, or accepted with an instant that is still to come. Those of before are left as they ended.</summary>
    private static Transfer UnderWay(ReferralsDb db, Referral referral, DateTimeOffset now) => db.Set<Transfer>().Single(each =>
        each.ReferralId == referral.Id && (each.Status == "proposed" || (each.Status == "accepted" && each.EffectiveAt > now)));
}
