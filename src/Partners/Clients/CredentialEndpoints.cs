using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Soc.Contracts;
using Soc.Messaging;
using Soc.Partners.CutOffs;
using Soc.Partners.Data;
using Soc.Partners.RevocationOrders;
using Soc.ServiceDefaults;

namespace Soc.Partners.Clients;

/// <summary>What a client proves itself by. Each is a change of the client: it takes the client's ETag, and no Idempotency-Key, whose record would keep a secret.</summary>
internal static class CredentialEndpoints
{
    public static void MapCredentials(this IEndpointRouteBuilder clients)
    {
        clients.MapPost("{id}/keys", AddKey).RequireAuthorization(Policies.ClientsManage);
        clients.MapPost("{id}/keys/{keyId}/approval", ApproveKey).RequireAuthorization(Scopes.OrganisationsSuspend);
        clients.MapPost("{id}/keys/{keyId}/revocation", RevokeKey).RequireAuthorization(Policies.CredentialsRevoke);
        clients.MapPost("{id}/key-set", UseKeySet).RequireAuthorization(Policies.ClientsManage);
        clients.MapPost("{id}/key-set/revocation", RevokeKeySet).RequireAuthorization(Policies.CredentialsRevoke);
        clients.MapPost("{id}/secrets", AddSecret).RequireAuthorization(Policies.ClientsManage);
        clients.MapPost("{id}/secrets/{secret:guid}/revocation", RevokeSecret).RequireAuthorization(Policies.CredentialsRevoke);
        clients.MapPost("{id}/certificates", AddCertificate).RequireAuthorization(Policies.ClientsManage);
        clients.MapPost("{id}/certificates/{thumbprint}/revocation", RevokeCertificate).RequireAuthorization(Policies.CredentialsRevoke);
    }

    private static Task<IResult> AddKey(
        Guid organisation, string id, RegisterKey body, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, IOptions<CredentialSettings> settings,
        CancellationToken cancellation) => GiveAsync(
        organisation, id, "client.add-key",
        (client, now) =>
        {
            var (key, refusal) = PublicKey.Parse(body.Jwk);
            return key is null ? refusal!
                : settings.Value.TermsOf(body.NotBefore, body.Expires, body.OverlapDays, now) is { } terms ? client.AddKey(key, terms, now, caller.Actor)
                : PartnersProblems.ClientKeyDates;
        },
        caller, http, db, clock, cancellation);

    private static Task<IResult> ApproveKey(
        Guid organisation, string id, string keyId, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation) => ChangeAsync(
        db.Clients.VisibleTo(caller), organisation, id, "client.approve-key", (client, now) => client.ApproveKey(keyId, caller.Actor, now), null, caller, http, db, clock,
        cancellation);

    private static Task<IResult> UseKeySet(
        Guid organisation, string id, UseKeySet body, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, PartnerAddresses addresses,
        CancellationToken cancellation) => GiveAsync(
        organisation, id, "client.use-key-set",
        (client, _) => addresses.Read(body.Address) is { } address ? client.UseKeySet(address) : PartnersProblems.ClientKeySetAddress,
        caller, http, db, clock, cancellation);

    private static async Task<IResult> AddSecret(
        Guid organisation, string id, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, IOptions<CredentialSettings> settings,
        CancellationToken cancellation)
    {
        var standing = await db.StandingOfAsync(organisation, cancellation);
        var (kept, shown) = ClientSecret.New(id, TimeSpan.FromDays(settings.Value.SecretDays), clock.Now());
        http.Response.Headers.CacheControl = "no-store";
        return await GiveAsync(
            organisation, id, "client.add-secret", (client, now) => client.AddSecret(kept, standing, now), caller, http, db, clock, cancellation,
            () => Results.Json(new NewSecretView(kept.Id, shown, kept.ExpiresAt), statusCode: StatusCodes.Status201Created));
    }

    private static Task<IResult> AddCertificate(
        Guid organisation, string id, RegisterCertificate body, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation) =>
        GiveAsync(
            organisation, id, "client.add-certificate",
            (client, _) => ThumbprintOf(body.Certificate) is { } thumbprint ? client.AddCertificate(thumbprint) : PartnersProblems.ClientCertificate,
            caller, http, db, clock, cancellation);

    private static Task<IResult> RevokeKey(
        Guid organisation, string id, string keyId, RevokeCredential body, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock,
        CancellationToken cancellation) => RevokeAsync(
        organisation, id, "client.revoke-key", (client, now) => client.RevokeKey(keyId, body.Reason, now), caller, http, db, clock, cancellation,
        RevocationCause.KeyRevoked(id, keyId), client => !client.IsProposed(keyId));

    private static Task<IResult> RevokeKeySet(
        Guid organisation, string id, RevokeCredential body, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation) =>
        RevokeAsync(
            organisation, id, "client.revoke-key-set", (client, now) => client.RevokeKeySet(body.Reason, now), caller, http, db, clock, cancellation,
            RevocationCause.KeyRevoked(id, "key-set"));

    private static Task<IResult> RevokeSecret(
        Guid organisation, string id, Guid secret, RevokeCredential body, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock,
        CancellationToken cancellation) => RevokeAsync(
        organisation, id, "client.revoke-secret", (client, now) => client.RevokeSecret(secret, body.Reason, now), caller, http, db, clock, cancellation);

    private static Task<IResult> RevokeCertificate(
        Guid organisation, string id, string thumbprint, RevokeCredential body, Caller caller, HttpContext http, PartnersDb db, TimeProvider clock,
        CancellationToken cancellation) => RevokeAsync(
        organisation, id, "client.revoke-certificate", (client, _) => client.RevokeCertificate(thumbprint, body.Reason), caller, http, db, clock,
        cancellation, RevocationCause.KeyRevoked(id, thumbprint));

    private static Task<IResult> GiveAsync<TEvent>(
        Guid organisation, string id, string action, Func<ApiClient, DateTimeOffset, Decision<TEvent>> verb,
        Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation, Func<IResult>? answer = null)
        where TEvent : class => ChangeAsync(
        db.Clients.ManagedBy(caller), organisation, id, action,
        (client, now) => caller.MayGiveCredentials(client.Scopes) ? verb(client, now) : PartnersProblems.ClientRegistrarOnly,
        null, caller, http, db, clock, cancellation, answer);

    /// <summary>
    /// Ends the credential's tokens too: every process refuses them within two seconds. What was received with it is asked about, except with a secret, which opens
    /// nothing of anybody else's. Of a key that was only proposed the proposal is withdrawn, and no more.
    /// </summary>
    private static Task<IResult> RevokeAsync<TEvent>(
        Guid organisation, string id, string action, Func<ApiClient, DateTimeOffset, Decision<TEvent>> verb,
        Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation, RevocationCause? cause = null,
        Func<ApiClient, bool>? wasGood = null)
        where TEvent : class => ChangeAsync(
        db.Clients.VisibleTo(caller), organisation, id, action, verb,
        client => wasGood?.Invoke(client) is false ? null : () =>
        {
            if (cause is not null)
            {
                db.IssueRevocationOrder(organisation, cause, clock.Now());
            }

            return db.CutOffUntilNowAsync(organisation, cancellation);
        },
        caller, http, db, clock, cancellation);

    private static async Task<IResult> ChangeAsync<TEvent>(
        IQueryable<ApiClient> clients, Guid organisation, string id, string action, Func<ApiClient, DateTimeOffset, Decision<TEvent>> verb, Func<ApiClient, Func<Task>?>? cutOff,
        Caller caller, HttpContext http, PartnersDb db, TimeProvider clock, CancellationToken cancellation, Func<IResult>? answer = null)
        where TEvent : class
    {
        if (await clients.SingleOrDefaultAsync(client => client.Id == id && client.OrganisationId == organisation, cancellation) is not { } client)
        {
            return PartnersProblems.ClientNotFound.ToResult();
        }

        if (Preconditions.Check(http.Request, client.Version) is { } stale)
        {
            return stale.ToResult();
        }

        var now = clock.Now();
        var decision = verb(client, now);
        if (decision.Event is { } changed)
        {
            db.Publish(changed, client.Reference, client.EventVersion);
        }

        if (await db.SaveAsync(caller, action, id, decision.Refusal, now, cancellation, cutOff?.Invoke(client)) is { } refusal)
        {
            return refusal.ToResult();
        }

        http.Response.SetETag(client.Version);
        return answer?.Invoke() ?? Results.Ok(ClientView.Of(client, await db.StandingOfAsync(organisation, cancellation), caller, now));
    }

    /// <summary>x5t#S256 of RFC 8705: SHA-256 of the certificate in DER, base64url; null where it is not a certificate.</summary>
    private static string? ThumbprintOf(string base64)
    {
        try
        {
            var der = Convert.FromBase64String(base64);
            using var certificate = X509CertificateLoader.LoadCertificate(der);

            // The loader also takes PEM and what follows the certificate: only its very bytes are what the proxy will show.
            return certificate.RawDataMemory.Span.SequenceEqual(der) ? Base64Url.EncodeToString(SHA256.HashData(der)) : null;
        }
        catch (Exception exception) when (exception is FormatException or CryptographicException)
        {
            return null;
        }
    }
}
