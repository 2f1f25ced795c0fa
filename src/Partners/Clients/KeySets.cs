using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Soc.Messaging;
using Soc.Partners.Audit;
using Soc.Partners.Data;
using Soc.Partners.DueWork;
using Soc.ServiceDefaults;

namespace Soc.Partners.Clients;

/// <summary>
/// Reads the key sets that clients publish (RFC 7517): on a token request with a key that is not known, at most once a minute for a client whichever replica
/// asks, and otherwise every quarter of an hour. What was read is kept with the client, so a partner whose site is down can still ask for tokens.
/// </summary>
internal sealed partial class KeySets(
    IServiceScopeFactory scopes, IHttpClientFactory http, IOptions<CredentialSettings> settings, TimeProvider clock, ILogger<KeySets> log)
{
    /// <summary>The client of ServiceDefaults that calls public addresses only.</summary>
    public const string HttpClient = "client-key-sets";

    /// <summary>Less than the client's own limit: a due work waits for it within a transaction, and a partner's token request too.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Reads a client's key set, unless it has been asked for since then.</summary>
    /// <returns>Whether it was read here.</returns>
    public async Task<bool> RefreshAsync(string clientId, TimeSpan notWithin, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PartnersDb>();
        var asked = await db.Database.ExecuteSqlAsync(
            $"""
             update api_client set key_set_read_at = now()
             where id = {clientId} and key_set_uri is not null and (key_set_read_at is null or key_set_read_at <= now() - {notWithin})
             """,
            cancellation);
        if (asked == 0)
        {
            return false;
        }

        var address = await db.Clients.Where(client => client.Id == clientId).Select(client => client.KeySetUri).SingleAsync(cancellation);
        var (keys, error) = await FetchAsync(clientId, address, cancellation);
        if (error is not null || keys is null)
        {
            await NoteAsync(db, clientId, address, error, cancellation);
            return false;
        }

        var now = clock.Now();
        var client = await db.Clients.SingleAsync(each => each.Id == clientId, cancellation);
        if (client.KeySetUri != address)
        {
            return false; // revoked or replaced while its site was slow to answer
        }

        if (client.ReadKeySet(keys, settings.Value.TermsOf(null, null, null, now)!, now) is not { } changed)
        {
            await NoteAsync(db, clientId, address, null, cancellation);
            return true;
        }

        foreach (var (rotated, version) in changed)
        {
            db.Publish(rotated, client.Reference, version);
        }

        db.AuditEntries.Add(new AuditEntry
        {
            At = now, Actor = "key-set", ClientId = clientId, OrganisationId = client.OrganisationId, Action = "client.read-key-set", SubjectId = clientId,
            Outcome = AuditEntry.Done,
        });
        try
        {
            await db.SaveChangesAsync(cancellation);
            await NoteAsync(db, clientId, address, null, cancellation);
            return true;
        }
        catch (DbUpdateException exception)
        {
            // A key that another client of the organisation has, or a change at the same moment. Nothing was taken over; the next reading looks again.
            LogNotTaken(clientId);
            if (exception is not DbUpdateConcurrencyException)
            {
                await NoteAsync(db, clientId, address, KeySetErrors.KeyTaken, cancellation);
            }

            return false;
        }
    }

    /// <summary>For the client's organisation to see; of an address that has been replaced meanwhile nothing is noted.</summary>
    private static Task<int> NoteAsync(PartnersDb db, string clientId, string? address, string? error, CancellationToken cancellation) => db.Database.ExecuteSqlAsync(
        $"""
         update api_client set key_set_error = {error}, key_set_given_at = case when {error}::text is null then now() else key_set_given_at end
         where id = {clientId} and key_set_uri = {address}
         """,
        cancellation);

    private async Task<(IReadOnlyList<PublicKey>? Keys, string? Error)> FetchAsync(string clientId, string? address, CancellationToken cancellation)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(Limit);
            using var client = http.CreateClient(HttpClient);
            using var document = JsonDocument.Parse(await client.GetStringAsync(address, limit.Token));
            return ([.. document.RootElement.GetProperty("keys").EnumerateArray().Select(jwk => PublicKey.Parse(jwk).Key).OfType<PublicKey>()], null);
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested
            && exception is HttpRequestException or OperationCanceledException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // The keys that are known stay good until they expire.
            LogNotRead(clientId, exception.GetType());
            return (null, KeySetErrors.Of(exception));
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The key set of client {Client} could not be read: {Type}")]
    private partial void LogNotRead(string client, Type type);

    [LoggerMessage(2, LogLevel.Warning, "The key set of client {Client} was read and not taken over")]
    private partial void LogNotTaken(string client);
}

/// <summary>Why a key set brought no keys: the whole list.</summary>
internal static class KeySetErrors
{
    public const string Address = "address-refused", Name = "name-not-found", Connection = "connection-failed", Tls = "tls-failed", Timeout = "timeout",
        Protocol = "protocol", Redirect = "redirect", Status = "status", TooLarge = "too-large", NotAKeySet = "not-a-key-set", KeyTaken = "key-taken";

    public static string Of(Exception failed) => failed switch
    {
        HttpRequestException { InnerException: AddressRefusedException } => Address,
        HttpRequestException { StatusCode: >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest } => Redirect,
        HttpRequestException { StatusCode: not null } => Status,
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => TooLarge,
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => Name,
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => Tls,
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => Connection,
        HttpRequestException => Protocol,
        OperationCanceledException => Timeout,
        _ => NotAKeySet,
    };
}

/// <summary>Reads key sets again, so that a key that its owner has taken out of its set ends.</summary>
internal sealed class KeySetRefresh(KeySets sets) : IDueWork
{
    /// <summary>Each may take five seconds; at the same time they take no longer.</summary>
    private const int AtOnce = 20;

    private static readonly TimeSpan Age = TimeSpan.FromMinutes(15);

    public string Name => "key-set-refresh";

    public TimeSpan Every => TimeSpan.FromMinutes(1);

    public async Task RunAsync(PartnersDb db, DateTimeOffset now, CancellationToken cancellation)
    {
        var due = await db.Clients.Where(client => client.KeySetUri != null && (client.KeySetReadAt == null || client.KeySetReadAt <= now - Age))
            .OrderBy(client => client.KeySetReadAt).Select(client => client.Id).Take(AtOnce).ToListAsync(cancellation);

        // The clock that says that it is time has been asked; another replica's token endpoint may have been quicker.
        await Task.WhenAll(due.Select(client => sets.RefreshAsync(client, TimeSpan.FromSeconds(60), cancellation)));
    }
}
