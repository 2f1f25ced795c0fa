using Soc.Contracts;
using Soc.Messaging.Idempotency;
using Soc.Referrals.Arrangements;
using Soc.Referrals.Assessments;
using Soc.Referrals.Clocks;
using Soc.Referrals.Data;
using Soc.Referrals.Decisions;
using Soc.Referrals.Entitlements;
using Soc.Referrals.Exits;
using Soc.Referrals.Reviews;
using Soc.Referrals.Submission;
using Soc.Referrals.Team;
using Soc.Referrals.Transfers;
using Soc.Referrals.Triage;
using Soc.Referrals.Updates;
using Soc.Referrals.Vocabulary;
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
        Change(ReferralVerb.Resubmit, ResubmitReferral.HandleAsync).RequireIdempotencyKey<ReferralsDb>();
        Change(ReferralVerb.Acknowledge, TriageReferral.AcknowledgeAsync);
        Change(ReferralVerb.Return, TriageReferral.ReturnAsync);
        Change(ReferralVerb.Triage, TriageReferral.HandleAsync);
        Change(ReferralVerb.ProtectInterim, ProtectPerson.InterimAsync);
        Change(ReferralVerb.Assess, AssessReferral.HandleAsync);
        Change(ReferralVerb.Decide, DecideReferral.HandleAsync);
        Change(ReferralVerb.Withdraw, EndCase.WithdrawAsync);
        Change(ReferralVerb.Arrange, ProtectPerson.ArrangeAsync);
        Change(ReferralVerb.Review, ReviewArrangements.StartAsync);
        Change(ReferralVerb.ConcludeReview, ReviewArrangements.ConcludeAsync);
        Change(ReferralVerb.PlanExit, EndCase.PlanExitAsync);
        Change(ReferralVerb.Exit, EndCase.ExitAsync);
        Change(ReferralVerb.Close, EndCase.CloseAsync);
        Change(ReferralVerb.Retain, EndCase.RetainAsync);
        Change(ReferralVerb.ChangeTeam, ChangeTeam.HandleAsync);
        Change(ReferralVerb.PauseClock, ClockPauses.PauseAsync);
        Change(ReferralVerb.ResumeClock, ClockPauses.ResumeAsync);
        Change(ReferralVerb.ExplainBreach, ClockPauses.ExplainAsync);
        Change(ReferralVerb.ProposeTransfer, TransferCase.ProposeAsync);
        Change(ReferralVerb.AcceptTransfer, TransferCase.AcceptAsync);
        Change(ReferralVerb.RefuseTransfer, TransferCase.RefuseAsync);
        Change(ReferralVerb.CancelTransfer, TransferCase.CancelAsync);
        Change(ReferralVerb.BeginEntitlements, SettleEntitlements.BeginAsync);
        Change(ReferralVerb.SettleEntitlement, SettleEntitlements.SettleAsync);
        referrals.MapGet("/vocabulary", ReadVocabulary.Handle).RequireAuthorization(Policies.Referrals);
        referrals.MapGet("/worklist", Worklist.HandleAsync).RequireAuthorization(Policies.CaseOfficers);
        referrals.MapGet("/updates", ReadUpdates.HandleAsync).RequireAuthorization(Scopes.ReferralsUpdates);

        RouteHandlerBuilder Change(ReferralVerb verb, Delegate handler) =>
            referrals.MapPost("/referrals/{id}/" + CaseVerbs.PathOf(verb), handler).RequireAuthorization(CaseVerbs.PolicyOf(verb));
    }

    // No cache between here and the officer's screen keeps a copy. Last, and so around what repeats an answer: an endpoint filter would be inside it.
    public static void DoNotStore(EndpointBuilder endpoint)
    {
        var handler = endpoint.RequestDelegate ?? throw new InvalidOperationException("The endpoint has no handler.");
        endpoint.RequestDelegate = context =>
        {
            context.Response.Headers.CacheControl = "no-store";
            return handler(context);
        };
    }
}
