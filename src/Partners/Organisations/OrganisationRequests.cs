using System.ComponentModel.DataAnnotations;
using Soc.Partners.ReferenceData;
using Soc.ServiceDefaults;

namespace Soc.Partners.Organisations;

/// <summary>Enters an organisation in the register.</summary>
public sealed record RegisterOrganisation(
    [property: Required, StringLength(200, MinimumLength = 2), RegularExpression(@"^\S(\P{C}*\S)?\z")] string Name,
    [property: Required, KnownCodes(ReferenceCodes.Sectors)] string Sector,
    [property: Required, KnownCodes(ReferenceCodes.Kinds)] string Kind,
    [property: Required, MinLength(1), KnownCodes(ReferenceCodes.Regions)] IReadOnlyList<string> Regions);

/// <summary>Suspends an organisation.</summary>
public sealed record SuspendOrganisation([property: Required, KnownCodes(ReferenceCodes.SuspensionReasons)] string Reason);

/// <summary>An organisation as its reader may see it; the suspension only for those who can suspend.</summary>
internal sealed record OrganisationView(
    Guid Id, string Name, string Sector, string Kind, IReadOnlyList<string> Regions, string Status, DateTimeOffset RegisteredAt,
    SuspensionView? Suspension, IEnumerable<string> AllowedActions)
{
    public static OrganisationView Of(Organisation organisation, Caller caller) => new(
        organisation.Id, organisation.Name, organisation.Sector, organisation.Kind, organisation.Regions, organisation.Status.Code(),
        organisation.RegisteredAt,
        organisation.Suspension is { } suspension && caller.Scopes.Contains(Contracts.Scopes.OrganisationsSuspend)
            ? new SuspensionView(suspension.Reason, suspension.At)
            : null,
        organisation.AllowedActions(caller));
}

/// <summary>Why and since when an organisation is suspended.</summary>
internal sealed record SuspensionView(string Reason, DateTimeOffset Since);
