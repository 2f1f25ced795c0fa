using Soc.ServiceDefaults;

namespace Soc.Referrals.Vocabulary;

/// <summary>Limits of free text, counted in Unicode characters (code points), so that no script gets less room than another.</summary>
internal static class TextLimit
{
    /// <summary>The refusal of each text over the limit that vocabulary.json has for its field in this body; names field and limit, never the text.</summary>
    public static IEnumerable<(string Field, Problem? Problem)> Of(string body, params IEnumerable<(string Field, string? Text)> texts) => texts.Select(each =>
    {
        var limit = ReferralVocabulary.Current.TextLimits[body][each.Field];
        return (each.Field, each.Text?.Length > limit && each.Text.EnumerateRunes().Count() > limit ? ReferralsProblems.TextTooLong(each.Field, limit) : null);
    });
}
