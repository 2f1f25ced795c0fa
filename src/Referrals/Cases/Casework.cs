using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Soc.Contracts;
using Soc.Contracts.Referrals;
using Soc.Messaging;
using Soc.Referrals.Audit;
using Soc.Referrals.Data;
using Soc.Referrals.Sealing;
using Soc.Referrals.Updates;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Cases;

/// <summary>What an officer's change answers.</summary>
internal sealed record ChangedReferral(Guid Id, string Reference, string Status, IEnumerable<string> AllowedActions);

/// <summary>What every change to a case has in common: the right to see it in the query, the role, If-Match, the audit entry, the referrer's update, one transaction.</summary>
internal sealed class Casework(ReferralsDb db, CaseKeys keys, TimeProvider clock, IOptions<ReferralsOptions> options)
{
    /// <summary>What a referring organisation hears of: that its referral arrived, what is asked, and the outcome. Not how it is worked on, nor what is done after it.</summary>
    private static readonly HashSet<ReferralStatus> ToldToReferrer =
    [
        ReferralStatus.Submitted, ReferralStatus.Returned, ReferralStatus.Resubmitted, ReferralStatus.Redirected, ReferralStatus.NotForThisService,
        ReferralStatus.Accepted, ReferralStatus.Declined, ReferralStatus.Withdrawn,
    ];

    public ReferralsOptions Options => options.Value;

    public AssessmentAgeLimits AgeLimits => options.Value.AssessmentAgeLimits;

    /// <summary>
    /// The cases that an officer may know of: those of the own unit, on whose team the officer is or that wait for any triage officer on duty. For
    /// everybody else there are none. PostgreSQL's row security says the same once more.
    /// </summary>
    public static IQueryable<Referral> VisibleTo(ReferralsDb db, Caller caller)
    {
        var isOnDuty = caller.Scopes.Contains(Scopes.ReferralsTriage);
        return db.Referrals.OfUnitNow(caller).Where(referral =>
            (isOnDuty && ReferralPath.AwaitingTriage.Contains(referral.Status))
                || referral.Members.Any(member => member.Unit == caller.Organisation && member.Actor == caller.Actor && member.Until == null));
    }

    /// <summary>The referrals that the caller's organisation made: to add to, or to follow up.</summary>
    public static IQueryable<Referral> ReferredBy(ReferralsDb db, Caller caller) => db.Referrals.Where(referral => referral.ReferringOrganisation == caller.Organisation);

    /// <summary>The case, where the caller may know of it; for everybody else there is none.</summary>
    public static Task<Referral?> FindAsync(ReferralsDb db, Caller caller, Guid id, CancellationToken cancellation) =>
        VisibleTo(db, caller).AsSplitQuery().SingleOrDefaultAsync(referral => referral.Id == id, cancellation);

    /// <summary>
    /// The case, as <see cref="FindAsync"/>, with the transfer written that has taken effect for the caller's unit. The instant itself moved the right to see
    /// it, by the database's clock; so nothing is compared here with the clock of this process.
    /// </summary>
    public static async Task<Referral?> FindCurrentAsync(ReferralsDb db, Caller caller, Guid id, CancellationToken cancellation)
    {
        var referral = await FindAsync(db, caller, id, cancellation);
        if (referral is not { EffectiveAt: not null } || referral.ReceivingUnit != caller.Organisation)
        {
            return referral;
        }

        db.ChangeTracker.Clear();
        await db.LockCaseAsync(id, cancellation);
        referral = await FindAsync(db, caller, id, cancellation);
        if (referral is { EffectiveAt: { } effective } && referral.ReceivingUnit == caller.Organisation)
        {
            db.TakeEffect(referral, effective);
            await db.SaveChangesAsync(cancellation);
        }

        return referral;
    }

    /// <summary>The cases whose transfer to the caller's unit is proposed, or accepted and still to come: what its transfer coordinators answer.</summary>
    public static IQueryable<Referral> ProposedTo(ReferralsDb db, Caller caller) => db.Referrals.Where(referral => referral.ReceivingUnit == caller.Organisation
        && (referral.Status == ReferralStatus.TransferProposed || (referral.Status == ReferralStatus.TransferAccepted && referral.EffectiveAt > DateTimeOffset.UtcNow)));

    /// <summary>The case, locked, where the caller answers for the receiving unit. The transaction then works on this one: what it becomes by the answer still shows.</summary>
    private static async Task<Referral?> FindProposedAsync(ReferralsDb db, Caller caller, Guid id, CancellationToken cancellation)
    {
        await db.ActForAsync(caller, cancellation, WorkPurpose.Receiving);
        await db.LockCaseAsync(id, cancellation);
        var referral = await ProposedTo(db, caller).AsSplitQuery().SingleOrDefaultAsync(each => each.Id == id, cancellation);
        if (referral is not null)
        {
            await db.WorkOnAsync(id, cancellation);
        }

        return referral;
    }

    /// <summary>Whether a status is the referring organisation's business.</summary>
    public static bool IsToldToReferrer(ReferralStatus status) => ToldToReferrer.Contains(status);

    /// <summary>Makes one change to a case, or refuses it; both are audited.</summary>
    /// <param name="http">The request, for If-Match and ETag.</param>
    /// <param name="caller">The officer.</param>
    /// <param name="id">The case as addressed; one that is no identifier gets the same answer as one that is nobody's.</param>
    /// <param name="verb">What is done.</param>
    /// <param name="texts">Free text that the change adds, to be sealed; blank ones are left out.</param>
    /// <param name="change">The aggregate's verb.</param>
    /// <param name="changed">What else belongs to the change, once the aggregate agreed.</param>
    public async Task<IResult> ChangeAsync(
        HttpContext http, Caller caller, string id, ReferralVerb verb, IEnumerable<(string Field, string? Text)> texts,
        Func<Referral, DateTimeOffset, Problem?> change, Action<Referral, DateTimeOffset>? changed = null)
    {
        if (!Guid.TryParseExact(id, "D", out var referralId))
        {
            return ReferralsProblems.NotFound.ToResult();
        }

        var (action, cancellation) = ("referral." + Codes.Of(verb), http.RequestAborted);
        await using var transaction = await db.BeginForAsync(caller, cancellation);
        await db.LockCaseAsync(referralId, cancellation);
        var now = clock.Now(); // after the lock: nothing is dated before what it waited for
        var referral = verb is ReferralVerb.AcceptTransfer or ReferralVerb.RefuseTransfer ? null : await FindCurrentAsync(db, caller, referralId, cancellation);
        if (referral is null && verb is ReferralVerb.AcceptTransfer or ReferralVerb.RefuseTransfer or ReferralVerb.CancelTransfer)
        {
            referral = await FindProposedAsync(db, caller, referralId, cancellation);
            now = clock.Now();
        }

        var before = referral?.Status;
        var problem = referral is null ? ReferralsProblems.NotFound
            : !ReferralPath.IsFor(referral.Status, verb, referral.RolesOf(caller)) ? ReferralsProblems.RoleNeeded
            : Preconditions.Check(http.Request, referral.Version) ?? change(referral, now);
        IReadOnlyList<string> written = problem is null ? await SealAsync(referral!, texts, cancellation) : [];
        if (problem is null)
        {
            if (ReferralPath.AwaitingTriage.Contains(before!.Value) && caller.Scopes.Contains(Scopes.ReferralsTriage))
            {
                // Whoever takes a case that waits for somebody is on its team from then on. The row goes before that of the case (SaveChanges orders by
                // table), so that row security still shows the case as it then is.
                referral!.Join([(caller.Actor, CaseRole.TriageOfficer)], caller.Actor, now);
            }

            changed?.Invoke(referral!, now);
            if (referral!.Status != before && IsToldToReferrer(referral.Status))
            {
                db.TellReferrerOf(referral, now);
            }
        }

        db.Add(AuditEntry.Of(caller, action, referralId, written, problem?.Code ?? AuditEntry.Done, now));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        if (problem is not null)
        {
            return problem.ToResult();
        }

        http.Response.SetETag(referral!.Version);
        return Results.Ok(new ChangedReferral(
            referral.Id, referral.Reference, Codes.Of(referral.Status), referral.AllowedTo(caller, AgeLimits, now).Select(CaseVerbs.PathOf)));
    }

    /// <summary>Seals texts under the case's key, with the version that the case now has.</summary>
    public async Task<IReadOnlyList<string>> SealAsync(Referral referral, IEnumerable<(string Field, string? Text)> texts, CancellationToken cancellation)
    {
        var told = texts.Where(text => !string.IsNullOrWhiteSpace(text.Text)).ToList();
        if (told.Count == 0)
        {
            return [];
        }

        using var key = keys.Open(await db.DataKeys.SingleAsync(dataKey => dataKey.ReferralId == referral.Id, cancellation));
        db.AddRange(told.Select(text => key.Seal(text.Field, referral.Version, text.Text!)));
        return [.. told.Select(text => text.Field)];
    }
}

/// <summary>Which unit a case belongs to, and how that changes.</summary>
internal static class Responsibility
{
    /// <summary>Those of the cases that the caller's unit is responsible for at this instant, by the database's clock: also before a transfer that has taken effect is written.</summary>
    public static IQueryable<Referral> OfUnitNow(this IQueryable<Referral> cases, Caller caller) => cases.Where(referral =>
        (referral.EffectiveAt != null && referral.EffectiveAt <= DateTimeOffset.UtcNow ? referral.ReceivingUnit : referral.ResponsibleUnit) == caller.Organisation);

    /// <summary>Writes a transfer whose instant has come, and tells it as a statistical fact.</summary>
    public static void TakeEffect(this ReferralsDb db, Referral referral, DateTimeOffset effective)
    {
        referral.TakeEffect();
        db.PublishFact(new ReferralTransferred(Guid.NewGuid(), referral.Region, StatisticalWeek.Of(effective)));
    }
}
