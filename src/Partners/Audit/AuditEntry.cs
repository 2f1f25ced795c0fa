namespace Soc.Partners.Audit;

/// <summary>Who did, or tried, what to which subject, and how it ended. The service can add entries and read them; it cannot change or delete any.</summary>
internal sealed class AuditEntry
{
    public const string Done = "done";

    public long Id { get; private init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>The pseudonymous actor, or <c>operator</c> for the migration step.</summary>
    public required string Actor { get; init; }

    public required string ClientId { get; init; }

    /// <summary>The actor's organisation; null for the operator.</summary>
    public required Guid? OrganisationId { get; init; }

    /// <summary>Such as <c>organisation.suspend</c>.</summary>
    public required string Action { get; init; }

    public required string SubjectId { get; init; }

    /// <summary><see cref="Done"/>, or the code of the problem that refused it.</summary>
    public required string Outcome { get; init; }
}
