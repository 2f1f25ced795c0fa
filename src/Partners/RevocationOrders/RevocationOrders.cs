using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.Options;
using Soc.Contracts;
using Soc.Messaging;
using Soc.Partners.Data;
using Soc.ServiceDefaults;

namespace Soc.Partners.RevocationOrders;

/// <summary>Configuration section <c>RevocationOrders</c>.</summary>
internal sealed class RevocationOrderSettings
{
    /// <summary>Days that an organisation has for its acknowledgement; the due date is the end of the last of them in the United Kingdom.</summary>
    [Range(1, 366)]
    public int DaysToAcknowledge { get; set; } = 14;
}

/// <summary>How revocation orders come about.</summary>
internal static class RevocationOrders
{
    /// <summary>Adds an order and its event to the context; saved with the change that causes it, so that neither is without the other.</summary>
    /// <param name="db">The context.</param>
    /// <param name="organisation">Who lost access.</param>
    /// <param name="cause">Why.</param>
    /// <param name="now">The instant of the change.</param>
    public static void IssueRevocationOrder(this PartnersDb db, Guid organisation, RevocationCause cause, DateTimeOffset now)
    {
        var days = db.GetService<IOptions<RevocationOrderSettings>>().Value.DaysToAcknowledge;
        var (order, issued) = RevocationOrder.Issue(Guid.CreateVersion7(now), organisation, cause, TimeSpan.FromDays(days), now);
        db.RevocationOrders.Add(order);
        db.Publish(issued, order.Id, order.EventVersion);
    }

    /// <summary>Security officers and registrars see every order and record what arrives by letter.</summary>
    public static bool IsRevocationOfficer(this Caller caller) =>
        caller.Scopes.Contains(Scopes.OrganisationsSuspend) || caller.Scopes.Contains(Scopes.OrganisationsRegister);
}
