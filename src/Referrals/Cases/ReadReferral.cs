using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Soc.Referrals.Audit;
using Soc.Referrals.BreakGlass;
using Soc.Referrals.Data;
using Soc.Referrals.Sealing;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Cases;

/// <summary>Reads a case, for officers of its responsible unit. The only place where sealed fields are opened for somebody to see.</summary>
internal static class ReadReferral
{
    public static async Task<IResult> HandleAsync(
        string id, HttpContext http, Caller caller, ReferralsDb db, CaseKeys keys, Casework casework, TimeProvider clock)
    {
        if (!Guid.TryParseExact(id, "D", out var referralId))
        {
            return ReferralsProblems.NotFound.ToResult();
        }

        var (now, cancellation) = (clock.Now(), http.RequestAborted);
        await using var transaction = await db.BeginForAsync(caller, cancellation);
        var referral = await Casework.FindCurrentAsync(db, caller, referralId, cancellation);
        var fields = referral is null ? [] : await db.SealedFields.AsNoTracking().Where(field => field.ReferralId == referralId).ToListAsync(cancellation);
        var dataKey = referral is null ? null : await db.DataKeys.AsNoTracking().SingleOrDefaultAsync(key => key.ReferralId == referralId, cancellation);
        var (opened, problem) = referral is null ? (null, ReferralsProblems.NotFound) : Open(keys, dataKey, fields);

        // Committed before a byte of the answer leaves. Where it cannot be written, this throws, and there is no answer.
        db.Add(AuditEntry.Of(caller, "referral.read", referralId, opened?.Fields ?? [], problem?.Code ?? AuditEntry.Done, now));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        if (problem is not null)
        {
            return problem.ToResult();
        }

        http.Response.SetETag(referral!.Version);
        return Results.Ok(ReferralView.Of(referral, opened!, erased: dataKey is null, referral.AllowedTo(caller, casework.AgeLimits, now), now));
    }

    /// <summary>Reads the case of an emergency access, for the one who asked for it and as long as it lasts; nothing can be done to the case with it.</summary>
    public static async Task<IResult> InEmergencyAsync(string id, HttpContext http, Caller caller, ReferralsDb db, CaseKeys keys, TimeProvider clock)
    {
        var (now, cancellation) = (clock.Now(), http.RequestAborted);
        await using var transaction = await db.BeginForAsync(caller, cancellation, WorkPurpose.BreakGlass);
        var access = await BreakGlassEndpoints.FindAsync(db, caller, id, cancellation);
        var referral = access is { ReferralId: { } referralId } && access.IsOpenTo(caller.Actor, now)
            ? await db.Referrals.AsNoTracking().AsSplitQuery().SingleOrDefaultAsync(each => each.Id == referralId, cancellation) : null; // and row security, by its own clock
        var fields = referral is null ? [] : await db.SealedFields.AsNoTracking().Where(field => field.ReferralId == referral.Id).ToListAsync(cancellation);
        var dataKey = referral is null ? null : await db.DataKeys.AsNoTracking().SingleOrDefaultAsync(key => key.ReferralId == referral.Id, cancellation);
        var (opened, problem) = referral is null ? (null, ReferralsProblems.NotFound) : Open(keys, dataKey, fields);
        if (access is not null && problem is null)
        {
            access.Reads++;
        }

        db.Add(AuditEntry.Of(caller, "break-glass.read", referral?.Id ?? access?.Id ?? Guid.Empty, opened?.Fields ?? [], problem?.Code ?? AuditEntry.Done, now));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return problem?.ToResult() ?? Results.Ok(ReferralView.Of(referral!, opened!, erased: dataKey is null, [], now));
    }

    private static (OpenedFields? Opened, Problem? Problem) Open(CaseKeys keys, DataKey? dataKey, List<SealedField> fields)
    {
        if (dataKey is null)
        {
            return (new OpenedFields([]), null); // erased: nothing that was sealed can be read again
        }

        try
        {
            using var key = keys.Open(dataKey);
            return (new OpenedFields(fields.Select(field => (field.Field, field.Version, key.Open(field)))), null);
        }
        catch (CryptographicException)
        {
            return (null, ReferralsProblems.Unreadable);
        }
    }
}

/// <summary>What was sealed, opened: for each field what was told last, and for what is told again and again each telling by the version that it came with.</summary>
internal sealed class OpenedFields(IEnumerable<(string Field, long Version, string Text)> texts)
{
    private readonly ILookup<string, (long Version, string Text)> texts =
        texts.OrderBy(text => text.Version).ToLookup(text => text.Field, text => (text.Version, text.Text));

    public IEnumerable<string> Fields => texts.Select(told => told.Key);

    /// <summary>When any of these was told: the versions, the first first.</summary>
    public IEnumerable<long> VersionsOf(params IEnumerable<string> fields) => fields.SelectMany(field => texts[field]).Select(text => text.Version).Distinct().Order();

    public string? Last(string field) => texts[field].Select(text => text.Text).LastOrDefault();

    public IEnumerable<string> Before(string field) => texts[field].SkipLast(1).Select(text => text.Text);

    public string? With(long? version, string field) => texts[field].Where(text => text.Version == version).Select(text => text.Text).SingleOrDefault();
}

/// <summary>A case as its officers see it. Classes and not records: a record's ToString would print the person.</summary>
internal sealed class ReferralView
{
    public required Guid Id { get; init; }

    public required string Reference { get; init; }

    public required string Status { get; init; }

    public required string Priority { get; init; }

    public required string Region { get; init; }

    public string? ThreatCategory { get; init; }

    public required Guid ReferringOrganisation { get; init; }

    public required DateTimeOffset SubmittedAt { get; init; }

    /// <summary>True once the data key has been destroyed: the sealed fields are gone for good.</summary>
    public required bool Erased { get; init; }

    public string? Narrative { get; init; }

    /// <summary>Earlier narratives, the oldest first, where the referrer told more later.</summary>
    public required IEnumerable<string> EarlierNarratives { get; init; }

    public required SubjectView Subject { get; init; }

    /// <summary>What each earlier telling said of the person, the oldest first, where the referrer told more later.</summary>
    public required IEnumerable<SubjectView> EarlierSubjects { get; init; }

    public TriageView? Triage { get; init; }

    public required IEnumerable<AssessmentView> Assessments { get; init; }

    public required IEnumerable<InterimView> InterimProtections { get; init; }

    public DecisionView? Decision { get; init; }

    public required IEnumerable<ArrangementView> Arrangements { get; init; }

    public required IEnumerable<ReviewView> Reviews { get; init; }

    public DateTimeOffset? NextReviewAt { get; init; }

    public string? EndReason { get; init; }

    public string? ClosureReason { get; init; }

    public string? RetentionRule { get; init; }

    public DateOnly? RetainUntil { get; init; }

    /// <summary>The earlier referral that this one follows.</summary>
    public Guid? Follows { get; init; }

    public required IEnumerable<ClockView> Clocks { get; init; }

    public required IEnumerable<EntitlementView> Entitlements { get; init; }

    public string? EnhancedReason { get; init; }

    public required IEnumerable<MemberView> Team { get; init; }

    /// <summary>What this caller could do now, by the name of the path to post to, such as <c>triage</c>.</summary>
    public required IEnumerable<string> AllowedActions { get; init; }

    public static ReferralView Of(Referral referral, OpenedFields opened, bool erased, IEnumerable<ReferralVerb> allowed, DateTimeOffset now) => new()
    {
        Id = referral.Id,
        Reference = referral.Reference,
        Status = Codes.Of(referral.Status),
        Priority = Codes.Of(referral.Band),
        Region = referral.Region,
        ThreatCategory = referral.ThreatCategory,
        ReferringOrganisation = referral.ReferringOrganisation,
        SubmittedAt = referral.SubmittedAt,
        Erased = erased,
        Narrative = opened.Last(SealedFields.Narrative),
        EarlierNarratives = opened.Before(SealedFields.Narrative),
        Subject = SubjectView.Of(opened.Last),
        EarlierSubjects = opened.VersionsOf(SubjectView.Fields).SkipLast(1).Select(version => SubjectView.Of(field => opened.With(version, field))),
        Triage = referral.TriagedAt is { } at ? new TriageView(referral.TriagedBy!, at, referral.TriageReason!, referral.RedirectedTo) : null,
        Assessments = referral.Assessments.OrderBy(assessment => assessment.AssessedAt).Select(assessment => new AssessmentView(
            assessment.Tool, assessment.Score, Codes.Of(assessment.Band), assessment.Assessor, assessment.AssessedAt,
            assessment.OverrideReason is null ? null : new OverrideView(assessment.OverrideReason, opened.With(assessment.CaseVersion, SealedFields.OverrideReasoning)))),
        InterimProtections = referral.InterimProtections.OrderBy(interim => interim.DecidedAt).Select(interim => new InterimView(
            interim.Measures, interim.Officer, interim.DecidedAt, opened.With(interim.CaseVersion, SealedFields.InterimBasis))),
        Decision = referral.Decision is { } decision ? DecisionView.Of(decision, opened) : null,
        Arrangements = referral.Arrangements.OrderBy(arrangement => arrangement.ArrangedAt).Select(arrangement => new ArrangementView(
            arrangement.Type, arrangement.Provider, arrangement.JointProviders, arrangement.Officer, arrangement.ArrangedAt)),
        Reviews = referral.Reviews.OrderBy(review => review.StartedAt).Select(review => new ReviewView(
            review.Officer, review.StartedAt, review.Outcome, review.ConcludedAt, opened.With(review.CaseVersion, SealedFields.ReviewNote))),
        NextReviewAt = referral.NextReviewAt,
        EndReason = referral.EndReason,
        ClosureReason = referral.ClosureReason,
        RetentionRule = referral.RetentionRule,
        RetainUntil = referral.RetainUntil,
        Follows = referral.Follows,
        Clocks = referral.Clocks.Select(clock => new ClockView(
            Codes.Of(clock.Kind), clock.Target, clock.StartedAt, clock.DueAt, clock.StoppedAt, Codes.Of(clock.StateAt(now)), clock.BreachReason,
            clock.Pauses.Select(pause => new PauseView(pause.Reason, pause.From, pause.Until)))),
        Entitlements = referral.Entitlements.OrderBy(entitlement => entitlement.Right).Select(entitlement => new EntitlementView(
            entitlement.Right, entitlement.Code, entitlement.DueAt, entitlement.StateAt(now), entitlement.SettledAt, entitlement.NotDoneReason)),
        EnhancedReason = referral.EnhancedReason,
        Team = referral.Members.Where(member => member.Unit == referral.ResponsibleUnit && member.Until is null).OrderBy(member => member.Since)
            .Select(member => new MemberView(member.Actor, Codes.Of(member.Role), member.Since)),
        AllowedActions = allowed.Select(CaseVerbs.PathOf),
    };
}

internal sealed class SubjectView
{
    public string? Name { get; init; }

    public required IReadOnlyList<string> Aliases { get; init; }

    public string? DateOfBirth { get; init; }

    public string? Contact { get; init; }

    public string? Location { get; init; }

    public static readonly IReadOnlyList<string> Fields = [SealedFields.Name, SealedFields.Aliases, SealedFields.DateOfBirth, SealedFields.Contact, SealedFields.Location];

    public static SubjectView Of(Func<string, string?> told) => new()
    {
        Name = told(SealedFields.Name),
        Aliases = told(SealedFields.Aliases) is { } aliases ? JsonSerializer.Deserialize<string[]>(aliases)! : [],
        DateOfBirth = told(SealedFields.DateOfBirth),
        Contact = told(SealedFields.Contact),
        Location = told(SealedFields.Location),
    };
}

internal sealed record TriageView(string Officer, DateTimeOffset At, string Reason, string? RedirectTo);

internal sealed record AssessmentView(string Tool, int Score, string Band, string Assessor, DateTimeOffset AssessedAt, OverrideView? Override);

internal sealed record ClockView(
    string Clock, string Target, DateTimeOffset StartedAt, DateTimeOffset? DueAt, DateTimeOffset? StoppedAt, string State, string? BreachReason, IEnumerable<PauseView> Pauses);

internal sealed record PauseView(string Reason, DateTimeOffset From, DateTimeOffset? Until);

internal sealed record EntitlementView(int Right, string Code, DateTimeOffset DueAt, string State, DateTimeOffset? SettledAt, string? NotDoneReason);

internal sealed record MemberView(string Actor, string Role, DateTimeOffset Since);

internal sealed record ArrangementView(string Type, Guid Provider, IReadOnlyList<Guid> JointProviders, string Officer, DateTimeOffset ArrangedAt);

internal sealed class OverrideView(string reason, string? text)
{
    public string Reason => reason;

    public string? Text => text;
}

internal sealed class InterimView(IReadOnlyList<string> measures, string officer, DateTimeOffset decidedAt, string? basis)
{
    public IReadOnlyList<string> Measures => measures;

    public string Officer => officer;

    public DateTimeOffset DecidedAt => decidedAt;

    public string? Basis => basis;
}

internal sealed class ReviewView(string officer, DateTimeOffset startedAt, string? outcome, DateTimeOffset? concludedAt, string? note)
{
    public string Officer => officer;

    public DateTimeOffset StartedAt => startedAt;

    public string? Outcome => outcome;

    public DateTimeOffset? ConcludedAt => concludedAt;

    public string? Note => note;
}

internal sealed class DecisionView
{
    public required string Outcome { get; init; }

    public required string Authoriser { get; init; }

    public required DateTimeOffset DecidedAt { get; init; }

    public required StatutoryFactors Factors { get; init; }

    public required Cooperation Cooperation { get; init; }

    public static DecisionView Of(Decision decision, OpenedFields opened) => new()
    {
        Outcome = Codes.Of(decision.Outcome),
        Authoriser = decision.Authoriser,
        DecidedAt = decision.DecidedAt,
        Factors = new StatutoryFactors
        {
            RiskToSafety = opened.Last(SealedFields.RiskToSafety),
            CostOfArrangements = opened.Last(SealedFields.CostOfArrangements),
            AbilityToAdjust = opened.Last(SealedFields.AbilityToAdjust),
            Witness = new WitnessFactor { IsOrMightBeWitness = decision.IsOrMightBeWitness, Finding = opened.Last(SealedFields.WitnessFinding) },
        },
        Cooperation = new Cooperation { Recorded = decision.CooperationRecorded, BasisWithout = opened.Last(SealedFields.BasisWithoutCooperation) },
    };
}
