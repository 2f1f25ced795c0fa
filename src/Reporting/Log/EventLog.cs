using System.Reflection;
using System.Text.Json;
using Soc.Contracts;
using Soc.Contracts.Partners;
using Soc.Contracts.Referrals;
using Soc.Contracts.Strategy;

namespace Soc.Reporting.Log;

/// <summary>An event as it was consumed. Never changed or deleted: the database refuses it.</summary>
internal sealed class LoggedEvent
{
    public long Seq { get; private set; }

    public required Guid MessageId { get; init; }

    public required string Type { get; init; }

    public required Guid AggregateId { get; init; }

    public required long AggregateVersion { get; init; }

    public required DateTimeOffset RecordedAt { get; init; }

    public required string Body { get; init; }
}

/// <summary>
/// A statistical fact of Referrals, and nothing but the fact: no time, no message id, no place in a sequence. Its random token is its key, so that it is
/// counted once however often it comes.
/// </summary>
internal sealed class LoggedFact
{
    public required Guid Token { get; init; }

    public required string Type { get; init; }

    public required string Body { get; init; }
}

/// <summary>The contracts this service consumes, by their names on the wire, and how they are written into the log.</summary>
internal static class EventLog
{
    private static readonly Dictionary<string, Type> Contracts = new Type[]
    {
        typeof(StrategyPublished), typeof(DevelopmentRecorded), typeof(AnnualReportPublished), typeof(WrittenQuestionAnswered),
        typeof(OrganisationRegistered), typeof(OrganisationChanged), typeof(OrganisationSuspended), typeof(OrganisationReinstated), typeof(AgreementActivated),
        typeof(OrganisationClosed), typeof(ApplicationReminded), typeof(ForumCreated), typeof(ForumMemberJoined), typeof(ForumMemberLeft), typeof(ForumClosed),
        typeof(SharingGroupMemberAdded), typeof(SharingGroupMemberRemoved), typeof(RevocationIssued), typeof(RevocationAcknowledged), typeof(RevocationOverdue),
        typeof(ClientApproved), typeof(CredentialRotated), typeof(CredentialRevoked), typeof(CredentialExpiring),
        typeof(WebhookDisabled),
        typeof(AgreementReviewDue), typeof(AgreementReviewed), typeof(AgreementExpired), typeof(AgreementTerminated),
        typeof(AttestationMade), typeof(AttestationOverdue),
        typeof(ReferralSubmitted), typeof(ReferralTriaged), typeof(ReferralDecided),
        typeof(ReferralActivated), typeof(ReferralReviewed), typeof(ReferralClosed), typeof(ClockBreached), typeof(ReferralTransferred), typeof(BreakGlassUsed), typeof(BreakGlassReviewed),
    }.ToDictionary(TypeOf);

    public static string TypeOf(Type contract) => contract.GetCustomAttribute<EventAttribute>()!.Type;

    public static Guid TokenOf(object fact) => fact switch
    {
        ReferralSubmitted f => f.Token,
        ReferralTriaged f => f.Token,
        ReferralDecided f => f.Token,
        ReferralActivated f => f.Token,
        ReferralReviewed f => f.Token,
        ReferralClosed f => f.Token,
        ClockBreached f => f.Token,
        BreakGlassUsed f => f.Token,
        BreakGlassReviewed f => f.Token,
        ReferralTransferred f => f.Token,
        _ => throw new InvalidOperationException($"{fact.GetType().Name} is not a statistical fact."),
    };

    public static string Write<T>(T message) => JsonSerializer.Serialize(message, JsonSerializerOptions.Web);

    public static object Read(string type, string body) => JsonSerializer.Deserialize(body, Contracts[type], JsonSerializerOptions.Web)!;
}
