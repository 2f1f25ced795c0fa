using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Soc.Referrals.Audit;
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

        var (now, cancellation) = (clock.GetUtcNow(), http.RequestAborted);
        await using var transaction = await db.BeginForAsync(caller.Organisation, cancellation);
        var referral = await Casework.FindAsync(db, caller, referralId, cancellation);
        var fields = referral is null ? [] : await db.SealedFields.AsNoTracking().Where(field => field.ReferralId == referralId).ToListAsync(cancellation);
        var dataKey = referral is null ? null : await db.DataKeys.AsNoTracking().SingleOrDefaultAsync(key => key.ReferralId == referralId, cancellation);
        var (opened, problem) = referral is null ? (null, ReferralsProblems.NotFound) : Open(keys, dataKey, fields);

        // Committed before a byte of the answer leaves. Where it cannot be written, this throws, and there is no answer.
        db.Add(AuditEntry.Of(caller, "referral.read", referralId, opened?.Keys ?? Enumerable.Empty<string>(), problem?.Code ?? AuditEntry.Done, now));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        if (problem is not null)
        {
            return problem.ToResult();
        }

        http.Response.SetETag(referral!.Version);
        return Results.Ok(ReferralView.Of(referral, opened!, erased: dataKey is null, referral.AllowedTo(caller, casework.AgeLimits, now)));
    }

    private static (Dictionary<string, string>? Opened, Problem? Problem) Open(CaseKeys keys, DataKey? dataKey, List<SealedField> fields)
    {
        if (dataKey is null)
        {
            return ([], null); // erased: nothing that was sealed can be read again
        }

        try
        {
            using var key = keys.Open(dataKey);
            return (fields.ToDictionary(field => field.Field, key.Open), null);
        }
        catch (CryptographicException)
        {
            return (null, ReferralsProblems.Unreadable);
        }
    }
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

    public required SubjectView Subject { get; init; }

    public TriageView? Triage { get; init; }

    public required IEnumerable<AssessmentView> Assessments { get; init; }

    public DecisionView? Decision { get; init; }

    /// <summary>What this caller could do now, by the name of the path to post to: <c>triage</c>, <c>assessment</c>, <c>decision</c>.</summary>
    public required IEnumerable<string> AllowedActions { get; init; }

    public static ReferralView Of(Referral referral, IReadOnlyDictionary<string, string> opened, bool erased, IEnumerable<ReferralVerb> allowed) => new()
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
        Narrative = opened.GetValueOrDefault(SealedFields.Narrative),
        Subject = SubjectView.Of(opened),
        Triage = referral.TriagedAt is { } at ? new TriageView(referral.TriagedBy!, at, referral.TriageReason!) : null,
        Assessments = referral.Assessments.OrderBy(assessment => assessment.AssessedAt).Select(assessment => new AssessmentView(
            assessment.Tool, assessment.Score, Codes.Of(assessment.Band), assessment.Assessor, assessment.AssessedAt)),
        Decision = referral.Decision is { } decision ? DecisionView.Of(decision, opened) : null,
        AllowedActions = allowed.Select(CaseOfficers.PathOf),
    };
}

internal sealed class SubjectView
{
    public string? Name { get; init; }

    public required IReadOnlyList<string> Aliases { get; init; }

    public string? DateOfBirth { get; init; }

    public string? Contact { get; init; }

    public string? Location { get; init; }

    public static SubjectView Of(IReadOnlyDictionary<string, string> opened) => new()
    {
        Name = opened.GetValueOrDefault(SealedFields.Name),
        Aliases = opened.TryGetValue(SealedFields.Aliases, out var aliases) ? JsonSerializer.Deserialize<string[]>(aliases)! : [],
        DateOfBirth = opened.GetValueOrDefault(SealedFields.DateOfBirth),
        Contact = opened.GetValueOrDefault(SealedFields.Contact),
        Location = opened.GetValueOrDefault(SealedFields.Location),
    };
}

internal sealed record TriageView(string Officer, DateTimeOffset At, string Reason);

internal sealed record AssessmentView(string Tool, int Score, string Band, string Assessor, DateTimeOffset AssessedAt);

internal sealed class DecisionView
{
    public required string Outcome { get; init; }

    public required string Authoriser { get; init; }

    public required DateTimeOffset DecidedAt { get; init; }

    public required StatutoryFactors Factors { get; init; }

    public required Cooperation Cooperation { get; init; }

    public static DecisionView Of(Decision decision, IReadOnlyDictionary<string, string> opened) => new()
    {
        Outcome = Codes.Of(decision.Outcome),
        Authoriser = decision.Authoriser,
        DecidedAt = decision.DecidedAt,
        Factors = new StatutoryFactors
        {
            RiskToSafety = opened.GetValueOrDefault(SealedFields.RiskToSafety),
            CostOfArrangements = opened.GetValueOrDefault(SealedFields.CostOfArrangements),
            AbilityToAdjust = opened.GetValueOrDefault(SealedFields.AbilityToAdjust),
            Witness = new WitnessFactor { IsOrMightBeWitness = decision.IsOrMightBeWitness, Finding = opened.GetValueOrDefault(SealedFields.WitnessFinding) },
        },
        Cooperation = new Cooperation { Recorded = decision.CooperationRecorded, BasisWithout = opened.GetValueOrDefault(SealedFields.BasisWithoutCooperation) },
    };
}
