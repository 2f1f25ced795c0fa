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

/// <summary>
/// An emergency access with why it was asked for: what a second officer approves by, and what a privacy reviewer judges by. A class and not a record: a
/// record's ToString would print the text.
/// </summary>
internal sealed class EmergencyAccessDetail(EmergencyAccessView access, string text, EmergencyAccessUse? use)
{
    public EmergencyAccessView Access => access;

    public string Text => text;

    /// <summary>For the privacy reviewer alone: to an officer it would say whether there is such a case.</summary>
    public EmergencyAccessUse? Use => use;
}

/// <param name="ReferenceAsked">The reference as it was asked for.</param>
/// <param name="CaseFound">Whether the unit had such a case then.</param>
/// <param name="Reads">How often it was read.</param>
internal sealed record EmergencyAccessUse(string? ReferenceAsked, bool CaseFound, int Reads);

/// <summary>An emergency access as its unit sees it; it does not say to which case, nor whether there is one.</summary>
internal sealed record EmergencyAccessView(
    Guid Id, string Status, string Reason, bool ImmediateThreat, string Requester, DateTimeOffset RequestedAt, string? ApprovedBy, DateTimeOffset? ExpiresAt,
    DateTimeOffset? ReviewDueAt, string? ReviewedBy, string? ReviewOutcome, IEnumerable<string> AllowedActions);

internal sealed record EmergencyAccessList(IReadOnlyList<EmergencyAccessView> Items, int AwaitingReview, int ReviewOverdue);

internal static class BreakGlassEndpoints
{
    public static void MapBreakGlass(this WebApplication app)
    {
        var group = app.MapGroup("/referrals/v1/break-glass");
        ((IEndpointConventionBuilder)group).Finally(ReferralEndpoints.DoNotStore);
        group.MapPost("", RequestAsync).RequireAuthorization(Policies.CaseOfficers).RequireIdempotencyKey<ReferralsDb>();
        group.MapGet("", ListAsync).RequireAuthorization(Policies.EmergencyAccess);
        group.MapGet("/{id}", ShowAsync).RequireAuthorization(Policies.EmergencyAccess);
        group.MapPost("/{id}/approval", ApproveAsync).RequireAuthorization(Policies.CaseOfficers);
        group.MapPost("/{id}/review", ReviewAsync).RequireAuthorization(Scopes.ReferralsPrivacy);
        group.MapGet("/{id}/referral", ReadReferral.InEmergencyAsync).RequireAuthorization(Policies.CaseOfficers);
    }

    private static async Task<IResult> RequestAsync(
        BreakGlassRequest request, Caller caller, ReferralsDb db, CaseKeys keys, BreakGlassMetrics metrics, TimeProvider clock, CancellationToken cancellation)
    {
        var problem = Fields.Refusal(
            [
                ("reference", string.IsNullOrWhiteSpace(request.Reference) || request.Reference.Length > 40 || request.Reference.Any(char.IsControl) ? ReferralsProblems.BreakGlassIncomplete : null),
                ("text", string.IsNullOrWhiteSpace(request.Text) ? ReferralsProblems.BreakGlassIncomplete : null),
                Fields.OneOf("reason", request.Reason, ReferralVocabulary.Current.BreakGlassReasons), .. TextLimit.Of("break-glass", ("text", request.Text)),
            ]);
        if (problem is not null)
        {
            return problem.ToResult();
        }

        var now = clock.Now();
        await db.ActForAsync(caller, cancellation, WorkPurpose.BreakGlassRequest);
        var reference = request.Reference!.Trim().ToUpperInvariant();
        var found = await db.Referrals.OfUnitNow(caller).AsNoTracking().IgnoreAutoIncludes().Where(referral => referral.Reference == reference)
            .Select(referral => new { referral.Id, referral.Region }).SingleOrDefaultAsync(cancellation);
        var id = Guid.CreateVersion7(now);
        using var key = keys.Create(id, out var row);
        var access = new EmergencyAccess
        {
            Id = id, Unit = caller.Organisation, ReferralId = found?.Id, Region = found?.Region, Requester = caller.Actor, Reason = request.Reason!, ImmediateThreat = request.ImmediateThreat,
            RequestedAt = now, SealedText = key.Seal(EmergencyAccess.TextField, 1, request.Text!).Content, SealedReference = key.Seal(EmergencyAccess.ReferenceField, 1, reference).Content,
            WrappedBy = row.WrappedBy, Wrapped = row.Wrapped,
        };
        db.Add(access);
        db.Add(AuditEntry.Of(caller, "break-glass.request", id, [EmergencyAccess.ReferenceField, EmergencyAccess.TextField], AuditEntry.Done, now));
        if (request.ImmediateThreat)
        {
            Activate(db, access, null, now);
        }

        await db.SaveChangesAsync(cancellation);
        if (request.ImmediateThreat)
        {
            metrics.Used(access);
        }

        return Results.Created($"/referrals/v1/break-glass/{id}", ViewOf(access, caller, now));
    }

    private static async Task<IResult> ListAsync(Caller caller, ReferralsDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.Now();
        await using var transaction = await db.BeginForAsync(caller, cancellation);
        var accesses = Of(db, caller).AsNoTracking();
        var rows = await accesses.OrderByDescending(access => access.Id).Take(100).ToListAsync(cancellation);
        var list = new EmergencyAccessList(
            [.. rows.Select(access => ViewOf(access, caller, now))],
            await accesses.CountAsync(access => access.ActiveFrom != null && access.ReviewedAt == null, cancellation),
            await accesses.CountAsync(access => access.ReviewDueAt < now && access.ReviewedAt == null, cancellation));
        db.Add(AuditEntry.Of(caller, "break-glass.list", Guid.Empty, [], AuditEntry.Done, now));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return Results.Ok(list);
    }

    /// <summary>Shows why it was asked for to whoever has to judge it: an officer who can approve it, or once it has been used a privacy reviewer.</summary>
    private static async Task<IResult> ShowAsync(string id, Caller caller, ReferralsDb db, CaseKeys keys, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.Now();
        await using var transaction = await db.BeginForAsync(caller, cancellation);
        var access = await FindAsync(db, caller, id, cancellation);
        var isReview = access?.ActiveFrom is not null && caller.Scopes.Contains(Scopes.ReferralsPrivacy);
        var isOfficer = IsOfficer(caller);
        var problem = access is null ? ReferralsProblems.BreakGlassNotFound
            : isReview ? NotToReview(access, caller)
            : !isOfficer ? ReferralsProblems.BreakGlassDone // it was not used: there is nothing to review
            : NotToApprove(access, caller, now);
        string[] fields = problem is not null ? [] : isReview ? [EmergencyAccess.ReferenceField, EmergencyAccess.TextField] : [EmergencyAccess.TextField];
        var detail = problem is null ? DetailOf(keys, access!, caller, isReview, now) : null;

        // Committed before a byte of the answer leaves.
        db.Add(AuditEntry.Of(caller, "break-glass.show", access?.Id ?? Guid.Empty, fields, problem?.Code ?? AuditEntry.Done, now));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return problem?.ToResult() ?? Results.Ok(detail);
    }

    private static async Task<IResult> ApproveAsync(string id, HttpContext http, Caller caller, ReferralsDb db, BreakGlassMetrics metrics, TimeProvider clock) =>
        await ChangeAsync(
            id, http, caller, db, clock, "break-glass.approve", (access, now) => NotToApprove(access, caller, now),
            (access, now) => Activate(db, access, caller.Actor, now), metrics.Used);

    private static async Task<IResult> ReviewAsync(string id, BreakGlassReview request, HttpContext http, Caller caller, ReferralsDb db, TimeProvider clock) =>
        ReferralVocabulary.NotAllOf("outcome", [request.Outcome], ReferralVocabulary.Current.BreakGlassOutcomes)?.ToResult() ?? await ChangeAsync(
            id, http, caller, db, clock, "break-glass.review", (access, _) => NotToReviewNow(access, caller),
            (access, now) =>
            {
                access.Review(caller.Actor, request.Outcome!, now);
                if (access.Region is { } region)
                {
                    db.PublishFact(new BreakGlassReviewed(Guid.NewGuid(), region, request.Outcome!, StatisticalWeek.Of(now)));
                }
            });

    private static Problem? NotToApprove(EmergencyAccess access, Caller caller, DateTimeOffset now) =>
        access.Requester == caller.Actor ? ReferralsProblems.BreakGlassNotIndependent
        : access.ActiveFrom is not null ? ReferralsProblems.BreakGlassDone
        : access.HasLapsed(now) ? ReferralsProblems.BreakGlassLapsed : null;

    private static Problem? NotToReview(EmergencyAccess access, Caller caller) =>
        access.ActiveFrom is null ? ReferralsProblems.BreakGlassDone
        : access.Requester == caller.Actor || access.ApprovedBy == caller.Actor ? ReferralsProblems.BreakGlassNotIndependent : null;

    private static Problem? NotToReviewNow(EmergencyAccess access, Caller caller) =>
        access.ReviewedAt is not null ? ReferralsProblems.BreakGlassDone : NotToReview(access, caller);

    private static async Task<IResult> ChangeAsync(
        string id, HttpContext http, Caller caller, ReferralsDb db, TimeProvider clock, string action, Func<EmergencyAccess, DateTimeOffset, Problem?> refusal,
        Action<EmergencyAccess, DateTimeOffset> change, Action<EmergencyAccess>? changed = null)
    {
        var (now, cancellation) = (clock.Now(), http.RequestAborted);
        await using var transaction = await db.BeginForAsync(caller, cancellation);
        if (Guid.TryParseExact(id, "D", out var accessId))
        {
            await db.Database.ExecuteSqlAsync($"select from break_glass where id = {accessId} for update", cancellation);
        }

        var access = await FindAsync(db, caller, id, cancellation);
        var problem = access is null ? ReferralsProblems.BreakGlassNotFound : refusal(access, now);
        if (problem is null)
        {
            change(access!, now);
        }

        db.Add(AuditEntry.Of(caller, action, accessId, [], problem?.Code ?? AuditEntry.Done, now));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        if (problem is null)
        {
            changed?.Invoke(access!);
        }

        return problem?.ToResult() ?? Results.Ok(ViewOf(access!, caller, now));
    }

    public static async Task<EmergencyAccess?> FindAsync(ReferralsDb db, Caller caller, string id, CancellationToken cancellation) =>
        Guid.TryParseExact(id, "D", out var accessId)
            ? await Of(db, caller).SingleOrDefaultAsync(access => access.Id == accessId, cancellation) : null;

    private static IQueryable<EmergencyAccess> Of(ReferralsDb db, Caller caller) => db.Set<EmergencyAccess>().Where(access => access.Unit == caller.Organisation);

    private static EmergencyAccessDetail DetailOf(CaseKeys keys, EmergencyAccess access, Caller caller, bool isReview, DateTimeOffset now)
    {
        using var key = keys.Open(access.Key);
        string Open(string field, byte[] content) => key.Open(new SealedField(access.Id, field, 1, content));
        return new EmergencyAccessDetail(
            ViewOf(access, caller, now), Open(EmergencyAccess.TextField, access.SealedText),
            isReview ? new EmergencyAccessUse(
                access.SealedReference is { } reference ? Open(EmergencyAccess.ReferenceField, reference) : null, access.ReferralId is not null, access.Reads) : null);
    }

    private static void Activate(ReferralsDb db, EmergencyAccess access, string? approvedBy, DateTimeOffset now)
    {
        access.Activate(approvedBy, WorkingDays.EndAfter(WorkingDays.EnglandAndWales, now, 1), now);
        if (access.Region is { } region)
        {
            db.PublishFact(new BreakGlassUsed(Guid.NewGuid(), region, approvedBy is null ? "immediate-threat" : "approved", StatisticalWeek.Of(now)));
        }
    }

    private static EmergencyAccessView ViewOf(EmergencyAccess access, Caller caller, DateTimeOffset now) => new(
        access.Id, access.StatusAt(now), access.Reason, access.ImmediateThreat, access.Requester, access.RequestedAt, access.ApprovedBy, access.ExpiresAt,
        access.ReviewDueAt, access.ReviewedBy, access.ReviewOutcome,
        [
            .. IsOfficer(caller) && NotToApprove(access, caller, now) is null ? ["approval"] : Array.Empty<string>(),
            .. caller.Scopes.Contains(Scopes.ReferralsPrivacy) && NotToReviewNow(access, caller) is null ? ["review"] : Array.Empty<string>(),
        ]);

    private static bool IsOfficer(Caller caller) => Policies.AnyOf[Policies.CaseOfficers].Any(caller.Scopes.Contains);
}
