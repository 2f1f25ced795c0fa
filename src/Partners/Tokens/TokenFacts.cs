using Microsoft.EntityFrameworkCore;
using Soc.Partners.Agreements;
using Soc.Partners.CutOffs;
using Soc.Partners.Data;
using Soc.Partners.Organisations;

namespace Soc.Partners.Tokens;

/// <summary>Everything that decides about a client's token, read in one query: nothing of it is remembered from one token to the next.</summary>
internal sealed class TokenFacts
{
    /// <summary>While the cut-off cannot be dated, because another change to the organisation is being committed.</summary>
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(50);

    public required DateTime Now { get; init; }

    public required Guid Organisation { get; init; }

    public required OrganisationStatus OrganisationStatus { get; init; }

    public required string[] ClientScopes { get; init; }

    public required bool Sandbox { get; init; }

    public required bool CertificateBound { get; init; }

    public required List<string> Certificates { get; init; }

    /// <summary>Whether its keys are read from an address of its own.</summary>
    public required bool HasKeySet { get; init; }

    /// <summary>The keys that are good now.</summary>
    public required List<TokenFactsKey> Keys { get; init; }

    /// <summary>The secrets that are good now; only a sandbox client has any.</summary>
    public required List<TokenFactsSecret> Secrets { get; init; }

    public required List<AgreementCover> Agreements { get; init; }

    /// <summary>When nothing is shared any more unless the organisation attests; null where it owes no attestation yet.</summary>
    public required DateTimeOffset? SharedUntil { get; init; }

    public required DateTimeOffset? CutOff { get; init; }

    /// <summary>Whether the organisation's last cut-off still has to be dated: until then every token is refused.</summary>
    public required bool CutOffUndated { get; init; }

    /// <summary>How long a token must wait so that it is dated after the organisation's last cut-off; nothing while the organisation has no access.</summary>
    public TimeSpan WaitForCutOff => !OrganisationStatus.HasAccess() || CutOff is not { } cutOff ? TimeSpan.Zero
        : CutOffUndated ? BetweenLooks
        : cutOff.UtcDateTime.AddSeconds(1) - Now;
}

/// <summary>The one query, compiled once; a singleton because a compiled query belongs to one host's model.</summary>
internal sealed class TokenFactsQuery
{
    private readonly Func<PartnersDb, string, Task<TokenFacts?>> query = EF.CompileAsyncQuery((PartnersDb db, string clientId) =>
        db.Clients.AsSingleQuery().Where(client => client.Id == clientId).Select(client => new TokenFacts
        {
            // As the database has it: iat and the cut-offs are on one clock.
            Now = DateTime.UtcNow,
            Organisation = client.OrganisationId,
            OrganisationStatus = db.Organisations.First(organisation => organisation.Id == client.OrganisationId).Status,
            ClientScopes = client.Scopes,
            Sandbox = client.Sandbox,
            CertificateBound = client.CertificateBound,
            Certificates = client.Certificates,
            HasKeySet = client.KeySetUri != null,
            Keys = client.Keys
                .Where(key => key.RevokedAt == null && key.ProposedBy == null && key.NotBefore <= DateTime.UtcNow && key.ExpiresAt > DateTime.UtcNow
                    && (key.RetiresAt == null || key.RetiresAt > DateTime.UtcNow))
                .Select(key => new TokenFactsKey(key.KeyId, key.SubjectPublicKeyInfo, key.ExpiresAt, key.RetiresAt)).ToList(),
            Secrets = client.Secrets.Where(secret => secret.RevokedAt == null && secret.ExpiresAt > DateTime.UtcNow)
                .Select(secret => new TokenFactsSecret(secret.Id, secret.Salt, secret.Hash, secret.ExpiresAt)).ToList(),
            Agreements = db.Agreements
                .Where(agreement => (agreement.Status == AgreementStatus.Active || agreement.Status == AgreementStatus.ReviewDue)
                    && agreement.Parties.Any(party => party.OrganisationId == client.OrganisationId))
                .Select(agreement => new AgreementCover(
                    agreement.Id, agreement.Status, agreement.Categories, agreement.MarkingCeiling, agreement.ReviewDate, agreement.TerminatesAt))
                .ToList(),
            SharedUntil = db.AttestationDuties.Where(duty => duty.OrganisationId == client.OrganisationId).Select(duty => (DateTimeOffset?)duty.SharedUntil).FirstOrDefault(),
            CutOff = db.CutOffs.Where(cutOff => cutOff.Organisation == client.OrganisationId).Select(cutOff => (DateTimeOffset?)cutOff.NotBefore).FirstOrDefault(),
            CutOffUndated = db.CutOffs.Any(cutOff => cutOff.Organisation == client.OrganisationId && EF.Property<bool>(cutOff, CutOffTables.Undated)),
        }).SingleOrDefault());

    public Task<TokenFacts?> ReadAsync(PartnersDb db, string clientId) => query(db, clientId);
}

internal sealed record TokenFactsKey(string KeyId, byte[] SubjectPublicKeyInfo, DateTimeOffset ExpiresAt, DateTimeOffset? RetiresAt)
{
    public DateTimeOffset EndsAt => RetiresAt < ExpiresAt ? RetiresAt.Value : ExpiresAt;
}

internal sealed record TokenFactsSecret(Guid Id, byte[] Salt, byte[] Hash, DateTimeOffset ExpiresAt);
