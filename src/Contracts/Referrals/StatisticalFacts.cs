namespace Soc.Contracts.Referrals;

/// <summary>A statistical fact: somewhere in a region, in a week, a referral was submitted. Cannot be linked to a case or to another fact.</summary>
/// <param name="Token">Random, new for every fact; serves only to count it once.</param>
/// <param name="Region">A region code of the reference data, such as <c>ENG-NW</c>.</param>
/// <param name="PriorityBand"><c>immediate</c>, <c>urgent</c> or <c>standard</c>.</param>
/// <param name="Week">The ISO week, such as <c>2026-W47</c>.</param>
[Event("soc.referrals.referral.submitted.v1", Linkable = false)]
public sealed record ReferralSubmitted(Guid Token, string Region, string PriorityBand, string Week);

/// <summary>A statistical fact: a referral was triaged.</summary>
/// <param name="Token">Random, new for every fact.</param>
/// <param name="Region">A region code.</param>
/// <param name="Route">Where triage sent it: <c>assessment</c>, <c>redirected</c> or <c>not-for-this-service</c>.</param>
/// <param name="Week">The ISO week of the triage.</param>
[Event("soc.referrals.referral.triaged.v1", Linkable = false)]
public sealed record ReferralTriaged(Guid Token, string Region, string Route, string Week);

/// <summary>A statistical fact: a referral was decided.</summary>
/// <param name="Token">Random, new for every fact.</param>
/// <param name="Region">A region code.</param>
/// <param name="Outcome"><c>accepted</c> or <c>declined</c>.</param>
/// <param name="Week">The ISO week of the decision.</param>
[Event("soc.referrals.referral.decided.v1", Linkable = false)]
public sealed record ReferralDecided(Guid Token, string Region, string Outcome, string Week);

/// <summary>A statistical fact: protection arrangements were put in place.</summary>
/// <param name="Token">Random, new for every fact.</param>
/// <param name="Region">A region code.</param>
/// <param name="PriorityBand">The band that the case was worked in.</param>
/// <param name="Week">The ISO week.</param>
[Event("soc.referrals.referral.activated.v1", Linkable = false)]
public sealed record ReferralActivated(Guid Token, string Region, string PriorityBand, string Week);

/// <summary>A statistical fact: protection arrangements were reviewed.</summary>
/// <param name="Token">Random, new for every fact.</param>
/// <param name="Region">A region code.</param>
/// <param name="Outcome"><c>continue</c>, <c>amend</c> or <c>plan-exit</c>.</param>
/// <param name="Week">The ISO week.</param>
[Event("soc.referrals.referral.reviewed.v1", Linkable = false)]
public sealed record ReferralReviewed(Guid Token, string Region, string Outcome, string Week);

/// <summary>A statistical fact: a case was closed.</summary>
/// <param name="Token">Random, new for every fact.</param>
/// <param name="Region">A region code.</param>
/// <param name="Outcome">The end it was closed from: <c>redirected</c>, <c>not-for-this-service</c>, <c>declined</c>, <c>withdrawn</c> or <c>exited</c>.</param>
/// <param name="Week">The ISO week.</param>
[Event("soc.referrals.referral.closed.v1", Linkable = false)]
public sealed record ReferralClosed(Guid Token, string Region, string Outcome, string Week);

/// <summary>A statistical fact: something in a case was not done in time.</summary>
/// <param name="Token">Random, new for every fact.</param>
/// <param name="Region">A region code.</param>
/// <param name="PriorityBand">The band that the case is worked in.</param>
/// <param name="Clock">What was late: <c>acknowledge</c>, <c>triage</c>, <c>interim-decision</c>, <c>decision</c>, <c>review</c>, <c>transfer-reply</c> or <c>referrer-reply</c>.</param>
/// <param name="Week">The ISO week in which it was due.</param>
[Event("soc.referrals.sla.breached.v1", Linkable = false)]
public sealed record ClockBreached(Guid Token, string Region, string PriorityBand, string Clock, string Week);

/// <summary>A statistical fact: another unit has become responsible for a case.</summary>
/// <param name="Token">Random, new for every fact.</param>
/// <param name="Region">A region code.</param>
/// <param name="Week">The ISO week of the effective instant.</param>
[Event("soc.referrals.referral.transferred.v1", Linkable = false)]
public sealed record ReferralTransferred(Guid Token, string Region, string Week);

/// <summary>A statistical fact: somebody who is not on a case's team was given emergency access to it.</summary>
/// <param name="Token">Random, new for every fact.</param>
/// <param name="Region">A region code.</param>
/// <param name="Outcome"><c>immediate-threat</c> or <c>approved</c>.</param>
/// <param name="Week">The ISO week.</param>
[Event("soc.referrals.breakglass.used.v1", Linkable = false)]
public sealed record BreakGlassUsed(Guid Token, string Region, string Outcome, string Week);

/// <summary>A statistical fact: emergency access was reviewed.</summary>
/// <param name="Token">Random, new for every fact.</param>
/// <param name="Region">A region code.</param>
/// <param name="Outcome"><c>justified</c>, <c>not-justified</c> or <c>referred-for-investigation</c>.</param>
/// <param name="Week">The ISO week.</param>
[Event("soc.referrals.breakglass.reviewed.v1", Linkable = false)]
public sealed record BreakGlassReviewed(Guid Token, string Region, string Outcome, string Week);
