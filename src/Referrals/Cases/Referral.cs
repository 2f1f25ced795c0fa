using Soc.Referrals.Clocks;
using Soc.Referrals.Entitlements;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Cases;

/// <summary>
/// One protected-person referral: its path and who acted. What was told about the person is not here but sealed beside it
/// (<see cref="Sealing.SealedField"/>), so that nothing that handles the path can show it. A verb refuses by its status (<see cref="ReferralPath"/>)
/// and by its own rules; who may is asked before, of the team.
/// </summary>
internal sealed class Referral
{
    private static readonly TimeSpan FurthestTransfer = TimeSpan.FromDays(90);

    private readonly List<RiskAssessment> assessments = [];
    private readonly List<InterimDecision> interimProtections = [];
    private readonly List<Arrangement> arrangements = [];
    private readonly List<CaseReview> reviews = [];
    private readonly List<CaseMember> members = [];
    private readonly List<CaseClock> clocks = [];
    private readonly List<Entitlement> entitlements = [];

    private Referral()
    {
    }

    public Guid Id { get; private init; }

    public string Reference { get; private init; } = "";

    public ReferralStatus Status { get; private set; }

    /// <summary>The band the case is worked in: what the referrer said until an assessment says otherwise.</summary>
    public PriorityBand Band { get; private set; }

    public string Region { get; private init; } = "";

    public string? ThreatCategory { get; private init; }

    /// <summary>The one unit that is responsible at this instant; only its officers see the case.</summary>
    public Guid ResponsibleUnit { get; private set; }

    /// <summary>The unit that the case was last to be transferred to; it becomes responsible at <see cref="EffectiveAt"/>, and not without it.</summary>
    public Guid? ReceivingUnit { get; private set; }

    /// <summary>The instant at which the receiving unit becomes responsible and the old one loses sight of the case; null when no transfer is agreed.</summary>
    public DateTimeOffset? EffectiveAt { get; private set; }

    public Guid ReferringOrganisation { get; private init; }

    public string Referrer { get; private init; } = "";

    public DateTimeOffset SubmittedAt { get; private init; }

    /// <summary>The earlier referral of the same organisation that this one follows.</summary>
    public Guid? Follows { get; private init; }

    public string? TriagedBy { get; private set; }

    public DateTimeOffset? TriagedAt { get; private set; }

    public string? TriageReason { get; private set; }

    /// <summary>The kind of service that a redirected referral is to be taken to.</summary>
    public string? RedirectedTo { get; private set; }

    /// <summary>What was asked of the referrer when the referral was last returned.</summary>
    public string[] ReturnedFor { get; private set; } = [];

    /// <summary>When the arrangements must next be reviewed; there always is such a date while protection is in place.</summary>
    public DateTimeOffset? NextReviewAt { get; private set; }

    /// <summary>Why the referral was withdrawn, or protection ended.</summary>
    public string? EndReason { get; private set; }

    public string? ClosureReason { get; private set; }

    public string? RetentionRule { get; private set; }

    public DateOnly? RetainUntil { get; private set; }

    public IReadOnlyList<RiskAssessment> Assessments => assessments;

    public IReadOnlyList<InterimDecision> InterimProtections => interimProtections;

    public IReadOnlyList<Arrangement> Arrangements => arrangements;

    public IReadOnlyList<CaseReview> Reviews => reviews;

    public IReadOnlyList<CaseMember> Members => members;

    public IReadOnlyList<CaseClock> Clocks => clocks;

    public IReadOnlyList<Entitlement> Entitlements => entitlements;

    /// <summary>The version of the Victims' Code data that the entitlements began with.</summary>
    public int? EntitlementsVersion { get; private set; }

    /// <summary>Why the person has enhanced rights, where they have.</summary>
    public string? EnhancedReason { get; private set; }

    /// <summary>When the next of the clocks must be looked at; null when none must.</summary>
    public DateTimeOffset? NextClockAt { get; private set; }

    /// <summary>Since when something is overdue whose breach has been told; null when nothing is.</summary>
    public DateTimeOffset? OverdueSince { get; private set; }

    /// <summary>Since when something has been warned of that is neither stopped nor overdue; null when nothing is.</summary>
    public DateTimeOffset? DueSoonSince { get; private set; }

    /// <summary>When the next of the entitlements that can still be settled is due; null when none is.</summary>
    public DateTimeOffset? EntitlementDueAt { get; private set; }

    public Decision? Decision { get; private set; }

    /// <summary>Counts the changes, from 1; the entity tag and the guard against lost updates.</summary>
    public long Version { get; private set; }

    public static Referral Submit(
        Guid id, string reference, PriorityBand band, string region, string? threatCategory,
        Guid responsibleUnit, Guid referringOrganisation, string referrer, DateTimeOffset now, Guid? follows = null) => new()
        {
            Id = id,
            Reference = reference,
            Status = ReferralStatus.Submitted,
            Band = band,
            Region = region,
            ThreatCategory = threatCategory,
            ResponsibleUnit = responsibleUnit,
            ReferringOrganisation = referringOrganisation,
            Referrer = referrer,
            SubmittedAt = now,
            Follows = follows,
            Version = 1,
        };

    /// <summary>Starts the clocks of a new referral. Their targets stay theirs, whatever the configuration says later.</summary>
    public void StartClocks(ClockSettings settings, DateTimeOffset now)
    {
        foreach (var kind in (ClockKind[])[ClockKind.Acknowledge, ClockKind.Triage, ClockKind.InterimDecision, ClockKind.Decision])
        {
            StartClock(kind, settings.For(kind, Band), now);
        }
    }

    public Problem? Acknowledge(DateTimeOffset now) => Go(ReferralVerb.Acknowledge, ReferralStatus.InTriage, now);

    /// <summary>Asks the referrer for more, and gives it time to answer. In the band immediate this is refused: a threat to life does not wait for a form.</summary>
    public Problem? Return(string[] requests, ClockTarget reply, DateTimeOffset now) =>
        !ReferralPath.Allows(Status, ReferralVerb.Return) ? ReferralsProblems.NotInThisStatus
        : Band == PriorityBand.Immediate ? ReferralsProblems.ImmediateIsNotReturned
        : Go(ReferralVerb.Return, ReferralStatus.Returned, now) ?? Then(() =>
        {
            ReturnedFor = requests;
            clocks.PauseAll(ClockPauses.AwaitingReferrer, now);
            StartClock(ClockKind.ReferrerReply, reply, now);
        });

    public Problem? Resubmit(ClockTarget acknowledgement, DateTimeOffset now) => Go(ReferralVerb.Resubmit, ReferralStatus.Resubmitted, now) ?? Then(() =>
    {
        clocks.ResumeAll(ClockPauses.AwaitingReferrer, now);
        StartClock(ClockKind.Acknowledge, acknowledgement, now);
    });

    public Problem? Triage(TriageRoute route, string reason, string officer, DateTimeOffset now, string? redirectTo = null)
    {
        var to = route switch
        {
            TriageRoute.Assessment => ReferralStatus.InAssessment,
            TriageRoute.Redirected => ReferralStatus.Redirected,
            _ => ReferralStatus.NotForThisService,
        };
        return ReferralPath.Allows(Status, ReferralVerb.Triage, to) && route == TriageRoute.Assessment && NeedsInterimProtection
            ? ReferralsProblems.InterimProtectionFirst
            : Go(ReferralVerb.Triage, to, now) ?? Then(() => (TriagedBy, TriagedAt, TriageReason, RedirectedTo) = (officer, now, reason, redirectTo));
    }

    /// <summary>Whether an immediate threat has not been met yet: it is neither assessed by triage nor decided on before it is.</summary>
    private bool NeedsInterimProtection => Band == PriorityBand.Immediate && interimProtections.Count == 0;

    public Problem? ProtectInterim(Guid id, string[] measures, string officer, DateTimeOffset now) =>
        Go(ReferralVerb.ProtectInterim, ReferralPath.AwaitingTriage.Contains(Status) ? ReferralStatus.InterimProtection : Status, now)
            ?? Then(() => interimProtections.Add(new InterimDecision(id, measures, officer, now, Version)));

    /// <summary>Records an assessment. Where it says that the case is more pressing, the clocks that are open go by the new band from now on.</summary>
    public Problem? Assess(
        Guid id, string tool, int score, PriorityBand band, string assessor, ClockSettings settings, DateTimeOffset now, string? overrideReason = null) =>
        Go(ReferralVerb.Assess, ReferralStatus.DecisionPending, now) ?? Then(() =>
        {
            assessments.Add(new RiskAssessment(id, tool, score, band, assessor, now, overrideReason, Version));
            if (band < Band)
            {
                clocks.Shorten(settings, band, now);
            }

            Band = band;
        });

    /// <summary>Decides on protection arrangements, having regard to section 82(4) of the Serious Organised Crime and Police Act 2005.</summary>
    public Problem? Decide(
        DecisionOutcome outcome, StatutoryFactors factors, Cooperation cooperation, string authoriser, AssessmentAgeLimits limits, DateTimeOffset now)
    {
        var to = outcome == DecisionOutcome.Accepted ? ReferralStatus.Accepted : ReferralStatus.Declined;
        var problem = !ReferralPath.Allows(Status, ReferralVerb.Decide, to) ? ReferralsProblems.NotInThisStatus
            : !IsIndependent(authoriser) ? ReferralsProblems.AuthoriserNotIndependent
            : NeedsInterimProtection ? ReferralsProblems.InterimProtectionFirst
            : !HasCurrentAssessment(limits, now) ? ReferralsProblems.AssessmentOutOfDate
            : factors.Missing() ?? (outcome == DecisionOutcome.Accepted ? cooperation.Missing() : null);
        return problem ?? Go(ReferralVerb.Decide, to, now)
            ?? Then(() => Decision = new Decision(outcome, factors.Witness!.IsOrMightBeWitness!.Value, cooperation.Recorded == true, authoriser, now));
    }

    public Problem? Withdraw(string reason, DateTimeOffset now) => Go(ReferralVerb.Withdraw, ReferralStatus.Withdrawn, now) ?? Then(() => EndReason = reason);

    /// <summary>Makes arrangements; the first ones put protection in place and schedule its first review.</summary>
    public Problem? Arrange(IEnumerable<Arrangement> made, DateTimeOffset nextReviewAt, DateTimeOffset now)
    {
        var isFirst = Status == ReferralStatus.Accepted;
        return Go(ReferralVerb.Arrange, isFirst ? ReferralStatus.Active : Status, now) ?? Then(() =>
        {
            arrangements.AddRange(made);
            if (isFirst)
            {
                ScheduleReview(nextReviewAt, now);
            }
        });
    }

    public Problem? Review(Guid id, string officer, DateTimeOffset now) =>
        Go(ReferralVerb.Review, ReferralStatus.InReview, now) ?? Then(() => reviews.Add(new CaseReview(id, officer, now)));

    public Problem? ConcludeReview(string outcome, DateTimeOffset nextReviewAt, DateTimeOffset now) =>
        Go(ReferralVerb.ConcludeReview, ReferralStatus.Active, now) ?? Then(() =>
        {
            reviews.Single(review => review.Outcome is null).Conclude(outcome, now, Version);
            ScheduleReview(nextReviewAt, now);
        });

    public Problem? PlanExit(string reason, DateTimeOffset now) => Go(ReferralVerb.PlanExit, ReferralStatus.ExitPlanned, now) ?? Then(() => EndReason = reason);

    public Problem? Exit(DateTimeOffset now) => Go(ReferralVerb.Exit, ReferralStatus.Exited, now) ?? Then(() => NextReviewAt = null);

    /// <summary>Closes the case, once each of the person's rights that began is done or has its reason: afterwards nobody could settle it.</summary>
    public Problem? Close(string reason, DateTimeOffset now) =>
        ReferralPath.Allows(Status, ReferralVerb.Close) && OpenEntitlements.Any() ? ReferralsProblems.EntitlementsDue(OpenEntitlements.OrderBy(each => each.Right).Select(each => (each.Right, each.Code)))
        : Go(ReferralVerb.Close, ReferralStatus.Closed, now) ?? Then(() => ClosureReason = reason);

    public Problem? Retain(string rule, DateOnly until, DateTimeOffset now) =>
        ReferralPath.Allows(Status, ReferralVerb.Retain) && rule != (arrangements.Count > 0 ? "protected-person" : "referral-without-protection") ? ReferralsProblems.RetentionDoesNotFollow
        : Go(ReferralVerb.Retain, ReferralStatus.Retained, now) ?? Then(() => (RetentionRule, RetainUntil) = (rule, until));

    /// <summary>Begins what the Victims' Code entitles the person to.</summary>
    public Problem? BeginEntitlements(VictimsCode code, string? enhancedReason, DateTimeOffset now) =>
        !ReferralPath.Allows(Status, ReferralVerb.BeginEntitlements) ? ReferralsProblems.NotInThisStatus
        : EntitlementsVersion is not null ? ReferralsProblems.EntitlementsBegun
        : Go(ReferralVerb.BeginEntitlements, Status, now) ?? Then(() =>
        {
            (EntitlementsVersion, EnhancedReason) = (code.Version, enhancedReason);
            entitlements.AddRange(code.Begin(enhancedReason is not null, WorkingDays.JurisdictionOf(Region), now));
        });

    public Problem? SettleEntitlement(int right, string? notDoneReason, string by, DateTimeOffset now)
    {
        var open = entitlements.Find(entitlement => entitlement.Right == right && entitlement.SettledAt is null);
        return !ReferralPath.Allows(Status, ReferralVerb.SettleEntitlement) ? ReferralsProblems.NotInThisStatus
            : open is null ? ReferralsProblems.EntitlementUnknown
            : Go(ReferralVerb.SettleEntitlement, Status, now) ?? Then(() => open.Settle(notDoneReason, by, now));
    }

    private IEnumerable<Entitlement> OpenEntitlements => entitlements.Where(entitlement => entitlement.SettledAt is null);

    /// <summary>Lets a clock stand still for a listed reason.</summary>
    public Problem? PauseClock(ClockKind kind, string reason, DateTimeOffset now) =>
        !ReferralPath.Allows(Status, ReferralVerb.PauseClock) ? ReferralsProblems.NotInThisStatus
        : clocks.Find(clock => clock.Kind == kind && clock.IsOpen)?.Pause(reason, now) != true ? ReferralsProblems.ClockNotRunning
        : Go(ReferralVerb.PauseClock, Status, now);

    public Problem? ResumeClock(ClockKind kind, DateTimeOffset now) =>
        !ReferralPath.Allows(Status, ReferralVerb.ResumeClock) ? ReferralsProblems.NotInThisStatus
        : clocks.Find(clock => clock.Kind == kind && clock.IsOpen)?.Resume(now) != true ? ReferralsProblems.ClockNotPaused
        : Go(ReferralVerb.ResumeClock, Status, now);

    /// <summary>Says why a clock was breached: the newest of its kind that was, and has no reason yet. A reason once given stands.</summary>
    public Problem? ExplainBreach(ClockKind kind, string reason, DateTimeOffset now)
    {
        var ofKind = clocks.FindAll(clock => clock.Kind == kind && clock.IsBreachedAt(now));
        var breached = ofKind.FindLast(clock => clock.BreachReason is null);
        return !ReferralPath.Allows(Status, ReferralVerb.ExplainBreach) ? ReferralsProblems.NotInThisStatus
            : ofKind.Count == 0 ? ReferralsProblems.ClockNotBreached
            : breached is null ? ReferralsProblems.BreachExplained
            : Go(ReferralVerb.ExplainBreach, Status, now) ?? Then(() => breached.BreachReason = reason);
    }

    /// <summary>
    /// Gives the warnings and tells the breaches that are due, each once. No new version: nothing was decided, and an officer who is at work on the case need
    /// not read it again.
    /// </summary>
    /// <returns>The clocks that were warned of now, and those whose breach is to be told.</returns>
    public (IReadOnlyList<CaseClock> Warned, IReadOnlyList<CaseClock> Breached) FireClocks(DateTimeOffset now)
    {
        var fired = clocks.ConvertAll(clock => (clock, Told: clock.Fire(now)));
        SetNextClock();
        return ([.. fired.Where(each => each.Told.Warning).Select(each => each.clock)], [.. fired.Where(each => each.Told.Breach).Select(each => each.clock)]);
    }

    public Problem? ProposeTransfer(Guid to, ClockTarget reply, DateTimeOffset now) =>
        !ReferralPath.Allows(Status, ReferralVerb.ProposeTransfer) ? ReferralsProblems.NotInThisStatus
        : to == ResponsibleUnit ? ReferralsProblems.TransferToSelf
        : EffectiveAt is not null ? ReferralsProblems.TransferAgreed
        : Go(ReferralVerb.ProposeTransfer, ReferralStatus.TransferProposed, now) ?? Then(() =>
        {
            ReceivingUnit = to;
            StartClock(ClockKind.TransferReply, reply, now);
        });

    /// <summary>The receiving unit takes the case from an instant on, and says who works on it then.</summary>
    public Problem? AcceptTransfer(DateTimeOffset effectiveAt, IReadOnlyList<(string Actor, CaseRole Role)> team, string by, DateTimeOffset now) =>
        !ReferralPath.IsFor(ReferralVerb.ChangeTeam, team.Select(member => member.Role)) ? ReferralsProblems.TeamNeedsALead
        : !IsPossibleInstant(effectiveAt, now) ? ReferralsProblems.EffectiveInvalid
        : Go(ReferralVerb.AcceptTransfer, ReferralStatus.TransferAccepted, now) ?? Then(() => Agree(ReceivingUnit!.Value, effectiveAt, team, by, now));

    public Problem? RefuseTransfer(DateTimeOffset now) => Go(ReferralVerb.RefuseTransfer, ReferralStatus.Active, now);

    /// <summary>Takes back a proposal, or an accepted transfer whose instant has not come.</summary>
    public Problem? CancelTransfer(DateTimeOffset now) => EffectiveAt <= now ? ReferralsProblems.NotInThisStatus
        : Go(ReferralVerb.CancelTransfer, ReferralStatus.Active, now) ?? Then(() => EffectiveAt = null);

    /// <summary>Whether a transfer can take effect at an instant: never before the agreement on it, so that nobody was responsible without knowing, and not too far ahead.</summary>
    public static bool IsPossibleInstant(DateTimeOffset effectiveAt, DateTimeOffset now) => effectiveAt >= now && effectiveAt <= now + FurthestTransfer;

    /// <summary>Moves the case with the whole load of its unit: both units have agreed for all cases at once, and the work goes on meanwhile.</summary>
    public Problem? Move(Guid to, DateTimeOffset effectiveAt, IReadOnlyList<(string Actor, CaseRole Role)> team, string by, DateTimeOffset now)
    {
        if (effectiveAt < now)
        {
            return ReferralsProblems.EffectiveInvalid;
        }

        if (EffectiveAt is not null || Status is ReferralStatus.TransferProposed or ReferralStatus.TransferAccepted)
        {
            return ReferralsProblems.TransferAgreed;
        }

        Agree(to, effectiveAt, team, by, now);
        Version++;
        SetNextClock();
        return null;
    }

    /// <summary>What the effective instant brings about; the units' rights follow the instant itself, also before this is written.</summary>
    public void TakeEffect()
    {
        (ResponsibleUnit, EffectiveAt) = (ReceivingUnit!.Value, null);
        Status = Status == ReferralStatus.TransferAccepted ? ReferralStatus.Active : Status;
        Version++;
        SetNextClock();
    }

    private void Agree(Guid to, DateTimeOffset effectiveAt, IReadOnlyList<(string Actor, CaseRole Role)> team, string by, DateTimeOffset now)
    {
        (ReceivingUnit, EffectiveAt) = (to, effectiveAt);
        members.Where(member => member.Unit == to && member.Until is null).ToList().ForEach(member => member.End(by, now)); // of an earlier time
        members.AddRange(team.Distinct().Select(member => new CaseMember(Guid.CreateVersion7(now), to, member.Actor, member.Role, by, now)));
    }

    /// <summary>Adds and ends memberships of the team; a case always keeps somebody who can change its team.</summary>
    public Problem? ChangeTeam(IReadOnlyList<(string Actor, CaseRole Role)> added, IReadOnlyList<(string Actor, CaseRole Role)> ended, string by, DateTimeOffset now)
    {
        var leaving = CurrentMembers.Where(member => ended.Contains((member.Actor, member.Role))).ToList();
        var staying = CurrentMembers.Except(leaving).Select(member => member.Role).Concat(added.Select(member => member.Role));
        return !ReferralPath.Allows(Status, ReferralVerb.ChangeTeam) ? ReferralsProblems.NotInThisStatus
            : !ReferralPath.IsFor(ReferralVerb.ChangeTeam, staying) ? ReferralsProblems.TeamNeedsALead
            : Go(ReferralVerb.ChangeTeam, Status, now) ?? Then(() =>
            {
                leaving.ForEach(member => member.End(by, now));
                Join(added, by, now);
            });
    }

    /// <summary>Adds those who are not on the team yet. Part of another change, or of <see cref="ChangeTeam"/>.</summary>
    public void Join(IEnumerable<(string Actor, CaseRole Role)> added, string by, DateTimeOffset now) =>
        members.AddRange(added.Where(member => !CurrentMembers.Any(current => (current.Actor, current.Role) == member)).Distinct().ToList()
            .Select(member => new CaseMember(Guid.CreateVersion7(now), ResponsibleUnit, member.Actor, member.Role, by, now)));

    private IEnumerable<CaseMember> CurrentMembers => members.Where(member => member.Unit == ResponsibleUnit && member.Until is null);

    /// <summary>
    /// What an officer is to the case, as far as the token has the scope for it: a current member of its team, or a triage officer of the unit while the
    /// case waits for whichever of them is on duty.
    /// </summary>
    public IReadOnlySet<CaseRole> RolesOf(Caller caller)
    {
        var roles = CurrentMembers.Where(member => member.Unit == caller.Organisation && member.Actor == caller.Actor).Select(member => member.Role);
        roles = caller.Organisation == ResponsibleUnit && ReferralPath.AwaitingTriage.Contains(Status) ? roles.Append(CaseRole.TriageOfficer) : roles;
        roles = caller.Organisation == ReceivingUnit && Status is ReferralStatus.TransferProposed or ReferralStatus.TransferAccepted ? roles.Append(CaseRole.ReceivingCoordinator) : roles;
        return roles.Where(role => caller.Scopes.Contains(CaseVerbs.ScopeOf(role))).ToHashSet();
    }

    /// <summary>Whether somebody may authorise: neither the referrer nor anybody who assessed this case.</summary>
    public bool IsIndependent(string authoriser) => authoriser != Referrer && assessments.All(assessment => assessment.Assessor != authoriser);

    /// <summary>The newest assessment, where it is not older than its band allows.</summary>
    public bool HasCurrentAssessment(AssessmentAgeLimits limits, DateTimeOffset now) =>
        assessments.MaxBy(assessment => assessment.AssessedAt) is { } newest && now - newest.AssessedAt <= limits.For(newest.Band);

    /// <summary>What this officer could do to the case now, so that no client has to know the path.</summary>
    public IEnumerable<ReferralVerb> AllowedTo(Caller caller, AssessmentAgeLimits limits, DateTimeOffset now)
    {
        var roles = RolesOf(caller);
        return Enum.GetValues<ReferralVerb>().Where(verb => ReferralPath.Refusal(Status, verb, roles) is null && verb switch
        {
            ReferralVerb.Return => Band != PriorityBand.Immediate,
            ReferralVerb.Decide => IsIndependent(caller.Actor) && HasCurrentAssessment(limits, now) && !NeedsInterimProtection,
            ReferralVerb.PauseClock => clocks.Exists(clock => clock.IsRunningAt(now)),
            ReferralVerb.ProposeTransfer => EffectiveAt is null,
            ReferralVerb.CancelTransfer => EffectiveAt is null || EffectiveAt > now,
            ReferralVerb.BeginEntitlements => EntitlementsVersion is null,
            ReferralVerb.SettleEntitlement => OpenEntitlements.Any(),
            ReferralVerb.Close => !OpenEntitlements.Any(),
            ReferralVerb.ResumeClock => clocks.Exists(clock => clock.IsPaused),
            ReferralVerb.ExplainBreach => clocks.Exists(clock => clock.IsBreachedAt(now) && clock.BreachReason is null),
            _ => true,
        });
    }

    private void ScheduleReview(DateTimeOffset at, DateTimeOffset now)
    {
        NextReviewAt = at;
        StartClock(ClockKind.Review, ClockTarget.On(UkCalendar.Day(at.AddTicks(-1))), now);
    }

    private void StartClock(ClockKind kind, ClockTarget target, DateTimeOffset now)
    {
        clocks.Add(CaseClock.Start(kind, target, WorkingDays.JurisdictionOf(Region), now));
        SetNextClock();
    }

    private void SetNextClock()
    {
        NextClockAt = clocks.Select(clock => clock.NextAt).Append(EffectiveAt).Min();
        OverdueSince = clocks.Where(clock => clock.IsOpen && clock.BreachTold).Min(clock => clock.DueAt);
        DueSoonSince = clocks.Min(clock => clock.DueSoonSince);
        EntitlementDueAt = ReferralPath.Allows(Status, ReferralVerb.SettleEntitlement)
            ? OpenEntitlements.Min(entitlement => (DateTimeOffset?)entitlement.DueAt) : null;
    }

    private Problem? Go(ReferralVerb verb, ReferralStatus to, DateTimeOffset now)
    {
        if (!ReferralPath.Allows(Status, verb, to))
        {
            return ReferralsProblems.NotInThisStatus;
        }

        Status = to;
        Version++;
        clocks.StopBy(verb, to, now);
        SetNextClock();
        return null;
    }

    // Reads as the rest of a verb that Go allowed.
    private Problem? Then(Action change)
    {
        change();
        SetNextClock();
        return null;
    }
}
