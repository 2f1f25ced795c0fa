using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Soc.Referrals.Audit;
using Soc.Referrals.Data;
using Soc.Referrals.Sealing;
using Soc.Referrals.Updates;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Cases;

/// <summary>What an officer's change answers.</summary>
internal sealed record ChangedReferral(Guid Id, string Reference, string Status, IEnumerable<string> AllowedActions);

/// <summary>What every change to a case has in common: the right to see it in the query, If-Match, the audit entry, the referrer's update, one transaction.</summary>
internal sealed class Casework(ReferralsDb db, CaseKeys keys, TimeProvider clock, IOptions<ReferralsOptions> options)
{
    public AssessmentAgeLimits AgeLimits => options.Value.AssessmentAgeLimits;

    /// <summary>The case, where the caller's organisation is its responsible unit; for everybody else there is none.</summary>
    public static Task<Referral?> FindAsync(ReferralsDb db, Caller caller, Guid id, CancellationToken cancellation) =>
        db.Referrals.SingleOrDefaultAsync(referral => referral.Id == id && referral.ResponsibleUnit == caller.Organisation, cancellation);

    /// <summary>Whether a status is the referring organisation's business: its receipt and its outcome, not how it is worked on.</summary>
    public static bool IsToldToReferrer(ReferralStatus status) => status is not (ReferralStatus.InAssessment or ReferralStatus.DecisionPending);

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

        var (action, now, cancellation) = ("referral." + Codes.Of(verb), clock.GetUtcNow(), http.RequestAborted);
        await using var transaction = await db.BeginForAsync(caller.Organisation, cancellation);
        var referral = await FindAsync(db, caller, referralId, cancellation);
        var problem = referral is null ? ReferralsProblems.NotFound : Preconditions.Check(http.Request, referral.Version) ?? change(referral, now);
        try
        {
            IReadOnlyList<string> written = problem is null ? await SealAsync(referral!, texts, cancellation) : [];
            if (problem is null)
            {
                changed?.Invoke(referral!, now);
                if (IsToldToReferrer(referral!.Status))
                {
                    db.TellReferrerOf(referral, now);
                }
            }

            db.Add(AuditEntry.Of(caller, action, referralId, written, problem?.Code ?? AuditEntry.Done, now));
            await db.SaveChangesAsync(cancellation);
            await transaction.CommitAsync(cancellation);
        }
        catch (DbUpdateConcurrencyException)
        {
            await transaction.RollbackAsync(cancellation);
            await AuditLostRaceAsync(caller, action, referralId, now, cancellation);
            problem = Preconditions.Failed;
        }

        if (problem is not null)
        {
            return problem.ToResult();
        }

        http.Response.SetETag(referral!.Version);
        return Results.Ok(new ChangedReferral(
            referral.Id, referral.Reference, Codes.Of(referral.Status), referral.AllowedTo(caller, AgeLimits, now).Select(CaseOfficers.PathOf)));
    }

    private async Task<IReadOnlyList<string>> SealAsync(Referral referral, IEnumerable<(string Field, string? Text)> texts, CancellationToken cancellation)
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

    private async Task AuditLostRaceAsync(Caller caller, string action, Guid referralId, DateTimeOffset now, CancellationToken cancellation)
    {
        db.ChangeTracker.Clear();
        await using var transaction = await db.BeginForAsync(caller.Organisation, cancellation);
        db.Add(AuditEntry.Of(caller, action, referralId, [], Preconditions.Failed.Code, now));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
    }
}
