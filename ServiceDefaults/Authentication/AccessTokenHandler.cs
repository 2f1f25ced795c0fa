using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Soc.ServiceDefaults;

/// <summary>Why a request's token was refused, left with the request for <see cref="AccessResultHandler"/> to answer.</summary>
/// <param name="Problem">Why.</param>
/// <param name="Organisation">Whose token it was, where it was one that this platform issued: then the organisation is cut off.</param>
internal sealed record AccessRefusal(Problem Problem, Guid? Organisation);

/// <summary>The scheme of access tokens. Looks at a request only where its endpoint needs to know the caller.</summary>
internal sealed class AccessTokenHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, AccessTokens tokens,
    CertificateVoucher certificates)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public new const string Scheme = "Bearer";
    private const string Prefix = Scheme + " ";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Context.GetEndpoint() is not { } endpoint || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            return AuthenticateResult.NoResult();
        }

        var header = Request.Headers.Authorization;
        if (header.Count > 1)
        {
            return Refuse(PlatformProblems.TokenInvalid);
        }

        if (header.Count == 0 || header[0] is not { } value || !value.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return AuthenticateResult.NoResult();
        }

        var verdict = await tokens.JudgeAsync(value[Prefix.Length..]);
        return verdict.User is not { } user ? Refuse(verdict.Problem!, verdict.Organisation)
            : verdict.BoundTo is { } certificate && certificates.Presented(Request) != certificate ? Refuse(PlatformProblems.CertificateMissing)
            : AuthenticateResult.Success(new(user, Scheme));
    }

    private AuthenticateResult Refuse(Problem problem, Guid organisation = default)
    {
        Context.Features.Set(new AccessRefusal(problem, organisation == default ? null : organisation));
        return AuthenticateResult.Fail(problem.Code);
    }
}
