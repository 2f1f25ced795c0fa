using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using Soc.Contracts;
using Soc.Contracts.Partners;
using Soc.Contracts.Referrals;

namespace Soc.Partners.Webhooks;

/// <summary>A type of event that partners can get.</summary>
/// <param name="Name">The contract name.</param>
/// <param name="DataName">What the one id in its data is called.</param>
/// <param name="Addressed">Whether only those whom it concerns get it, and they under an agreement.</param>
/// <param name="Read">The id in its data, and whom the event concerns.</param>
internal sealed record WebhookEventType(string Name, string DataName, bool Addressed, Func<ReadOnlyMemory<byte>, (Guid Id, IReadOnlyList<Guid> Concerned)> Read);

/// <summary>
/// Which events leave the platform, and to whom. An organisation gets what concerns itself without an agreement, as it may ask for it; what concerns others,
/// and what other services address to it, where an agreement in force covers the type.
/// </summary>
internal static class WebhookEventTypes
{
    /// <summary>Sent to prove a receiver; nobody chooses it.</summary>
    public const string Verification = "soc.partners.webhook.verification.v1";

    public static FrozenDictionary<string, WebhookEventType> All { get; } = new[]
    {
        Of<OrganisationRegistered>("organisationId", told => told.OrganisationId, told => [told.OrganisationId]),
        Of<OrganisationChanged>("organisationId", told => told.OrganisationId, told => [told.OrganisationId]),
        Of<OrganisationSuspended>("organisationId", told => told.OrganisationId, told => [told.OrganisationId]),
        Of<OrganisationReinstated>("organisationId", told => told.OrganisationId, told => [told.OrganisationId]),
        Of<OrganisationClosed>("organisationId", told => told.OrganisationId, told => [told.OrganisationId]),
        Of<ForumMemberJoined>("forumId", told => told.ForumId, told => [told.OrganisationId]),
        Of<ForumMemberLeft>("forumId", told => told.ForumId, told => [told.OrganisationId]),
        Of<ApplicationReminded>("applicationId", told => told.ApplicationId, told => [told.OrganisationId]),
        Of<AgreementActivated>("agreementId", told => told.AgreementId, told => told.Parties),
        Of<AgreementReviewDue>("agreementId", told => told.AgreementId, told => told.Parties),
        Of<AgreementReviewed>("agreementId", told => told.AgreementId, told => told.Parties),
        Of<AgreementExpired>("agreementId", told => told.AgreementId, told => told.Parties),
        Of<AgreementTerminated>("agreementId", told => told.AgreementId, told => told.Parties),
        Of<AttestationMade>("organisationId", told => told.OrganisationId, told => [told.OrganisationId]),
        Of<AttestationOverdue>("organisationId", told => told.OrganisationId, told => [told.OrganisationId]),
        Of<ClientApproved>("client", told => told.Client, told => [told.OrganisationId]),
        Of<CredentialRotated>("client", told => told.Client, told => [told.OrganisationId]),
        Of<CredentialRevoked>("client", told => told.Client, told => [told.OrganisationId]),
        Of<CredentialExpiring>("client", told => told.Client, told => [told.OrganisationId]),
        Of<SharingGroupMemberAdded>("sharingGroupId", told => told.SharingGroupId, told => [told.OrganisationId]),
        Of<SharingGroupMemberRemoved>("sharingGroupId", told => told.SharingGroupId, told => [told.OrganisationId]),
        Of<RevocationIssued>("revocationOrderId", told => told.RevocationOrderId, told => [told.OrganisationId]),
        Of<RevocationAcknowledged>("revocationOrderId", told => told.RevocationOrderId, told => [told.OrganisationId]),
        Of<RevocationOverdue>("revocationOrderId", told => told.RevocationOrderId, told => [told.OrganisationId]),
        Of<WebhookDisabled>("webhookId", told => told.WebhookId, told => [told.OrganisationId]),
        Of<NoticeIssued>("noticeId", told => told.NoticeId, told => [told.OrganisationId], addressed: true),
    }.ToFrozenDictionary(type => type.Name, StringComparer.Ordinal);

    public static string NameOf<T>() => typeof(T).GetCustomAttribute<EventAttribute>()!.Type;

    private static WebhookEventType Of<T>(string dataName, Func<T, Guid> id, Func<T, IReadOnlyList<Guid>> concerned, bool addressed = false) =>
        new(NameOf<T>(), dataName, addressed, body =>
        {
            var told = JsonSerializer.Deserialize<T>(body.Span, JsonSerializerOptions.Web)!;
            return (id(told), concerned(told));
        });
}
