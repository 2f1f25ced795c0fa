using Soc.Contracts;
using Soc.Messaging.Idempotency;
using Soc.Referrals.Assessments;
using Soc.Referrals.Data;
using Soc.Referrals.Decisions;
using Soc.Referrals.Submission;
using Soc.Referrals.Triage;
using Soc.Referrals.Updates;
using Soc.Referrals.Worklists;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Cases;

internal static class ReferralEndpoints
{
    public static void MapReferrals(this WebApplication app)
    {
        var referrals = app.MapGroup("/referrals/v1");
        ((IEndpointConventionBuilder)referrals).Finally(DoNotStore);
        referrals.MapPost("/referrals", SubmitReferral.HandleAsync).RequireAuthorization(Scopes.ReferralsSubmit).RequireIdempotencyKey<ReferralsDb>();
        referrals.MapGet("/referrals/{id}", ReadReferral.HandleAsync).RequireAuthorization(Policies.CaseOfficers);
        referrals.MapPost("/referrals/{id}/" + CaseOfficers.PathOf(ReferralVerb.Triage), TriageReferral.HandleAsync).RequireAuthorization(Scopes.ReferralsTriage);
        referrals.MapPost("/referrals/{id}/" + CaseOfficers.PathOf(ReferralVerb.Assess), AssessReferral.HandleAsync).RequireAuthorization(Scopes.ReferralsAssess);
        referrals.MapPost("/referrals/{id}/" + CaseOfficers.PathOf(ReferralVerb.Decide), DecideReferral.HandleAsync).RequireAuthorization(Scopes.ReferralsDecide);
        referrals.MapGet("/worklist", Worklist.HandleAsync).RequireAuthorization(Policies.CaseOfficers);
        referrals.MapGet("/updates", ReadUpdates.HandleAsync).RequireAuthorization(Scopes.ReferralsUpdates);
    }

    // No cache between here and the officer's screen keeps a copy. Last, and so around what repeats an answer: an endpoint filter would be inside it.
    private static void DoNotStore(EndpointBuilder endpoint)
    {
        var handler = endpoint.RequestDelegate ?? throw new InvalidOperationException("The endpoint has no handler.");
        endpoint.RequestDelegate = context =>
        {
            context.Response.Headers.CacheControl = "no-store";
            return handler(context);
        };
    }
}
