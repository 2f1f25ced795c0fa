using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Soc.ServiceDefaults;

namespace Soc.Partners.Webhooks;

/// <summary>A secret as it is stored.</summary>
internal sealed record SealedSecret(Guid Id, string SealedWith, byte[] Sealed);

/// <summary>What came of a call.</summary>
/// <param name="At">When it began.</param>
/// <param name="Took">How long it took.</param>
/// <param name="Status">The receiver's status, where it answered.</param>
/// <param name="Error">Null for 2xx, else a code of <see cref="DeliveryErrors"/>.</param>
/// <param name="RetryAfter">How long the receiver asked to be left alone.</param>
internal sealed record SendOutcome(DateTimeOffset At, TimeSpan Took, HttpStatusCode? Status, string? Error, TimeSpan? RetryAfter);

/// <summary>Signs an event and posts it to a partner's address; never throws for what the receiver or the way to it did.</summary>
internal sealed class WebhookSender(IHttpClientFactory clients, KeyEncryption encryption, TimeProvider clock)
{
    public const string ClientName = "webhooks";

    /// <summary>More than a receiver needs to return a challenge.</summary>
    private const int LongestAnswer = 4096;

    /// <summary>Seals a new secret, and gives it once as its holder keeps it.</summary>
    public (WebhookSecret Sealed, string Written) NewSecret(Guid webhook, DateTimeOffset now)
    {
        var (id, secret) = (Guid.CreateVersion7(now), WebhookSignature.NewSecret());
        var (sealedWith, sealedSecret) = encryption.Wrap(secret, BoundTo(id));
        var written = WebhookSignature.Written(secret);
        CryptographicOperations.ZeroMemory(secret);
        return (WebhookSecret.Issue(id, webhook, sealedWith, sealedSecret, now), written);
    }

    /// <summary>Sends, and does not read what the receiver says beyond its status.</summary>
    public Task<SendOutcome> SendAsync(Uri address, Guid id, byte[] body, IEnumerable<SealedSecret> secrets, CancellationToken cancellation) =>
        SendAsync(address, id, body, secrets, (_, _) => Task.FromResult<string?>(null), cancellation);

    /// <summary>Sends a challenge, which the receiver must return as <c>{"challenge":"…"}</c>.</summary>
    public Task<SendOutcome> ChallengeAsync(Uri address, Guid id, byte[] body, string challenge, IEnumerable<SealedSecret> secrets, CancellationToken cancellation) =>
        SendAsync(address, id, body, secrets, (answer, token) => CheckAsync(answer, challenge, token), cancellation);

    private static byte[] BoundTo(Guid secret) => Encoding.ASCII.GetBytes("partners.webhook-secret:" + secret);

    private static async Task<string?> CheckAsync(HttpResponseMessage answer, string challenge, CancellationToken cancellation)
    {
        var text = new byte[LongestAnswer];
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellation);
        var length = await stream.ReadAtLeastAsync(text, LongestAnswer, throwOnEndOfStream: false, cancellation);
        return ReturnedChallenge(text.AsSpan(0, length)) is { } returned
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(returned), Encoding.UTF8.GetBytes(challenge)) ? null : DeliveryErrors.Challenge;
    }

    private static string? ReturnedChallenge(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<ChallengeAnswer>(json, JsonSerializerOptions.Web)?.Challenge;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string ErrorOf(HttpRequestException failed) => failed switch
    {
        { InnerException: AddressRefusedException } => DeliveryErrors.Address,
        { HttpRequestError: HttpRequestError.NameResolutionError } => DeliveryErrors.Name,
        { HttpRequestError: HttpRequestError.SecureConnectionError } => DeliveryErrors.Tls,
        { HttpRequestError: HttpRequestError.ConnectionError } => DeliveryErrors.Connection,
        _ => DeliveryErrors.Protocol,
    };

    private static string? ErrorOf(HttpStatusCode status) => (int)status switch
    {
        >= 200 and < 300 => null,
        >= 300 and < 400 => DeliveryErrors.Redirect,
        410 => DeliveryErrors.Gone,
        _ => DeliveryErrors.Status,
    };

    private async Task<SendOutcome> SendAsync(
        Uri address, Guid id, byte[] body, IEnumerable<SealedSecret> secrets, Func<HttpResponseMessage, CancellationToken, Task<string?>> check,
        CancellationToken cancellation)
    {
        var (at, start) = (clock.Now(), clock.GetTimestamp());
        using var request = Request(address, id, at.ToUnixTimeSeconds(), body, secrets);
        using var client = clients.CreateClient(ClientName);

        // The client's own limit ends with the headers.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(client.Timeout);
        HttpResponseMessage? answer = null;
        try
        {
            answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            return Outcome(ErrorOf(answer.StatusCode) ?? await check(answer, limit.Token));
        }
        catch (HttpRequestException failed)
        {
            return Outcome(ErrorOf(failed));
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            return Outcome(exception is IOException ? DeliveryErrors.Protocol : DeliveryErrors.Timeout);
        }
        finally
        {
            answer?.Dispose();
        }

        SendOutcome Outcome(string? error) => new(at, clock.GetElapsedTime(start), answer?.StatusCode, error, After(answer?.Headers.RetryAfter, at));
    }

    private static TimeSpan? After(RetryConditionHeaderValue? asked, DateTimeOffset now) => asked?.Delta ?? asked?.Date - now;

    private HttpRequestMessage Request(Uri address, Guid id, long timestamp, byte[] body, IEnumerable<SealedSecret> secrets)
    {
        var (name, signatures) = (id.ToString(), new List<string>());
        foreach (var secret in secrets)
        {
            var open = encryption.Unwrap(secret.SealedWith, secret.Sealed, BoundTo(secret.Id));
            signatures.Add(WebhookSignature.Sign(open, name, timestamp, body));
            CryptographicOperations.ZeroMemory(open);
        }

        var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(CloudEvent.ContentType, "utf-8");
        request.Headers.Add("webhook-id", name);
        request.Headers.Add("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", string.Join(' ', signatures));
        return request;
    }

    private sealed record ChallengeAnswer(string? Challenge);
}
