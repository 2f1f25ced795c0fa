using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Soc.Contracts;
using Soc.Messaging.Idempotency;
using Soc.Referrals.Audit;
using Soc.Referrals.Cases;
using Soc.Referrals.Data;
using Soc.Referrals.Team;
using Soc.Referrals.Vocabulary;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Transfers;

internal sealed record BulkTransferRequest(Guid? ToUnit, string? Reason, DateTimeOffset? EffectiveAt);

internal sealed record BulkAcceptanceRequest(IReadOnlyList<TeamMember>? Team);

/// <summary>How a bulk transfer stands.</summary>
/// <param name="Remaining">Cases that it has not come to yet; null for the receiving unit, which does not learn the other's load before it is moved.</param>
internal sealed record BulkTransferView(
    Guid Id, Guid FromUnit, Guid ToUnit, string Reason, string Status, DateTimeOffset EffectiveAt, long Moved, long Left, long? Remaining);

internal sealed record BulkReportItem(string Reference, string Outcome, DateTimeOffset At);

internal sealed record BulkReportPage(IReadOnlyList<BulkReportItem> Items, string? Next);

internal static class BulkTransfers
{
    public static void MapTransfers(this WebApplication app)
    {
        var group = app.MapGroup("/referrals/v1").RequireAuthorization(Scopes.ReferralsTransfer);
        ((IEndpointConventionBuilder)group).Finally(ReferralEndpoints.DoNotStore);
        group.MapGet("/transfers", TransferCase.ListAsync);
        group.MapPost("/bulk-transfers", ProposeAsync).RequireIdempotencyKey<ReferralsDb>();
        group.MapGet("/bulk-transfers/{id}", ReadAsync);
        group.MapGet("/bulk-transfers/{id}/report", ReportAsync);
        group.MapPost("/bulk-transfers/{id}/acceptance", AcceptAsync);
        group.MapPost("/bulk-transfers/{id}/cancellation", CancelAsync);
    }

    private static async Task<IResult> ProposeAsync(BulkTransferRequest request, Caller caller, ReferralsDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.Now();
        var effective = request.EffectiveAt?.ToUniversalTime() ?? default;
        var problem = ReferralVocabulary.NotAllOf("reason", [request.Reason], ReferralVocabulary.Current.TransferReasons)
            ?? (request.ToUnit is null || request.ToUnit == Guid.Empty ? ReferralsProblems.NotInList("toUnit")
                : request.ToUnit == caller.Organisation ? ReferralsProblems.TransferToSelf
                : effective < now || effective > now + TransferCase.Furthest ? ReferralsProblems.EffectiveInvalid : null);
        if (problem is not null)
        {
            return problem.ToResult();
        }

        await db.ActForAsync(caller, cancellation, WorkPurpose.Moving);
        var bulk = new BulkTransfer
        {
            Id = Guid.CreateVersion7(now), FromUnit = caller.Organisation, ToUnit = request.ToUnit!.Value, Reason = request.Reason!,
            ProposedBy = caller.Actor, ProposedAt = now, EffectiveAt = effective, Status = "proposed",
        };
        db.Add(bulk);
        db.Add(AuditEntry.Of(caller, "bulk-transfer.propose", bulk.Id, [], AuditEntry.Done, now));
        await db.SaveChangesAsync(cancellation);
        return Results.Created($"/referrals/v1/bulk-transfers/{bulk.Id}", await ViewAsync(db, caller, bulk, cancellation));
    }

    private static async Task<IResult> ReadAsync(string id, Caller caller, ReferralsDb db, CancellationToken cancellation)
    {
        await using var transaction = await db.BeginForAsync(caller, cancellation, WorkPurpose.Moving);
        return await FindAsync(db, caller, id, cancellation) is { } bulk
            ? Results.Ok(await ViewAsync(db, caller, bulk, cancellation)) : ReferralsProblems.BulkTransferNotFound.ToResult();
    }

    private static async Task<IResult> ReportAsync(string id, string? cursor, Caller caller, ReferralsDb db, CancellationToken cancellation)
    {
        var last = Guid.Empty;
        if (cursor is not null && (Cursor.Parts(cursor) is not [var part] || !Guid.TryParseExact(part, "D", out last)))
        {
            return ReferralsProblems.CursorInvalid.ToResult();
        }

        await using var transaction = await db.BeginForAsync(caller, cancellation, WorkPurpose.Moving);
        if (await FindAsync(db, caller, id, cancellation) is not { } bulk)
        {
            return ReferralsProblems.BulkTransferNotFound.ToResult();
        }

        var rows = await db.Set<BulkTransferItem>().AsNoTracking().Where(item => item.BulkTransferId == bulk.Id && item.ReferralId > last)
            .OrderBy(item => item.ReferralId).Take(101).ToListAsync(cancellation);
        return Results.Ok(new BulkReportPage(
            [.. rows.Take(100).Select(item => new BulkReportItem(item.Reference, item.Outcome, item.At))], rows.Count > 100 ? Cursor.Of(rows[99].ReferralId) : null));
    }

    /// <summary>The receiving unit agrees for all cases at once. Asked again it answers again.</summary>
    private static async Task<IResult> AcceptAsync(
        string id, BulkAcceptanceRequest request, Caller caller, ReferralsDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var problem = TeamMember.Refusal(request.Team)
            ?? (ReferralPath.IsFor(ReferralVerb.ChangeTeam, TeamMember.Roles(request.Team).Select(member => member.Role)) ? null : ReferralsProblems.TeamNeedsALead);
        return problem?.ToResult() ?? await AnswerAsync(id, caller, db, clock, "bulk-transfer.accept", bulk => bulk.ToUnit, bulk =>
        {
            (bulk.Status, bulk.AcceptedBy, bulk.Team) = ("running", caller.Actor, JsonSerializer.Serialize(request.Team));
        }, cancellation);
    }

    private static Task<IResult> CancelAsync(string id, Caller caller, ReferralsDb db, TimeProvider clock, CancellationToken cancellation) =>
        AnswerAsync(id, caller, db, clock, "bulk-transfer.cancel", bulk => bulk.FromUnit, bulk => bulk.Status = "cancelled", cancellation);

    private static async Task<IResult> AnswerAsync(
        string id, Caller caller, ReferralsDb db, TimeProvider clock, string action, Func<BulkTransfer, Guid> unit, Action<BulkTransfer> answer,
        CancellationToken cancellation)
    {
        await using var transaction = await db.BeginForAsync(caller, cancellation, WorkPurpose.Moving);
        await db.Database.ExecuteSqlAsync($"select from bulk_transfer where id::text = {id} for update", cancellation);
        var bulk = await FindAsync(db, caller, id, cancellation);
        var problem = bulk is null || unit(bulk) != caller.Organisation ? ReferralsProblems.BulkTransferNotFound
            : bulk.Status != "proposed" ? ReferralsProblems.BulkTransferAnswered : null;
        if (problem is not null)
        {
            return problem.ToResult();
        }

        answer(bulk!);
        db.Add(AuditEntry.Of(caller, action, bulk!.Id, [], AuditEntry.Done, clock.Now()));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        await using var after = await db.BeginForAsync(caller, cancellation, WorkPurpose.Moving);
        return Results.Ok(await ViewAsync(db, caller, bulk, cancellation));
    }

    private static async Task<BulkTransfer?> FindAsync(ReferralsDb db, Caller caller, string id, CancellationToken cancellation) =>
        Guid.TryParseExact(id, "D", out var bulkId)
            ? await db.Set<BulkTransfer>().SingleOrDefaultAsync(
                bulk => bulk.Id == bulkId && (bulk.FromUnit == caller.Organisation || bulk.ToUnit == caller.Organisation), cancellation) : null;

    private static async Task<BulkTransferView> ViewAsync(ReferralsDb db, Caller caller, BulkTransfer bulk, CancellationToken cancellation)
    {
        var items = db.Set<BulkTransferItem>().Where(item => item.BulkTransferId == bulk.Id);
        return new BulkTransferView(
            bulk.Id, bulk.FromUnit, bulk.ToUnit, bulk.Reason, bulk.Status, bulk.EffectiveAt,
            await items.LongCountAsync(item => item.Outcome == BulkTransferRunner.Moved, cancellation),
            await items.LongCountAsync(item => item.Outcome != BulkTransferRunner.Moved, cancellation),
            caller.Organisation == bulk.FromUnit ? await BulkTransferRunner.LoadOf(db, bulk).LongCountAsync(cancellation) : null);
    }
}
