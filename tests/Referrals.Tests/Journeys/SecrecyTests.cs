using System.Net;
using System.Text;
using Npgsql;
using Soc.Contracts;
using Soc.TestKit;
using static Soc.Referrals.Tests.ReferralsHost;

namespace Soc.Referrals.Tests.Journeys;

/// <summary>What is told about a person is nowhere but in the answer to an officer, and not even there once the key is gone.</summary>
[Collection(OneService.Name)]
public sealed class SecrecyTests(ReferralsHost host)
{
    [Fact]
    public async Task Markers_in_every_told_field_are_found_in_no_column_message_log_line_or_problem()
    {
        var markers = Enumerable.Range(0, 14).Select(_ => "Canary" + Guid.NewGuid().ToString("N")[..12]).ToArray();
        var (organisation, key) = (Guid.CreateVersion7(), Guid.NewGuid().ToString());
        using var referrer = host.Service.As(organisation, "canary-referrer", Scopes.ReferralsSubmit, Scopes.ReferralsUpdates);
        var body = new
        {
            region = "SCT",
            priority = "immediate",
            narrative = markers[0],
            subject = new { name = markers[1], aliases = new[] { markers[2], markers[3] }, dateOfBirth = "1987-06-05", contact = markers[4], location = markers[5] },
        };
        var id = (await SubmitAsync(referrer, body, key))["id"];
        await DoneAsync(host.TriageOfficer, id, "interim-protection", new { measures = new[] { "safe-accommodation" }, basis = markers[11] }, "\"1\"");
        await DoneAsync(host.TriageOfficer, id, "triage", ToAssessment, "\"2\"");
        await DoneAsync(host.Assessor, id, "assessment", new { tool = "protection-risk-2", score = 5, band = "standard", @override = new { band = "urgent", reason = "vulnerability", text = markers[12] } }, "\"3\"");
        var decision = new
        {
            outcome = "accepted",
            factors = new
            {
                riskToSafety = markers[6],
                costOfArrangements = markers[7],
                abilityToAdjust = markers[8],
                witness = new { isOrMightBeWitness = true, finding = markers[9] },
            },
            cooperation = new { recorded = false, basisWithout = markers[10] },
        };
        await DoneAsync(host.Authoriser, id, "decision", decision, "\"4\"");

        await PostAsync(host.CaseOfficer, "/referrals/v1/break-glass", new { reference = (await ReadAsync(host.TriageOfficer, id))["reference"], reason = "safeguarding", text = markers[13] });
        string[] problems =
        [
            (await SubmitAsync(referrer, new { body.region, body.priority, narrative = markers[1] }, key)).Text, // the key belongs to another body
            (await SubmitAsync(referrer, new { region = markers[0], body.priority, body.narrative })).Text,
            (await SubmitAsync(referrer, new { body.region, body.priority, body.narrative, subject = new { name = markers[1] + new string('x', 300) } })).Text,
            (await DoAsync(host.Authoriser, id, "decision", decision, "\"5\"")).Text,
            (await DoAsync(host.Authoriser, id, "decision", decision, "\"3\"")).Text,
            (await GetAsync(referrer, "/referrals/v1/updates")).Text,
            (await GetAsync(host.TriageOfficer, "/referrals/v1/worklist?limit=100")).Text,
        ];
        string[] sought = [.. markers, "1987-06-05"];
        await Eventually.TrueAsync(
            async () => await host.CountAsync("select count(*) from outbox_message") == 0 && (await host.PublishedAsync()).Count > 0, "the outbox is empty");

        // Positive control: the officer's answer holds every one, and the search finds what is plainly stored.
        var read = await ReadAsync(host.TriageOfficer, id);
        Assert.All(sought.Except([markers[13]]), marker => Assert.Contains(marker, read.Text, StringComparison.Ordinal)); // the text of an emergency is shown to nobody
        var database = await WholeDatabaseAsync();
        Assert.Contains("canary-referrer", database, StringComparison.Ordinal);
        Assert.Contains(Hex(read["reference"]), database, StringComparison.Ordinal); // in the stored answer's bytes
        var published = string.Concat(await host.PublishedAsync());
        Assert.Matches("\"region\":\\s*\"SCT\"", published);
        var logs = string.Join('\n', host.Service.Logs);
        Assert.NotEmpty(logs);
        foreach (var marker in sought)
        {
            Assert.DoesNotContain(marker, database, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(Hex(marker), database, StringComparison.OrdinalIgnoreCase); // bytea is shown in hex
            Assert.DoesNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes(marker)), database, StringComparison.Ordinal);
            Assert.DoesNotContain(marker, published, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(marker, logs, StringComparison.OrdinalIgnoreCase);
            Assert.All(problems, problem => Assert.DoesNotContain(marker, problem, StringComparison.OrdinalIgnoreCase));
        }

        Assert.DoesNotContain(id, published, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(read["reference"], published, StringComparison.Ordinal);

        // Who was told something is told by no event but the one for its own record and the notices to it, which tell of no case.
        Assert.All(
            (await host.PublishedAsync()).Where(message => !IsForAnOrganisation(message)),
            message => Assert.DoesNotContain(organisation.ToString(), message, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task What_an_organisation_is_given_for_the_first_time_is_told_once_as_a_count_without_case_trace_or_minute()
    {
        var organisation = Guid.NewGuid();
        using var referrer = host.Service.As(organisation, "first-reading", Scopes.ReferralsSubmit, Scopes.ReferralsUpdates);
        string[] ids = [(await SubmitAsync(referrer, Told()))["id"], (await SubmitAsync(referrer, Told()))["id"]];

        await GetAsync(referrer, "/referrals/v1/updates");
        var again = await GetAsync(referrer, "/referrals/v1/updates");
        await SubmitAsync(referrer, Told());
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => GetAsync(referrer, "/referrals/v1/updates")));

        Assert.Equal(2, again.Json["items"]!.AsArray().Count);
        var told = await Eventually.NotNullAsync(
            async () => (await host.PublishedAsync()).Where(message => message.Contains(organisation.ToString(), StringComparison.Ordinal) && message.Contains("information.disclosed", StringComparison.Ordinal)).ToList() is { Count: 2 } both ? both : null,
            "both first readings are told");
        var payloads = told.Select(message => System.Text.Json.Nodes.JsonNode.Parse(message[message.IndexOf("{\n", StringComparison.Ordinal)..])!).ToList();
        Assert.Equal([1, 2], payloads.Select(payload => (int)payload["message"]!["items"]!).Order());
        Assert.All(payloads, payload =>
        {
            Assert.Equal(["organisationId", "dataCategory", "items", "hour"], payload["message"]!.AsObject().Select(member => member.Key));
            Assert.EndsWith(":00:00+00:00", (string?)payload["message"]!["hour"], StringComparison.Ordinal);
            Assert.Null(payload["headers"]!["soc-aggregate-id"]);
        });
        Assert.All(ids, id => Assert.All(told, message => Assert.DoesNotContain(id, message, StringComparison.OrdinalIgnoreCase)));
        await Eventually.TrueAsync(
            async () => await host.CountAsync("select count(*) from outbox_message where encode(body, 'escape') like $1", $"%{organisation}%") == 0, "no more are on their way");
    }

    [Fact]
    public async Task Each_update_of_others_doing_has_a_notice_that_names_the_organisation_and_leads_to_no_case_trace_or_minute()
    {
        var organisation = Guid.NewGuid();
        using var referrer = host.Service.As(organisation, "noticed", Scopes.ReferralsSubmit, Scopes.ReferralsUpdates);
        string[] ids = [(await SubmitAsync(referrer, Told()))["id"], (await SubmitAsync(referrer, Told()))["id"]];
        foreach (var id in ids)
        {
            await DoneAsync(host.TriageOfficer, id, "triage", new { route = "redirected", reason = "witness-care", redirectTo = "witness-care" }, "\"1\"");
        }

        var told = await Eventually.NotNullAsync(
            async () => (await host.PublishedAsync())
                .Where(message => message.Contains(organisation.ToString(), StringComparison.Ordinal) && message.Contains("notice.issued", StringComparison.Ordinal))
                .ToList() is { Count: 2 } both ? both : null,
            "both notices are published");
        await Eventually.TrueAsync(
            async () => await host.CountAsync("select count(*) from outbox_message where encode(body, 'escape') like $1", $"%{organisation}%") == 0, "no more are on their way");
        Assert.Equal(2, (await host.PublishedAsync()).Count(message => message.Contains(organisation.ToString(), StringComparison.Ordinal))); // none for what it did itself

        var payloads = told.Select(message => System.Text.Json.Nodes.JsonNode.Parse(message[message.IndexOf("{\n", StringComparison.Ordinal)..])!).ToList();
        Assert.Distinct(payloads.Select(payload => (string?)payload["message"]!["noticeId"]));
        Assert.All(payloads, payload =>
        {
            Assert.Equal(["organisationId", "noticeId"], payload["message"]!.AsObject().Select(member => member.Key));
            Assert.Equal(4, Guid.Parse((string)payload["message"]!["noticeId"]!).Version); // random: it holds no time
            Assert.Equal(4, Guid.Parse((string)payload["messageId"]!).Version);
            Assert.Null(payload["headers"]!["soc-aggregate-id"]);
            Assert.EndsWith(":00:00.0000000+00:00", (string?)payload["headers"]!["soc-occurred-at"], StringComparison.Ordinal);
        });
        Assert.All(ids, id => Assert.All(told, message => Assert.DoesNotContain(id, message, StringComparison.OrdinalIgnoreCase)));
        var update = (await GetAsync(referrer, "/referrals/v1/updates")).Json["items"]![0]!;
        Assert.All(told, message => Assert.DoesNotContain((string)update["id"]!, message, StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsForAnOrganisation(string message) =>
        message.Contains("information.disclosed", StringComparison.Ordinal) || message.Contains("notice.issued", StringComparison.Ordinal);

    [Fact]
    public async Task The_stored_answer_to_a_submission_holds_id_reference_and_status_and_nothing_tells_what_its_body_was()
    {
        var key = Guid.NewGuid().ToString();
        var submitted = await SubmitAsync(host.Referrer, Told("Short."), key);

        var stored = Assert.Single(await host.RowsAsync("select convert_from(body, 'utf8'), encode(request_hash, 'hex') from idempotency_key where location like '%' || $1", submitted["id"]));

        Assert.Equal(submitted.Text, stored[0]);
        Assert.Equal(0, await host.CountAsync("select count(*) from idempotency_key where key = $1", key)); // the hash's own key is not beside it
    }

    [Fact]
    public async Task Destroying_the_data_key_leaves_the_case_and_takes_the_person()
    {
        var (erased, other) = (await host.SubmittedAsync(), await host.SubmittedAsync());

        await host.RowsAsync("delete from data_key where referral_id = $1", Guid.Parse(erased));

        var read = await ReadAsync(host.TriageOfficer, erased);
        Assert.Equal((HttpStatusCode.OK, true), (read.Status, (bool)read.Json["erased"]!));
        Assert.DoesNotContain("Example Person", read.Text, StringComparison.Ordinal);
        Assert.Null(read.Json["narrative"]);
        Assert.Equal("Example Person", (string?)(await ReadAsync(host.TriageOfficer, other)).Json["subject"]!["name"]);
    }

    [Theory]
    [InlineData("update sealed_field set content = set_byte(content, 30, get_byte(content, 30) # 1) where referral_id = $1 and field = 'narrative'")]
    [InlineData("update sealed_field set version = 2 where referral_id = $1 and field = 'narrative'")]
    [InlineData("update sealed_field a set content = b.content from sealed_field b where a.referral_id = $1 and a.field = 'narrative' and b.referral_id = $2 and b.field = 'narrative'")]
    [InlineData("update sealed_field a set content = b.content from sealed_field b where a.referral_id = $1 and a.field = 'narrative' and b.referral_id = $1 and b.field = 'subject.name' and b.referral_id <> $2")]
    [InlineData("update data_key a set wrapped = b.wrapped from data_key b where a.referral_id = $1 and b.referral_id = $2")]
    [InlineData("update data_key set wrapped_by = 'another' where referral_id = $1 and referral_id <> $2")]
    public async Task What_was_changed_or_moved_in_the_database_is_not_shown_and_the_attempt_is_audited(string tampering)
    {
        var (id, other) = (await host.SubmittedAsync(Told("First narrative.")), await host.SubmittedAsync(Told("Other narrative.")));

        await host.RowsAsync(tampering.Contains("$2", StringComparison.Ordinal) ? tampering : tampering + " and referral_id <> $2", Guid.Parse(id), Guid.Parse(other));

        var read = await ReadAsync(host.TriageOfficer, id);
        Assert.Equal("referral.unreadable", read.Code);
        Assert.DoesNotContain("narrative.", read.Text, StringComparison.Ordinal);
        Assert.Equal(1, await host.CountAsync("select count(*) from audit_entry where referral_id = $1 and outcome = 'referral.unreadable'", Guid.Parse(id)));
    }

    /// <summary>Every row of every table as text, as a superuser sees them.</summary>
    private async Task<string> WholeDatabaseAsync()
    {
        var all = new StringBuilder();
        foreach (var table in await host.RowsAsync("select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'"))
        {
            await using var source = NpgsqlDataSource.Create(host.Service.OwnerConnectionString);
#pragma warning disable CA2100 // The name comes from the catalogue.
            await using var command = source.CreateCommand($"select t::text from \"{table[0]}\" t");
#pragma warning restore CA2100
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                all.AppendLine(reader.GetString(0));
            }
        }

        return all.ToString();
    }

    private static string Hex(string text) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text));
}
