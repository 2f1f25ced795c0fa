using Soc.ServiceDefaults;

namespace Soc.Partners;

/// <summary>Every expected failure of this service, beside those of ServiceDefaults.</summary>
internal static class PartnersProblems
{
    public static readonly Problem OrganisationNotFound = new("organisation.not-found", 404, "There is no such organisation",
        "Either it does not exist or you share no active information sharing agreement with it.");

    public static readonly Problem OrganisationStatus = new("organisation.status", 409, "The organisation's status does not allow this",
        "Read the organisation again: its allowedActions name what you can do with it now.");

    public static readonly Problem OrganisationIdentifier = new("organisation.identifier", 422, "An identifier is not one of its scheme",
        "Write it as its register does, letters in capitals and without spaces; each scheme and value once.");

    public static readonly Problem OrganisationIdentifierTaken = new("organisation.identifier-taken", 409, "An identifier belongs to another organisation",
        "Search the register for it: the organisation may be registered already.");

    public static readonly Problem OrganisationLink = new("organisation.link", 422, "The parent or the successor is not possible",
        "Name organisations of the register; an organisation cannot be part of itself or succeed itself, nor by way of others.");

    public static readonly Problem OrganisationDates = new("organisation.dates", 422, "The dates do not fit each other",
        "What ends does so on or after the day on which it begins.");

    public static readonly Problem OrganisationLeaving = new("organisation.leaving", 422, "This instant does not lie ahead within a year",
        "Name an instant within the next 12 months, or none to end the access now.");

    public static readonly Problem OrganisationSuccessor = new("organisation.successor", 422, "It is not said what comes after the organisation",
        "Name the successor, or say noSuccessor: true; not both.");

    public static readonly Problem OrganisationFilter = new("organisation.filter", 422, "The search cannot be done",
        "Search for letters or digits, in up to 100 characters; status, sector and region take codes of their lists; limit is 1 to 100.");

    public static readonly Problem SameOfficer = new("organisation.same-officer", 403, "A different officer must reinstate",
        "The officer who suspended an organisation cannot be the one who reinstates it.");

    public static readonly Problem OwnOrganisation = new("organisation.own", 403, "An officer cannot suspend their own organisation",
        "It would lock out those who can reinstate it. Revoke the keys of its clients instead.");

    public static readonly Problem ApplicationResponsibleIndividual = new("application.responsible-individual", 422, "The application names no responsible individual",
        "Name a contact of this organisation whose role is responsible-individual; create it first.");

    public static readonly Problem ApplicationState = new("application.state", 422, "There is no such state of an application",
        "The states are submitted, verified, approved, expired, and reminded for those open ones that have stalled.");

    public static readonly Problem TermsNotCurrent = new("terms.not-current", 409, "This is not the current version of the terms of use",
        "GET /partners/v1/terms names the version that is in force; answer that one.");

    public static readonly Problem TermsAnswers = new("terms.answers", 422, "The answers are not those that the terms of use ask for",
        "Answer each question of the version once, in its kind: GET /partners/v1/terms lists them. A confirmation can only be true.");

    public static readonly Problem TermsOutdated = new("terms.outdated", 409, "The organisation has not accepted the current terms of use",
        "A newer version has come into force since. Accept it: POST to the organisation's terms-acceptances.");

    public static readonly Problem ConformanceNotFound = new("conformance.not-found", 404, "There is no such conformance run",
        "Either it does not exist or another client started it.");

    public static readonly Problem ConformanceAuthentication = new("conformance.authentication", 409, "The client has not authenticated with private_key_jwt",
        "Get the token with a signed client assertion (RFC 7523) and start the run with that token.");

    public static readonly Problem ConformanceStepsMissing = new("conformance.steps-missing", 409, "Steps of the run have not been observed yet",
        "Read the run: each step without observedAt is still to be done, in their order.");

    public static readonly Problem ForumNotFound = new("forum.not-found", 404, "There is no such forum",
        "Either it does not exist or your organisation is not a member of it today.");

    public static readonly Problem ForumStatus = new("forum.status", 409, "The forum has been given an end already",
        "Read the forum again: its last day stands.");

    public static readonly Problem ForumDates = new("forum.dates", 422, "The days do not fit each other",
        "What ends does so on or after its first day, and a membership lies within the forum's own days.");

    public static readonly Problem ForumMembersOverlap = new("forum.overlap", 409, "The organisation is a member on that day already",
        "End the membership that there is, and begin the next one after its last day.");

    public static readonly Problem ForumMemberNotFound = new("forum.member-not-found", 404, "The forum has no such membership without an end",
        "Read the forum again: its memberships are listed there.");

    public static readonly Problem ForumOrganisation = new("forum.organisation", 422, "The organisation is not in the register",
        "Register it first; only organisations of the register can be members.");

    public static readonly Problem ContactNotFound = new("contact.not-found", 404, "There is no such contact",
        "Either it does not exist or it belongs to another organisation.");

    public static readonly Problem ContactNamed = new("contact.named", 409, "An open application names this contact",
        "The responsible individual of an application that is under way cannot be deleted before it is approved or has expired.");

    public static readonly Problem AgreementNotFound = new("agreement.not-found", 404, "There is no such information sharing agreement",
        "Either it does not exist or your organisation is not party to it.");

    public static readonly Problem AgreementStatus = new("agreement.status", 409, "The agreement's status does not allow this",
        "Read the agreement again: its allowedActions name what you can do with it now.");

    public static readonly Problem AgreementReviewDate = new("agreement.review-date", 422, "The review date must lie ahead, within 24 months",
        "An information sharing agreement gives access until the end of its review date and must be reviewed at least every 24 months.");

    public static readonly Problem AgreementUnknownParty = new("agreement.unknown-party", 422, "A party is not a registered organisation",
        "Register each party first; an agreement needs two or more different ones.");

    public static readonly Problem AgreementNotAParty = new("agreement.not-a-party", 422, "The organisation is not party to this agreement",
        "Only a party can sign; the parties are listed in the agreement.");

    public static readonly Problem AgreementAlreadySigned = new("agreement.already-signed", 409, "This party has already signed",
        "A signature stands until the lead takes the agreement back to the draft.");

    public static readonly Problem AgreementSecondRecorder = new("agreement.second-recorder", 403, "Another person must record the last signature",
        "You recorded all the others. Have the party sign with its own client, or another lead record what is on paper.");

    public static readonly Problem AgreementTermination = new("agreement.termination", 422, "The termination must take effect from now on and before the agreement ends",
        "Leave out effective to end it at once. A termination that was given can be brought forward, not put off.");

    public static readonly Problem AgreementPartyStatus = new("agreement.party-status", 409, "A party is neither approved nor live",
        "Every party must be approved, and none suspended, when an agreement becomes active.");

    public static readonly Problem AttestationNotDue = new("attestation.not-due", 409, "No attestation is due",
        "An organisation attests once in each calendar quarter, from the one after it went live: dueFrom says when.");

    public static readonly Problem AttestationStale = new("attestation.stale", 409, "The statement is not what there is",
        "Read the attestation's statement again, check every client, scope, key and contact in it, and attest to exactly that.");

    public static readonly Problem ClientNotFound = new("client.not-found", 404, "There is no such client",
        "Either it does not exist or it belongs to another organisation.");

    public static readonly Problem ClientAlreadyRegistered = new("client.already-registered", 409, "The name or the key is already registered",
        "A client's name is used once in the whole register, and each key once among an organisation's clients, revoked ones included. Choose another name, or make a new key pair.");

    public static readonly Problem ClientTwoKeys = new("client.two-keys", 409, "The client already has two active keys",
        "Revoke one of them before you register the next.");

    public static readonly Problem ClientKeyNotProposed = new("client.key-not-proposed", 409, "There is no such key to approve",
        "The client has no such key, or it is approved, expired or revoked. Read the client to see its keys.");

    public static readonly Problem ClientKeyOwnProposal = new("client.key-own-proposal", 403, "Somebody else must approve this key",
        "Whoever proposes a key for a client that acts for the holder of an office cannot approve it.");

    public static readonly Problem ClientKeySetOfOffice = new("client.key-set-of-office", 409, "This client can have single keys only",
        "It acts for the holder of an office, so each of its keys is approved by a second person; a key set would change without one.");

    public static readonly Problem ClientKeyNotFound = new("client.key-not-found", 404, "The client has no such active key",
        "Read the client again: its keys are listed there.");

    public static readonly Problem ClientKey = new("client.key", 422, "This is not a key that a client can sign with",
        "Send the public half of an EC P-256 key as a JWK: kty EC, crv P-256, x and y; use sig, alg ES256 and a kid of letters, digits, '.', '_' and '-' may be added.");

    public static readonly Problem ClientKeySet = new("client.key-set", 409, "The client's keys come from its key set",
        "Publish the new key there: it is read when you first use it.");

    public static readonly Problem ClientKeySetAddress = new("client.key-set-address", 422, "The key set cannot be read from this address",
        "It must be https to a public host, without user name and fragment.");

    public static readonly Problem ClientKeyDates = new("client.key-dates", 422, "The key's dates are out of bounds",
        "notBefore and expires must lie within a year, in this order; overlapDays is 0 to 14.");

    public static readonly Problem ClientRegistrarOnly = new("client.registrar-only", 403, "Only a registrar can do this",
        "A developer registers sandbox clients, and gives credentials to clients other than those of the partner administrator and the responsible individual.");

    public static readonly Problem ClientSandboxScopes = new("client.sandbox-scopes", 422, "A sandbox client cannot hold these scopes",
        "It holds only what an organisation does about itself: organisation.administer, organisation.attest, integration.manage.");

    public static readonly Problem ClientSecretSandboxOnly = new("client.secret-sandbox-only", 409, "This client cannot have a secret",
        "Only a sandbox client of an organisation that is not live can. Register a key instead.");

    public static readonly Problem ClientTwoSecrets = new("client.two-secrets", 409, "The client already has two secrets",
        "Revoke one of them before you make the next.");

    public static readonly Problem ClientSecretNotFound = new("client.secret-not-found", 404, "The client has no such secret",
        "Read the client again: its secrets are listed there.");

    public static readonly Problem ClientCertificate = new("client.certificate", 422, "This is not a certificate",
        "Send one X.509 certificate in DER, encoded as base64, without the lines that begin and end a PEM file.");

    public static readonly Problem ClientCertificateKnown = new("client.certificate-known", 409, "The client already has this certificate",
        "Connect with it, or register another.");

    public static readonly Problem ClientTwoCertificates = new("client.two-certificates", 409, "The client already has two certificates",
        "Revoke one of them before you register the next.");

    public static readonly Problem ClientCertificateNotFound = new("client.certificate-not-found", 404, "The client has no such certificate",
        "Read the client again: its certificates are listed there by their SHA-256 thumbprint.");

    public static readonly Problem ClientPrivateKey = new("client.private-key", 422, "This is a private key",
        "It has left its owner's hands and must not be used again. Make a new key pair and send only the public half.");

    public static readonly Problem SharingGroupNotFound = new("sharing-group.not-found", 404, "There is no such sharing group",
        "Either it does not exist or your organisation is not a member of it now.");

    public static readonly Problem SharingGroupAgreement = new("sharing-group.agreement", 422, "A sharing group rests on an agreement in force",
        "Name an information sharing agreement that is active.");

    public static readonly Problem MembershipPeriod = new("sharing-group.period", 422, "The membership's period is not possible",
        "It begins now or later and ends after it begins; an end that has come stands, and what was is never rewritten.");

    public static readonly Problem MembershipNotAParty = new("sharing-group.not-a-party", 422, "Only a party of the group's agreement, while it is in force, can join",
        "The agreement is named in the group, and its parties in the agreement.");

    public static readonly Problem MembershipOverlap = new("sharing-group.overlap", 409, "The organisation is a member in that period already",
        "Read the group again: end the membership that there is, or begin the new one when it ends.");

    public static readonly Problem MembershipNotFound = new("sharing-group.no-membership", 404, "The organisation has no membership that could end",
        "Its membership has ended, or it was never a member.");

    public static readonly Problem ShareNotCovered = new("share.not-covered", 422, "The group's agreement does not cover this",
        "The agreement must be in force, have the data category, and reach the marking with its ceiling.");

    public static readonly Problem ShareNotFound = new("share.not-found", 404, "There is no such share",
        "Either it does not exist, or your organisation took no part in it, or it is no longer a member of the group.");

    public static readonly Problem PeriodInvalid = new("period.invalid", 400, "The period is not possible",
        "Give from and to as days, from not after to, at most 366 days.");

    public static readonly Problem CursorInvalid = new("cursor.invalid", 400, "The cursor is not one of ours",
        "Send the next of the last page unchanged, or leave it out to begin.");

    public static readonly Problem RevocationOrderNotFound = new("revocation-order.not-found", 404, "There is no such revocation order",
        "Either it does not exist or it is not your organisation's.");

    public static readonly Problem RevocationOrderStatus = new("revocation-order.status", 409, "The revocation order is acknowledged already",
        "An acknowledgement stands. Read the order again.");

    public static readonly Problem RevocationRetentionBasis = new("revocation-order.retention-basis", 422, "Retaining needs a legal basis, and nothing else does",
        "Send retentionBasis with the action retained, and leave it out with the others.");

    public static readonly Problem RevocationLetter = new("revocation-order.letter", 422, "The letter must be named",
        "Who records an acknowledgement for an organisation says by documentReference where its letter is kept.");

    public static readonly Problem RevocationNotYours = new("revocation-order.not-yours", 403, "This acknowledgement is not yours to make",
        "An organisation's responsible individual acknowledges its orders; an officer of another organisation records what it sends by letter.");

    public static readonly Problem WebhookNotFound = new("webhook.not-found", 404, "There is no such webhook",
        "Either it does not exist or it belongs to another organisation.");

    public static readonly Problem WebhookTooMany = new("webhook.too-many", 409, "The organisation has as many webhooks as it may have",
        "Delete one that is no longer used, or let one take more types of event.");

    public static readonly Problem WebhookUrl = new("webhook.url", 422, "This is not an address that is called",
        "Give an https address, without user name or fragment, of a host on the public internet.");

    public static readonly Problem WebhookEventType = new("webhook.event-type", 422, "An event type is not one that the organisation can get",
        "The list of webhooks names those it can get now: those about itself, and those that its active agreements cover.");

    public static readonly Problem WebhookStatus = new("webhook.status", 409, "The webhook's status does not allow this",
        "Read the webhook again: its allowedActions name what you can do with it now.");

    public static readonly Problem WebhookTwoSecrets = new("webhook.two-secrets", 409, "The webhook already has two valid secrets",
        "Wait until the older one expires, or revoke one of them.");

    public static readonly Problem WebhookSecretNotFound = new("webhook.secret-not-found", 404, "The webhook has no such valid secret",
        "Read the webhook again: its secrets are listed there.");

    public static readonly Problem WebhookLastSecret = new("webhook.last-secret", 409, "The last valid secret stays",
        "Nothing is sent unsigned: add another secret before you revoke this one, or disable the webhook.");

    public static readonly Problem WebhookNoSecret = new("webhook.no-secret", 409, "The webhook has no secret yet",
        "Add a secret and give it to your receiver, so that it can tell who is calling.");

    public static readonly Problem WebhookDeliveryNotFound = new("webhook.delivery-not-found", 404, "There is no such delivery",
        "Either it was not sent to this webhook or its time in the log is over.");

    /// <summary>The receiver did not prove itself.</summary>
    public static Problem WebhookNotVerified(string error) => new("webhook.not-verified", 422, "The receiver did not return the challenge",
        $"""Answer the verification with 200 and the body {"{"}"challenge":"…"{"}"}, the challenge of its data. This time: {error}.""");
}
