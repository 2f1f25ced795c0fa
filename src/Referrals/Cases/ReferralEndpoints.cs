using Soc.Contracts;
using Soc.Messaging.Idempotency;
using Soc.Referrals.Assessments;
using Soc.Referrals.Data;
using Soc.Referrals.Decisions;
using Soc.Referrals.Submission;
using Soc.Referrals.Triage;
using Soc.Referrals.Updates;
using Soc.Referrals.Worklists;

namespace Soc.Referrals.Cases;

internal static class ReferralEndpoints
{
    public static void MapReferrals(this WebApplication app)
    {
        var referrals = app.MapGroup("/referrals/v1").AddEndpointFilter(DoNotStoreAsync);
        referrals.MapPost("/referrals", SubmitReferral.HandleAsync).RequireAuthorization(Scopes.ReferralsSubmit).RequireIdempotencyKey<ReferralsDb>();
        referrals.MapGet("/referrals/{id}", ReadReferral.HandleAsync).RequireAuthorization(CaseOfficers.Policy);
        referrals.MapPost("/referrals/{id}/triage", TriageReferral.HandleAsync).RequireAuthorization(Scopes.ReferralsTriage);
        referrals.MapPost("/referrals/{id}/assessment", AssessReferral.HandleAsync).RequireAuthorization(Scopes.ReferralsAssess);
        referrals.MapPost("/referrals/{id}/decision", DecideReferral.HandleAsync).RequireAuthorization(Scopes.ReferralsDecide);
        referrals.MapGet("/worklist", Worklist.HandleAsync).RequireAuthorization(CaseOfficers.Policy);
        referrals.MapGet("/updates", ReadUpdates.HandleAsync).RequireAuthorization(Scopes.ReferralsUpdates);
    }

    // No cache between here and the officer's screen keeps a copy.
    private static ValueTask<object?> DoNotStoreAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        context.HttpContext.Response.Headers.CacheControl = "no-store";
        return next(context);
    }
}
