using System.Collections.Frozen;
using Soc.ServiceDefaults;
using static Soc.Referrals.Cases.CaseRole;
using static Soc.Referrals.Cases.ReferralStatus;
using static Soc.Referrals.Cases.ReferralVerb;

namespace Soc.Referrals.Cases;

/// <summary>What may be done to a referral after its submission.</summary>
internal enum ReferralVerb
{
    Acknowledge,
    Return,
    Resubmit,
    Triage,
    ProtectInterim,
    Assess,
    Decide,
    Withdraw,
    Arrange,
    Review,
    ConcludeReview,
    PlanExit,
    Exit,
    Close,
    Retain,
    ChangeTeam,
    PauseClock,
    ResumeClock,
    ExplainBreach,
    ProposeTransfer,
    AcceptTransfer,
    RefuseTransfer,
    CancelTransfer,
    BeginEntitlements,
    SettleEntitlement,
}

/// <summary>What somebody is to a case. All but the referrer and the receiving coordinator are members of its team.</summary>
internal enum CaseRole
{
    Referrer,
    TriageOfficer,
    CaseOfficer,
    RiskAssessor,
    AuthorisingOfficer,
    ReviewOfficer,
    TransferCoordinator,

    /// <summary>A transfer coordinator of the unit that a transfer is proposed to: of the case that unit sees nothing but the proposal.</summary>
    ReceivingCoordinator,
}

/// <summary>A verb: from where, to where, and who may.</summary>
/// <param name="Verb">The verb.</param>
/// <param name="From">The statuses in which it can be done.</param>
/// <param name="To">The statuses it leads to; none where the referral stays as it is.</param>
/// <param name="Roles">Each of them may.</param>
internal sealed record PathStep(ReferralVerb Verb, ReferralStatus[] From, ReferralStatus[] To, CaseRole[] Roles);

/// <summary>The path of a referral: whatever is not in this table is refused. There is no way back from an end; a later referral follows the earlier one.</summary>
internal static class ReferralPath
{
    /// <summary>Where a case waits for whichever triage officer is on duty.</summary>
    public static readonly ReferralStatus[] AwaitingTriage = [Submitted, Resubmitted, InTriage];

    /// <summary>Statuses with protection in place: they always have a next review date.</summary>
    public static readonly ReferralStatus[] Protected = [Active, InReview, TransferProposed, TransferAccepted, ExitPlanned];

    /// <summary>Ends of the path from which a case is only closed.</summary>
    public static readonly ReferralStatus[] Ends = [Redirected, NotForThisService, Declined, Withdrawn, Exited];

    /// <summary>Where work is left to do.</summary>
    public static readonly ReferralStatus[] Open = [.. AwaitingTriage, Returned, InterimProtection, InAssessment, DecisionPending, Accepted, .. Protected];

    public static readonly IReadOnlyList<PathStep> Table =
    [
        new(Acknowledge, [Submitted, Resubmitted], [InTriage], [TriageOfficer]),
        new(Return, AwaitingTriage, [Returned], [TriageOfficer]),
        new(Resubmit, [Returned], [Resubmitted], [Referrer]),
        new(ReferralVerb.Triage, AwaitingTriage, [InAssessment, Redirected, NotForThisService], [TriageOfficer]),
        new(ReferralVerb.Triage, [InterimProtection], [InAssessment], [TriageOfficer]),
        new(ProtectInterim, AwaitingTriage, [InterimProtection], [TriageOfficer, CaseOfficer]),
        new(ProtectInterim, [InterimProtection, InAssessment, DecisionPending], [], [TriageOfficer, CaseOfficer]),
        new(Assess, [InAssessment], [DecisionPending], [RiskAssessor]),
        new(Assess, [DecisionPending], [], [RiskAssessor]), // an assessment that has aged is done again
        new(Decide, [DecisionPending], [Accepted, Declined], [AuthorisingOfficer]),
        new(Withdraw, [.. AwaitingTriage, Returned, InterimProtection, InAssessment, DecisionPending, Accepted], [Withdrawn], [TriageOfficer, CaseOfficer]),
        new(Arrange, [Accepted], [Active], [CaseOfficer]),
        new(Arrange, [Active, InReview, TransferAccepted], [], [CaseOfficer]), // somebody who waits to be handed over is protected meanwhile
        new(ReferralVerb.Review, [Active], [InReview], [ReviewOfficer]),
        new(ConcludeReview, [InReview], [Active], [ReviewOfficer]),
        new(ProposeTransfer, [Active], [TransferProposed], [TransferCoordinator]),
        new(AcceptTransfer, [TransferProposed], [TransferAccepted], [ReceivingCoordinator]), // at the effective instant active, with the new unit
        new(RefuseTransfer, [TransferProposed], [Active], [ReceivingCoordinator]),
        new(CancelTransfer, [TransferProposed], [Active], [TransferCoordinator]), // the receiving unit refuses instead, with a reason
        new(CancelTransfer, [TransferAccepted], [Active], [TransferCoordinator, ReceivingCoordinator]),
        new(PlanExit, [Active], [ExitPlanned], [CaseOfficer]),
        new(Exit, [ExitPlanned], [Exited], [CaseOfficer]),
        new(Close, Ends, [Closed], [TriageOfficer, CaseOfficer]),
        new(Retain, [Closed], [Retained], [CaseOfficer, TriageOfficer]),
        new(BeginEntitlements, [InterimProtection, InAssessment, DecisionPending, Accepted, .. Protected], [], [CaseOfficer]),
        new(SettleEntitlement, [InterimProtection, InAssessment, DecisionPending, Accepted, .. Protected, Declined, Withdrawn, Exited], [], [CaseOfficer]), // until the case is closed
        new(PauseClock, [InTriage, InterimProtection, InAssessment, DecisionPending], [], [TriageOfficer, CaseOfficer]),
        new(ResumeClock, [InTriage, InterimProtection, InAssessment, DecisionPending], [], [TriageOfficer, CaseOfficer]),
        new(ExplainBreach, [.. Open, .. Ends], [], [TriageOfficer, CaseOfficer]),
        new(ChangeTeam, [.. Open, .. Ends], [], [TriageOfficer, CaseOfficer]),
    ];

    /// <summary>What leads on and yet is nobody's next step: it is done where there is a cause for it.</summary>
    private static readonly ReferralVerb[] OnOccasion = [ProtectInterim, Withdraw, ProposeTransfer];

    private static readonly FrozenDictionary<CaseRole, ReferralStatus[]> Awaiting = Enum.GetValues<CaseRole>().ToFrozenDictionary(
        role => role, role => Table.Where(step => step.To.Length > 0 && step.Roles.Contains(role) && !OnOccasion.Contains(step.Verb)).SelectMany(step => step.From).Distinct().ToArray());

    private static readonly FrozenDictionary<ReferralVerb, FrozenSet<CaseRole>> Roles =
        Table.GroupBy(step => step.Verb).ToFrozenDictionary(steps => steps.Key, steps => steps.SelectMany(step => step.Roles).ToFrozenSet());

    private static readonly FrozenDictionary<(ReferralStatus, ReferralVerb), CaseRole[]> RolesIn =
        Table.SelectMany(step => step.From.Select(from => (from, step))).ToFrozenDictionary(way => (way.from, way.step.Verb), way => way.step.Roles);

    private static readonly FrozenDictionary<(ReferralStatus, ReferralVerb), ReferralStatus[]> Ways =
        Table.SelectMany(step => step.From.Select(from => (from, step))).ToFrozenDictionary(
            way => (way.from, way.step.Verb), way => way.step.To.Length == 0 ? [way.from] : way.step.To);

    /// <summary>The statuses in which the next step is one of this role.</summary>
    public static IReadOnlyList<ReferralStatus> Awaits(CaseRole role) => Awaiting[role];

    /// <summary>Whether anybody with one of these roles may do it at all.</summary>
    public static bool IsFor(ReferralVerb verb, IEnumerable<CaseRole> roles) => roles.Any(Roles[verb].Contains);

    /// <summary>Whether anybody with one of these roles may do it in a status; where nobody does it in that status, whether they may at all.</summary>
    public static bool IsFor(ReferralStatus status, ReferralVerb verb, IEnumerable<CaseRole> roles) =>
        RolesIn.TryGetValue((status, verb), out var allowed) ? roles.Any(allowed.Contains) : IsFor(verb, roles);

    public static bool Allows(ReferralStatus from, ReferralVerb verb) => Ways.ContainsKey((from, verb));

    public static bool Allows(ReferralStatus from, ReferralVerb verb, ReferralStatus to) => Ways.TryGetValue((from, verb), out var ways) && ways.Contains(to);

    /// <summary>The refusal of a verb by status or role, before what it needs is looked at: first who may, then when.</summary>
    public static Problem? Refusal(ReferralStatus status, ReferralVerb verb, IEnumerable<CaseRole> roles) =>
        !IsFor(status, verb, roles) ? ReferralsProblems.RoleNeeded : !Allows(status, verb) ? ReferralsProblems.NotInThisStatus : null;
}
