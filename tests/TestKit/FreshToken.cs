using System.Net.Http.Headers;

namespace Soc.TestKit;

/// <summary>Sends the token it has, and a new one before that has expired: a client that is shared by a whole run outlives its five minutes.</summary>
internal sealed class FreshToken(Func<string> issue) : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
{
    private static readonly TimeSpan Used = TimeSpan.FromMinutes(3);
    private readonly Lock turn = new();
    private (string Token, DateTimeOffset IssuedAt) current = (issue(), DateTimeOffset.UtcNow);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        lock (turn)
        {
            if (DateTimeOffset.UtcNow - current.IssuedAt > Used)
            {
                current = (issue(), DateTimeOffset.UtcNow);
            }

            request.Headers.Authorization ??= new AuthenticationHeaderValue("Bearer", current.Token);
        }

        return base.SendAsync(request, cancellationToken);
    }
}
