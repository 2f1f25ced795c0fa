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
    public bool ToEvent(string eventType) => Agreements.Any(agreement => agreement.CoversEvent(eventType));

    /// <summary>The agreements under which it is told of events of this type.</summary>
    public IEnumerable<Guid> AgreementsFor(string eventType) => Agreements.Where(agreement => agreement.CoversEvent(eventType)).Select(agreement => agreement.Id);
}

internal static class Entitlements
{
    /// <summary>What may be given to an organisation at an instant: the same rule that decides about its tokens, for whoever gives something without being asked.</summary>
    public static async Task<Entitlement> EntitlementAsync(this PartnersDb db, Guid organisation, DateTimeOffset now, CancellationToken cancellation)
    {
        var shared = await db.Organisations.AnyAsync(found => found.Id == organisation && found.Status == OrganisationStatus.Live, cancellation)
            && !await db.OverdueAttestations(now).ContainsAsync(organisation, cancellation);
        return new Entitlement(shared ? await db.AgreementsInForce(organisation, now).Select(Cover).ToListAsync(cancellation) : []);
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
