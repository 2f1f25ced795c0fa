using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Primitives;
using Soc.Partners.Agreements;
using Soc.Partners.Clients;
using Soc.Partners.CutOffs;
using Soc.Partners.Data;
using Soc.Partners.Organisations;

namespace Soc.Partners.Tokens;

/// <summary>Turns a client's proof of itself into an access token with the scopes that are effective at this instant.</summary>
internal sealed class TokenIssuer(
    PartnersDb db, TokenFactsQuery query, SigningKeys keys, KeySets keySets, CredentialUse use, TokenSettings settings, TimeProvider clock)
{
    public const int LifetimeSeconds = 300;

    /// <summary>Whoever names unknown keys makes us ask the client's own site, but not more often than this.</summary>
    private static readonly TimeSpan UnknownKeyPause = TimeSpan.FromMinutes(1);

    private static readonly OAuthError Unproven =
        OAuthError.InvalidClient("The client is unknown, or it is not proven by one of its active credentials.");

    /// <summary>Issues a token to a client that proves itself with an assertion.</summary>
    public async Task<IResult> IssueAsync(string text, StringValues clientId, TokenRequest request, CancellationToken cancellation)
    {
        var (assertion, refusal) = ClientAssertion.Read(text, settings.Issuer, clock.GetUtcNow());
        if (assertion is null)
        {
            return OAuthError.InvalidClient(refusal!);
        }

        var proof = new AssertionProof(assertion);
        var facts = await query.ReadAsync(db, assertion.ClientId);
        if (facts is { HasKeySet: true } && !facts.Keys.Exists(key => key.KeyId == assertion.KeyId)
            && await keySets.RefreshAsync(assertion.ClientId, UnknownKeyPause, cancellation))
        {
            facts = await query.ReadAsync(db, assertion.ClientId);
        }

        if (proof.Check(facts) is not { } proven || (clientId.Count > 0 && clientId != assertion.ClientId))
        {
            return Unproven;
        }

        return await UseAsync(assertion, cancellation)
            ? await IssueAsync(proof, proven, facts!, request, cancellation)
            : OAuthError.InvalidClient("The client assertion has been used before: each needs a jti of its own.");
    }

    /// <summary>Issues a token to a sandbox client that proves itself with a secret.</summary>
    public async Task<IResult> IssueAsync(SecretProof proof, TokenRequest request, CancellationToken cancellation)
    {
        var facts = ClientAssertion.IsIdentifier(proof.ClientId) ? await query.ReadAsync(db, proof.ClientId) : null;
        return proof.Check(facts) is { } proven ? await IssueAsync(proof, proven, facts!, request, cancellation) : Unproven;
    }

    private async Task<IResult> IssueAsync(ClientProof proof, ProvenBy proven, TokenFacts facts, TokenRequest request, CancellationToken cancellation)
    {
        while (facts.WaitForCutOff is { Ticks: > 0 } wait)
        {
            // What is read here is committed, and so is the change that an undated cut-off belongs to.
            if (facts.CutOffUndated)
            {
                await db.DateCutOffsAsync(cancellation);
            }

            await Task.Delay(wait, clock, cancellation);
            if (await query.ReadAsync(db, proof.ClientId) is not { } current || proof.Check(current) is not { } still)
            {
                return Unproven;
            }

            (facts, proven) = (current, still);
        }

        use.Note(proof.ClientId, proven.Credential);
        return facts.OrganisationStatus.HasAccess()
            ? await GrantAsync(proof.ClientId, proven, facts, request, cancellation)
            : new OAuthError(400, "unauthorized_client", $"The client's organisation is {facts.OrganisationStatus.Code()}: it has no access.");
    }

    /// <summary>Only the first of any number of requests with the same jti, in whichever replica, gets yes.</summary>
    private async Task<bool> UseAsync(ClientAssertion assertion, CancellationToken cancellation) => await db.Database.ExecuteSqlAsync(
        $"insert into used_assertion (client_id, jti, expires_at) values ({assertion.ClientId}, {assertion.Jti}, {assertion.ExpiresAt}) on conflict do nothing",
        cancellation) == 1;

    private async Task<IResult> GrantAsync(string clientId, ProvenBy proven, TokenFacts facts, TokenRequest request, CancellationToken cancellation)
    {
        if (facts.CertificateBound && (request.Certificate is null || !facts.Certificates.Contains(request.Certificate)))
        {
            return OAuthError.InvalidClient("The client's tokens are bound to its certificate: connect with one that is registered for it (RFC 8705).");
        }

        var now = new DateTimeOffset(facts.Now);
        var grant = EffectiveScopes.Of(facts.OrganisationStatus, facts.ClientScopes, facts.Agreements, facts.SharedUntil, now);
        if (grant.Scopes.Count == 0)
        {
            return new OAuthError(400, "invalid_scope", facts.SharedUntil <= now
                ? "The organisation's quarterly attestation is overdue: nothing is shared with it until its responsible individual has made it."
                : "None of the client's scopes is covered by an active information sharing agreement of its organisation whose marking ceiling reaches it.");
        }

        if (request.Scopes.Except(grant.Scopes).Any())
        {
            return new OAuthError(400, "invalid_scope", "The client may now ask for: " + string.Join(' ', grant.Scopes));
        }

        var issuedAt = now.ToUnixTimeSeconds();
        var expires = new[] { issuedAt + LifetimeSeconds, grant.Until.ToUnixTimeSeconds(), proven.EndsAt.ToUnixTimeSeconds() }.Min();
        var scopes = string.Join(' ', request.Scopes.Count == 0 ? grant.Scopes : grant.Scopes.Intersect(request.Scopes));
        var token = (await keys.CurrentAsync(cancellation)).Sign(new AccessTokenClaims(
            settings.Issuer, settings.Audience, clientId, clientId, facts.Organisation, scopes, issuedAt, expires, Guid.CreateVersion7().ToString("N"),
            facts.CertificateBound ? new Confirmation(request.Certificate!) : null));
        return Results.Json(new TokenAnswer(token, "Bearer", expires - issuedAt, scopes));
    }
}

/// <summary>What is asked for, besides who asks.</summary>
/// <param name="Scopes">None for all that there are.</param>
/// <param name="Certificate">The thumbprint of the certificate that the client connected with, as the gateway vouches for it.</param>
internal sealed record TokenRequest(IReadOnlyCollection<string> Scopes, string? Certificate);

/// <summary>What an access token says (RFC 9068).</summary>
internal sealed record AccessTokenClaims(
    string Iss, string Aud, string Sub, [property: JsonPropertyName("client_id")] string ClientId, Guid Org, string Scope, long Iat, long Exp, string Jti,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Confirmation? Cnf);

/// <summary>The certificate that a token is bound to (RFC 8705 section 3.1).</summary>
internal sealed record Confirmation([property: JsonPropertyName("x5t#S256")] string Thumbprint);

/// <summary>The answer of RFC 6749 section 5.1.</summary>
internal sealed record TokenAnswer(
    [property: JsonPropertyName("access_token")] string AccessToken,
    [property: JsonPropertyName("token_type")] string TokenType,
    [property: JsonPropertyName("expires_in")] long ExpiresIn,
    string Scope);
