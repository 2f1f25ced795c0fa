using Soc.ServiceDefaults;

namespace Soc.Referrals.Vocabulary;

/// <summary>Limits of free text, counted in Unicode characters (code points), so that no script gets less room than another.</summary>
internal static class TextLimit
{
    /// <summary>The refusal of the first text over the limit that vocabulary.json has for its field; names field and limit, never the text.</summary>
    public static Problem? Exceeded(params ReadOnlySpan<(string Field, string? Text)> texts)
    {
        foreach (var (field, text) in texts)
        {
            var limit = ReferralVocabulary.Current.TextLimits[field];
            if (text is not null && text.Length > limit && text.EnumerateRunes().Count() > limit)
            {
                return ReferralsProblems.TextTooLong(field, limit);
            }
        }

        return null;
    }
}
