using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Primitives;
using Soc.Partners.Agreements;
using Soc.Partners.Data;
using Soc.Partners.Organisations;

namespace Soc.Partners.Tokens;

/// <summary>Turns a client assertion into an access token with the scopes that are effective at this instant.</summary>
internal sealed class TokenIssuer(PartnersDb db, TokenFactsQuery query, SigningKeys keys, TokenSettings settings, TimeProvider clock)
{
    private const int LifetimeSeconds = 300;

    private static readonly OAuthError Unproven =
        OAuthError.InvalidClient("The client is unknown, or the client assertion is not signed with one of its active keys.");

    public async Task<IResult> IssueAsync(string text, StringValues clientId, StringValues scope, CancellationToken cancellation)
    {
        var (assertion, refusal) = ClientAssertion.Read(text, settings.Issuer, clock.GetUtcNow());
        if (assertion is null)
        {
            return OAuthError.InvalidClient(refusal!);
        }

        var facts = await query.ReadAsync(db, assertion.ClientId);
        if (!facts.Proves(assertion) || (clientId.Count > 0 && clientId != assertion.ClientId))
        {
            return Unproven;
        }

        if (!await UseAsync(assertion, cancellation))
        {
            return OAuthError.InvalidClient("The client assertion has been used before: each needs a jti of its own.");
        }

        while (facts.WaitForCutOff is { Ticks: > 0 } wait)
        {
            await Task.Delay(wait, clock, cancellation);
            facts = await query.ReadAsync(db, assertion.ClientId);
            if (!facts.Proves(assertion))
            {
                return Unproven;
            }
        }

        return facts.OrganisationStatus.HasAccess()
            ? await GrantAsync(assertion.ClientId, facts, scope.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries), cancellation)
            : new OAuthError(400, "unauthorized_client", $"The client's organisation is {facts.OrganisationStatus.Code()}: it has no access.");
    }

    /// <summary>Only the first of any number of requests with the same jti, in whichever replica, gets yes.</summary>
    private async Task<bool> UseAsync(ClientAssertion assertion, CancellationToken cancellation) => await db.Database.ExecuteSqlAsync(
        $"insert into used_assertion (client_id, jti, expires_at) values ({assertion.ClientId}, {assertion.Jti}, {assertion.ExpiresAt}) on conflict do nothing",
        cancellation) == 1;

    private async Task<IResult> GrantAsync(string clientId, TokenFacts facts, string[] requested, CancellationToken cancellation)
    {
        var now = new DateTimeOffset(facts.Now);
        var grant = EffectiveScopes.Of(facts.OrganisationStatus, facts.ClientScopes, facts.Agreements, now);
        if (grant.Scopes.Count == 0)
        {
            return new OAuthError(400, "invalid_scope",
                "None of the client's scopes is covered by an active information sharing agreement of its organisation whose marking ceiling reaches it.");
        }

        if (requested.Except(grant.Scopes).Any())
        {
            return new OAuthError(400, "invalid_scope", "The client may now ask for: " + string.Join(' ', grant.Scopes));
        }

        var issuedAt = now.ToUnixTimeSeconds();
        var expires = Math.Min(issuedAt + LifetimeSeconds, grant.Until.ToUnixTimeSeconds());
        var scopes = string.Join(' ', requested.Length == 0 ? grant.Scopes : grant.Scopes.Intersect(requested));
        var token = (await keys.CurrentAsync(cancellation)).Sign(new AccessTokenClaims(
            settings.Issuer, settings.Audience, clientId, clientId, facts.Organisation, scopes, issuedAt, expires, Guid.CreateVersion7().ToString("N")));
        return Results.Json(new TokenAnswer(token, "Bearer", expires - issuedAt, scopes));
    }
}

/// <summary>What an access token says (RFC 9068).</summary>
internal sealed record AccessTokenClaims(
    string Iss, string Aud, string Sub, [property: JsonPropertyName("client_id")] string ClientId, Guid Org, string Scope, long Iat, long Exp, string Jti);

/// <summary>The answer of RFC 6749 section 5.1.</summary>
internal sealed record TokenAnswer(
    [property: JsonPropertyName("access_token")] string AccessToken,
    [property: JsonPropertyName("token_type")] string TokenType,
    [property: JsonPropertyName("expires_in")] long ExpiresIn,
    string Scope);
