using Microsoft.EntityFrameworkCore;
using Soc.Contracts;
using Soc.Partners.Data;
using Soc.ServiceDefaults;

namespace Soc.Partners.Agreements;

internal static class AgreementList
{
    private const int PageSize = 50;

    /// <summary>Those who manage agreements see all; everyone else those that their organisation is party to.</summary>
    public static IQueryable<Agreement> AgreementsVisibleTo(this PartnersDb db, Caller caller)
    {
        var manages = caller.Scopes.Contains(Scopes.AgreementsManage);
        return db.Agreements.Where(agreement => manages || agreement.Parties.Any(party => party.OrganisationId == caller.Organisation));
    }

    /// <summary>A page of agreements, the oldest first.</summary>
    public static async Task<IResult> ReadAsync(
        IQueryable<Agreement> visible, string? status, string? cursor, Caller caller, DateTimeOffset now, CancellationToken cancellation)
    {
        if (!Cursor.TryParse(cursor, out var after))
        {
            return PartnersProblems.CursorInvalid.ToResult();
        }

        if (status is not null)
        {
            var wanted = AgreementLife.Parse(status);
            visible = visible.Where(agreement => agreement.Status == wanted);
        }

        var found = await visible.AsNoTracking().AsSplitQuery().Where(agreement => agreement.Id > after).OrderBy(agreement => agreement.Id).Take(PageSize + 1)
            .ToListAsync(cancellation);
        return Results.Ok(new AgreementPage(
            [.. found.Take(PageSize).Select(agreement => AgreementView.Of(agreement, caller, now))],
            found.Count > PageSize ? Cursor.Of(found[PageSize - 1].Id) : null));
    }
}
