using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Soc.Contracts;
using Soc.Referrals.Clocks;
using Soc.Referrals.Transfers;
using Soc.TestKit;
using static Soc.Referrals.Tests.ReferralsHost;

namespace Soc.Referrals.Tests.Journeys;

/// <summary>The whole load of a unit: who learns what of it, and that it comes to its end past what cannot be moved.</summary>
public sealed class LoadTests : IAsyncLifetime
{
    private const string Bulk = "/referrals/v1/bulk-transfers";
    private static readonly object[] NewTeam = [new { actor = "new-case-officer", role = "case-officer" }];
    private ServiceHost<Program> service = null!;
    private HttpClient referrer = null!;
    private HttpClient lead = null!;
    private HttpClient authoriser = null!;
    private HttpClient from = null!;
    private HttpClient to = null!;
    private HttpClient newOfficer = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        service = await ServiceHost<Program>.StartAsync("referrals", new Dictionary<string, string?>
        {
            ["Messaging:FactWindow"] = "20.00:00:00", // facts stay in the outbox, to be counted
            ["Referrals:Clocks:Poll"] = "1.00:00:00",
        });
        referrer = service.As(Trust, "referrer", Scopes.ReferralsSubmit);
        lead = service.As(Unit, "lead", [.. Scopes.All]);
        authoriser = service.As(Unit, "authoriser", [.. Scopes.All]);
        from = service.As(Unit, "mover", Scopes.ReferralsTransfer); // on no team
        to = service.As(OtherUnit, "receiver", Scopes.ReferralsTransfer);
        newOfficer = service.As(OtherUnit, "new-case-officer", Scopes.ReferralsCasework, Scopes.ReferralsTransfer);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in (HttpClient?[])[referrer, lead, authoriser, from, to, newOfficer])
        {
            client?.Dispose();
        }

        await service.DisposeAsync();
    }

    [Fact]
    public async Task A_case_left_behind_is_nobodys_but_its_teams_and_a_coordinator_on_no_team_learns_of_none()
    {
        var (left, reference) = await ActiveAsync();
        await DoneAsync(lead, left, "transfer", new { toUnit = Guid.CreateVersion7(), reason = "conflict-of-interest" }, "\"5\"");
        var (moved, movedReference) = await ActiveAsync();
        Assert.DoesNotContain(reference, (await GetAsync(from, "/referrals/v1/transfers")).Text, StringComparison.Ordinal);
        Assert.Contains(reference, (await GetAsync(lead, "/referrals/v1/transfers")).Text, StringComparison.Ordinal);

        var path = await AcceptedAsync();
        Assert.Null((int?)(await GetAsync(to, path)).Json["left"]);
        await RunAsync();

        Assert.Equal((1, 1), ((int?)(await GetAsync(from, path)).Json["moved"], (int?)(await GetAsync(from, path)).Json["left"]));
        Assert.Equal((1, null), ((int?)(await GetAsync(to, path)).Json["moved"], (int?)(await GetAsync(to, path)).Json["left"]));
        Assert.Equal([(reference, "transfer.agreed"), (movedReference, "moved")], (await LinesAsync(lead, path)).OrderBy(line => line.Outcome == "moved"));
        foreach (var client in (HttpClient[])[from, to])
        {
            Assert.Empty(await LinesAsync(client, path));
            var transfers = (await GetAsync(client, "/referrals/v1/transfers")).Text;
            Assert.DoesNotContain(reference, transfers, StringComparison.Ordinal);
            Assert.DoesNotContain(movedReference, transfers, StringComparison.Ordinal);
        }

        await TheInstantComesAsync();
        Assert.Equal(HttpStatusCode.OK, (await ReadAsync(newOfficer, moved)).Status);
        Assert.Equal([(movedReference, "moved")], await LinesAsync(newOfficer, path)); // it may know of this case, and does not learn of the other
        Assert.Equal([(reference, "transfer.agreed")], await LinesAsync(lead, path)); // and the old team of this one no more
        Assert.Contains(movedReference, (await GetAsync(newOfficer, "/referrals/v1/transfers")).Text, StringComparison.Ordinal);
        Assert.Contains(movedReference, (await GetAsync(lead, "/referrals/v1/transfers")).Text, StringComparison.Ordinal); // the record is both units'
        Assert.Empty(await LinesAsync(to, path));
        using var third = service.As(Guid.CreateVersion7(), "third", Scopes.ReferralsTransfer);
        Assert.Equal("bulk-transfer.not-found", (await GetAsync(third, path + "/report")).Code);

        // What one load left the next one takes: a line of an earlier report keeps no case behind.
        await RunAsync();
        Assert.Equal("done", (await GetAsync(from, path))["status"]);
        await DoneAsync(lead, left, "transfer-cancellation", new { }, "\"6\"");
        var next = await AcceptedAsync();
        await RunAsync();
        Assert.Equal([(reference, "moved")], await LinesAsync(lead, next));
        Assert.Equal((1, 0), ((int?)(await GetAsync(from, next)).Json["moved"], (int?)(await GetAsync(from, next)).Json["left"]));
        Assert.Equal((1, 1), ((int?)(await GetAsync(from, path)).Json["moved"], (int?)(await GetAsync(from, path)).Json["left"]));
        Assert.Equal(
            [("receiver", "receiver")], // who answered is on the record, and put the team on the case
            (await RowsAsync("select distinct t.answered_by, m.added_by from transfer t join case_member m on m.referral_id = t.referral_id and m.unit = t.to_unit where t.bulk_transfer_id is not null")).Select(row => ((string)row[0]!, (string)row[1]!)));
    }

    [Fact]
    public async Task It_is_agreed_before_its_instant_by_the_other_unit_and_one_at_a_time()
    {
        var now = DateTimeOffset.UtcNow;
        foreach (var instant in (DateTimeOffset[])[now.AddMinutes(-1), now.AddDays(90).AddMinutes(1), default])
        {
            Assert.Equal("transfer.effective-invalid", (await ProposeAsync(instant)).Code);
        }

        var proposed = await ProposeAsync(now.AddHours(1));
        var path = $"{Bulk}/{proposed["id"]}";
        Assert.Equal((HttpStatusCode.Created, null, null), (proposed.Status, (int?)proposed.Json["moved"], (int?)proposed.Json["left"]));
        Assert.Equal("bulk-transfer.under-way", (await ProposeAsync(now.AddDays(1))).Code);
        Assert.Equal("bulk-transfer.not-found", (await PostAsync(to, path + "/cancellation", new { })).Code);
        Assert.Equal("bulk-transfer.not-found", (await PostAsync(from, path + "/acceptance", new { team = NewTeam })).Code);
        await TheInstantComesAsync();
        Assert.Empty((await GetAsync(to, path)).Json["allowedActions"]!.AsArray());
        Assert.Equal("bulk-transfer.lapsed", (await PostAsync(to, path + "/acceptance", new { team = NewTeam })).Code);
        Assert.Equal("cancelled", (await PostAsync(from, path + "/cancellation", new { }))["status"]);

        var both = await Task.WhenAll(ProposeAsync(now.AddDays(1)), ProposeAsync(now.AddDays(1)));
        Assert.Equal([HttpStatusCode.Created, HttpStatusCode.Conflict], both.Select(answer => answer.Status).Order());
        Assert.Equal("bulk-transfer.under-way", both.Single(answer => answer.Status == HttpStatusCode.Conflict).Code);
        Assert.Equal(
            [("propose", "done"), ("cancel", "bulk-transfer.not-found"), ("accept", "bulk-transfer.not-found"), ("read", "done"), ("accept", "bulk-transfer.lapsed"), ("cancel", "done")],
            (await RowsAsync("select split_part(action, '.', 2), outcome from audit_entry where referral_id = $1 order by sequence", Guid.Parse(proposed["id"])))
                .Select(row => ((string)row[0]!, (string)row[1]!)));
    }

    [Fact]
    public async Task Each_case_is_told_as_transferred_once_and_takes_effect_when_it_was_agreed_or_written_and_closed_ones_stay()
    {
        var (first, second) = (await SubmittedAsync(), await SubmittedAsync());
        var (closed, retained) = (await EndedAsync(false), await EndedAsync(true));
        var path = await AcceptedAsync();
        await RunAsync();
        Assert.Equal("running", (await GetAsync(from, path))["status"]); // its instant has not come: what arrives still goes with it
        var arrived = await SubmittedAsync();
        await TheInstantComesAsync();
        var late = await SubmittedAsync();
        await RunAsync();

        Assert.Equal(("done", 3, 0), ((await GetAsync(from, path))["status"], (int)(await GetAsync(from, path)).Json["moved"]!, (int)(await GetAsync(from, path)).Json["left"]!));
        Assert.Equal(0L, (await RowsAsync(
            "select count(*) from transfer t join referral r on r.id = t.referral_id where t.effective_at < r.submitted_at or t.effective_at < t.answered_at and t.effective_at <> (select effective_at from bulk_transfer)"))[0][0]);
        Assert.Equal([Guid.Parse(first), Guid.Parse(second), Guid.Parse(arrived)], (await RowsAsync("select referral_id from transfer order by referral_id")).Select(row => row[0]!).Cast<Guid>());
        Assert.All((Guid[])[Guid.Parse(late), closed, retained], id => Assert.Equal(Unit, RowsAsync("select responsible_unit from referral where id = $1 and receiving_unit is null", id).Result[0][0]));

        // One is written as its new officer reads it, the others by the clock; both look again.
        Assert.Equal(HttpStatusCode.OK, (await ReadAsync(newOfficer, first)).Status);
        await ReadAsync(newOfficer, first);
        var clocks = service.Services.GetRequiredService<ClockRunner>();
        await clocks.RunAsync(Cancellation);
        await clocks.RunAsync(Cancellation);
        await ReadAsync(newOfficer, second);
        Assert.Equal(3L, (await RowsAsync("select count(*) from outbox_message where message_type = 'soc.referrals.referral.transferred.v1'"))[0][0]);
    }

    [Fact]
    public async Task A_case_that_cannot_be_moved_keeps_nobody_waiting_and_the_hosted_loop_goes_on_after_a_failure()
    {
        var ids = new List<string>();
        for (var number = 0; number < 4; number++)
        {
            ids.Add(await SubmittedAsync());
        }

        var clocks = (string)(await RowsAsync("select clocks::text from referral where id = $1", Guid.Parse(ids[0])))[0][0]!;
        await RowsAsync("update referral set clocks = replace(clocks::text, '\"acknowledge\"', '\"of-a-later-version\"')::jsonb where id = $1", Guid.Parse(ids[0]));
        var path = await AcceptedAsync();
        var (done, failures) = await BulkTransferRunner.RunAsync(service.Services.GetRequiredService<IServiceScopeFactory>(), Cancellation);
        Assert.Equal((3, 1), (done, failures.Count));
        Assert.Equal(("running", 3), ((await GetAsync(to, path))["status"], (int)(await GetAsync(to, path)).Json["moved"]!));

        await RowsAsync("alter table bulk_transfer_item rename to bulk_transfer_item_away; alter table bulk_transfer rename to bulk_transfer_away");
        await using var quick = await service.StartAgainAsync(new Dictionary<string, string?> { ["Referrals:Clocks:Poll"] = "00:00:00.1" });
        await Eventually.TrueAsync(() => Task.FromResult(quick.Logs.Any(line => line.Contains("A bulk transfer was interrupted", StringComparison.Ordinal))), "the loop has failed");
        await RowsAsync("alter table bulk_transfer_away rename to bulk_transfer; alter table bulk_transfer_item_away rename to bulk_transfer_item");
        await Eventually.TrueAsync(() => Task.FromResult(quick.Logs.Any(line => line.Contains("could not be moved", StringComparison.Ordinal))), "the loop goes on");
        await RowsAsync($"update referral set clocks = '{clocks}' where id = $1", Guid.Parse(ids[0]));
        await TheInstantComesAsync();
        await Eventually.TrueAsync(async () => (await GetAsync(from, path))["status"] == "done", "the load has moved");
        Assert.Equal(4, (int)(await GetAsync(from, path)).Json["moved"]!);
        Assert.DoesNotContain(quick.Logs, line => ids.Any(id => line.Contains(id, StringComparison.OrdinalIgnoreCase)) && line.Contains("could not be moved", StringComparison.Ordinal));
    }

    private Task<Answer> ProposeAsync(DateTimeOffset effectiveAt) => PostAsync(from, Bulk, new { toUnit = OtherUnit, reason = "national-service", effectiveAt });

    /// <summary>Nobody waits for it: the owner of the tables lets it be now.</summary>
    private async Task TheInstantComesAsync() => await RowsAsync(
        """
        update bulk_transfer set effective_at = now();
        update referral set effective_at = now(), next_clock_at = now() where effective_at is not null;
        update transfer set effective_at = now() where bulk_transfer_id is not null
        """);

    private async Task<string> AcceptedAsync()
    {
        var path = $"{Bulk}/{(await ProposeAsync(DateTimeOffset.UtcNow.AddHours(1)))["id"]}";
        Assert.Equal("running", (await PostAsync(to, path + "/acceptance", new { team = NewTeam }))["status"]);
        return path;
    }

    private async Task RunAsync() =>
        Assert.Empty((await BulkTransferRunner.RunAsync(service.Services.GetRequiredService<IServiceScopeFactory>(), Cancellation)).Failures);

    private static async Task<List<(string Reference, string Outcome)>> LinesAsync(HttpClient client, string path) =>
        [.. (await GetAsync(client, path + "/report")).Json["items"]!.AsArray().Select(item => ((string)item!["reference"]!, (string)item["outcome"]!))];

    private async Task<string> SubmittedAsync() => (await SubmitAsync(referrer, Told()))["id"];

    private async Task<Guid> EndedAsync(bool isRetained)
    {
        var id = await SubmittedAsync();
        await DoneAsync(lead, id, "triage", new { route = "redirected", reason = "witness-care", redirectTo = "witness-care" }, "\"1\"");
        await DoneAsync(lead, id, "closure", new { reason = "handed-over" }, "\"2\"");
        if (isRetained)
        {
            await DoneAsync(lead, id, "retention", new { rule = "referral-without-protection" }, "\"3\"");
        }

        return Guid.Parse(id);
    }

    private async Task<(string Id, string Reference)> ActiveAsync()
    {
        var submitted = await SubmitAsync(referrer, Told());
        var id = submitted["id"];
        var team = new[] { "case-officer", "risk-assessor", "transfer-coordinator" }.Select(role => new { actor = "lead", role }).Append(new { actor = "authoriser", role = "authorising-officer" });
        await DoneAsync(lead, id, "triage", new { route = "assessment", reason = "threat-to-life", team }, "\"1\"");
        await DoneAsync(lead, id, "assessment", new { tool = "protection-risk-2", score = 55, band = "urgent" }, "\"2\"");
        await DoneAsync(authoriser, id, "decision", new { outcome = "accepted", factors = Findings, cooperation = new { recorded = true } }, "\"3\"");
        await DoneAsync(lead, id, "arrangements", new { arrangements = new[] { new { type = "relocation", provider = Unit } } }, "\"4\"");
        return (id, submitted["reference"]);
    }

    private async Task<List<object?[]>> RowsAsync(string sql, params object[] parameters)
    {
        await using var source = NpgsqlDataSource.Create(service.OwnerConnectionString);
#pragma warning disable CA2100 // Constants of this test.
        await using var command = source.CreateCommand(sql);
#pragma warning restore CA2100
        foreach (var parameter in parameters)
        {
            command.Parameters.AddWithValue(parameter);
        }

        var rows = new List<object?[]>();
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        while (await reader.ReadAsync(Cancellation))
        {
            var row = new object?[reader.FieldCount];
            reader.GetValues(row!);
            rows.Add(row);
        }

        return rows;
    }
}
