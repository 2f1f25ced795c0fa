using System.Net;
using System.Text.Json.Nodes;
using Soc.Referrals.Cases;
using Soc.Referrals.Entitlements;
using Soc.Referrals.Vocabulary;
using Soc.TestKit;
using static Soc.Referrals.Tests.ReferralsHost;

namespace Soc.Referrals.Tests.Journeys;

[Collection(OneService.Name)]
public sealed class VocabularyTests(ReferralsHost host)
{
    private const string Path = "/referrals/v1/vocabulary";

    [Fact]
    public async Task Whoever_writes_referrals_reads_every_list_as_it_is_in_force_and_may_keep_it()
    {
        var read = await GetAsync(host.Referrer, Path);

        Assert.Equal((HttpStatusCode.OK, "max-age=3600, private"), (read.Status, read.Headers["Cache-Control"]));
        var file = JsonNode.Parse(await File.ReadAllTextAsync(
            System.IO.Path.Combine(Repository.Root, "src", "Referrals", "Vocabulary", "vocabulary.json"), TestContext.Current.CancellationToken))!.AsObject();
        Assert.All(file, list => Assert.True(JsonNode.DeepEquals(list.Value, read.Json[list.Key]), list.Key));
        Assert.Equal(ReferralVocabulary.Current.Version, (int)read.Json["version"]!);
        Assert.Equal(["immediate", "urgent", "standard"], Codes(read, "priorities"));
        Assert.Equal(
            ["triage-officer", "case-officer", "risk-assessor", "authorising-officer", "review-officer", "transfer-coordinator"], Codes(read, "teamRoles"));
        Assert.Equal(Enum.GetValues<ReferralStatus>().Length, Codes(read, "statuses").Length);
        Assert.Contains("transfer-reply", Codes(read, "clocks"));
        Assert.Equal(["accepted", "declined"], Codes(read, "decisionOutcomes"));
        Assert.Equal(VictimsCode.Current.Rights.Select(right => right.Code), read.Json["victimsCode"]!["rights"]!.AsArray().Select(right => (string)right!["code"]!));
        Assert.Equal(VictimsCode.Current.NotDoneReasons, read.Json["victimsCode"]!["notDoneReasons"]!.AsArray().Select(code => (string)code!));
    }

    [Fact]
    public async Task Whoever_has_the_lists_already_is_told_that_they_have_not_changed()
    {
        var read = await GetAsync(host.CaseOfficer, Path);
        using var request = new HttpRequestMessage(HttpMethod.Get, Path);
        request.Headers.TryAddWithoutValidation("If-None-Match", read.ETag);

        var again = await Answer.FromAsync(host.CaseOfficer, request);

        Assert.Equal((HttpStatusCode.NotModified, "", read.ETag), (again.Status, again.Text, again.ETag));
    }

    private static string[] Codes(Answer read, string list) => [.. read.Json[list]!.AsArray().Select(code => (string)code!)];
}
