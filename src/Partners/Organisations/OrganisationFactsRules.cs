using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Soc.Partners.Data;
using Soc.Partners.ReferenceData;
using Soc.ServiceDefaults;

namespace Soc.Partners.Organisations;

/// <summary>What the register does not take about an organisation, and how an entry is put right.</summary>
internal static class OrganisationFactsRules
{
    public static async Task<IResult> CorrectAsync(
        Guid id, CorrectOrganisation body, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var facts = new OrganisationFacts(
            body.Name, body.Sector, body.Kind, body.Regions, body.Identifiers, body.EffectiveFrom, body.EffectiveTo, body.Parent, body.Successor);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await db.LockLinksAsync(cancellation);
        var unfit = await db.RefuseFactsAsync(id, facts, cancellation);
        var answer = await OrganisationEndpoints.ChangeAsync(
            id, "organisation.correct", organisation => unfit is null ? organisation.Correct(facts) : unfit, null, caller, http, db, clock, cancellation);
        await transaction.CommitAsync(cancellation);
        return answer;
    }

    /// <summary>Two links that are set at the same time could make a circle that neither makes alone: they are set one after the other.</summary>
    public static Task LockLinksAsync(this PartnersDb db, CancellationToken cancellation) =>
        db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock(hashtextextended('partners.organisation-links', 0))", cancellation);

    public static async Task<Problem?> RefuseFactsAsync(this PartnersDb db, Guid id, OrganisationFacts facts, CancellationToken cancellation)
    {
        var identifiers = facts.Identifiers ?? [];
        return identifiers.Distinct().Count() != identifiers.Count || !identifiers.All(each => ReferenceCodes.IsIdentifier(each.Scheme, each.Value))
                ? PartnersProblems.OrganisationIdentifier
            : facts.EffectiveTo < facts.EffectiveFrom ? PartnersProblems.OrganisationDates
            : await db.IsLinkAsync(id, facts.Parent, organisation => organisation.ParentId, cancellation)
                && await db.IsLinkAsync(id, facts.Successor, organisation => organisation.SuccessorId, cancellation) ? null
            : PartnersProblems.OrganisationLink;
    }

    /// <summary>Whether a link leads to an organisation of the register, and from there never back. What is there already has no circle.</summary>
    public static async Task<bool> IsLinkAsync(
        this PartnersDb db, Guid id, Guid? link, Expression<Func<Organisation, Guid?>> next, CancellationToken cancellation)
    {
        if (link is { } first && !await db.Organisations.AnyAsync(organisation => organisation.Id == first, cancellation))
        {
            return false;
        }

        var at = link;
        while (at is { } here && here != id)
        {
            at = await db.Organisations.Where(organisation => organisation.Id == here).Select(next).SingleOrDefaultAsync(cancellation);
        }

        return at is null;
    }
}
