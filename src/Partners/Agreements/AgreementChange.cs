using Microsoft.EntityFrameworkCore;
using Soc.Messaging;
using Soc.Partners.CutOffs;
using Soc.Partners.Data;
using Soc.Partners.Organisations;
using Soc.Partners.RevocationOrders;
using Soc.ServiceDefaults;

namespace Soc.Partners.Agreements;

/// <summary>
/// One verb on one agreement: found among those that the caller may change, unchanged since it was read, decided, and saved with its event, its audit
/// entry and, where it falls out of force, the cut-off of its parties.
/// </summary>
internal sealed record AgreementChange(PartnersDb Db, Caller Caller, HttpContext Http, TimeProvider Clock, CancellationToken Cancellation)
{
    public Task<IResult> DoAsync(IQueryable<Agreement> changeable, Guid id, string action, Func<Agreement, DateTimeOffset, Problem?> verb) =>
        DoAsync(changeable, id, action, (agreement, now) => Task.FromResult<(Problem?, object?)>((verb(agreement, now), null)));

    public Task<IResult> DoAsync<TEvent>(IQueryable<Agreement> changeable, Guid id, string action, Func<Agreement, DateTimeOffset, Decision<TEvent>> verb)
        where TEvent : class =>
        DoAsync(changeable, id, action, (agreement, now) =>
        {
            var decision = verb(agreement, now);
            return Task.FromResult<(Problem?, object?)>((decision.Refusal, decision.Event));
        });

    public async Task<IResult> DoAsync(
        IQueryable<Agreement> changeable, Guid id, string action, Func<Agreement, DateTimeOffset, Task<(Problem? Refusal, object? Event)>> verb)
    {
        if (await changeable.SingleOrDefaultAsync(agreement => agreement.Id == id, Cancellation) is not { } agreement)
        {
            return PartnersProblems.AgreementNotFound.ToResult();
        }

        if (Preconditions.Check(Http.Request, agreement.Version) is { } stale)
        {
            return stale.ToResult();
        }

        var (now, wasInForce) = (Clock.Now(), agreement.Status.InForce());
        var (refusal, changed) = await verb(agreement, now);
        if (changed is not null)
        {
            Db.Publish(changed, agreement.Id, agreement.EventVersion);
        }

        Func<Task>? cutOff = wasInForce && !agreement.Status.InForce() ? () => Db.CutOffPartiesAsync([agreement], now, Cancellation) : null;
        refusal = await Db.SaveAsync(Caller, action, id.ToString(), refusal, now, Cancellation, cutOff);
        return refusal?.ToResult() ?? Ok(agreement, Caller, Http.Response, now);
    }

    /// <summary>Makes the agreement active, and with it each party live that has passed conformance.</summary>
    public async Task<(Problem? Refusal, object? Event)> ActivateAsync(Agreement agreement, DateTimeOffset now)
    {
        var ids = agreement.Parties.Select(party => party.OrganisationId).ToList();
        var parties = await Db.Organisations.Where(organisation => ids.Contains(organisation.Id)).ToListAsync(Cancellation);
        if (parties.Exists(party => !party.Status.HasAccess()))
        {
            return (PartnersProblems.AgreementPartyStatus, null);
        }

        var decision = agreement.Activate(now);
        foreach (var party in decision.Event is null ? [] : parties)
        {
            if (party.GoLive().Event is { } changed)
            {
                Db.Publish(changed, party.Id, party.Version);
            }
        }

        return (decision.Refusal, decision.Event);
    }

    public static IResult Ok(Agreement agreement, Caller caller, HttpResponse response, DateTimeOffset now)
    {
        response.SetETag(agreement.Version);
        return Results.Ok(AgreementView.Of(agreement, caller, now));
    }
}

internal static class AgreementCutOffs
{
    /// <summary>
    /// Cuts off the tokens of every party of what has ended and asks each what became of what it had received. In one order whoever does it, so that two who
    /// do it at once do not wait for each other.
    /// </summary>
    public static async Task CutOffPartiesAsync(this PartnersDb db, IReadOnlyCollection<Agreement> ended, DateTimeOffset now, CancellationToken cancellation)
    {
        foreach (var agreement in ended)
        {
            var cause = agreement.Status == AgreementStatus.Expired ? RevocationCause.AgreementExpired(agreement.Id) : RevocationCause.AgreementTerminated(agreement.Id);
            agreement.Parties.ForEach(party => db.IssueRevocationOrder(party.OrganisationId, cause, now));
        }

        foreach (var party in ended.SelectMany(agreement => agreement.Parties).Select(party => party.OrganisationId).Distinct().Order())
        {
            await db.CutOffUntilNowAsync(party, cancellation);
        }
    }
}
