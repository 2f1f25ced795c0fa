using Soc.Contracts;
using Soc.Contracts.Partners;
using Soc.ServiceDefaults;

namespace Soc.Partners.Agreements;

/// <summary>
/// An information sharing agreement: who shares what with whom, why and on what legal basis. It is executable: while it is in force its data
/// categories open scopes to the clients of its parties. <see cref="AgreementLife"/> is its life in one table.
/// </summary>
internal sealed class Agreement
{
    private const int LongestMonths = 24;

    private Agreement()
    {
    }

    public Guid Id { get; private init; }

    public string Purpose { get; private set; } = "";

    public string LegalGateway { get; private set; } = "";

    public string[] Categories { get; private set; } = [];

    public string DpiaReference { get; private set; } = "";

    public Marking MarkingCeiling { get; private set; }

    public int RetentionMonths { get; private set; }

    public DateOnly ReviewDate { get; private set; }

    public List<AgreementParty> Parties { get; private init; } = [];

    /// <summary>What acts and due work have made of it; what it is at an instant, <see cref="StatusAt"/> says.</summary>
    public AgreementStatus Status { get; private set; }

    /// <summary>When a termination takes effect, or took it.</summary>
    public DateTimeOffset? TerminatesAt { get; private set; }

    /// <summary>A code of the closed list.</summary>
    public string? TerminationReason { get; private set; }

    /// <summary>The organisation that terminates it.</summary>
    public Guid? TerminatedBy { get; private set; }

    /// <summary>Of the resource: what its ETag shows.</summary>
    public long Version { get; private set; }

    /// <summary>Of its events, which start when it becomes active: the draft and the signatures are nobody's business but the parties'.</summary>
    public long EventVersion { get; private set; }

    /// <summary>Drafts an agreement.</summary>
    /// <returns>The draft, or null where the review date does not lie ahead within 24 months.</returns>
    public static Agreement? Draft(Guid id, AgreementTerms terms, DateTimeOffset now)
    {
        if (!LiesAhead(terms.ReviewDate, now))
        {
            return null;
        }

        var agreement = new Agreement { Id = id, Status = AgreementStatus.Draft, Version = 1 };
        agreement.Take(terms);
        return agreement;
    }

    /// <summary>Replaces every term of a draft, its parties included.</summary>
    public Problem? ChangeTerms(AgreementTerms terms, DateTimeOffset now)
    {
        if (After(AgreementVerb.ChangeTerms, now) is not { } status)
        {
            return PartnersProblems.AgreementStatus;
        }

        if (!LiesAhead(terms.ReviewDate, now))
        {
            return PartnersProblems.AgreementReviewDate;
        }

        Take(terms);
        Become(status);
        return null;
    }

    /// <summary>Lays the draft before its parties, who can sign it from now on.</summary>
    public Problem? Submit(DateTimeOffset now) => Do(AgreementVerb.Submit, now);

    /// <summary>Takes it back to the draft, and every signature with it.</summary>
    public Problem? Redraft(DateTimeOffset now)
    {
        if (Do(AgreementVerb.Redraft, now) is { } refusal)
        {
            return refusal;
        }

        Parties.ForEach(party => party.TakeSignatureBack());
        return null;
    }

    /// <summary>A party signs for itself.</summary>
    public Problem? Sign(Guid organisation, string documentReference, DateTimeOffset now) =>
        Sign(AgreementVerb.Sign, organisation, documentReference, now, recordedBy: null);

    /// <summary>The information governance lead records that a party has signed on paper; <paramref name="recordedBy"/> is null only where the operator does.</summary>
    public Problem? RecordSignature(Guid organisation, string documentReference, string? recordedBy, DateTimeOffset now) =>
        Sign(AgreementVerb.RecordSignature, organisation, documentReference, now, recordedBy);

    /// <summary>Makes a fully signed agreement active.</summary>
    public Decision<AgreementActivated> Activate(DateTimeOffset now)
    {
        if (After(AgreementVerb.Activate, now) is not { } status)
        {
            return PartnersProblems.AgreementStatus;
        }

        if (now >= EndsAt)
        {
            return PartnersProblems.AgreementReviewDate;
        }

        Become(status, withEvent: true);
        return new AgreementActivated(Id, PartyIds, Categories, ReviewDate);
    }

    /// <summary>Records a completed review: the agreement goes on until a new review date. One that is being terminated is not reviewed any more.</summary>
    public Decision<AgreementReviewed> Review(DateOnly reviewDate, DateTimeOffset now)
    {
        if (TerminatesAt is not null || After(AgreementVerb.Review, now) is not { } status)
        {
            return PartnersProblems.AgreementStatus;
        }

        if (!LiesAhead(reviewDate, now))
        {
            return PartnersProblems.AgreementReviewDate;
        }

        ReviewDate = reviewDate;
        Become(status, withEvent: true);
        return new AgreementReviewed(Id, PartyIds, ReviewDate);
    }

    /// <summary>
    /// Ends it, now or at a later instant before it would end anyway; a termination that was given can still be brought forward. The event comes when it takes effect.
    /// </summary>
    /// <returns>Neither event nor refusal where it takes effect later.</returns>
    public Decision<AgreementTerminated> Terminate(Guid organisation, string reason, DateTimeOffset? effective, DateTimeOffset now)
    {
        if (After(AgreementVerb.Terminate, now) is not { } status)
        {
            return PartnersProblems.AgreementStatus;
        }

        var instant = effective ?? now;
        if (instant < now || instant >= EndsAt)
        {
            return PartnersProblems.AgreementTermination;
        }

        (TerminatesAt, TerminationReason, TerminatedBy) = (instant, reason, organisation);
        if (instant > now)
        {
            Version++;
            return default;
        }

        Become(status, withEvent: true);
        return Terminated;
    }

    /// <summary>What the clock has brought about since the last look: the event of it, or null where nothing is new.</summary>
    /// <param name="notice">How long before its review date an agreement falls due for review.</param>
    /// <param name="now">The instant.</param>
    public object? Tick(TimeSpan notice, DateTimeOffset now)
    {
        if (!Status.InForce())
        {
            return null;
        }

        var at = StatusAt(now);
        if (at != Status)
        {
            Become(AgreementLife.After(Status, at == AgreementStatus.Expired ? AgreementVerb.Expire : AgreementVerb.Terminate)!.Value, withEvent: true);
            return at == AgreementStatus.Expired ? new AgreementExpired(Id, PartyIds, Categories) : Terminated;
        }

        if (TerminatesAt is not null || now < EndsAt - notice || AgreementLife.After(Status, AgreementVerb.FallDue) is not { } due)
        {
            return null;
        }

        Become(due, withEvent: true);
        return new AgreementReviewDue(Id, PartyIds, ReviewDate);
    }

    /// <summary>When it gives no more access, if nothing else happens to it.</summary>
    public DateTimeOffset EndsAt => AgreementLife.EndsAt(ReviewDate, TerminatesAt);

    public AgreementStatus StatusAt(DateTimeOffset now) => AgreementLife.At(Status, ReviewDate, TerminatesAt, now);

    /// <summary>What this caller can do with it now, by the name of the path to post to.</summary>
    public IEnumerable<string> AllowedActions(Caller caller, DateTimeOffset now)
    {
        var manages = caller.Scopes.Contains(Scopes.AgreementsManage);
        var party = caller.Scopes.Contains(Scopes.OrganisationAttest) ? Parties.Find(each => each.OrganisationId == caller.Organisation) : null;
        foreach (var (verb, path) in LeadsPaths)
        {
            if (manages && After(verb, now) is not null && !(verb == AgreementVerb.Review && TerminatesAt is not null)
                && !(verb == AgreementVerb.RecordSignature && WouldBeAlone(caller.Actor)))
            {
                yield return path;
            }
        }

        if (party is { SignedAt: null } && After(AgreementVerb.Sign, now) is not null)
        {
            yield return "signature";
        }

        if ((manages || party is not null) && After(AgreementVerb.Terminate, now) is not null)
        {
            yield return "termination";
        }
    }

    private static readonly (AgreementVerb, string)[] LeadsPaths =
    [
        (AgreementVerb.ChangeTerms, "terms"), (AgreementVerb.Submit, "submission"), (AgreementVerb.RecordSignature, "signatures"),
        (AgreementVerb.Redraft, "redraft"), (AgreementVerb.Activate, "activation"), (AgreementVerb.Review, "review"),
    ];

    private Guid[] PartyIds => [.. Parties.Select(party => party.OrganisationId)];

    private AgreementTerminated Terminated => new(Id, PartyIds, Categories, TerminationReason!, TerminatesAt!.Value);

    private static bool LiesAhead(DateOnly reviewDate, DateTimeOffset now) =>
        UkCalendar.Day(now) is var today && reviewDate > today && reviewDate <= today.AddMonths(LongestMonths);

    private AgreementStatus? After(AgreementVerb verb, DateTimeOffset now) => AgreementLife.After(StatusAt(now), verb);

    private Problem? Do(AgreementVerb verb, DateTimeOffset now)
    {
        if (After(verb, now) is not { } status)
        {
            return PartnersProblems.AgreementStatus;
        }

        Become(status);
        return null;
    }

    private Problem? Sign(AgreementVerb verb, Guid organisation, string documentReference, DateTimeOffset now, string? recordedBy)
    {
        if (Parties.Find(candidate => candidate.OrganisationId == organisation) is not { } party)
        {
            return PartnersProblems.AgreementNotAParty;
        }

        if (After(verb, now) is not { } status)
        {
            return PartnersProblems.AgreementStatus;
        }

        if (party.SignedAt is not null)
        {
            return PartnersProblems.AgreementAlreadySigned;
        }

        if (recordedBy is not null && WouldBeAlone(recordedBy))
        {
            return PartnersProblems.AgreementSecondRecorder;
        }

        party.Sign(documentReference, verb == AgreementVerb.RecordSignature, recordedBy, now);
        Become(Parties.TrueForAll(each => each.SignedAt is not null) ? AgreementStatus.Signed : status);
        return null;
    }

    /// <summary>Whether the last signature is missing and this person recorded all others: on one person's word alone an agreement would stand that nobody signed.</summary>
    private bool WouldBeAlone(string actor) =>
        Parties.FindAll(party => party.SignedAt is not null) is var signed && signed.Count == Parties.Count - 1 && signed.TrueForAll(party => party.RecordedBy == actor);

    private void Take(AgreementTerms terms)
    {
        (Purpose, LegalGateway, Categories) = (terms.Purpose, terms.LegalGateway, [.. terms.DataCategories]);
        (DpiaReference, MarkingCeiling) = (terms.DpiaReference, Markings.Parse(terms.MarkingCeiling));
        (RetentionMonths, ReviewDate) = (terms.RetentionMonths, terms.ReviewDate);
        Parties.RemoveAll(party => !terms.Parties.Contains(party.OrganisationId));
        Parties.AddRange(terms.Parties.Except(PartyIds).Select(party => new AgreementParty(Id, party)).ToList());
    }

    private void Become(AgreementStatus status, bool withEvent = false)
    {
        Status = status;
        Version++;
        EventVersion += withEvent ? 1 : 0;
    }
}

/// <summary>The terms of an agreement, as they are drafted.</summary>
internal sealed record AgreementTerms(
    IReadOnlyList<Guid> Parties, string Purpose, string LegalGateway, IReadOnlyList<string> DataCategories, string DpiaReference,
    string MarkingCeiling, int RetentionMonths, DateOnly ReviewDate);

/// <summary>An organisation's part in an agreement.</summary>
internal sealed class AgreementParty(Guid agreementId, Guid organisationId)
{
    public Guid AgreementId { get; private init; } = agreementId;

    public Guid OrganisationId { get; private init; } = organisationId;

    /// <summary>Where the signed document is kept; a reference, never the document.</summary>
    public string? DocumentReference { get; private set; }

    public DateTimeOffset? SignedAt { get; private set; }

    /// <summary>Whether the lead recorded a signature on paper, instead of the party's own client.</summary>
    public bool OnPaper { get; private set; }

    /// <summary>Who recorded the signature on paper: a pseudonymous actor; null where it was the operator.</summary>
    public string? RecordedBy { get; private set; }

    public void Sign(string documentReference, bool onPaper, string? recordedBy, DateTimeOffset now)
    {
        DocumentReference = documentReference;
        SignedAt = now;
        (OnPaper, RecordedBy) = (onPaper, recordedBy);
    }

    public void TakeSignatureBack()
    {
        DocumentReference = null;
        SignedAt = null;
        (OnPaper, RecordedBy) = (false, null);
    }
}
