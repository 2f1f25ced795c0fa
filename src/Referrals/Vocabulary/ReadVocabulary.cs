using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Net.Http.Headers;
using Soc.Referrals.Cases;
using Soc.Referrals.Clocks;
using Soc.Referrals.Team;

namespace Soc.Referrals.Vocabulary;

/// <summary>The closed lists for those who write referrals and work on them: vocabulary.json as it is, the Victims' Code, and the words that are in the path itself.</summary>
internal static class ReadVocabulary
{
    private static readonly byte[] Body = Compose();
    private static readonly EntityTagHeaderValue Tag = new($"\"{Convert.ToHexStringLower(SHA256.HashData(Body)[..16])}\"");

    public static IResult Handle(HttpResponse response)
    {
        response.Headers.CacheControl = "private, max-age=3600"; // the same for everybody, and nothing of any case
        return TypedResults.Bytes(Body, "application/json; charset=utf-8", entityTag: Tag);
    }

    private static byte[] Compose()
    {
        var lists = Embedded("vocabulary.json");
        lists["priorities"] = Array(Codes.All<PriorityBand>());
        lists["statuses"] = Array(Codes.All<ReferralStatus>());
        lists["decisionOutcomes"] = Array(Codes.All<DecisionOutcome>());
        lists["clocks"] = Array(Codes.All<ClockKind>());
        lists["teamRoles"] = Array(TeamMember.AllRoles.Select(Codes.Of));
        lists["victimsCode"] = Embedded("victims-code.json");
        return JsonSerializer.SerializeToUtf8Bytes(lists);
    }

    private static JsonArray Array(IEnumerable<string> codes) => [.. codes.Select(code => JsonValue.Create(code))];

    private static JsonObject Embedded(string name)
    {
        using var stream = typeof(ReadVocabulary).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException(name + " is not embedded.");
        return JsonNode.Parse(stream)!.AsObject();
    }
}
