using Microsoft.EntityFrameworkCore;
using NpgsqlTypes;
using Soc.Partners.Data;
using Soc.Partners.ReferenceData;
using Soc.ServiceDefaults;

namespace Soc.Partners.Organisations;

/// <summary>A page of the register.</summary>
internal sealed record OrganisationPage(IEnumerable<OrganisationView> Items, string? Next);

/// <summary>The registrars' search: by the beginnings of words of name and identifiers, in any order, and by filters; in the order of names.</summary>
internal static class SearchOrganisations
{
    private const int LongestQuestion = 100;
    private const int LargestPage = 100;

    public static async Task<IResult> HandleAsync(
        string? q, string? status, string? sector, string? region, Guid? parent, Guid? successor, string? cursor, int? limit,
        Caller caller, PartnersDb db, CancellationToken cancellation)
    {
        var words = q is null ? "" : Words(q);
        var standing = Array.FindAll(Enum.GetValues<OrganisationStatus>(), known => known.Code() == status);
        var take = limit ?? 25;
        if (q is { Length: > LongestQuestion } || (q is not null && words.Length == 0) || (status is not null && standing.Length == 0)
            || (sector is not null && !ReferenceCodes.Of(ReferenceCodes.Sectors).Contains(sector))
            || (region is not null && !ReferenceCodes.Of(ReferenceCodes.Regions).Contains(region)) || take is < 1 or > LargestPage)
        {
            return PartnersProblems.OrganisationFilter.ToResult();
        }

        var (name, last) = ("", Guid.Empty);
        if (cursor is not null && !Cursor.TryParse(cursor, out name, out last))
        {
            return PartnersProblems.CursorInvalid.ToResult();
        }

        // Put together, and not one condition with alternatives in it: the database can then plan each question by the index that answers it.
        var found = db.Organisations.Include(organisation => organisation.Predecessors).AsNoTracking();
        found = words == "" ? found : found.Where(organisation =>
            EF.Property<NpgsqlTsVector>(organisation, OrganisationTables.Search).Matches(EF.Functions.ToTsQuery("simple", words)));
        found = status is null ? found : found.Where(organisation => organisation.Status == standing[0]);
        found = sector is null ? found : found.Where(organisation => organisation.Sector == sector);
        found = region is null ? found : found.Where(organisation => organisation.Regions.Contains(region));
        found = parent is null ? found : found.Where(organisation => organisation.ParentId == parent);
        found = successor is null ? found : found.Where(organisation => organisation.SuccessorId == successor);
        found = cursor is null ? found : found.Where(organisation =>
            EF.Functions.GreaterThan(ValueTuple.Create(organisation.Name, organisation.Id), ValueTuple.Create(name, last)));
        var rows = await found.OrderBy(organisation => organisation.Name).ThenBy(organisation => organisation.Id).Take(take + 1).ToListAsync(cancellation);
        return Results.Ok(new OrganisationPage(
            rows.Take(take).Select(organisation => OrganisationView.Of(organisation, caller)),
            rows.Count > take ? Cursor.Of(rows[take - 1].Name, rows[take - 1].Id) : null));
    }

    /// <summary>Every word as the beginning of one. Nothing but letters and digits gets into the query's language.</summary>
    private static string Words(string question) => string.Join(
        " & ", new string([.. question.Select(character => char.IsLetterOrDigit(character) ? character : ' ')])
            .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word + ":*"));
}
