using Soc.Partners.Clients;
using Soc.Partners.Organisations;

namespace Soc.Partners.Tokens;

/// <summary>The credential that proved a client, and when it ends: no token outlives it.</summary>
internal sealed record ProvenBy(string Credential, DateTimeOffset EndsAt);

/// <summary>What a request brought to prove its client, held against what is known of that client.</summary>
internal abstract record ClientProof(string ClientId)
{
    /// <summary>The credential of the client that this proof was made with, or null where there is none.</summary>
    public abstract ProvenBy? Check(TokenFacts? facts);
}

/// <summary>private_key_jwt.</summary>
internal sealed record AssertionProof(ClientAssertion Assertion) : ClientProof(Assertion.ClientId)
{
    public override ProvenBy? Check(TokenFacts? facts) =>
        facts?.Keys.Find(key => key.KeyId == Assertion.KeyId) is { } key && Assertion.IsSignedWith(key.SubjectPublicKeyInfo)
            ? new ProvenBy(key.KeyId, key.EndsAt)
            : null;
}

/// <summary>client_secret_basic and client_secret_post: for sandbox clients, until their organisation is live.</summary>
internal sealed record SecretProof(string ClientId, string Secret) : ClientProof(ClientId)
{
    private static readonly byte[] NoSalt = new byte[16];
    private static readonly byte[] NoHash = new byte[32];

    public override ProvenBy? Check(TokenFacts? facts)
    {
        if (facts is not { Sandbox: true, OrganisationStatus: not OrganisationStatus.Live, Secrets.Count: > 0 })
        {
            // As long as a wrong secret takes: whether there is such a client with a secret is not told.
            ClientSecret.Matches(Secret, NoSalt, NoHash);
            return null;
        }

        return facts.Secrets.Find(secret => ClientSecret.Matches(Secret, secret.Salt, secret.Hash)) is { } found
            ? new ProvenBy(found.Id.ToString(), found.ExpiresAt)
            : null;
    }

    /// <summary>Without the secret.</summary>
    public override string ToString() => $"SecretProof {ClientId}";
}
