using System.Net;
using Soc.Contracts;
using Soc.TestKit;
using static Soc.Referrals.Tests.ReferralsHost;

namespace Soc.Referrals.Tests.Journeys;

/// <summary>Emergency access: an hour, a reason, a second person or an immediate threat, and somebody else who looks at it afterwards.</summary>
[Collection(OneService.Name)]
public sealed class BreakGlassTests(ReferralsHost host)
{
    private const string Path = "/referrals/v1/break-glass";
    private static readonly string[] Members = ["id", "status", "reason", "immediateThreat", "requester", "requestedAt", "approvedBy", "expiresAt", "reviewDueAt", "reviewedBy", "reviewOutcome"];

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

        var listed = (await GetAsync(privacy, Path)).Json["items"]!.AsArray().Single(item => (string?)item!["id"] == asked["id"])!;
        Assert.Equal(Members, listed.AsObject().Select(member => member.Key));
        Assert.Equal(("night-officer", "second-officer", "privacy-reviewer"), ((string?)listed["requester"], (string?)listed["approvedBy"], (string?)listed["reviewedBy"]));
        Assert.Equal(1, await host.CountAsync("select count(*) from audit_entry where referral_id = $1 and action = 'break-glass.read' and actor = 'night-officer' and outcome = 'done'", Guid.Parse(id)));
        await Eventually.TrueAsync(
            async () => (await host.PublishedAsync()).Any(message => message.Contains("breakglass.reviewed", StringComparison.Ordinal)), "the facts are published");
        Assert.DoesNotContain(await host.PublishedAsync(), message => message.Contains(id, StringComparison.Ordinal) || message.Contains(reference, StringComparison.Ordinal));
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

    private HttpClient Officer(string actor) => host.Service.As(Unit, actor, Scopes.ReferralsCasework);

    private async Task<(string Id, string Reference)> CaseAsync()
    {
        var id = await host.CaseInAsync("in-assessment");
        return (id, (await ReadAsync(host.Assessor, id))["reference"]);
    }
}
