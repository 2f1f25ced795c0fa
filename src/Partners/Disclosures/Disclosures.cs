using Microsoft.EntityFrameworkCore;
using Soc.Partners.Agreements;
using Soc.Partners.Data;

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
    /// <param name="dataCategory">A code of <see cref="DataCategories"/>.</param>
    /// <param name="items">How many pieces, at least one.</param>
    /// <param name="source">The service it came from, such as <c>partners</c>.</param>
    /// <param name="at">When it happened; only the hour is kept.</param>
    /// <param name="cancellation">Ends the look for the agreement.</param>
    public static async Task RecordDisclosureAsync(
        this PartnersDb db, Guid organisation, DisclosureKind kind, string dataCategory, int items, string source, DateTimeOffset at, CancellationToken cancellation) =>
        db.Disclosures.Add(new Disclosure
        {
            OrganisationId = organisation,
            Kind = kind,
            DataCategory = dataCategory,
            Items = items,
            AgreementId = await CoveringAgreementAsync(db, organisation, dataCategory, at, cancellation),
            Hour = HourOf(at),
            Source = source,
        });

    public static DateTimeOffset HourOf(DateTimeOffset at) => new(at.UtcDateTime.Date.AddHours(at.UtcDateTime.Hour), TimeSpan.Zero);

    /// <summary>Of several agreements that cover the category the one that does so for longest, and of those the oldest: one disclosure counts once.</summary>
    private static Task<Guid?> CoveringAgreementAsync(
        PartnersDb db, Guid organisation, string dataCategory, DateTimeOffset at, CancellationToken cancellation) =>
        db.AgreementsInForce(organisation, at).Where(agreement => agreement.Categories.Contains(dataCategory))
            .OrderByDescending(agreement => agreement.ReviewDate).ThenBy(agreement => agreement.Id)
            .Select(agreement => (Guid?)agreement.Id).FirstOrDefaultAsync(cancellation);
}
