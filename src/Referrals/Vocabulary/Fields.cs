using Soc.ServiceDefaults;

namespace Soc.Referrals.Vocabulary;

/// <summary>What is wrong with a body, field by field: whoever sent it can mend all of it at once.</summary>
internal static class Fields
{
    /// <summary>The refusal of the first field that is wrong, with a sentence in <c>errors</c> for each that is; null where none is.</summary>
    public static Problem? Refusal(params IEnumerable<(string Field, Problem? Problem)> fields)
    {
        var wrong = fields.Where(each => each.Problem is not null).ToList();
        return wrong.Count == 0 ? null : wrong[0].Problem! with
        {
            Errors = wrong.GroupBy(each => each.Field).ToDictionary(field => field.Key, field => field.Select(each => each.Problem!.Detail).Distinct().ToArray()),
        };
    }

    public static (string Field, Problem? Problem) OneOf(string field, string? code, IReadOnlyList<string> list) => AllOf(field, [code], list);

    public static (string Field, Problem? Problem) AllOf(string field, IReadOnlyList<string?>? codes, IReadOnlyList<string> list) =>
        (field, ReferralVocabulary.NotAllOf(field, codes, list));
}
