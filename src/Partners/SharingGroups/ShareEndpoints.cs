using Microsoft.EntityFrameworkCore;
using Soc.Contracts;
using Soc.Messaging.Idempotency;
using Soc.Partners.Agreements;
using Soc.Partners.Data;
using Soc.Partners.Disclosures;
using Soc.ServiceDefaults;

namespace Soc.Partners.SharingGroups;

internal static class ShareEndpoints
{
    public static void MapShares(this IEndpointRouteBuilder groups)
    {
        groups.MapPost("{id:guid}/shares", Record).RequireAuthorization(Scopes.IntegrationManage).RequireIdempotencyKey<PartnersDb>();
        groups.MapGet("{id:guid}/shares/{share:guid}/membership", ReadMembership).RequireAuthorization(Policies.SharingGroupsRead);
    }

    /// <summary>Records that a member shares something with those who are members now, and that each other member has received it.</summary>
    private static async Task<IResult> Record(
        Guid id, RecordShare body, Caller caller, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        // In the transaction of the Idempotency-Key: until it ends no membership changes, and the clock is read after every change before.
        await db.Database.ExecuteSqlAsync($"select from sharing_group where id = {id} for share", cancellation);
        var now = clock.Now();
        if (await db.SharingGroupsOf(caller.Organisation, now).AsNoTracking().SingleOrDefaultAsync(found => found.Id == id, cancellation) is not { } group)
        {
            return PartnersProblems.SharingGroupNotFound.ToResult();
        }

        var marking = Markings.Parse(body.Marking);
        if (!await db.AgreementsInForce(caller.Organisation, now).AnyAsync(
            agreement => agreement.Id == group.AgreementId && agreement.Categories.Contains(body.DataCategory), cancellation)
            || await db.Agreements.Where(agreement => agreement.Id == group.AgreementId).Select(agreement => agreement.MarkingCeiling).SingleAsync(cancellation) < marking)
        {
            return PartnersProblems.ShareNotCovered.ToResult();
        }

        var members = group.MembersAt(now, await db.WithAccessAsync([group], now, cancellation)).ToList();
        var shareId = Guid.CreateVersion7(now);
        var (text, hash) = MembershipProof.Of(group, shareId, members, now);
        var share = new Share
        {
            Id = shareId,
            SharingGroupId = id,
            SenderId = caller.Organisation,
            Reference = body.Reference,
            DataCategory = body.DataCategory,
            Marking = marking,
            At = now,
            Members = [.. members.Select(member => member.OrganisationId)],
            MembershipText = text,
            MembershipHash = hash,
        };
        db.Shares.Add(share);
        db.Disclosures.AddRange(members.Where(member => member.OrganisationId != caller.Organisation).Select(member => new Disclosure
        {
            OrganisationId = member.OrganisationId,
            Kind = DisclosureKind.Share,
            DataCategory = body.DataCategory,
            Items = 1,
            AgreementId = group.AgreementId,
            SharingGroupId = id,
            Hour = Disclosures.Disclosures.HourOf(now),
            Source = "partners",
        }));
        await db.SaveAsync(caller, "sharing-group.share", share.Id.ToString(), null, now, cancellation);
        return Results.Created($"/partners/v1/sharing-groups/{id}/shares/{share.Id}/membership", ShareView.Of(share, caller));
    }

    /// <summary>The membership that held. Its sender keeps the proof for good; whoever received it while they are a member; nobody else but the information governance lead.</summary>
    private static async Task<IResult> ReadMembership(
        Guid id, Guid share, Caller caller, PartnersDb db, TimeProvider clock, CancellationToken cancellation)
    {
        var (manages, mine) = (caller.Scopes.Contains(Scopes.AgreementsManage), db.SharingGroupsOf(caller.Organisation, clock.Now()));
        var found = await db.Shares.AsNoTracking().SingleOrDefaultAsync(
            each => each.Id == share && each.SharingGroupId == id
                && (manages || each.SenderId == caller.Organisation || (each.Members.Contains(caller.Organisation) && mine.Any(group => group.Id == id))),
            cancellation);
        return found is null ? PartnersProblems.ShareNotFound.ToResult() : Results.Ok(ShareView.Of(found, caller));
    }
}
