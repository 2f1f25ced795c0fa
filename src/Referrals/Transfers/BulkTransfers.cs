using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Npgsql;
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

/// <summary>How a bulk transfer stands. Before the receiving unit has accepted it no number of cases is told to anybody.</summary>
/// <param name="Moved">Cases that were given the agreed instant.</param>
/// <param name="Left">Cases that were left behind; null for the receiving unit, whose business they are not.</param>
/// <param name="AllowedActions">What this caller could do with it now.</param>
internal sealed record BulkTransferView(
    Guid Id, Guid FromUnit, Guid ToUnit, string Reason, string Status, DateTimeOffset EffectiveAt, long? Moved, long? Left, IEnumerable<string> AllowedActions);

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
        var problem = Fields.Refusal(
            Fields.OneOf("reason", request.Reason, ReferralVocabulary.Current.TransferReasons),
            ("toUnit", request.ToUnit is null || request.ToUnit == Guid.Empty ? ReferralsProblems.NotInList("toUnit")
                : request.ToUnit == caller.Organisation ? ReferralsProblems.TransferToSelf : null),
            ("effectiveAt", Referral.IsPossibleInstant(effective, now) ? null : ReferralsProblems.EffectiveInvalid));
        if (problem is not null)
        {
            return problem.ToResult();
        }

        await db.ActForAsync(caller, cancellation);
        if (await db.Set<BulkTransfer>().AnyAsync(each => each.FromUnit == caller.Organisation && (each.Status == "proposed" || each.Status == "running"), cancellation))
        {
            return ReferralsProblems.BulkTransferUnderWay.ToResult();
        }

        var bulk = new BulkTransfer
        {
            Id = Guid.CreateVersion7(now), FromUnit = caller.Organisation, ToUnit = request.ToUnit!.Value, Reason = request.Reason!,
            ProposedBy = caller.Actor, ProposedAt = now, EffectiveAt = effective, Status = "proposed",
        };
        db.Add(bulk);
        db.Add(AuditEntry.Of(caller, "bulk-transfer.propose", bulk.Id, [], AuditEntry.Done, now));
        try
        {
            await db.SaveChangesAsync(cancellation);
        }
        catch (DbUpdateException exception) when (exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return ReferralsProblems.BulkTransferUnderWay.ToResult(); // another was proposed at the same time
        }

        return Results.Created($"/referrals/v1/bulk-transfers/{bulk.Id}", await ViewAsync(db, caller, bulk, now, cancellation));
    }

    private static async Task<IResult> ReadAsync(string id, Caller caller, ReferralsDb db, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await db.BeginForAsync(caller, cancellation);
        var bulk = await FindAsync(db, caller, id, cancellation);
        await AuditAsync(db, caller, "bulk-transfer.read", bulk, clock, cancellation);
        var view = bulk is null ? null : await ViewAsync(db, caller, bulk, clock.Now(), cancellation);
        await transaction.CommitAsync(cancellation);
        return view is null ? ReferralsProblems.BulkTransferNotFound.ToResult() : Results.Ok(view);
    }

    /// <summary>What became of each case, for those who may know of the case at this moment; the receiving unit is not told of what was left.</summary>
    public static IQueryable<BulkTransferItem> LinesFor(ReferralsDb db, Caller caller, BulkTransfer bulk)
    {
        var known = Casework.VisibleTo(db, caller).Select(referral => referral.Id);
        return db.Set<BulkTransferItem>().Where(item => item.BulkTransferId == bulk.Id && known.Contains(item.ReferralId)
            && (bulk.FromUnit == caller.Organisation || (bulk.ToUnit == caller.Organisation && item.Outcome == BulkTransferRunner.Moved)));
    }

    private static async Task<IResult> ReportAsync(string id, string? cursor, Caller caller, ReferralsDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var last = Guid.Empty;
        if (cursor is not null && (Cursor.Parts(cursor) is not [var part] || !Guid.TryParseExact(part, "D", out last)))
        {
            return ReferralsProblems.CursorInvalid.ToResult();
        }

        await using var transaction = await db.BeginForAsync(caller, cancellation);
        var bulk = await FindAsync(db, caller, id, cancellation);
        await AuditAsync(db, caller, "bulk-transfer.report", bulk, clock, cancellation);
        var rows = bulk is null ? [] : await LinesFor(db, caller, bulk).AsNoTracking().Where(item => item.ReferralId > last)
            .OrderBy(item => item.ReferralId).Take(101).ToListAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return bulk is null ? ReferralsProblems.BulkTransferNotFound.ToResult() : Results.Ok(new BulkReportPage(
            [.. rows.Take(100).Select(item => new BulkReportItem(item.Reference, item.Outcome, item.At))], rows.Count > 100 ? Cursor.Of(rows[99].ReferralId) : null));
    }

    /// <summary>The receiving unit agrees for all cases at once. Asked again it answers again.</summary>
    private static async Task<IResult> AcceptAsync(
        string id, BulkAcceptanceRequest request, Caller caller, ReferralsDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var problem = TeamMember.Refusal(request.Team)
            ?? (ReferralPath.IsFor(ReferralVerb.ChangeTeam, TeamMember.Roles(request.Team).Select(member => member.Role)) ? null : ReferralsProblems.TeamNeedsALead);
        return problem?.ToResult() ?? await AnswerAsync(id, caller, db, clock, "bulk-transfer.accept", bulk => bulk.ToUnit, Lapsed, bulk =>
        {
            (bulk.Status, bulk.AcceptedBy, bulk.Team) = ("running", caller.Actor, JsonSerializer.Serialize(request.Team));
        }, cancellation);
    }

    private static Task<IResult> CancelAsync(string id, Caller caller, ReferralsDb db, TimeProvider clock, CancellationToken cancellation) =>
        AnswerAsync(id, caller, db, clock, "bulk-transfer.cancel", bulk => bulk.FromUnit, (_, _) => null, bulk => bulk.Status = "cancelled", cancellation);

    private static async Task<IResult> AnswerAsync(
        string id, Caller caller, ReferralsDb db, TimeProvider clock, string action, Func<BulkTransfer, Guid> unit, Func<BulkTransfer, DateTimeOffset, Problem?> refusal,
        Action<BulkTransfer> answer, CancellationToken cancellation)
    {
        await using var transaction = await db.BeginForAsync(caller, cancellation);
        if (Guid.TryParseExact(id, "D", out var bulkId))
        {
            await db.Database.ExecuteSqlAsync($"select from bulk_transfer where id = {bulkId} for update", cancellation);
        }

        var now = clock.Now();
        var bulk = await FindAsync(db, caller, id, cancellation);
        var problem = bulk is null || unit(bulk) != caller.Organisation ? ReferralsProblems.BulkTransferNotFound
            : bulk.Status != "proposed" ? ReferralsProblems.BulkTransferAnswered : refusal(bulk, now);
        if (problem is null)
        {
            answer(bulk!);
        }

        db.Add(AuditEntry.Of(caller, action, bulk?.Id ?? bulkId, [], problem?.Code ?? AuditEntry.Done, now));
        await db.SaveChangesAsync(cancellation);
        var view = problem is null ? await ViewAsync(db, caller, bulk!, now, cancellation) : null;
        await transaction.CommitAsync(cancellation);
        return problem?.ToResult() ?? Results.Ok(view);
    }

    private static async Task AuditAsync(ReferralsDb db, Caller caller, string action, BulkTransfer? bulk, TimeProvider clock, CancellationToken cancellation)
    {
        db.Add(AuditEntry.Of(caller, action, bulk?.Id ?? Guid.Empty, [], bulk is null ? ReferralsProblems.BulkTransferNotFound.Code : AuditEntry.Done, clock.Now()));
        await db.SaveChangesAsync(cancellation);
    }

    public static async Task<BulkTransfer?> FindAsync(ReferralsDb db, Caller caller, string id, CancellationToken cancellation) =>
        Guid.TryParseExact(id, "D", out var bulkId)
            ? await db.Set<BulkTransfer>().SingleOrDefaultAsync(
                bulk => bulk.Id == bulkId && (bulk.FromUnit == caller.Organisation || bulk.ToUnit == caller.Organisation), cancellation) : null;

    private static async Task<BulkTransferView> ViewAsync(ReferralsDb db, Caller caller, BulkTransfer bulk, DateTimeOffset now, CancellationToken cancellation)
    {
        await db.ActForAsync(caller, cancellation, WorkPurpose.Moving); // numbers of lines, also of those that show no reference to this caller
        var items = db.Set<BulkTransferItem>().Where(item => item.BulkTransferId == bulk.Id);
        var isAccepted = bulk.Status is "running" or "done";
        return new BulkTransferView(
            bulk.Id, bulk.FromUnit, bulk.ToUnit, bulk.Reason, bulk.Status, bulk.EffectiveAt,
            isAccepted ? await items.LongCountAsync(item => item.Outcome == BulkTransferRunner.Moved, cancellation) : null,
            isAccepted && caller.Organisation == bulk.FromUnit ? await items.LongCountAsync(item => item.Outcome != BulkTransferRunner.Moved, cancellation) : null,
            bulk.Status != "proposed" ? []
                : [.. bulk.ToUnit == caller.Organisation && Lapsed(bulk, now) is null ? ["acceptance"] : Array.Empty<string>(), .. bulk.FromUnit == caller.Organisation ? ["cancellation"] : Array.Empty<string>()]);
    }

    private static Problem? Lapsed(BulkTransfer bulk, DateTimeOffset now) => bulk.EffectiveAt < now ? ReferralsProblems.BulkTransferLapsed : null;
}
