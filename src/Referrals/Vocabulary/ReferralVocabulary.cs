using System.Text.Json;
using Soc.Referrals.Cases;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Vocabulary;

/// <summary>The closed lists that referrals are written in, from the embedded vocabulary.json.</summary>
/// <param name="Version">Counts its releases: whoever changes a list counts it up.</param>
internal sealed record ReferralVocabulary(
    int Version,
    IReadOnlyList<string> Regions,
    IReadOnlyList<string> Threats,
    IReadOnlyDictionary<string, IReadOnlyList<string>> TriageReasons,
    IReadOnlyList<string> RedirectTo,
    IReadOnlyList<string> InformationRequests,
    IReadOnlyList<string> InterimMeasures,
    IReadOnlyList<string> OverrideReasons,
    IReadOnlyList<string> WithdrawalReasons,
    IReadOnlyList<string> ArrangementTypes,
    IReadOnlyList<string> ReviewOutcomes,
    IReadOnlyList<string> ExitReasons,
    IReadOnlyList<string> ClosureReasons,
    IReadOnlyDictionary<string, int> RetentionRules,
    IReadOnlyDictionary<string, IReadOnlyList<string>> PauseReasons,
    IReadOnlyList<string> BreachReasons,
    IReadOnlyList<string> TransferReasons,
    IReadOnlyList<string> TransferRefusalReasons,
    IReadOnlyList<string> BreakGlassReasons,
    IReadOnlyList<string> BreakGlassOutcomes,
    IReadOnlyList<string> ThreatNoticeKinds,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Requests,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, int>> TextLimits,
    IReadOnlyList<AssessmentTool> AssessmentTools)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    /// <summary>The lists as shipped with this version of the service.</summary>
    public static ReferralVocabulary Current { get; } = Load();

    /// <summary>The reasons that triage may give for a route.</summary>
    public bool Allows(TriageRoute route, string? reason) => reason is not null && TriageReasons[Codes.Of(route)].Contains(reason);

    /// <summary>Whether a redirection names a service of the list, and no other route names any.</summary>
    public bool AllowsRedirection(TriageRoute route, string? redirectTo) =>
        route == TriageRoute.Redirected ? redirectTo is not null && RedirectTo.Contains(redirectTo) : redirectTo is null;

    /// <summary>What the referring organisation is asked to do about a status; empty where nothing is asked.</summary>
    public IReadOnlyList<string> RequestsFor(ReferralStatus status) => Requests.GetValueOrDefault(Codes.Of(status), []);

    /// <summary>The refusal of codes that are not all of a list, or of none where one is needed.</summary>
    public static Problem? NotAllOf(string field, IReadOnlyList<string?>? codes, IReadOnlyList<string> list) =>
        codes is { Count: > 0 } && codes.Count <= list.Count && codes.All(code => code is not null && list.Contains(code)) ? null : ReferralsProblems.NotInList(field, list);

    private static ReferralVocabulary Load()
    {
        using var stream = typeof(ReferralVocabulary).Assembly.GetManifestResourceStream("vocabulary.json")
            ?? throw new InvalidOperationException("vocabulary.json is not embedded.");
        return JsonSerializer.Deserialize<ReferralVocabulary>(stream, Options) ?? throw new InvalidOperationException("vocabulary.json is empty.");
    }
}

/// <summary>One version of a risk assessment tool: its range, and the band that a score means.</summary>
internal sealed record AssessmentTool(string Code, int MinimumScore, int MaximumScore, IReadOnlyList<ToolBand> Bands)
{
    /// <summary>The band that follows from a score in range.</summary>
    public string BandOf(int score) => Bands.Where(band => score >= band.FromScore).MaxBy(band => band.FromScore)!.Band;
}

/// <summary>From which score on a band holds.</summary>
internal sealed record ToolBand(string Band, int FromScore);
