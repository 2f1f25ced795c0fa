using System.Collections.Frozen;

namespace Soc.Partners.Disclosures;

/// <summary>A read that discloses something of others.</summary>
/// <param name="Categories">The data categories under which it is possible, each of which may have covered it.</param>
/// <param name="OthersOnlyWhereCovered">
/// Whether the same route also answers an organisation about itself. It can then show others' only to whom an agreement of these categories lets see them: the count is a
/// disclosure for those, and for nobody else.
/// </param>
internal sealed record CountedRead(IReadOnlyList<string> Categories, bool OthersOnlyWhereCovered = false);

/// <summary>
/// Every route that is read, by the gateway's name of it: known to have disclosed something by the gateway's count of answered calls alone, or not counted for a reason that
/// stands here.
/// </summary>
internal static class CountedReads
{
    private const string Public = "public, or the same text for everybody";
    private const string Own = "an organisation's own";
    private const string Told = "Referrals tells of it itself, and knows better what was new";
    private const string Casework = "casework of the unit itself: the audit of each case records who read it";

    private static readonly CountedRead Strategy = new(["strategy-delivery", "strategy-progress", "unreleased-statistics"]);
    private static readonly CountedRead Statistics = new(["unreleased-statistics"]);
    private static readonly CountedRead Register = new(["partner-register"]);
    private static readonly CountedRead OwnOrRegister = new(["partner-register"], OthersOnlyWhereCovered: true);
    private static readonly CountedRead OwnOrSecurity = new(["partner-register", "partner-security"], OthersOnlyWhereCovered: true);

    public static FrozenDictionary<string, CountedRead> Counted { get; } = new Dictionary<string, CountedRead>
    {
        ["strategies-list"] = Strategy,
        ["strategy-read"] = Strategy,
        ["strategy-forums"] = Strategy,
        ["statistics-referrals"] = Statistics,
        ["statistics-partners"] = Statistics,
        ["organisations-search"] = Register,
        ["applications-list"] = Register,
        ["organisation-read"] = OwnOrSecurity,
        ["organisation-onboarding"] = OwnOrRegister,
        ["client-read"] = OwnOrSecurity,
        ["contacts-list"] = OwnOrSecurity,
        ["contact-read"] = OwnOrSecurity,
        ["agreement-list"] = OwnOrRegister,
        ["agreement-read"] = OwnOrRegister,
        ["attestation-list"] = OwnOrRegister,
        ["forums-list"] = OwnOrRegister,
        ["forum-read"] = OwnOrRegister,
        ["sharing-groups"] = OwnOrRegister,
        ["sharing-group-read"] = OwnOrRegister,
        ["share-membership"] = OwnOrRegister,
        ["revocation-orders"] = OwnOrSecurity,
        ["revocation-order-read"] = OwnOrSecurity,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The others, each with the reason.</summary>
    public static FrozenDictionary<string, string> NotCounted { get; } = new Dictionary<string, string>
    {
        ["token-keys"] = Public,
        ["token-metadata"] = Public,
        ["terms-read"] = Public,
        ["reports"] = Public,
        ["report-annual"] = Public,
        ["report-answers"] = Public,
        ["report-asset"] = Public,
        ["referral-vocabulary"] = Public,
        ["conformance-read"] = Own,
        ["webhooks-list"] = Own,
        ["webhook-read"] = Own,
        ["webhook-deliveries"] = Own,
        ["received"] = Own,
        ["calls"] = Own,
        ["own-agreement-list"] = Own,
        ["own-agreement-read"] = Own,
        ["own-attestation-read"] = Own,
        ["referral-draft-list"] = Own,
        ["referral-draft-read"] = Own,
        ["referral-updates"] = Told,
        ["referral-read"] = Casework,
        ["referral-worklist"] = Casework,
        ["referral-transfers"] = Casework,
        ["referral-bulk-transfer-read"] = Casework,
        ["referral-bulk-transfer-report"] = Casework,
        ["referral-break-glass-list"] = Casework,
        ["referral-break-glass-show"] = Casework,
        ["referral-break-glass-referral"] = Casework,
        ["referral-threat-notice-list"] = Casework,
    }.ToFrozenDictionary(StringComparer.Ordinal);
}
