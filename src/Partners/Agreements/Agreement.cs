using Soc.Contracts;
using Soc.Contracts.Partners;
using Soc.ServiceDefaults;

namespace Soc.Partners.Agreements;

/// <summary>How far an agreement has come by act. That it has expired is a matter of the clock: <see cref="Agreement.EndsAt"/>.</summary>
internal enum AgreementStatus
{
    Draft,
    Signed,
    Active,
}

/// <summary>
/// An information sharing agreement: who shares what with whom, why and on what legal basis. It is executable: while it is active its data
/// categories open scopes to the clients of its parties.
/// </summary>
internal sealed class Agreement
{
    private Agreement()
    {
    }

    public Guid Id { get; private init; }

    public string Purpose { get; private init; } = "";

    public string LegalGateway { get; private init; } = "";

    public string[] Categories { get; private init; } = [];

    public string DpiaReference { get; private init; } = "";

    public Marking MarkingCeiling { get; private init; }

    public int RetentionMonths { get; private init; }

    public DateOnly ReviewDate { get; private init; }

    public List<AgreementParty> Parties { get; private init; } = [];

    public AgreementStatus Status { get; private set; }

    /// <summary>Of the resource: what its ETag shows.</summary>
    public long Version { get; private set; }

    /// <summary>Of its events, which start when it becomes active: the draft and the signatures are nobody's business but the parties'.</summary>
    public long EventVersion { get; private set; }

    /// <summary>Drafts an agreement.</summary>
    /// <returns>The draft, or null where the review date does not lie ahead within 24 months.</returns>
    public static Agreement? Draft(Guid id, AgreementTerms terms, DateTimeOffset now)
    {
        var today = UkCalendar.Day(now);
        if (terms.ReviewDate <= today || terms.ReviewDate > today.AddMonths(24))
        {
            return null;
        }

        return new Agreement
        {
            Id = id,
            Purpose = terms.Purpose,
            LegalGateway = terms.LegalGateway,
            Categories = [.. terms.DataCategories],
            DpiaReference = terms.DpiaReference,
            MarkingCeiling = Markings.Parse(terms.MarkingCeiling),
            RetentionMonths = terms.RetentionMonths,
            ReviewDate = terms.ReviewDate,
            Parties = [.. terms.Parties.Select(party => new AgreementParty(id, party))],
            Status = AgreementStatus.Draft,
            Version = 1,
        };
    }

    /// <summary>When an agreement with this review date gives no more access: at the end of that day in the United Kingdom.</summary>
    public static DateTimeOffset EndsAt(DateOnly reviewDate) => UkCalendar.EndOf(reviewDate);

    /// <summary>Records that a party has signed.</summary>
    public Problem? Sign(Guid organisation, string documentReference, DateTimeOffset now)
    {
        if (Parties.SingleOrDefault(candidate => candidate.OrganisationId == organisation) is not { } party)
        {
            return PartnersProblems.AgreementNotAParty;
        }

        if (party.SignedAt is not null)
        {
            return PartnersProblems.AgreementAlreadySigned;
        }

        party.Sign(documentReference, now);
        Status = Parties.TrueForAll(each => each.SignedAt is not null) ? AgreementStatus.Signed : AgreementStatus.Draft;
        Version++;
        return null;
    }

    /// <summary>Makes a fully signed agreement active.</summary>
    public Decision<AgreementActivated> Activate(DateTimeOffset now)
    {
        if (Status != AgreementStatus.Signed)
        {
            return PartnersProblems.AgreementStatus;
        }

        if (now >= EndsAt(ReviewDate))
        {
            return PartnersProblems.AgreementReviewDate;
        }

        Status = AgreementStatus.Active;
        Version++;
        EventVersion++;
        return new AgreementActivated(Id, [.. Parties.Select(party => party.OrganisationId)], Categories, ReviewDate);
    }

    /// <summary>What a reader is told: <c>draft</c>, <c>signed</c>, <c>active</c> or <c>expired</c>.</summary>
    public string StatusAt(DateTimeOffset now) => Status switch
    {
        AgreementStatus.Draft => "draft",
        AgreementStatus.Signed => "signed",
        AgreementStatus.Active => now < EndsAt(ReviewDate) ? "active" : "expired",
        _ => throw new InvalidOperationException($"{Status}"),
    };

    /// <summary>What this caller can do with it now, by the name of the path to post to.</summary>
    public IEnumerable<string> AllowedActions(Caller caller) => caller.Scopes.Contains(Scopes.AgreementsManage)
        ? Status switch { AgreementStatus.Draft => ["signatures"], AgreementStatus.Signed => ["activation"], _ => [] }
        : [];
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

    public void Sign(string documentReference, DateTimeOffset now)
    {
        DocumentReference = documentReference;
        SignedAt = now;
    }
}
