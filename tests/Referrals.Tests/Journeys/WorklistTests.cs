using System.Text.Json.Nodes;
using Soc.Contracts;
using static Soc.Referrals.Tests.ReferralsHost;

namespace Soc.Referrals.Tests.Journeys;

[Collection(OneService.Name)]
public sealed class WorklistTests(ReferralsHost host)
{
    [Fact]
    public async Task Open_cases_come_the_most_pressing_first_and_then_the_oldest_each_once_and_without_the_person()
    {
        var (standard, immediate, urgent) = (
            await host.SubmittedAsync(Told(priority: "standard")), await host.SubmittedAsync(Told(priority: "immediate")), await host.SubmittedAsync(Told(priority: "urgent")));
        var laterImmediate = await host.SubmittedAsync(Told(priority: "immediate"));
        var closed = await host.SubmittedAsync(Told(priority: "immediate"));
        await DoneAsync(host.TriageOfficer, closed, "triage", new { route = "not-for-this-service", reason = "already-protected" }, "\"1\"");

        var items = await AllAsync(host.TriageOfficer, 3);

        var ids = items.Select(item => (string)item["id"]!).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Equal([immediate, laterImmediate, urgent, standard], ids.Where(id => id == immediate || id == laterImmediate || id == urgent || id == standard));
        Assert.DoesNotContain(closed, ids);
        Assert.All(items, item => Assert.Equal(["id", "reference", "band", "status", "submittedAt", "ageMinutes"], item.AsObject().Select(member => member.Key)));
        Assert.Equal(items.Select(item => (string)item["band"]!).OrderBy(band => Array.IndexOf(["immediate", "urgent", "standard"], band)), items.Select(item => (string)item["band"]!));
    }

    [Fact]
    public async Task Another_unit_has_a_worklist_of_its_own()
    {
        await host.SubmittedAsync();
        using var foreign = host.Service.As(OtherUnit, "foreign-officer", Scopes.ReferralsTriage);

        Assert.Empty(await AllAsync(foreign, 100));
    }

    private static async Task<List<JsonNode>> AllAsync(HttpClient client, int limit)
    {
        var all = new List<JsonNode>();
        string? next = null;
        do
        {
            var page = (await GetAsync(client, $"/referrals/v1/worklist?limit={limit}" + (next is null ? "" : "&cursor=" + next))).Json;
            all.AddRange(page["items"]!.AsArray().Select(item => item!));
            next = (string?)page["next"];
        }
        while (next is not null);
        return all;
    }
}
