using Soc.Contracts;
using Soc.Partners.Organisations;

namespace Soc.Partners.Agreements;

/// <summary>What a token may carry, and the instant at which the first thing that it rests on ends: an agreement, or the time to attest.</summary>
internal sealed record Grant(IReadOnlyList<string> Scopes, DateTimeOffset Until);

/// <summary>The rule that makes agreements executable.</summary>
internal static class EffectiveScopes
{
    /// <summary>
    /// A live organisation's client has those of its scopes that an agreement in force covers, up to that agreement's marking ceiling. What it does about
    /// itself alone (<see cref="Scopes.OwnOrganisation"/>) it can do from its approval on, without an agreement, and while its attestation is overdue.
    /// </summary>
    /// <param name="sharedUntil">When nothing is shared any more unless the organisation attests; null where it owes no attestation yet.</param>
    public static Grant Of(
        OrganisationStatus organisation, IReadOnlyCollection<string> clientScopes, IEnumerable<AgreementCover> agreements, DateTimeOffset? sharedUntil, DateTimeOffset now)
    {
        if (!organisation.HasAccess())
        {
            return new Grant([], now);
        }

        var until = sharedUntil ?? DateTimeOffset.MaxValue;
        var relevant = organisation == OrganisationStatus.Live && now < until
            ? agreements.Where(agreement => agreement.InForce(now) && clientScopes.Any(agreement.Covers)).ToList()
            : [];
        return new Grant(
            [.. Scopes.All.Where(scope => clientScopes.Contains(scope)
                && (Scopes.OwnOrganisation.Contains(scope) || relevant.Exists(agreement => agreement.Covers(scope))))],
            relevant.Count == 0 ? DateTimeOffset.MaxValue : relevant.Select(agreement => agreement.EndsAt).Append(until).Min());
    }
}
