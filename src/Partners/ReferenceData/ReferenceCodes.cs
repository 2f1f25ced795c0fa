using System.Collections.Frozen;
using System.Text.Json;
using System.Text.RegularExpressions;
using Soc.Contracts;
using Soc.Partners.Agreements;
using Soc.Partners.Attestations;
using Soc.Partners.RevocationOrders;

namespace Soc.Partners.ReferenceData;

/// <summary>The closed lists of codes that requests may use; regions, sectors, kinds and reasons come from the embedded reference-data.json.</summary>
internal static class ReferenceCodes
{
    public const string Sectors = "sectors";
    public const string Kinds = "kinds";
    public const string Regions = "regions";
    public const string SuspensionReasons = "suspensionReasons";
    public const string RevocationReasons = "revocationReasons";
    public const string IdentifierSchemes = "identifierSchemes";
    public const string ForumKinds = "forumKinds";
    public const string ForumRoles = "forumRoles";
    public const string ForumAreas = "forumAreas";
    public const string ContactRoles = "contactRoles";
    public const string VerificationMethods = "verificationMethods";
    public const string RevocationActions = "revocationActions";
    public const string RetentionBases = "retentionBases";
    public const string Categories = "dataCategories";
    public const string MarkingCeilings = "markings";
    public const string ClientScopes = "scopes";
    public const string AgreementStatuses = "agreementStatuses";
    public const string TerminationReasons = "terminationReasons";
    public const string AttestationRoles = "attestationRoles";
    public const string AttestationStates = "attestationStates";
    public const string RevocationOrderStatuses = "revocationOrderStatuses";

    private static readonly Dictionary<string, Dictionary<string, string>> Data = Read();
    private static readonly FrozenDictionary<string, FrozenSet<string>> Lists = Load();

    public static IReadOnlySet<string> Of(string list) => Lists[list];

    /// <summary>Whether an identifier is written as its register writes them: the list of schemes has the form of each.</summary>
    public static bool IsIdentifier(string scheme, string value) =>
        Data[IdentifierSchemes].TryGetValue(scheme, out var form) && Regex.IsMatch(value, form.TrimEnd('$') + @"\z", RegexOptions.CultureInvariant);

    private static Dictionary<string, Dictionary<string, string>> Read()
    {
        using var file = typeof(ReferenceCodes).Assembly.GetManifestResourceStream("reference-data.json")!;
        return JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string>>>(file)!;
    }

    private static FrozenDictionary<string, FrozenSet<string>> Load()
    {
        var lists = Data
            .ToDictionary(list => list.Key, list => list.Value.Keys.ToFrozenSet(StringComparer.Ordinal));
        lists[ForumAreas] = Data[Regions].Keys.Concat(Data["overseasPosts"].Keys).ToFrozenSet(StringComparer.Ordinal);
        lists[Categories] = DataCategories.All.Keys.ToFrozenSet(StringComparer.Ordinal);
        lists[MarkingCeilings] = Enum.GetValues<Marking>().Select(marking => marking.Code()).ToFrozenSet(StringComparer.Ordinal);
        lists[AgreementStatuses] = Enum.GetValues<AgreementStatus>().Select(status => status.Code()).ToFrozenSet(StringComparer.Ordinal);
        lists[AttestationStates] = Enum.GetValues<AttestationState>().Select(state => state.Code()).ToFrozenSet(StringComparer.Ordinal);
        lists[RevocationOrderStatuses] = Enum.GetValues<RevocationOrderStatus>().Select(status => status.Code()).ToFrozenSet(StringComparer.Ordinal);
        lists[ClientScopes] = Scopes.All.ToFrozenSet(StringComparer.Ordinal);
        return lists.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
