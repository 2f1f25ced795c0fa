using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Soc.Contracts;
using Soc.Referrals.Clocks;
using static Soc.Referrals.Tests.ReferralsHost;

namespace Soc.Referrals.Tests.Journeys;

[Collection(OneService.Name)]
public sealed class DraftTests(ReferralsHost host)
{
    private const string Drafts = "/referrals/v1/drafts";

    [Fact]
    public async Task A_draft_is_saved_resumed_and_submitted_by_its_author_and_is_sealed_and_gone_afterwards()
    {
        var marker = "Canary" + Guid.NewGuid().ToString("N")[..12];
        using var author = host.Service.As(Trust, "author-" + marker, Scopes.ReferralsSubmit);
        var created = await PostAsync(author, Drafts, new { narrative = marker });
        Assert.Equal((HttpStatusCode.Created, "\"1\""), (created.Status, created.ETag));
        var path = Drafts + "/" + created["id"];

        var saved = await SendAsync(author, HttpMethod.Put, path, Told(marker, region: "SCT"), "\"1\"");
        var stale = await SendAsync(author, HttpMethod.Put, path, Told(), "\"1\"");
        var resumed = await GetAsync(author, path);
        Assert.Equal(("\"2\"", "precondition.failed", marker, "SCT"), (saved.ETag, stale.Code, resumed["narrative"], resumed["region"]));
        Assert.Equal(created["id"], (string?)Assert.Single((await GetAsync(author, Drafts)).Json["items"]!.AsArray())!["id"]);
        Assert.Equal(0, await host.CountAsync(
            "select count(*) from draft where draft::text like '%' || $1 || '%'", Convert.ToHexStringLower(Encoding.UTF8.GetBytes(marker))));

        var submitted = await PostAsync(author, path + "/submission", new { });
        Assert.Equal((HttpStatusCode.Created, "submitted"), (submitted.Status, submitted["status"]));
        Assert.Equal(marker, (await ReadAsync(host.TriageOfficer, submitted["id"]))["narrative"]);
        Assert.Equal("draft.not-found", (await GetAsync(author, path)).Code);
        Assert.Equal(0, await host.CountAsync("select count(*) from draft where id = $1", Guid.Parse(created["id"])));
    }

    [Fact]
    public async Task A_draft_offers_its_submission_where_that_would_be_accepted_as_it_is()
    {
        using var author = host.Service.As(Trust, "author-of-few", Scopes.ReferralsSubmit);
        var (own, others) = (await host.SubmittedAsync(), (await SubmitAsync(host.Service.As(OtherUnit, "of-elsewhere", Scopes.ReferralsSubmit), Told()))["id"]);
        (object Told, bool Accepted)[] drafts =
        [
            (Told(), true), (new { }, false), (new { region = "SCT", priority = "urgent" }, false), (new { region = "SCT", priority = "urgent", threatCategory = "drugs", follows = own }, true),
            (new { region = "SCT", priority = "urgent", threatCategory = "drugs", follows = others }, false),
            (new { region = "SCT", priority = "urgent", narrative = "Synthetic.", subject = new { dateOfBirth = "soon" } }, false),
        ];
        foreach (var (told, accepted) in drafts)
        {
            var path = $"{Drafts}/{(await PostAsync(author, Drafts, new { }))["id"]}";
            var saved = await SendAsync(author, HttpMethod.Put, path, told, "\"1\"");
            var created = await PostAsync(author, Drafts, told);
            var listed = (await GetAsync(author, Drafts)).Json["items"]!.AsArray();

            Assert.Equal([accepted, accepted, accepted, accepted], [Offers(saved.Json), Offers(created.Json), Offers(listed[0]!), Offers(listed[1]!)]);
            Assert.Equal(accepted, (await PostAsync(author, path + "/submission", new { })).Status == HttpStatusCode.Created);
        }

        static bool Offers(System.Text.Json.Nodes.JsonNode draft) => draft["allowedActions"]!.AsArray().Select(action => (string?)action).SequenceEqual(["submission"]);
    }

    [Fact]
    public async Task For_everybody_else_a_draft_is_not_there_and_one_that_cannot_be_submitted_stays()
    {
        var created = await PostAsync(host.Referrer, Drafts, new { region = "SCT" });
        var path = Drafts + "/" + created["id"];
        using var colleague = host.Service.As(Trust, "colleague", Scopes.ReferralsSubmit);
        var unknown = await GetAsync(colleague, Drafts + "/" + Guid.CreateVersion7());

        Assert.Equal((HttpStatusCode.NotFound, unknown.Text), ((await GetAsync(colleague, path)) is var read ? (read.Status, read.Text) : default));
        Assert.Equal(unknown.Text, (await SendAsync(colleague, HttpMethod.Put, path, Told(), "\"1\"")).Text);
        Assert.Equal(unknown.Text, (await SendAsync(colleague, HttpMethod.Delete, path, null, "\"1\"")).Text);
        Assert.Equal(unknown.Text, (await PostAsync(colleague, path + "/submission", new { })).Text);
        Assert.Equal("referral.not-in-list", (await PostAsync(host.Referrer, path + "/submission", new { })).Code);
        Assert.Equal("\"1\"", (await GetAsync(host.Referrer, path)).ETag);
        Assert.Equal((HttpStatusCode)428, (await SendAsync(host.Referrer, HttpMethod.Delete, path, null, null)).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(host.Referrer, HttpMethod.Delete, path, null, "\"1\"")).Status);
        Assert.Equal("referral.text-too-long", (await PostAsync(host.Referrer, Drafts, new { narrative = new string('x', 20_001) })).Code);
    }

    [Fact]
    public async Task A_draft_that_was_left_for_thirty_days_is_purged_and_no_other()
    {
        var (old, kept) = ((await PostAsync(host.Referrer, Drafts, Told()))["id"], (await PostAsync(host.Referrer, Drafts, Told()))["id"]);
        await host.RowsAsync("update draft set saved_at = now() - interval '30 days 1 minute' where id = $1", Guid.Parse(old));

        await ClockRunner.PurgeDraftsAsync(
            host.Service.Services.GetRequiredService<IServiceScopeFactory>(), DateTimeOffset.UtcNow.AddDays(-30), TestContext.Current.CancellationToken);

        Assert.Equal(("draft.not-found", HttpStatusCode.OK), ((await GetAsync(host.Referrer, $"{Drafts}/{old}")).Code, (await GetAsync(host.Referrer, $"{Drafts}/{kept}")).Status));
    }

    [Fact]
    public async Task Saving_gives_a_draft_its_days_anew_and_everything_done_to_it_is_audited_refusals_too()
    {
        var created = await PostAsync(host.Referrer, Drafts, Told());
        var (path, id) = (Drafts + "/" + created["id"], Guid.Parse(created["id"]));
        Assert.Equal(((DateTimeOffset)created.Json["savedAt"]!).AddDays(30), (DateTimeOffset)created.Json["purgedAt"]!);
        await host.RowsAsync("update draft set saved_at = now() - interval '29 days' where id = $1", id);

        var saved = await SendAsync(host.Referrer, HttpMethod.Put, path, Told(), "\"1\"");
        Assert.InRange((DateTimeOffset)saved.Json["purgedAt"]!, DateTimeOffset.UtcNow.AddDays(30).AddMinutes(-1), DateTimeOffset.UtcNow.AddDays(30));
        Assert.Equal(0, await host.CountAsync("select count(*) from draft where id = $1 and saved_at < now() - interval '1 minute'", id));
        Assert.Equal("referral.text-too-long", (await SendAsync(host.Referrer, HttpMethod.Put, path, new { narrative = new string('x', 20_001) }, "\"2\"")).Code);
        await GetAsync(host.Referrer, path);
        using var colleague = host.Service.As(Trust, "colleague", Scopes.ReferralsSubmit);
        await GetAsync(colleague, path);
        await SendAsync(host.Referrer, HttpMethod.Delete, path, null, "\"1\"");
        await SendAsync(host.Referrer, HttpMethod.Delete, path, null, "\"2\"");
        await GetAsync(host.Referrer, path);

        Assert.Equal(
            [
                "referrer draft.create done draft", "referrer draft.save done draft", "referrer draft.save referral.text-too-long ", "referrer draft.read done draft", "colleague draft.read draft.not-found ",
                "referrer draft.delete precondition.failed ", "referrer draft.delete done draft", "referrer draft.read draft.not-found ",
            ],
            (await host.RowsAsync("select actor, action, outcome, array_to_string(fields, ',') from audit_entry where referral_id = $1 order by sequence", id)).Select(row => string.Join(' ', row)));
        Assert.Equal("cursor.invalid", (await GetAsync(host.Referrer, Drafts + "?cursor=nonsense")).Code);
    }

    [Fact]
    public async Task An_author_finds_every_draft_however_many_there_are()
    {
        using var author = host.Service.As(Trust, "author-of-many", Scopes.ReferralsSubmit);
        var ids = new List<string>();
        for (var number = 0; number < 103; number++)
        {
            ids.Add((await PostAsync(author, Drafts, Told()))["id"]);
        }

        var first = (await GetAsync(author, Drafts)).Json;
        var second = (await GetAsync(author, $"{Drafts}?cursor={first["next"]}")).Json;
        Assert.Equal((100, 3, null), (first["items"]!.AsArray().Count, second["items"]!.AsArray().Count, (string?)second["next"]));
        Assert.Equal(Enumerable.Reverse(ids), first["items"]!.AsArray().Concat(second["items"]!.AsArray()).Select(item => (string)item!["id"]!));
        Assert.Equal(2, await host.CountAsync("select count(*) from audit_entry where actor = 'author-of-many' and action = 'draft.list'"));
    }
}
