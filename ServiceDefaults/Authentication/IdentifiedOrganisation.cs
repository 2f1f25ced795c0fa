using Microsoft.AspNetCore.Http;

namespace Soc.ServiceDefaults;

/// <summary>Whose request it is, as far as that is certain.</summary>
public static class IdentifiedOrganisation
{
    /// <summary>The organisation of the request's good token, or of one that was refused only because the organisation is cut off.</summary>
    /// <param name="context">The request, after authentication.</param>
    /// <returns>The organisation, or null where the request shows no token that this platform issued.</returns>
    public static Guid? Find(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.User.FindFirst("org") is { } claim && Guid.TryParse(claim.Value, out var organisation) ? organisation
            : context.Features.Get<AccessRefusal>()?.Organisation;
    }
}
