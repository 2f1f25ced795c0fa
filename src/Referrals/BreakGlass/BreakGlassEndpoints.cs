using Microsoft.EntityFrameworkCore;
using Soc.Contracts;
using Soc.Contracts.Referrals;
using Soc.Messaging;
using Soc.Messaging.Idempotency;
using Soc.Referrals.Audit;
using Soc.Referrals.Cases;
using Soc.Referrals.Clocks;
using Soc.Referrals.Data;
using Soc.Referrals.Sealing;
using Soc.Referrals.Vocabulary;
using Soc.ServiceDefaults;

namespace Soc.Referrals.BreakGlass;

/// <summary>A class and not a record: a record's ToString would print the text.</summary>
internal sealed class BreakGlassRequest
{
    public required string? Reference { get; init; }

    public required string? Reason { get; init; }

    public required string? Text { get; init; }

    public bool ImmediateThreat { get; init; }
}

internal sealed record BreakGlassReview(string? Outcome);

/// <summary>An emergency access as its unit sees it; it does not say to which case.</summary>
internal sealed record EmergencyAccessView(
    Guid Id, string Status, string Reason, bool ImmediateThreat, string Requester, DateTimeOffset RequestedAt, string? ApprovedBy, DateTimeOffset? ExpiresAt,
    DateTimeOffset? ReviewDueAt, string? ReviewedBy, string? ReviewOutcome, int Reads);

internal sealed record EmergencyAccessList(IReadOnlyList<EmergencyAccessView> Items, int AwaitingReview, int ReviewOverdue);

internal static class BreakGlassEndpoints
{
    public static void MapBreakGlass(this WebApplication app)
    {
        var group = app.MapGroup("/referrals/v1/break-glass");
        ((IEndpointConventionBuilder)group).Finally(ReferralEndpoints.DoNotStore);
        group.MapPost("", RequestAsync).RequireAuthorization(Policies.CaseOfficers).RequireIdempotencyKey<ReferralsDb>();
        group.MapGet("", ListAsync).RequireAuthorization(Policies.EmergencyAccess);
        group.MapPost("/{id}/approval", ApproveAsync).RequireAuthorization(Policies.CaseOfficers);
        group.MapPost("/{id}/review", ReviewAsync).RequireAuthorization(Scopes.ReferralsPrivacy);
        group.MapGet("/{id}/referral", ReadReferral.InEmergencyAsync).RequireAuthorization(Policies.CaseOfficers);
    }

    private static async Task<IResult> RequestAsync(
        BreakGlassRequest request, Caller caller, ReferralsDb db, CaseKeys keys, TimeProvider clock, CancellationToken cancellation)
    {
        var problem = string.IsNullOrWhiteSpace(request.Reference) || request.Reference.Length > 40 || string.IsNullOrWhiteSpace(request.Text) ? ReferralsProblems.BreakGlassIncomplete
            : ReferralVocabulary.NotAllOf("reason", [request.Reason], ReferralVocabulary.Current.BreakGlassReasons) ?? TextLimit.Exceeded(("text", request.Text, 2_000));
        if (problem is not null)
        {
            return problem.ToResult();
        }

        var now = clock.Now();
        await db.ActForAsync(caller, cancellation, WorkPurpose.BreakGlassRequest);
        var reference = request.Reference!.Trim().ToUpperInvariant();
        var found = await db.Referrals.AsNoTracking().IgnoreAutoIncludes().Where(referral => referral.Reference == reference && referral.ResponsibleUnit == caller.Organisation)
            .Select(referral => new { referral.Id, referral.Region }).SingleOrDefaultAsync(cancellation);
        var id = Guid.CreateVersion7(now);
        using var key = keys.Create(id, out var row);
        var access = new EmergencyAccess
        {
            Id = id, Unit = caller.Organisation, ReferralId = found?.Id, Requester = caller.Actor, Reason = request.Reason!, ImmediateThreat = request.ImmediateThreat,
            RequestedAt = now, SealedText = key.Seal(EmergencyAccess.TextField, 1, request.Text!).Content, WrappedBy = row.WrappedBy, Wrapped = row.Wrapped,
        };
        db.Add(access);
        db.Add(AuditEntry.Of(caller, "break-glass.request", id, [EmergencyAccess.TextField], AuditEntry.Done, now));
        if (request.ImmediateThreat)
        {
            Activate(db, access, null, found?.Region, now);
        }

        await db.SaveChangesAsync(cancellation);
        return Results.Created($"/referrals/v1/break-glass/{id}", ViewOf(access, now));
    }

    private static async Task<IResult> ListAsync(Caller caller, ReferralsDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.Now();
        await using var transaction = await db.BeginForAsync(caller, cancellation);
        var accesses = db.Set<EmergencyAccess>().AsNoTracking().Where(access => access.Unit == caller.Organisation);
        var rows = await accesses.OrderByDescending(access => access.Id).Take(100).ToListAsync(cancellation);
        return Results.Ok(new EmergencyAccessList(
            [.. rows.Select(access => ViewOf(access, now))],
            await accesses.CountAsync(access => access.ActiveFrom != null && access.ReviewedAt == null, cancellation),
            await accesses.CountAsync(access => access.ReviewDueAt < now && access.ReviewedAt == null, cancellation)));
    }

    private static Task<IResult> ApproveAsync(string id, HttpContext http, Caller caller, ReferralsDb db, TimeProvider clock) =>
        ChangeAsync(id, http, caller, db, clock, "break-glass.approve", access => access.Requester == caller.Actor ? ReferralsProblems.BreakGlassNotIndependent
            : access.ActiveFrom is not null ? ReferralsProblems.BreakGlassDone : null,
            async (access, now) => Activate(db, access, caller.Actor, await db.Referrals.IgnoreAutoIncludes().Where(referral => referral.Id == access.ReferralId)
                .Select(referral => referral.Region).SingleOrDefaultAsync(http.RequestAborted), now));

    private static async Task<IResult> ReviewAsync(string id, BreakGlassReview request, HttpContext http, Caller caller, ReferralsDb db, TimeProvider clock) =>
        ReferralVocabulary.NotAllOf("outcome", [request.Outcome], ReferralVocabulary.Current.BreakGlassOutcomes)?.ToResult() ?? await ChangeAsync(
            id, http, caller, db, clock, "break-glass.review",
            access => access.ActiveFrom is null || access.ReviewedAt is not null ? ReferralsProblems.BreakGlassDone
                : access.Requester == caller.Actor || access.ApprovedBy == caller.Actor ? ReferralsProblems.BreakGlassNotIndependent : null,
            async (access, now) =>
            {
                access.Review(caller.Actor, request.Outcome!, now);
                var region = await db.Referrals.IgnoreAutoIncludes().Where(referral => referral.Id == access.ReferralId).Select(referral => referral.Region)
                    .SingleOrDefaultAsync(http.RequestAborted);
                if (region is not null)
                {
                    db.PublishFact(new BreakGlassReviewed(Guid.NewGuid(), region, request.Outcome!, StatisticalWeek.Of(now)));
                }
            });

    private static async Task<IResult> ChangeAsync(
        string id, HttpContext http, Caller caller, ReferralsDb db, TimeProvider clock, string action, Func<EmergencyAccess, Problem?> refusal,
        Func<EmergencyAccess, DateTimeOffset, Task> change)
    {
        var (now, cancellation) = (clock.Now(), http.RequestAborted);
        await using var transaction = await db.BeginForAsync(caller, cancellation, WorkPurpose.BreakGlassRequest);
        await db.Database.ExecuteSqlAsync($"select from break_glass where id::text = {id} for update", cancellation);
        var access = await FindAsync(db, caller, id, cancellation);
        var problem = access is null ? ReferralsProblems.BreakGlassNotFound : refusal(access);
        if (problem is null)
        {
            await change(access!, now);
        }

        if (access is not null)
        {
            db.Add(AuditEntry.Of(caller, action, access.Id, [], problem?.Code ?? AuditEntry.Done, now));
        }

        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return problem?.ToResult() ?? Results.Ok(ViewOf(access!, now));
    }

    public static async Task<EmergencyAccess?> FindAsync(ReferralsDb db, Caller caller, string id, CancellationToken cancellation) =>
        Guid.TryParseExact(id, "D", out var accessId)
            ? await db.Set<EmergencyAccess>().SingleOrDefaultAsync(access => access.Id == accessId && access.Unit == caller.Organisation, cancellation) : null;

    private static void Activate(ReferralsDb db, EmergencyAccess access, string? approvedBy, string? region, DateTimeOffset now)
    {
        access.Activate(approvedBy, WorkingDays.EndAfter(WorkingDays.EnglandAndWales, now, 1), now);
        if (region is not null)
        {
            db.PublishFact(new BreakGlassUsed(Guid.NewGuid(), region, approvedBy is null ? "immediate-threat" : "approved", StatisticalWeek.Of(now)));
        }
    }

    private static EmergencyAccessView ViewOf(EmergencyAccess access, DateTimeOffset now) => new(
        access.Id, access.StatusAt(now), access.Reason, access.ImmediateThreat, access.Requester, access.RequestedAt, access.ApprovedBy, access.ExpiresAt,
        access.ReviewDueAt, access.ReviewedBy, access.ReviewOutcome, access.Reads);
}
