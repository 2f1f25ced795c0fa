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
}
