using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Soc.Contracts;
using Soc.Referrals.BreakGlass;
using Soc.Referrals.Clocks;
using Soc.TestKit;
using static Soc.Referrals.Tests.ReferralsHost;

namespace Soc.Referrals.Tests.Journeys;

/// <summary>Emergency access: an hour, a reason, a second person or an immediate threat, and somebody else who looks at it afterwards.</summary>
[Collection(OneService.Name)]
public sealed class BreakGlassTests(ReferralsHost host)
{
    private const string Path = "/referrals/v1/break-glass";
    private static readonly string[] Members = ["id", "status", "reason", "immediateThreat", "requester", "requestedAt", "approvedBy", "expiresAt", "reviewDueAt", "reviewedBy", "reviewOutcome", "allowedActions"];

    [Fact]
    public async Task An_approved_access_opens_the_case_for_the_one_who_asked_and_is_reviewed_by_a_third()
    {
        var (id, reference) = await CaseAsync();
        using var officer = Officer("night-officer");
        using var other = Officer("second-officer");
        using var both = host.Service.As(Unit, "second-officer", Scopes.ReferralsPrivacy);
        using var privacy = host.Service.As(Unit, "privacy-reviewer", Scopes.ReferralsPrivacy);

        var asked = await PostAsync(officer, Path, new { reference = reference.ToLowerInvariant(), reason = "person-in-contact", text = "Synthetic text." });
        var address = $"{Path}/{asked["id"]}";
        Assert.Equal((HttpStatusCode.Created, "requested"), (asked.Status, asked["status"]));
        Assert.Equal("referral.not-found", (await GetAsync(officer, address + "/referral")).Code);
        Assert.Equal("break-glass.not-independent", (await PostAsync(officer, address + "/approval", new { })).Code);
        Assert.Equal("active", (await PostAsync(other, address + "/approval", new { }))["status"]);

        var read = await GetAsync(officer, address + "/referral");
        Assert.Equal((id, "Example Person"), (read["id"], (string?)read.Json["subject"]!["name"]));
        Assert.Empty(read.Json["allowedActions"]!.AsArray());
        Assert.Equal("referral.not-found", (await GetAsync(other, address + "/referral")).Code); // the approver does not see it
        Assert.Equal("referral.not-found", (await ReadAsync(officer, id)).Code);
        Assert.Equal("break-glass.not-independent", (await PostAsync(both, address + "/review", new { outcome = "justified" })).Code);
        Assert.Equal("reviewed", (await PostAsync(privacy, address + "/review", new { outcome = "justified" }))["status"]);
        Assert.Equal("break-glass.not-in-this-status", (await PostAsync(privacy, address + "/review", new { outcome = "justified" })).Code);
        Assert.Equal("referral.not-found", (await GetAsync(officer, address + "/referral")).Code); // the review has ended it

        var listed = (await GetAsync(privacy, Path)).Json["items"]!.AsArray().Single(item => (string?)item!["id"] == asked["id"])!;
        Assert.Equal(Members, listed.AsObject().Select(member => member.Key));
        Assert.Equal(("night-officer", "second-officer", "privacy-reviewer"), ((string?)listed["requester"], (string?)listed["approvedBy"], (string?)listed["reviewedBy"]));
        Assert.Equal(1, await host.CountAsync("select count(*) from audit_entry where referral_id = $1 and action = 'break-glass.read' and actor = 'night-officer' and outcome = 'done'", Guid.Parse(id)));
        await Eventually.TrueAsync(
            async () => (await host.PublishedAsync()).Any(message => message.Contains("breakglass.reviewed", StringComparison.Ordinal)), "the facts are published");
        Assert.DoesNotContain(await host.PublishedAsync(), message => message.Contains(id, StringComparison.Ordinal) || message.Contains(reference, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_each_is_offered_is_what_would_be_accepted_from_them_now()
    {
        var (_, reference) = await CaseAsync();
        using var officer = Officer("asking-officer");
        using var second = Officer("approving-officer");
        using var secondAsReviewer = host.Service.As(Unit, "approving-officer", Scopes.ReferralsPrivacy);
        using var privacy = host.Service.As(Unit, "reviewing-officer", Scopes.ReferralsPrivacy);
        HttpClient[] everybody = [officer, second, secondAsReviewer, privacy];
        var asked = await PostAsync(officer, Path, new { reference, reason = "safeguarding", text = "Synthetic text." });
        var id = asked["id"];
        Assert.Empty(asked.Json["allowedActions"]!.AsArray());

        Assert.Equal(["", "approval", "", ""], await OfferedAsync());
        Assert.Equal(["approval"], Actions((await GetAsync(second, $"{Path}/{id}")).Json["access"]!));
        Assert.Empty(Actions((await PostAsync(second, $"{Path}/{id}/approval", new { })).Json));
        Assert.Equal(["", "", "", "review"], await OfferedAsync());
        Assert.Equal(["review"], Actions((await GetAsync(privacy, $"{Path}/{id}")).Json["access"]!));
        Assert.Empty(Actions((await PostAsync(privacy, $"{Path}/{id}/review", new { outcome = "justified" })).Json));
        Assert.Equal(["", "", "", ""], await OfferedAsync());

        id = (await PostAsync(officer, Path, new { reference, reason = "safeguarding", text = "Synthetic text." }))["id"];
        await host.RowsAsync("update break_glass set requested_at = now() - interval '61 minutes' where id = $1", Guid.Parse(id));
        Assert.Equal(["", "", "", ""], await OfferedAsync()); // it has lapsed

        async Task<string[]> OfferedAsync() => await Task.WhenAll(everybody.Select(async client =>
            string.Join(' ', Actions((await GetAsync(client, Path)).Json["items"]!.AsArray().Single(item => (string?)item!["id"] == id)!))));
        static IEnumerable<string> Actions(System.Text.Json.Nodes.JsonNode access) => access["allowedActions"]!.AsArray().Select(action => (string)action!);
    }

    [Fact]
    public async Task Under_an_immediate_threat_it_opens_at_once_and_after_an_hour_no_more_and_its_review_is_due_the_next_working_day()
    {
        var (_, reference) = await CaseAsync();
        using var officer = Officer("alone-at-night");
        var asked = await PostAsync(officer, Path, new { reference, reason = "threat-to-life", text = "Synthetic text.", immediateThreat = true });
        var address = $"{Path}/{asked["id"]}/referral";

        Assert.Equal("active", asked["status"]);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(officer, address)).Status);
        Assert.InRange((DateTimeOffset)asked.Json["expiresAt"]!, DateTimeOffset.UtcNow.AddMinutes(58), DateTimeOffset.UtcNow.AddMinutes(60));
        Assert.InRange((DateTimeOffset)asked.Json["reviewDueAt"]!, DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(6));
        await host.RowsAsync("update break_glass set expires_at = now() - interval '1 second' where id = $1", Guid.Parse(asked["id"]));
        Assert.Equal("referral.not-found", (await GetAsync(officer, address)).Code);
    }

    [Fact]
    public async Task A_request_is_answered_alike_whether_there_is_such_a_case_or_not()
    {
        var (_, reference) = await CaseAsync();
        using var officer = Officer("curious-officer");
        using var foreign = host.Service.As(OtherUnit, "foreign-officer", Scopes.ReferralsCasework);
        foreach (var immediateThreat in (bool[])[false, true])
        {
            var real = await PostAsync(officer, Path, new { reference, reason = "safeguarding", text = "Synthetic text.", immediateThreat });
            var invented = await PostAsync(officer, Path, new { reference = "2345-6789-CFGH", reason = "safeguarding", text = "Synthetic text.", immediateThreat });
            var elsewhere = await PostAsync(foreign, Path, new { reference, reason = "safeguarding", text = "Synthetic text.", immediateThreat });

            Assert.Equal(Shape(real), Shape(invented));
            Assert.Equal(Shape(real), Shape(elsewhere));
            Assert.Equal("referral.not-found", (await GetAsync(officer, $"{Path}/{invented["id"]}/referral")).Code);
            Assert.Equal("referral.not-found", (await GetAsync(foreign, $"{Path}/{elsewhere["id"]}/referral")).Code);
        }

        Assert.Equal("break-glass.incomplete", (await PostAsync(officer, Path, new { reference, reason = "safeguarding", text = " " })).Code);
        Assert.Equal("referral.not-in-list", (await PostAsync(officer, Path, new { reference, reason = "curiosity", text = "Synthetic text." })).Code);

        static string Shape(Answer answer) => $"{answer.Status} {answer["status"]} " + string.Join(',', answer.Json.AsObject().Select(member => $"{member.Key}:{member.Value is null}"));
    }

    [Fact]
    public async Task Who_approves_and_who_reviews_sees_why_it_was_asked_for_and_each_showing_is_audited_before_the_answer()
    {
        var (_, reference) = await CaseAsync();
        using var officer = Officer("asking-officer");
        using var other = Officer("approving-officer");
        using var foreign = host.Service.As(OtherUnit, "foreign-officer", Scopes.ReferralsCasework, Scopes.ReferralsPrivacy);
        using var privacy = host.Service.As(Unit, "privacy-reviewer", Scopes.ReferralsPrivacy);
        var asked = await PostAsync(officer, Path, new { reference, reason = "person-in-contact", text = "Synthetic reason 7." });
        var address = $"{Path}/{asked["id"]}";

        var shown = await GetAsync(other, address);
        Assert.Equal(("Synthetic reason 7.", "person-in-contact", null), (shown["text"], (string?)shown.Json["access"]!["reason"], shown.Json["use"]?.ToJsonString()));
        Assert.Equal("break-glass.not-independent", (await GetAsync(officer, address)).Code);
        Assert.Equal("break-glass.not-in-this-status", (await GetAsync(privacy, address)).Code); // nothing has been used yet
        Assert.Equal("break-glass.not-found", (await GetAsync(foreign, address)).Code);
        Assert.Equal("break-glass.not-found", (await GetAsync(privacy, Path + "/no-id")).Code);
        await PostAsync(other, address + "/approval", new { });
        Assert.Equal("break-glass.not-in-this-status", (await GetAsync(other, address)).Code);
        Assert.Equal("break-glass.not-in-this-status", (await PostAsync(other, address + "/approval", new { })).Code); // nor is it approved twice
        await GetAsync(officer, address + "/referral");
        await GetAsync(officer, address + "/referral");
        var review = await GetAsync(privacy, address);
        Assert.Equal(("Synthetic reason 7.", reference, true, 2),
            (review["text"], (string?)review.Json["use"]!["referenceAsked"], (bool)review.Json["use"]!["caseFound"]!, (int)review.Json["use"]!["reads"]!));
        Assert.Equal(
            [
                ("approving-officer", "break-glass.text", "done"), ("asking-officer", "", "break-glass.not-independent"), ("privacy-reviewer", "", "break-glass.not-in-this-status"),
                ("foreign-officer", "", "break-glass.not-found"), ("approving-officer", "", "break-glass.not-in-this-status"), ("privacy-reviewer", "break-glass.reference,break-glass.text", "done"),
            ],
            (await host.RowsAsync(
                "select actor, array_to_string(fields, ','), outcome from audit_entry where action = 'break-glass.show' and (referral_id = $1 or actor = 'foreign-officer') order by sequence", Guid.Parse(asked["id"])))
                .Select(row => ((string)row[0]!, (string)row[1]!, (string)row[2]!)));

        var invented = await PostAsync(officer, Path, new { reference = "2345-6789-CFGH", reason = "safeguarding", text = "Synthetic.", immediateThreat = true });
        var use = (await GetAsync(privacy, $"{Path}/{invented["id"]}")).Json["use"]!;
        Assert.Equal(("2345-6789-CFGH", false, 0), ((string?)use["referenceAsked"], (bool)use["caseFound"]!, (int)use["reads"]!));
        Assert.Equal(0, await host.CountAsync("select count(*) from break_glass where break_glass::text like '%2345-6789-CFGH%'"));
        await host.RowsAsync($"alter table audit_entry add constraint no_showing check (referral_id <> '{invented["id"]}' or action <> 'break-glass.show') not valid");
        try
        {
            var unaudited = await GetAsync(privacy, $"{Path}/{invented["id"]}");
            Assert.Equal((HttpStatusCode.InternalServerError, false), (unaudited.Status, unaudited.Text.Contains("Synthetic", StringComparison.Ordinal)));
        }
        finally
        {
            await host.RowsAsync("alter table audit_entry drop constraint no_showing");
        }
    }

    [Fact]
    public async Task A_request_that_nobody_approves_lapses_after_an_hour_and_what_was_not_used_is_not_reviewed()
    {
        var (_, reference) = await CaseAsync();
        using var officer = Officer("asking-officer");
        using var other = Officer("approving-officer");
        using var privacy = host.Service.As(Unit, "privacy-reviewer", Scopes.ReferralsPrivacy);
        var asked = await PostAsync(officer, Path, new { reference, reason = "person-in-contact", text = "Synthetic text." });
        var address = $"{Path}/{asked["id"]}";

        Assert.Equal("break-glass.not-in-this-status", (await PostAsync(privacy, address + "/review", new { outcome = "justified" })).Code);
        await host.RowsAsync("update break_glass set requested_at = now() - interval '59 minutes' where id = $1", Guid.Parse(asked["id"]));
        Assert.Equal("Synthetic text.", (await GetAsync(other, address))["text"]);
        await host.RowsAsync("update break_glass set requested_at = now() - interval '60 minutes' where id = $1", Guid.Parse(asked["id"]));
        Assert.Equal("break-glass.lapsed", (await GetAsync(other, address)).Code);
        Assert.Equal("break-glass.lapsed", (await PostAsync(other, address + "/approval", new { })).Code);
        Assert.Equal("lapsed", (string?)(await GetAsync(privacy, Path)).Json["items"]!.AsArray().Single(item => (string?)item!["id"] == asked["id"])!["status"]);
        Assert.Equal("referral.not-found", (await GetAsync(officer, address + "/referral")).Code);
        Assert.Equal("referral.text-too-long", (await PostAsync(officer, Path, new { reference, reason = "person-in-contact", text = new string('x', 2_001) })).Code);
    }

    [Fact]
    public async Task It_counts_what_awaits_review_and_what_is_overdue_in_the_unit_and_for_the_operators_and_whoever_used_it_reviews_it_not()
    {
        var unit = Guid.CreateVersion7();
        using var officer = host.Service.As(unit, "asking-officer", Scopes.ReferralsCasework, Scopes.ReferralsPrivacy);
        using var privacy = host.Service.As(unit, "privacy-reviewer", Scopes.ReferralsPrivacy);
        using var used = new UsedCount(host.Service.Services);
        var scopes = host.Service.Services.GetRequiredService<IServiceScopeFactory>();
        async Task<(int Awaiting, int Overdue, int ForOperators)> CountsAsync()
        {
            var list = (await GetAsync(privacy, Path)).Json;
            return ((int)list["awaitingReview"]!, (int)list["reviewOverdue"]!, await OverdueReviews.CountAsync(scopes, DateTimeOffset.UtcNow, TestContext.Current.CancellationToken));
        }

        var before = (await CountsAsync()).ForOperators;
        await PostAsync(officer, Path, new { reference = "2345-6789-CFGH", reason = "safeguarding", text = "Synthetic." });
        Assert.Equal((0, 0, before), await CountsAsync());
        var opened = await PostAsync(officer, Path, new { reference = "2345-6789-CFGH", reason = "safeguarding", text = "Synthetic.", immediateThreat = true });
        Assert.Equal((1, 0, before), await CountsAsync());
        Assert.Equal(1, used.Sum);
        var activeFrom = ((DateTimeOffset)opened.Json["expiresAt"]!).AddMinutes(-60);
        Assert.Equal(WorkingDays.EndAfter(WorkingDays.EnglandAndWales, activeFrom, 1), (DateTimeOffset)opened.Json["reviewDueAt"]!);
        await host.RowsAsync("update break_glass set review_due_at = now() - interval '1 second' where id = $1", Guid.Parse(opened["id"]));
        Assert.Equal((1, 1, before + 1), await CountsAsync());
        await Eventually.TrueAsync(() => Task.FromResult(used.Overdue == before + 1), "the gauge tells it");
        Assert.Equal("break-glass.not-independent", (await PostAsync(officer, $"{Path}/{opened["id"]}/review", new { outcome = "justified" })).Code);
        await PostAsync(privacy, $"{Path}/{opened["id"]}/review", new { outcome = "not-justified" });
        Assert.Equal((0, 0, before), await CountsAsync());
        Assert.Equal(5, await host.CountAsync("select count(*) from audit_entry where organisation = $1 and action = 'break-glass.list' and outcome = 'done'", unit));
    }

    [Theory]
    [InlineData(true, "immediate-threat")]
    [InlineData(false, "approved")]
    public async Task Its_use_is_a_fact_with_region_and_whether_somebody_approved(bool immediateThreat, string outcome)
    {
        var id = await host.SubmittedAsync(Told(region: "NIR"));
        var reference = (await ReadAsync(host.TriageOfficer, id))["reference"];
        using var officer = Officer("asking-officer");
        using var other = Officer("approving-officer");
        async Task<int> ToldAsync() => (await host.PublishedAsync()).Count(message => message.Contains("breakglass.used", StringComparison.Ordinal)
            && message.Contains("\"NIR\"", StringComparison.Ordinal) && message.Contains($"\"{outcome}\"", StringComparison.Ordinal));
        var before = await ToldAsync();

        var asked = await PostAsync(officer, Path, new { reference, reason = "threat-to-life", text = "Synthetic.", immediateThreat });
        if (!immediateThreat)
        {
            await PostAsync(other, $"{Path}/{asked["id"]}/approval", new { });
        }

        await Eventually.TrueAsync(async () => await ToldAsync() == before + 1, "the use is told");
    }

    /// <summary>What the meter of one service says.</summary>
    private sealed class UsedCount : IDisposable
    {
        private readonly MeterListener listener = new();
        private long sum;
        private int overdue;

        public UsedCount(IServiceProvider services)
        {
            var factory = services.GetRequiredService<IMeterFactory>();
            listener.InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter.Name == BreakGlassMetrics.Name && ReferenceEquals(instrument.Meter.Scope, factory))
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            };
            listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref sum, value));
            listener.SetMeasurementEventCallback<int>((_, value, _, _) => overdue = value);
            listener.Start();
        }

        public long Sum => Interlocked.Read(ref sum);

        public int Overdue
        {
            get
            {
                listener.RecordObservableInstruments();
                return overdue;
            }
        }

        public void Dispose() => listener.Dispose();
    }

    private HttpClient Officer(string actor) => host.Service.As(Unit, actor, Scopes.ReferralsCasework);

    private async Task<(string Id, string Reference)> CaseAsync()
    {
        var id = await host.CaseInAsync("in-assessment");
        return (id, (await ReadAsync(host.Assessor, id))["reference"]);
    }
}
