using System.Net;
using Microsoft.EntityFrameworkCore;
using Soc.Contracts;
using Soc.Referrals.Cases;
using Soc.Referrals.Clocks;
using Soc.Referrals.Data;
using static Soc.Referrals.Tests.ReferralsHost;

namespace Soc.Referrals.Tests.Journeys;

/// <summary>Changes that meet each other, come twice, or come too late.</summary>
[Collection(OneService.Name)]
public sealed class ChangeTests(ReferralsHost host)
{
    [Fact]
    public async Task A_change_without_If_Match_is_refused_with_428_and_a_stale_one_with_412()
    {
        var id = await host.CaseInAsync("submitted");

        var missing = await DoAsync(host.TriageOfficer, id, "triage", ToAssessment, null);
        var wrong = await DoAsync(host.TriageOfficer, id, "triage", ToAssessment, "\"2\"");
        await DoneAsync(host.TriageOfficer, id, "triage", ToAssessment, "\"1\"");
        var stale = await DoAsync(host.Assessor, id, "assessment", new { tool = "protection-risk-2", score = 5, band = "standard" }, "\"1\"");

        Assert.Equal(((HttpStatusCode)428, "precondition.required"), (missing.Status, missing.Code));
        Assert.Equal((HttpStatusCode.PreconditionFailed, "precondition.failed"), (wrong.Status, wrong.Code));
        Assert.Equal((HttpStatusCode.PreconditionFailed, "precondition.failed"), (stale.Status, stale.Code));
        Assert.Equal("\"2\"", (await ReadAsync(host.Assessor, id)).ETag);
    }

    [Fact]
    public async Task A_submission_sent_again_is_answered_again_and_not_done_again()
    {
        var key = Guid.NewGuid().ToString();
        var first = await SubmitAsync(host.Referrer, Told("Told once."), key);

        var again = await SubmitAsync(host.Referrer, Told("Told once."), key);
        var other = await SubmitAsync(host.Referrer, Told("Told otherwise."), key);
        var without = await SubmitAsync(host.Referrer, Told(), "short");

        Assert.Equal((HttpStatusCode.Created, first.Text, first.Headers["Location"]), (again.Status, again.Text, again.Headers["Location"]));
        Assert.Equal("true", again.Headers["Idempotent-Replayed"]);
        Assert.Equal(("no-store", "no-store"), (first.Headers["Cache-Control"], again.Headers["Cache-Control"]));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "idempotency.key-reused"), (other.Status, other.Code));
        Assert.Equal((HttpStatusCode.BadRequest, "idempotency.key-required"), (without.Status, without.Code));
        Assert.Equal(1, await host.CountAsync("select count(*) from referrer_update where referral_id = $1", Guid.Parse(first["id"])));
    }

    [Fact]
    public async Task Twenty_copies_of_one_submission_at_once_make_one_referral()
    {
        var organisation = Guid.CreateVersion7();
        using var referrer = host.Service.As(organisation, "impatient", Scopes.ReferralsSubmit, Scopes.ReferralsUpdates);
        var key = Guid.NewGuid().ToString();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => SubmitAsync(referrer, Told(), key)));

        Assert.All(answers, answer => Assert.Contains(answer.Status, new[] { HttpStatusCode.Created, HttpStatusCode.Conflict }));
        Assert.Single(answers.Where(answer => answer.Status == HttpStatusCode.Created).Select(answer => answer.Text).Distinct());
        Assert.Equal(1, await host.CountAsync("select count(*) from referral where referring_organisation = $1", organisation));
    }

    [Fact]
    public async Task Of_fifty_officers_who_triage_one_referral_at_once_exactly_one_succeeds()
    {
        var id = await host.CaseInAsync("submitted");
        var officers = Enumerable.Range(1, 50).Select(number => host.Service.As(Unit, $"officer-{number}", Scopes.ReferralsTriage)).ToList();

        var answers = await Task.WhenAll(officers.Select((officer, index) => DoAsync(
            officer, id, "triage", index % 2 == 0 ? ToAssessment : new { route = "redirected", reason = "witness-care", redirectTo = "witness-care" }, "\"1\"")));

        officers.ForEach(officer => officer.Dispose());
        var winner = Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        // Who came after the winner's commit does not learn any more that the case exists: it is its team's.
        Assert.All(answers.Except([winner]), answer => Assert.Contains(answer.Status, new[] { HttpStatusCode.PreconditionFailed, HttpStatusCode.NotFound }));
        Assert.Equal((winner["status"], "\"2\""), ((string)(await host.RowsAsync("select status from referral where id = $1", Guid.Parse(id)))[0][0]!, winner.ETag));
        const string entries = "select count(*) from audit_entry where referral_id = $1 and action = 'referral.triage' and (outcome = 'done') = $2";
        Assert.Equal(1, await host.CountAsync(entries, Guid.Parse(id), true));
        Assert.Equal(49, await host.CountAsync(entries, Guid.Parse(id), false));
        Assert.Equal(winner["status"] == "redirected" ? 2 : 1, await host.CountAsync("select count(*) from referrer_update where referral_id = $1", Guid.Parse(id)));
    }

    [Fact]
    public async Task Fifty_officers_who_all_change_one_case_lose_none_of_their_changes_and_it_keeps_one_responsible_unit()
    {
        var id = await host.CaseInAsync("in-assessment");
        var officers = Enumerable.Range(1, 50).Select(number => host.Service.As(Unit, $"lead-{number}", Scopes.ReferralsCasework)).ToList();
        await host.RowsAsync(
            "insert into case_member (id, unit, actor, role, added_by, since, referral_id) select gen_random_uuid(), $1, 'lead-' || n, 'case-officer', 'test', now(), $2 from generate_series(1, 50) n",
            Unit, Guid.Parse(id));

        // The tag that an officer read is soon another officer's past: read again and try again, as a careful client does, until the change is made.
        var refused = 0;
        await Task.WhenAll(officers.Select(async (officer, index) =>
        {
            for (var made = false; !made;)
            {
                var read = await ReadAsync(officer, id);
                if (read.Status == HttpStatusCode.ServiceUnavailable)
                {
                    continue; // too many at once, told by the reading already
                }

                var answer = await DoAsync(officer, id, "team", new { add = new[] { new { actor = $"specialist-{index}", role = "risk-assessor" } } }, read.ETag);
                Assert.Contains(answer.Status, new[] { HttpStatusCode.OK, HttpStatusCode.PreconditionFailed, HttpStatusCode.ServiceUnavailable }); // 503: too many at once
                made = answer.Status == HttpStatusCode.OK;
                Interlocked.Add(ref refused, made ? 0 : 1);
            }
        }));

        officers.ForEach(officer => officer.Dispose());
        Assert.True(refused > 0, "they met");
        Assert.Equal(50, await host.CountAsync("select count(distinct actor) from case_member where referral_id = $1 and actor like 'specialist-%' and until is null", Guid.Parse(id)));
        var changes = await host.CountAsync("select count(*) from audit_entry where referral_id = $1 and action = 'referral.change-team' and outcome = 'done'", Guid.Parse(id));
        Assert.True(changes >= 50, "every officer's change is on record");
        Assert.Equal([changes + 2, Unit], (await host.RowsAsync("select version, responsible_unit from referral where id = $1", Guid.Parse(id)))[0]);
    }

    [Fact]
    public async Task Of_two_who_write_one_case_without_its_lock_the_second_is_refused()
    {
        var id = Guid.Parse(await host.CaseInAsync("in-assessment"));
        await using var one = new ReferralsDb(new DbContextOptionsBuilder<ReferralsDb>().UseNpgsql(host.Service.OwnerConnectionString).Options);
        await using var other = new ReferralsDb(new DbContextOptionsBuilder<ReferralsDb>().UseNpgsql(host.Service.OwnerConnectionString).Options);
        var (read, stale) = (await FindAsync(one), await FindAsync(other));

        Assert.Null(read.Withdraw("person-declines", DateTimeOffset.UtcNow));
        Assert.Null(stale.PauseClock(ClockKind.Decision, "awaiting-court", DateTimeOffset.UtcNow));
        await one.SaveChangesAsync(TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<DbUpdateConcurrencyException>(() => other.SaveChangesAsync(TestContext.Current.CancellationToken));

        Task<Referral> FindAsync(ReferralsDb db) => db.Referrals.AsSplitQuery().SingleAsync(referral => referral.Id == id, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Of_fifty_answers_to_one_proposal_of_a_transfer_exactly_one_holds()
    {
        var (id, etag) = await host.ArriveAsync("transfer-proposed");

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(number => (number % 3) switch
        {
            0 => DoAsync(host.Receiver, id, "transfer-acceptance", new { team = new[] { new { actor = "new-lead", role = "case-officer" } }, effectiveAt = DateTimeOffset.UtcNow.AddDays(1) }, etag),
            1 => DoAsync(host.Receiver, id, "transfer-refusal", new { reason = "no-capacity" }, etag),
            _ => DoAsync(host.TransferCoordinator, id, "transfer-cancellation", new { }, etag),
        }));

        var winner = Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        var row = (await host.RowsAsync("select r.status, r.responsible_unit, t.status, (select count(*) from transfer where referral_id = r.id) from referral r join transfer t on t.referral_id = r.id where r.id = $1", Guid.Parse(id)))[0];
        Assert.Equal((winner["status"], Unit, 1L), ((string)row[0]!, (Guid)row[1]!, (long)row[3]!));
        Assert.Equal(winner["status"] == "transfer-accepted", (string)row[2]! == "accepted");
    }

    [Fact]
    public async Task A_reader_of_the_updates_sees_each_once_and_in_order_while_they_are_being_written()
    {
        var organisation = Guid.CreateVersion7();
        using var referrer = host.Service.As(organisation, "busy", Scopes.ReferralsSubmit, Scopes.ReferralsUpdates);
        var seen = new List<(string Id, string Referral, string Status)>();
        var writing = Task.WhenAll(Enumerable.Range(0, 8).Select(async lane =>
        {
            for (var number = 0; number < 15; number++)
            {
                var submitted = await SubmitAsync(referrer, Told());
                Assert.Equal(HttpStatusCode.Created, submitted.Status);
                if (number % 3 == 0)
                {
                    await DoneAsync(host.TriageOfficer, submitted["id"], "triage", new { route = "redirected", reason = "witness-care", redirectTo = "witness-care" }, "\"1\"");
                }
            }
        }));

        string? next = null;
        for (var finished = false; !finished;)
        {
            finished = writing.IsCompleted; // one more round after the last write
            for (var more = true; more;)
            {
                var page = (await GetAsync(referrer, "/referrals/v1/updates" + (next is null ? "" : "?after=" + next))).Json;
                seen.AddRange(page["items"]!.AsArray().Select(item => ((string)item!["id"]!, (string)item["referralId"]!, (string)item["status"]!)));
                (next, more) = ((string?)page["next"], (bool)page["more"]!);
            }
        }

        await writing;
        var written = (await host.RowsAsync("select id::text, position from referrer_update where organisation = $1 order by position", organisation)).ToList();
        Assert.Equal(160, written.Count);
        Assert.Equal(written.Select(row => (string)row[0]!), seen.Select(update => update.Id));
        Assert.All(seen.GroupBy(update => update.Referral), updates => Assert.Equal("submitted", updates.First().Status));
        Assert.Equal(Enumerable.Range(1, 160).Select(position => (long)position), written.Select(row => (long)row[1]!));
    }
}
