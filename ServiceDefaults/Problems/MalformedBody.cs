using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Soc.ServiceDefaults;

/// <summary>
/// Says where a body is not as documented. It names members of the documented form only: what the caller wrote, be it a value, the name of an unknown member or a key, is
/// never repeated.
/// </summary>
internal static partial class MalformedBody
{
    public static Problem Describe(HttpContext context, JsonException exception)
    {
        if (exception.InnerException is JsonException)
        {
            return Malformed($"The body is not JSON, at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}.");
        }

        if (context.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType is not { } type)
        {
            return PlatformProblems.Malformed;
        }

        var options = context.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        var (at, info, unknown) = ("", options.GetTypeInfo(type), false);
        foreach (Match step in Steps().Matches(exception.Path ?? ""))
        {
            if (step.Groups["index"] is { Success: true } index && info.Kind == JsonTypeInfoKind.Enumerable)
            {
                (at, info) = ($"{at}[{index.Value}]", options.GetTypeInfo(info.ElementType!));
            }
            else if (step.Groups["name"] is { Success: true } name
                && info.Properties.FirstOrDefault(each => string.Equals(each.Name, name.Value, StringComparison.OrdinalIgnoreCase)) is { } member)
            {
                (at, info) = (at.Length == 0 ? member.Name : $"{at}.{member.Name}", options.GetTypeInfo(member.PropertyType));
            }
            else
            {
                unknown = true;
                break;
            }
        }

        var (place, members) = (at.Length == 0 ? "The body" : $"The member {at}", info.Properties.Select(each => each.Name).ToList());
        var missing = Missing().Match(exception.Message) is { Success: true } list
            ? Quoted().Matches(list.Value).Select(each => each.Groups[1].Value).Where(members.Contains).ToList()
            : [];
        return Malformed(
            missing.Count > 0 ? $"{place} lacks: {string.Join(", ", missing)}."
            : unknown && members.Count > 0 ? $"{place} has a member that it does not know. It knows: {string.Join(", ", members)}."
            : $"{place} is of the wrong type, out of the type's range, repeated, or null where it cannot be.");
    }

    private static Problem Malformed(string detail) => PlatformProblems.Malformed with { Detail = detail };

    /// <summary>The parts of a path such as <c>$.subject.aliases[1]</c> or <c>$['any name']</c>.</summary>
    [GeneratedRegex(@"\.(?<name>[^.\[]+)|\[(?<index>\d+)\]|\[(?<other>.*)")]
    private static partial Regex Steps();

    [GeneratedRegex("missing required properties including: .*")]
    private static partial Regex Missing();

    [GeneratedRegex("'([^']+)'")]
    private static partial Regex Quoted();
}
