using Soc.ServiceDefaults;

namespace Soc.Partners;

/// <summary>Every expected failure of this service, beside those of ServiceDefaults.</summary>
internal static class PartnersProblems
{
    public static readonly Problem OrganisationNotFound = new("organisation.not-found", 404, "There is no such organisation",
        "Either it does not exist or you share no active information sharing agreement with it.");

    public static readonly Problem OrganisationStatus = new("organisation.status", 409, "The organisation's status does not allow this",
        "Read the organisation again: its allowedActions name what you can do with it now.");

    public static readonly Problem SameOfficer = new("organisation.same-officer", 403, "A different officer must reinstate",
        "The officer who suspended an organisation cannot be the one who reinstates it.");

    public static readonly Problem OwnOrganisation = new("organisation.own", 403, "An officer cannot suspend their own organisation",
        "It would lock out those who can reinstate it. Revoke the keys of its clients instead.");

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
        "A signature stands. Draft a new agreement to change its terms.");

    public static readonly Problem AgreementPartyStatus = new("agreement.party-status", 409, "A party is neither approved nor live",
        "Every party must be approved, and none suspended, when an agreement becomes active.");

    public static readonly Problem ClientNotFound = new("client.not-found", 404, "There is no such client",
        "Either it does not exist or it belongs to another organisation.");

    public static readonly Problem ClientAlreadyRegistered = new("client.already-registered", 409, "The name or the key is already registered",
        "A client's name and each key are used once in the whole register, revoked ones included. Choose another name, or make a new key pair.");

    public static readonly Problem ClientTwoKeys = new("client.two-keys", 409, "The client already has two active keys",
        "Revoke one of them before you register the next.");

    public static readonly Problem ClientKeyNotFound = new("client.key-not-found", 404, "The client has no such active key",
        "Read the client again: its keys are listed there.");

    public static readonly Problem ClientKey = new("client.key", 422, "This is not a key that a client can sign with",
        "Send the public half of an EC P-256 key as a JWK: kty EC, crv P-256, x and y; use sig, alg ES256 and a kid of letters, digits, '.', '_' and '-' may be added.");

    public static readonly Problem ClientPrivateKey = new("client.private-key", 422, "This is a private key",
        "It has left its owner's hands and must not be used again. Make a new key pair and send only the public half.");
}
