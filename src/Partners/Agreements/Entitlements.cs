using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Soc.Partners.Data;
using Soc.Partners.Organisations;
using Soc.ServiceDefaults;

namespace Soc.Partners.Agreements;

/// <summary>What an organisation is entitled to, and under which agreements.</summary>
internal sealed record Entitlement(IReadOnlyList<AgreementCover> Agreements)
{
    /// <summary>Whether it may have anything of a data category.</summary>
    public bool ToCategory(string category) => Agreements.Any(agreement => agreement.Categories.Contains(category));

    /// <summary>Whether it may be told of events of this type.</summary>
    public bool ToEvent(string eventType) => CoverOf(eventType) is not null;

    /// <summary>The agreement and the category under which it is told of events of this type; of several agreements the one that covers them longest.</summary>
    public EventCover? CoverOf(string eventType) => Agreements.OrderByDescending(agreement => agreement.EndsAt).ThenBy(agreement => agreement.Id)
        .Select(agreement => agreement.CategoryOfEvent(eventType) is { } category ? new EventCover(agreement.Id, category) : null)
        .FirstOrDefault(cover => cover is not null);

}

/// <summary>Under what somebody is told of an event.</summary>
internal sealed record EventCover(Guid Agreement, string DataCategory);

internal static class Entitlements
{
    /// <summary>What may be given to an organisation at an instant: the same rule that decides about its tokens, for whoever gives something without being asked.</summary>
    public static async Task<Entitlement> EntitlementAsync(this PartnersDb db, Guid organisation, DateTimeOffset now, CancellationToken cancellation)
    {
        return new Entitlement(await db.SharedWith(now).ContainsAsync(organisation, cancellation) ? await db.AgreementsInForce(organisation, now).Select(Cover).ToListAsync(cancellation) : []);
    }

    /// <summary>The organisations with which anything is shared at all: live, and attested.</summary>
    public static IQueryable<Guid> SharedWith(this PartnersDb db, DateTimeOffset now)
    {
        var overdue = db.OverdueAttestations(now);
        return db.Organisations.Where(organisation => organisation.Status == OrganisationStatus.Live && !overdue.Contains(organisation.Id))
            .Select(organisation => organisation.Id);
    }

    /// <summary>The organisations with which nothing is shared until they attest.</summary>
    public static IQueryable<Guid> OverdueAttestations(this PartnersDb db, DateTimeOffset now) =>
        db.AttestationDuties.Where(duty => duty.SharedUntil <= now).Select(duty => duty.OrganisationId);

    /// <summary>Every agreement that is in force at this instant.</summary>
    public static IQueryable<Agreement> AgreementsInForce(this PartnersDb db, DateTimeOffset now)
    {
        var today = UkCalendar.Day(now);
        return db.Agreements.Where(agreement => (agreement.Status == AgreementStatus.Active || agreement.Status == AgreementStatus.ReviewDue)
            && agreement.ReviewDate >= today && (agreement.TerminatesAt == null || agreement.TerminatesAt > now));
    }

    /// <summary>Those of them that the organisation is party to.</summary>
    public static IQueryable<Agreement> AgreementsInForce(this PartnersDb db, Guid organisation, DateTimeOffset now) =>
        db.AgreementsInForce(now).Where(agreement => agreement.Parties.Any(party => party.OrganisationId == organisation));

    private static readonly Expression<Func<Agreement, AgreementCover>> Cover = agreement =>
        new AgreementCover(agreement.Id, agreement.Status, agreement.Categories, agreement.MarkingCeiling, agreement.ReviewDate, agreement.TerminatesAt);
}
