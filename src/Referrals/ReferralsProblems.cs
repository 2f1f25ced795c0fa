using Soc.ServiceDefaults;

namespace Soc.Referrals;

/// <summary>Every expected failure of this service. None of them ever holds input: not a name, not a date, not a code that was sent.</summary>
internal static class ReferralsProblems
{
    /// <summary>Also the answer to whoever may not know that the case exists; the same bytes.</summary>
    public static readonly Problem NotFound = new("referral.not-found", 404, "There is no such referral", "Check the address. Nothing is said about referrals of other units.");

    public static readonly Problem NotInThisStatus = new("referral.not-in-this-status", 409, "The referral's status does not allow this",
        "Read the referral: allowedActions says what can be done now.");

    public static readonly Problem RoleNeeded = new("referral.role-needed", 403, "Your role on the case does not allow this",
        "Read the referral: allowedActions says what you can do. A triage officer or case officer of the case can change its team.");

    public static readonly Problem InterimProtectionFirst = new("triage.interim-protection-first", 409, "An immediate threat is met first",
        "Record the interim protection; then triage to assessment, or the decision, goes on.");

    public static readonly Problem ImmediateIsNotReturned = new("triage.immediate-not-returned", 409, "An immediate threat does not wait for a form",
        "Record the interim protection, and ask the referrer by other means meanwhile.");

    /// <param name="codes">The closed list of services to turn to.</param>
    public static Problem RedirectToInvalid(IEnumerable<string> codes) => new("triage.redirect-to-invalid", 400, "The service to turn to is not stated as it must be",
        $"For the route redirected give redirectTo, one of: {string.Join(", ", codes)}; for any other route leave it out.");

    public static readonly Problem TeamNeedsALead = new("team.lead-needed", 422, "The case would have nobody who can change its team",
        "Keep or add a triage officer or a case officer.");

    public static readonly Problem TeamNotYourself = new("team.not-yourself", 422, "Nobody ends their own membership",
        "Another triage officer or case officer of the case ends it for you.");

    public static readonly Problem TeamInvalid = new("team.invalid", 400, "A member of the team is not stated in full",
        "Give at most 20 members, each with the actor's pseudonym of 1 to 128 characters, none of them a control character, and a role of the closed list.");

    public static readonly Problem ProvidersInvalid = new("arrangements.invalid", 400, "The arrangements are not stated in full",
        "Give 1 to 20 arrangements, each with a type of the closed list, the organisation that provides it, and at most 10 that provide it jointly.");

    public static readonly Problem ReviewDateInvalid = new("review.date-invalid", 400, "The next review is not at a possible date",
        "Use the form YYYY-MM-DD, after today and not after the longest interval between two reviews.");

    public static readonly Problem OverrideIncomplete = new("assessment.override-incomplete", 422, "The override is not stated in full",
        "To set another band than the tool's, give that band, a reason of the closed list and a text.");

    public static readonly Problem FollowsUnknown = new("referral.follows-unknown", 422, "The earlier referral is not one of yours",
        "Give the id of a referral that your organisation submitted, or leave it out.");

    public static readonly Problem NothingAdded = new("referral.nothing-added", 400, "The resubmission adds nothing",
        "Give what was asked for: a narrative or something about the person.");

    public static readonly Problem ClockNotRunning = new("clock.not-running", 409, "The clock is not running", "Only a clock that runs and is not overdue can be paused.");

    public static readonly Problem ClockNotPaused = new("clock.not-paused", 409, "The clock is not paused", "Read the referral: its clocks say how each of them stands.");

    public static readonly Problem ClockNotBreached = new("clock.not-breached", 409, "The clock has not been breached", "Only a breach needs a reason.");

    public static readonly Problem BreachExplained = new("clock.breach-explained", 409, "The breach has its reason already", "The reason that was given first stands.");

    public static readonly Problem TransferToSelf = new("transfer.to-self", 422, "The case is with that unit already", "Name another unit.");

    public static readonly Problem TransferAgreed = new("transfer.agreed", 409, "A transfer of the case is under way already", "Wait until it takes effect, or cancel the proposal.");

    public static readonly Problem EffectiveInvalid = new("transfer.effective-invalid", 400, "The transfer cannot take effect then",
        "Give an instant from now to 90 days ahead, in UTC, or leave it out for now.");

    public static readonly Problem BulkTransferNotFound = new("bulk-transfer.not-found", 404, "There is no such bulk transfer", "Check the address. Nothing is said about those of other units.");

    public static readonly Problem BulkTransferAnswered = new("bulk-transfer.answered", 409, "The bulk transfer has been answered", "Read it: its status says how it stands.");

    public static readonly Problem BulkTransferUnderWay = new("bulk-transfer.under-way", 409, "The unit has a bulk transfer under way already",
        "Cancel it while it is proposed, or wait until it is done.");

    public static readonly Problem BulkTransferLapsed = new("bulk-transfer.lapsed", 409, "The instant of the bulk transfer has passed",
        "No case changes hands before both units have agreed. Ask the other unit to cancel it and to propose another.");

    public static readonly Problem DraftNotFound = new("draft.not-found", 404, "There is no such draft", "Check the address. A draft shows itself to its author alone, and is purged when it is left.");

    public static readonly Problem BreakGlassNotFound = new("break-glass.not-found", 404, "There is no such emergency access", "Check the address.");

    public static readonly Problem BreakGlassIncomplete = new("break-glass.incomplete", 400, "The emergency is not stated in full",
        "Give the case's reference, a reason of the closed list and a text.");

    public static readonly Problem BreakGlassNotIndependent = new("break-glass.not-independent", 403, "Somebody else must do this",
        "Nobody approves their own request, nor reviews an access that they asked for or approved.");

    public static readonly Problem BreakGlassDone = new("break-glass.not-in-this-status", 409, "The emergency access is not in the status for this", "Read the list: it says how each of them stands.");

    public static readonly Problem BreakGlassLapsed = new("break-glass.lapsed", 409, "Nobody approved the emergency access in time",
        "A request lapses after 60 minutes. Where the emergency goes on, ask again.");

    public static readonly Problem EntitlementsBegun = new("entitlements.begun", 409, "The entitlements have begun already", "Settle each of them by its right.");

    public static readonly Problem NotEnhanced = new("entitlements.not-enhanced", 400, "A reason is given for rights that are not enhanced",
        "Give enhancedReason where enhanced is true, and leave it out where it is false.");

    public static readonly Problem EntitlementUnknown = new("entitlement.unknown", 409, "There is no such entitlement to settle", "Give the number of a right, 1 to 12, of entitlements that have begun, and one that has not been settled.");

    /// <param name="rights">The rights that are neither done nor have a reason.</param>
    public static Problem EntitlementsDue(IEnumerable<(int Right, string Code)> rights) => new("entitlements.due", 409, "Rights of the person are still due",
        $"A case officer first records each as done, or why it was not done: {string.Join(", ", rights.Select(each => $"{each.Right} ({each.Code})"))}.");

    public static readonly Problem Unreadable = new("referral.unreadable", 500, "The referral's sealed fields cannot be read",
        "They fail their integrity check. Tell the service's operators; the referral has not been changed.");

    public static readonly Problem NothingTold = new("referral.nothing-told", 400, "Say what the threat is",
        "Give a narrative or a threat category. Everything about the person may be missing.");

    public static readonly Problem DateInvalid = new("referral.date-invalid", 400, "The date of birth is not a possible date",
        "Use the form YYYY-MM-DD, not in the future and not more than 130 years ago, or not-known.");

    public static readonly Problem TooManyAliases = new("referral.too-many-aliases", 400, "There are too many aliases", "Give at most 20 aliases.");

    public static readonly Problem ScoreOutOfRange = new("assessment.score-out-of-range", 400, "The score is outside the tool's range",
        "Give a score between the tool's lowest and highest.");

    public static readonly Problem BandDoesNotFollow = new("assessment.band-does-not-follow", 422, "The band does not follow from the score",
        "Give the band that the tool's version assigns to this score.");

    public static readonly Problem AssessmentOutOfDate = new("decision.assessment-out-of-date", 409, "The decision needs a current risk assessment",
        "The newest assessment is older than its band allows. Record a new one first.");

    public static readonly Problem AuthoriserNotIndependent = new("decision.authoriser-not-independent", 403, "The authoriser must be independent",
        "Whoever referred or assessed a person does not decide on them. Somebody else must authorise.");

    public static readonly Problem CooperationMissing = new("decision.cooperation-missing", 422, "Cooperation is neither recorded nor dispensed with",
        "To accept, record the person's agreement to cooperate, or state the basis for protecting them without it.");

    public static readonly Problem CursorInvalid = new("cursor.invalid", 400, "The cursor is not one of ours", "Start without a cursor, or use one exactly as it was given.");

    public static readonly Problem LimitInvalid = new("limit.invalid", 400, "The limit is out of range", "Ask for 1 to 100 items.");

    public static Problem FactorMissing(string paragraph, string factor) => new("decision.factor-missing", 422, "A statutory factor has no finding",
        $"Section 82(4)({paragraph}) of the Serious Organised Crime and Police Act 2005: have regard to {factor}.");

    public static Problem TextTooLong(string field, int limit) => new("referral.text-too-long", 400, "A text is too long",
        $"The field {field} holds at most {limit} characters.");

    public static readonly Problem RetentionDoesNotFollow = new("retention.rule-does-not-follow", 422, "The retention rule does not follow from the case",
        "A case that had arrangements is kept as protected-person, any other as referral-without-protection.");

    /// <param name="field">The member, or the parameter.</param>
    /// <param name="codes">Its list as it is for this case and caller: ours, and never what was sent.</param>
    public static Problem NotInList(string field, params IEnumerable<string> codes) => new("referral.not-in-list", 400, "A code is not in its list",
        codes.Any() ? $"The field {field} takes: {string.Join(", ", codes)}." : $"The field {field} takes a code of its closed list.");
}
