using Microsoft.EntityFrameworkCore;
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
/// <param name="ETag">For If-Match of the answer, while the transfer is proposed.</param>
internal sealed record TransferItem(
    Guid Id, Guid ReferralId, string Reference, string Region, string Band, Guid FromUnit, Guid ToUnit, string Reason, string Status,
    DateTimeOffset ProposedAt, DateTimeOffset? EffectiveAt, string? RefusalReason, string? ETag);

internal sealed record TransferPage(IReadOnlyList<TransferItem> Items, string? Next);

/// <summary>Hands a case over to another unit in two phases: the one proposes, the other accepts from an instant on, or refuses.</summary>
internal static class TransferCase
{
    public static readonly TimeSpan Furthest = TimeSpan.FromDays(90);

    public static async Task<IResult> ProposeAsync(string id, TransferRequest request, HttpContext http, Caller caller, Casework casework, ReferralsDb db)
    {
        var problem = ReferralVocabulary.NotAllOf("reason", [request.Reason], ReferralVocabulary.Current.TransferReasons)
            ?? (request.ToUnit is null || request.ToUnit == Guid.Empty ? ReferralsProblems.NotInList("toUnit") : null);
        return problem?.ToResult() ?? await casework.ChangeAsync(
            http, caller, id, ReferralVerb.ProposeTransfer, [],
            (referral, now) => referral.ProposeTransfer(request.ToUnit!.Value, casework.Options.Clocks.For(ClockKind.TransferReply, referral.Band), now),
            (referral, now) => db.Add(Of(referral, request.ToUnit!.Value, request.Reason!, caller.Actor, now, "proposed")));
    }

    public static async Task<IResult> AcceptAsync(
        string id, AcceptanceRequest request, HttpContext http, Caller caller, Casework casework, ReferralsDb db, TimeProvider clock)
    {
        var now = clock.Now();
        var effective = request.EffectiveAt?.ToUniversalTime() ?? now;
        var problem = TeamMember.Refusal(request.Team) ?? (effective < now || effective > now + Furthest ? ReferralsProblems.EffectiveInvalid : null);
        return problem?.ToResult() ?? await casework.ChangeAsync(
            http, caller, id, ReferralVerb.AcceptTransfer, [],
            (referral, at) => referral.AcceptTransfer(effective, TeamMember.Roles(request.Team), caller.Actor, at),
            (referral, at) => Answer(db, referral, "accepted", caller.Actor, at, effectiveAt: effective));
    }

    public static async Task<IResult> RefuseAsync(string id, RefusalRequest request, HttpContext http, Caller caller, Casework casework, ReferralsDb db) =>
        ReferralVocabulary.NotAllOf("reason", [request.Reason], ReferralVocabulary.Current.TransferRefusalReasons)?.ToResult() ?? await casework.ChangeAsync(
            http, caller, id, ReferralVerb.RefuseTransfer, [], (referral, now) => referral.RefuseTransfer(now),
            (referral, now) => Answer(db, referral, "refused", caller.Actor, now, request.Reason));

    public static Task<IResult> CancelAsync(string id, HttpContext http, Caller caller, Casework casework, ReferralsDb db) =>
        casework.ChangeAsync(
            http, caller, id, ReferralVerb.CancelTransfer, [], (referral, now) => referral.CancelTransfer(now),
            (referral, now) => Answer(db, referral, "cancelled", caller.Actor, now));

    /// <summary>The unit's transfers in and out, the newest first.</summary>
    public static async Task<IResult> ListAsync(string? cursor, Caller caller, ReferralsDb db, CancellationToken cancellation)
    {
        Guid? after = cursor is null ? null : Cursor.Parts(cursor) is [var part] && Guid.TryParseExact(part, "D", out var last) ? last : Guid.Empty;
        if (after == Guid.Empty)
        {
            return ReferralsProblems.CursorInvalid.ToResult();
        }

        await using var transaction = await db.BeginForAsync(caller, cancellation, WorkPurpose.Receiving);
        var transfers = db.Set<Transfer>().AsNoTracking().Where(transfer => transfer.FromUnit == caller.Organisation || transfer.ToUnit == caller.Organisation);
        var rows = await (after is { } id ? transfers.Where(transfer => transfer.Id < id) : transfers).OrderByDescending(transfer => transfer.Id).Take(101)
            .Select(transfer => new
            {
                transfer,
                Version = db.Referrals.Where(referral => referral.Id == transfer.ReferralId && transfer.Status == "proposed" && transfer.ToUnit == caller.Organisation)
                    .Select(referral => (long?)referral.Version).FirstOrDefault(),
            }).ToListAsync(cancellation);
        return Results.Ok(new TransferPage(
            [.. rows.Take(100).Select(row => new TransferItem(
                row.transfer.Id, row.transfer.ReferralId, row.transfer.Reference, row.transfer.Region, row.transfer.Band, row.transfer.FromUnit, row.transfer.ToUnit,
                row.transfer.Reason, row.transfer.Status, row.transfer.ProposedAt, row.transfer.EffectiveAt, row.transfer.RefusalReason,
                row.Version is { } version ? $"\"{version}\"" : null))],
            rows.Count > 100 ? Cursor.Of(rows[99].transfer.Id) : null));
    }

    /// <summary>The record of a transfer of a case as it stands.</summary>
    public static Transfer Of(
        Referral referral, Guid toUnit, string reason, string by, DateTimeOffset now, string status, BulkTransfer? bulk = null) => new()
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
            EffectiveAt = bulk?.EffectiveAt,
        };

    private static void Answer(
        ReferralsDb db, Referral referral, string status, string by, DateTimeOffset now, string? reason = null, DateTimeOffset? effectiveAt = null)
    {
        var transfer = db.Set<Transfer>().Single(each => each.ReferralId == referral.Id && each.Status == "proposed");
        (transfer.Status, transfer.AnsweredBy, transfer.AnsweredAt, transfer.RefusalReason, transfer.EffectiveAt) = (status, by, now, reason, effectiveAt);
    }
}
