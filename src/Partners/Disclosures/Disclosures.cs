using Microsoft.EntityFrameworkCore;
using Soc.Partners.Agreements;
using Soc.Partners.Data;
using Soc.ServiceDefaults;

namespace Soc.Partners.Disclosures;

/// <summary>How a disclosure gets on record.</summary>
internal static class Disclosures
{
    /// <summary>
    /// Adds to the context that the organisation receives information of a category under whichever of its agreements covers that; saved with what the caller
    /// saves. For whatever gives an organisation information: an answered request, a delivered webhook.
    /// </summary>
    /// <param name="db">The context.</param>
    /// <param name="organisation">Who received it.</param>
    /// <param name="kind">By which way.</param>
    /// <param name="categories">Codes of <see cref="DataCategories"/>, each of which may have covered it: the first that does counts, or else the first.</param>
    /// <param name="items">How many pieces, at least one.</param>
    /// <param name="source">The service it came from, such as <c>partners</c>.</param>
    /// <param name="at">When it happened; only the hour is kept.</param>
    /// <param name="cancellation">Ends the look for the agreement.</param>
    /// <param name="onlyWhereCovered">Whether nothing is added where no agreement covers it.</param>
    public static async Task RecordDisclosureAsync(
        this PartnersDb db, Guid organisation, DisclosureKind kind, IReadOnlyList<string> categories, int items, string source, DateTimeOffset at,
        CancellationToken cancellation, bool onlyWhereCovered = false)
    {
        var (category, agreement) = (categories[0], await CoveringAgreementAsync(db, organisation, categories[0], at, cancellation));
        for (var next = 1; agreement is null && next < categories.Count; next++)
        {
            agreement = await CoveringAgreementAsync(db, organisation, categories[next], at, cancellation);
            category = agreement is null ? category : categories[next];
        }

        if (onlyWhereCovered && agreement is null)
        {
            return;
        }

        db.Disclosures.Add(new Disclosure
        {
            OrganisationId = organisation,
            Kind = kind,
            DataCategory = category,
            Items = items,
            AgreementId = agreement,
            Hour = HourOf(at),
            Source = source,
        });
    }

    /// <summary>What is over by now was in force until its end: a service, or the gateway, tells of what it gave before only after a while.</summary>
    private static readonly AgreementStatus[] WasActivated = [AgreementStatus.Active, AgreementStatus.ReviewDue, AgreementStatus.Expired, AgreementStatus.Terminated];

    public static DateTimeOffset HourOf(DateTimeOffset at) => new(at.UtcDateTime.Date.AddHours(at.UtcDateTime.Hour), TimeSpan.Zero);

    /// <summary>Of several agreements that cover the category the one that does so for longest, and of those the oldest: one disclosure counts once.</summary>
    private static Task<Guid?> CoveringAgreementAsync(
        PartnersDb db, Guid organisation, string dataCategory, DateTimeOffset at, CancellationToken cancellation) =>
        db.Agreements.Where(agreement => WasActivated.Contains(agreement.Status) && agreement.ReviewDate >= UkCalendar.Day(at)
                && (agreement.TerminatesAt == null || agreement.TerminatesAt > at)
                && agreement.Parties.Any(party => party.OrganisationId == organisation) && agreement.Categories.Contains(dataCategory))
            .OrderByDescending(agreement => agreement.ReviewDate).ThenBy(agreement => agreement.Id)
            .Select(agreement => (Guid?)agreement.Id).FirstOrDefaultAsync(cancellation);
}
