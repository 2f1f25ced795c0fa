using System.Diagnostics.CodeAnalysis;
using Microsoft.EntityFrameworkCore;
using Soc.Partners.Agreements;
using Soc.Partners.Data;
using Soc.Partners.Organisations;

namespace Soc.Partners.Tokens;

/// <summary>Everything that decides about a client's token, read in one query: nothing of it is remembered from one token to the next.</summary>
internal sealed class TokenFacts
{
    public required DateTime Now { get; init; }

    public required Guid Organisation { get; init; }

    public required OrganisationStatus OrganisationStatus { get; init; }

    public required string[] ClientScopes { get; init; }

    public required List<TokenFactsKey> Keys { get; init; }

    public required List<AgreementCover> Agreements { get; init; }

    public required DateTimeOffset? CutOff { get; init; }

    /// <summary>How long a token must wait so that it is dated after the organisation's last cut-off; nothing while the organisation has no access.</summary>
    public TimeSpan WaitForCutOff => OrganisationStatus.HasAccess() && CutOff is { } cutOff ? cutOff.UtcDateTime.AddSeconds(1) - Now : TimeSpan.Zero;
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
            Keys = client.Keys.Where(key => key.RevokedAt == null).Select(key => new TokenFactsKey(key.KeyId, key.SubjectPublicKeyInfo)).ToList(),
            Agreements = db.Agreements
                .Where(agreement => agreement.Status == AgreementStatus.Active && agreement.Parties.Any(party => party.OrganisationId == client.OrganisationId))
                .Select(agreement => new AgreementCover(agreement.Id, agreement.Status, agreement.Categories, agreement.MarkingCeiling, agreement.ReviewDate))
                .ToList(),
            CutOff = db.CutOffs.Where(cutOff => cutOff.Organisation == client.OrganisationId).Select(cutOff => (DateTimeOffset?)cutOff.NotBefore).FirstOrDefault(),
        }).SingleOrDefault());

    public Task<TokenFacts?> ReadAsync(PartnersDb db, string clientId) => query(db, clientId);
}

internal static class TokenFactsProof
{
    /// <summary>Whether the assertion is signed with one of the client's active keys.</summary>
    public static bool Proves([NotNullWhen(true)] this TokenFacts? facts, ClientAssertion assertion) =>
        facts?.Keys.Find(key => key.KeyId == assertion.KeyId) is { } key && assertion.IsSignedWith(key.SubjectPublicKeyInfo);
}

internal sealed record TokenFactsKey(string KeyId, byte[] SubjectPublicKeyInfo);
