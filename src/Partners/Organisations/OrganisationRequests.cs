using System.ComponentModel.DataAnnotations;
using Soc.Partners.ReferenceData;
using Soc.ServiceDefaults;

namespace Soc.Partners.Organisations;

/// <summary>Enters an organisation in the register.</summary>
public sealed record RegisterOrganisation(
    [property: Required, StringLength(200, MinimumLength = 2), RegularExpression(@"^\S(\P{C}*\S)?\z")] string Name,
    [property: Required, KnownCodes(ReferenceCodes.Sectors)] string Sector,
    [property: Required, KnownCodes(ReferenceCodes.Kinds)] string Kind,
    [property: Required, MinLength(1), KnownCodes(ReferenceCodes.Regions)] IReadOnlyList<string> Regions,
    [property: MaxLength(20)] IReadOnlyList<Identifier>? Identifiers = null,
    DateOnly? EffectiveFrom = null,
    Guid? Parent = null);

/// <summary>Puts an entry of the register right: it then says this and nothing else.</summary>
public sealed record CorrectOrganisation(
    [property: Required, StringLength(200, MinimumLength = 2), RegularExpression(@"^\S(\P{C}*\S)?\z")] string Name,
    [property: Required, KnownCodes(ReferenceCodes.Sectors)] string Sector,
    [property: Required, KnownCodes(ReferenceCodes.Kinds)] string Kind,
    [property: Required, MinLength(1), KnownCodes(ReferenceCodes.Regions)] IReadOnlyList<string> Regions,
    [property: MaxLength(20)] IReadOnlyList<Identifier>? Identifiers = null,
    DateOnly? EffectiveFrom = null,
    DateOnly? EffectiveTo = null,
    Guid? Parent = null,
    Guid? Successor = null);

/// <summary>What another register knows an organisation by.</summary>
public sealed record Identifier(
    [property: Required, KnownCodes(ReferenceCodes.IdentifierSchemes)] string Scheme, [property: Required, StringLength(40)] string Value);

/// <summary>Has an organisation leave: at this instant, or now.</summary>
public sealed record OffboardOrganisation(DateTimeOffset? At = null);

/// <summary>Closes the entry of an organisation that has left, and says what came after it.</summary>
public sealed record CloseOrganisation(Guid? Successor = null, bool NoSuccessor = false);

/// <summary>Suspends an organisation.</summary>
public sealed record SuspendOrganisation([property: Required, KnownCodes(ReferenceCodes.SuspensionReasons)] string Reason);

/// <summary>An organisation as its reader may see it; the suspension only for those who can suspend.</summary>
internal sealed record OrganisationView(
    Guid Id, string Name, string Sector, string Kind, IReadOnlyList<string> Regions, IEnumerable<Identifier> Identifiers, DateOnly EffectiveFrom,
    DateOnly? EffectiveTo, Guid? Parent, Guid? Successor, IEnumerable<Guid>? Predecessors, string Status, DateTimeOffset RegisteredAt, DateTimeOffset? LeavesAt, SuspensionView? Suspension, IEnumerable<string> AllowedActions)
{
    public static OrganisationView Of(Organisation organisation, Caller caller)
    {
        // The links name others: to whoever does not see the whole register they would reveal them.
        var all = caller.SeesWholeRegister();
        return new(
            organisation.Id, organisation.Name, organisation.Sector, organisation.Kind, organisation.Regions,
            organisation.Identifiers.OrderBy(each => each.Scheme, StringComparer.Ordinal).ThenBy(each => each.Value, StringComparer.Ordinal)
                .Select(each => new Identifier(each.Scheme, each.Value)),
            organisation.EffectiveFrom ?? UkCalendar.Day(organisation.RegisteredAt), organisation.EffectiveTo,
            all ? organisation.ParentId : null, all ? organisation.SuccessorId : null,
            all ? organisation.Predecessors.Select(predecessor => predecessor.Id).Order() : null, organisation.Status.Code(), organisation.RegisteredAt,
            all || caller.Organisation == organisation.Id ? organisation.LeavesAt : null,
            organisation.Suspension is { } suspension && caller.Scopes.Contains(Contracts.Scopes.OrganisationsSuspend)
                ? new SuspensionView(suspension.Reason, suspension.At)
                : null,
            organisation.AllowedActions(caller));
    }
}

/// <summary>Why and since when an organisation is suspended.</summary>
internal sealed record SuspensionView(string Reason, DateTimeOffset Since);
