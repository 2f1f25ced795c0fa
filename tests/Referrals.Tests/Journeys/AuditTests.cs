using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Soc.Contracts;
using Soc.Referrals.Audit;
using Soc.Referrals.Data;
using Soc.ServiceDefaults;
using static Soc.Referrals.Tests.ReferralsHost;

namespace Soc.Referrals.Tests.Journeys;

[Collection(OneService.Name)]
public sealed class AuditTests(ReferralsHost host)
{
    private const string OfCase = "select actor, action, outcome, array_to_string(fields, ',') from audit_entry where referral_id = $1 order by sequence";

    [Fact]
    public async Task Every_step_and_every_read_has_an_entry_with_who_what_and_which_fields()
    {
        var id = await host.CaseInAsync("decision-pending");
        await ReadAsync(host.Authoriser, id);
        await DoneAsync(host.Authoriser, id, "decision", new { outcome = "declined", factors = Findings }, "\"3\"");
        await ReadAsync(host.TriageOfficer, id);

        var entries = (await host.RowsAsync(OfCase, Guid.Parse(id))).Select(row => string.Join(' ', row)).ToList();

        const string told = "narrative,subject.date-of-birth,subject.name";
        const string found = "decision.ability-to-adjust,decision.cost-of-arrangements,decision.risk-to-safety,decision.witness-finding";
        Assert.Equal(
            [
                $"referrer referral.submit done {told}", "triage-officer referral.triage done ", "assessor referral.assess done ",
                $"authoriser referral.read done {told}", $"authoriser referral.decide done {found}", $"triage-officer referral.read done {found},{told}",
            ],
            entries);
    }

    [Fact]
    public async Task Refused_attempts_have_an_entry_too_also_at_a_case_that_is_not_there_for_them()
    {
        var id = await host.CaseInAsync("submitted");
        var (missing, referral) = (Guid.CreateVersion7(), Guid.Parse(id));
        using var foreign = host.Service.As(OtherUnit, "foreign-officer", Scopes.ReferralsTriage);
        await ReadAsync(foreign, id);
        await ReadAsync(foreign, missing.ToString());
        await DoAsync(host.Authoriser, id, "decision", new { outcome = "declined", factors = Findings }, "\"1\"");

        Assert.Equal(
            ["referrer referral.submit done", "foreign-officer referral.read referral.not-found", "authoriser referral.decide referral.not-found"],
            (await host.RowsAsync(OfCase, referral)).Select(row => $"{row[0]} {row[1]} {row[2]}"));
        Assert.Equal("foreign-officer referral.read referral.not-found ", string.Join(' ', Assert.Single(await host.RowsAsync(OfCase, missing))));
    }

    [Fact]
    public async Task A_resubmission_that_was_refused_has_an_entry_too_whosever_the_case_is()
    {
        var prober = "prober-" + Guid.NewGuid().ToString("N")[..8];
        var (id, missing) = (Guid.Parse(await host.CaseInAsync("returned")), Guid.CreateVersion7());
        using var foreign = host.Service.As(OtherUnit, prober, Scopes.ReferralsSubmit);
        using var own = host.Service.As(Trust, prober, Scopes.ReferralsSubmit);
        var submitted = Guid.Parse(await host.CaseInAsync("submitted"));

        await CreateAsync(foreign, id.ToString(), "resubmission", new { narrative = "Synthetic." });
        await CreateAsync(foreign, missing.ToString(), "resubmission", new { narrative = "Synthetic." });
        await CreateAsync(own, submitted.ToString(), "resubmission", new { narrative = "Synthetic." });

        Assert.Equal(
            [[id, "referral.resubmit", "referral.not-found"], [missing, "referral.resubmit", "referral.not-found"], [submitted, "referral.resubmit", "referral.not-in-this-status"]],
            await host.RowsAsync("select referral_id, action, outcome from audit_entry where actor = $1 order by sequence", prober));
    }

    [Fact]
    public async Task The_entry_is_committed_before_the_answer_and_without_it_there_is_no_answer()
    {
        var id = await host.SubmittedAsync(Told("A narrative nobody may see unaudited."));
        await OwnerAsync($"alter table audit_entry add constraint no_reads_of_this check (referral_id <> '{Guid.Parse(id)}' or action <> 'referral.read') not valid");
        try
        {
            var refused = await ReadAsync(host.TriageOfficer, id);

            Assert.Equal(HttpStatusCode.InternalServerError, refused.Status);
            Assert.DoesNotContain("unaudited", refused.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("Example Person", refused.Text, StringComparison.Ordinal);
        }
        finally
        {
            await OwnerAsync("alter table audit_entry drop constraint no_reads_of_this");
        }

        Assert.Equal(HttpStatusCode.OK, (await ReadAsync(host.TriageOfficer, id)).Status);
        Assert.Equal(1, await host.CountAsync("select count(*) from audit_entry where referral_id = $1 and action = 'referral.read'", Guid.Parse(id)));
    }

    [Theory]
    [InlineData("update audit_entry set outcome = 'x'")]
    [InlineData("delete from audit_entry")]
    [InlineData("truncate audit_entry")]
    [InlineData("alter table audit_entry disable row level security")]
    [InlineData("drop table audit_entry")]
    [InlineData("delete from data_key")]
    [InlineData("update sealed_field set content = ''")]
    [InlineData("delete from referral")]
    [InlineData("update decision set outcome = 'accepted'")]
    [InlineData("delete from referrer_update")]
    [InlineData("update referrer_update set status = 'accepted'")]
    public async Task The_role_of_the_service_cannot_change_what_is_written_once(string sql)
    {
        await using var source = NpgsqlDataSource.Create(host.Service.ServiceConnectionString);
        await using var command = source.CreateCommand(sql);

        var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));

        Assert.Equal("42501", refused.SqlState);
    }

    [Fact]
    public async Task The_stored_entry_hashes_to_its_stored_leaf_hash()
    {
        var id = Guid.Parse(await host.CaseInAsync("decision-pending"));
        await using var scope = host.Service.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ReferralsDb>();
        await using var transaction = await db.BeginForAsync(new Caller(Unit, "client", "triage-officer", new HashSet<string> { Scopes.ReferralsTriage }), TestContext.Current.CancellationToken);

        var entries = await db.AuditEntries.AsNoTracking().Where(entry => entry.ReferralId == id).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(2, entries.Count); // triage and assessment; the submission is the referring organisation's entry
        Assert.All(entries, entry => Assert.Equal(entry.ComputeLeafHash(), entry.LeafHash));
        Assert.All(entries, entry => Assert.Equal(AuditEntry.Done, entry.Outcome));
    }

    private async Task OwnerAsync(string sql) => await host.RowsAsync(sql);
}
