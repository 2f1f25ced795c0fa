using System.Text.Json;
using Soc.ServiceDefaults;

namespace Soc.Partners.Terms;

/// <summary>A published version of the terms of use: what is asked, and from when on. It never changes; another version follows it.</summary>
/// <param name="Number">Rising with each version.</param>
/// <param name="EffectiveFrom">From this day in the United Kingdom on it is the one to accept.</param>
/// <param name="AcceptBy">The day by which those that accepted an earlier version are asked to accept this one.</param>
/// <param name="Title">What it is, and what is new.</param>
/// <param name="Questions">Each to be answered once.</param>
internal sealed record TermsVersion(int Number, DateOnly EffectiveFrom, DateOnly AcceptBy, string Title, IReadOnlyList<TermsQuestion> Questions)
{
    /// <summary>Whether every question, and nothing else, is answered in its kind.</summary>
    public bool IsAnsweredBy(IReadOnlyDictionary<string, JsonElement> answers) =>
        answers.Count == Questions.Count && Questions.All(question => answers.TryGetValue(question.Code, out var answer) && question.Takes(answer));
}

/// <summary>A question of the terms of use. None takes free text: an answer says nothing about a person.</summary>
/// <param name="Code">Its name in the answers.</param>
/// <param name="Kind"><c>confirmation</c> (can only be true), <c>yes-no</c>, <c>choice</c> of the options, or <c>number</c> within its bounds.</param>
/// <param name="Text">What is asked.</param>
/// <param name="Options">Of a choice.</param>
/// <param name="Minimum">Of a number.</param>
/// <param name="Maximum">Of a number.</param>
internal sealed record TermsQuestion(string Code, string Kind, string Text, IReadOnlyList<string>? Options = null, int? Minimum = null, int? Maximum = null)
{
    public bool Takes(JsonElement answer) => Kind switch
    {
        "confirmation" => answer.ValueKind == JsonValueKind.True,
        "yes-no" => answer.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "choice" => answer.ValueKind == JsonValueKind.String && Options!.Contains(answer.GetString()!),
        "number" => answer.ValueKind == JsonValueKind.Number && answer.TryGetInt32(out var number) && number >= Minimum && number <= Maximum,
        _ => throw new InvalidOperationException($"Question {Code} is of no known kind."),
    };
}

/// <summary>The versions of the terms of use, in their order, as the embedded terms-of-use.json publishes them.</summary>
internal static class TermsOfUse
{
    public static IReadOnlyList<TermsVersion> Published { get; } = Load();

    /// <summary>The one in force: the last that has become effective.</summary>
    public static TermsVersion Current(this IReadOnlyList<TermsVersion> versions, DateTimeOffset now)
    {
        var today = UkCalendar.Day(now);
        return versions.Last(version => version.EffectiveFrom <= today);
    }

    /// <summary>The day by which one that accepted this version last is asked to accept the current one; null where it has.</summary>
    public static DateOnly? AcceptanceDue(this IReadOnlyList<TermsVersion> versions, int accepted, DateTimeOffset now) =>
        versions.Current(now) is var current && current.Number > accepted ? current.AcceptBy : null;

    private static List<TermsVersion> Load()
    {
        using var file = typeof(TermsOfUse).Assembly.GetManifestResourceStream("terms-of-use.json")!;
        return JsonSerializer.Deserialize<List<TermsVersion>>(file, JsonSerializerOptions.Web)!;
    }
}
