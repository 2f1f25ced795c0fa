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
        Assert.All(items, item => Assert.Equal(["id", "reference", "band", "status", "submittedAt", "ageMinutes", "overdueSince", "clocks"], item.AsObject().Select(member => member.Key)));
        Assert.Equal(items.Select(item => (string)item["band"]!).OrderBy(band => Array.IndexOf(["immediate", "urgent", "standard"], band)), items.Select(item => (string)item["band"]!));
    }

    [Fact]
    public async Task Another_unit_has_a_worklist_of_its_own()
    {
        await host.SubmittedAsync();
        using var foreign = host.Service.As(OtherUnit, "foreign-officer", Scopes.ReferralsTriage);

        Assert.Empty(await AllAsync(foreign, 100));
    }

    [Fact]
    public async Task Each_role_has_the_cases_that_wait_for_it_and_no_others_and_a_colleague_has_none_of_them()
    {
        var unit = Guid.NewGuid().ToString("N")[..8];
        var waiting = new Dictionary<string, (string Role, string Scope)>
        {
            ["in-assessment"] = ("risk-assessor", Scopes.ReferralsAssess),
            ["decision-pending"] = ("authorising-officer", Scopes.ReferralsDecide),
            ["accepted"] = ("case-officer", Scopes.ReferralsCasework),
            ["in-review"] = ("review-officer", Scopes.ReferralsReview),
            ["transfer-proposed"] = ("transfer-coordinator", Scopes.ReferralsTransfer),
        };
        var cases = new Dictionary<string, string>();
        foreach (var status in waiting.Keys)
        {
            var (id, etag) = await host.ArriveAsync(status);
            cases[status] = id;
            await DoneAsync(host.TriageOfficer, id, "team", new { add = waiting.Values.Select(each => new { actor = "everybody-" + unit, role = each.Role }) }, etag);
        }

        using var all = host.Service.As(Unit, "everybody-" + unit, [.. waiting.Values.Select(each => each.Scope)]);
        using var colleague = host.Service.As(Unit, "colleague-" + unit, [.. waiting.Values.Select(each => each.Scope)]);
        foreach (var (status, (role, scope)) in waiting)
        {
            Assert.Equal([cases[status]], (await AllAsync(all, 100, "&role=" + role)).Select(item => (string)item["id"]!));
            using var scopeless = host.Service.As(Unit, "everybody-" + unit, [.. waiting.Values.Select(each => each.Scope).Except([scope])]);
            Assert.Empty(await AllAsync(scopeless, 100, "&role=" + role));
        }

        Assert.Equal(cases.Values.Order(), (await AllAsync(all, 2)).Select(item => (string)item["id"]!).Order());
        Assert.Empty(await AllAsync(all, 100, "&attention=overdue"));
        await host.RowsAsync("update referral set overdue_since = now() where id = $1", Guid.Parse(cases["accepted"]));
        Assert.Equal([cases["accepted"]], (await AllAsync(all, 100, "&attention=overdue")).Select(item => (string)item["id"]!));
        Assert.Empty(await AllAsync(colleague, 100));
        Assert.Equal("referral.not-in-list", (await GetAsync(all, "/referrals/v1/worklist?role=referrer")).Code);
    }

    private static async Task<List<JsonNode>> AllAsync(HttpClient client, int limit, string filter = "")
    {
        var all = new List<JsonNode>();
        string? next = null;
        do
        {
            var page = (await GetAsync(client, $"/referrals/v1/worklist?limit={limit}{filter}" + (next is null ? "" : "&cursor=" + next))).Json;
            all.AddRange(page["items"]!.AsArray().Select(item => item!));
            next = (string?)page["next"];
        }
        while (next is not null);
        return all;
    }
}
