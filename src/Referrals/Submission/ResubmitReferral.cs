using Microsoft.EntityFrameworkCore;
using Soc.Referrals.Audit;
using Soc.Referrals.Cases;
using Soc.Referrals.Clocks;
using Soc.Referrals.Data;
using Soc.Referrals.Updates;
using Soc.Referrals.Vocabulary;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Submission;

/// <summary>What a referrer adds to a referral that was returned for information. A class and not a record: a record's ToString would print it.</summary>
internal sealed class ResubmitReferralRequest
{
    public string? Narrative { get; init; }

    public SubjectOfReferral? Subject { get; init; }
}

/// <summary>
/// Resubmits a referral that was returned for information. What was told before stays, what is told now stands beside it and is the one that is shown. The
/// referring organisation does not read the case, so it has no entity tag to send: an Idempotency-Key and the status guard the change.
/// </summary>
internal static class ResubmitReferral
{
    public static async Task<IResult> HandleAsync(
        string id, ResubmitReferralRequest request, HttpContext http, Caller caller, ReferralsDb db, Casework casework, IServiceScopeFactory scopes,
        TimeProvider clock)
    {
        var (now, cancellation) = (clock.Now(), http.RequestAborted);
        var told = new SubmitReferralRequest { Narrative = request.Narrative, Subject = request.Subject };
        var texts = SubmitReferral.Texts(told).Select(text => (text.Field, (string?)text.Text)).ToList();
        var problem = texts.Count == 0 ? ReferralsProblems.NothingAdded : Fields.Refusal([SubmitReferral.BirthDate(request.Subject, now), .. SubmitReferral.Limits(told)]);
        if (problem is not null)
        {
            return problem.ToResult(); // for its form, before anything is looked for
        }

        await db.ActForAsync(caller, cancellation, WorkPurpose.Referring);
        if (Guid.TryParseExact(id, "D", out var referralId))
        {
            await db.LockCaseAsync(referralId, cancellation);
        }

        var referral = await Casework.ReferredBy(db, caller).SingleOrDefaultAsync(each => each.Id == referralId, cancellation);
        problem = referral is null ? ReferralsProblems.NotFound : referral.Resubmit(casework.Options.Clocks.For(ClockKind.Acknowledge, referral.Band), now);
        if (problem is not null)
        {
            await RecordRefusalAsync(scopes, caller, referralId, problem, now, cancellation);
            return problem.ToResult();
        }

        var written = await casework.SealAsync(referral!, texts, cancellation);
        db.Add(ReferrerUpdate.Of(referral!, now)); // without a notice: the organisation knows what it did
        db.Add(AuditEntry.Of(caller, "referral.resubmit", referralId, written, AuditEntry.Done, now));
        await db.SaveChangesAsync(cancellation);
        return Results.Ok(new SubmittedReferral(referral!.Id, referral.Reference, Codes.Of(referral.Status)));
    }

    /// <summary>In a transaction of its own: that of the request is taken back with the refusal.</summary>
    private static async Task RecordRefusalAsync(
        IServiceScopeFactory scopes, Caller caller, Guid referralId, Problem problem, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ReferralsDb>();
        await using var transaction = await db.BeginForAsync(caller, cancellation, WorkPurpose.Referring);
        db.Add(AuditEntry.Of(caller, "referral.resubmit", referralId, [], problem.Code, now));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
    }
}
