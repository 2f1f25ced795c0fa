using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Npgsql;
using Soc.Contracts;
using Soc.TestKit;
using static Soc.Referrals.Tests.ReferralsHost;

namespace Soc.Referrals.Tests.Journeys;

/// <summary>The process is killed under load, again and again: each case is before or after each request, never between.</summary>
public sealed class KillTests
{
    private const int Kills = 3;
    private const int FewestAnswersBetweenKills = 30;

    [Fact]
    public async Task Whatever_was_answered_is_there_and_whatever_was_not_is_there_whole_or_not_at_all()
    {
        var keys = Directory.CreateTempSubdirectory("soc-keys-").FullName;
        await using var migrated = await ServiceHost<Program>.StartAsync("referrals", new Dictionary<string, string?>
        {
            ["KeyEncryption:Directory"] = keys,
            ["Messaging:FactWindow"] = "20.00:00:00", // facts stay in the outbox, to be counted
        });
        var (submitted, triaged) = (new ConcurrentDictionary<string, string>(), new ConcurrentDictionary<string, bool>());
        var unanswered = new ConcurrentBag<string>();

        for (var round = 0; round < Kills; round++)
        {
            using var process = Start(migrated, keys, out var address);
            await ReadyAsync(address);
            using var enough = new CountdownEvent(FewestAnswersBetweenKills + Random.Shared.Next(60)); // a kill's moment is nobody's choice
            var load = Enumerable.Range(0, 8).Select(_ => WorkUntilKilledAsync(migrated, address, submitted, triaged, unanswered, enough)).ToList();
            await Task.Run(() => enough.Wait(TimeSpan.FromSeconds(60)), TestContext.Current.CancellationToken);
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            await Task.WhenAll(load);
        }

        await using var source = NpgsqlDataSource.Create(migrated.OwnerConnectionString);
        await AssertWholeAsync(source);

        // Sent again with their keys, the submissions that had no answer are there once.
        using var referrer = migrated.As(Trust, "referrer", Scopes.ReferralsSubmit);
        foreach (var key in unanswered)
        {
            var again = await SubmitAsync(referrer, Told(), key);
            Assert.Equal(HttpStatusCode.Created, again.Status);
            submitted[key] = again["id"];
        }

        Assert.NotEmpty(unanswered);
        Assert.Equal(submitted.Count, await CountAsync(source, "select count(*) from referral"));
        await AssertWholeAsync(source);
        foreach (var id in submitted.Values)
        {
            Assert.Equal(1, await CountAsync(source, "select count(*) from referral where id = $1", Guid.Parse(id)));
        }

        foreach (var id in triaged.Keys)
        {
            Assert.Equal(1, await CountAsync(source, "select count(*) from referral where id = $1 and status = 'redirected' and version = 2", Guid.Parse(id)));
        }

        Directory.Delete(keys, recursive: true);
    }

    [Fact]
    public async Task An_officers_change_of_several_rows_is_there_whole_or_not_at_all_too()
    {
        var keys = Directory.CreateTempSubdirectory("soc-keys-").FullName;
        await using var host = await ServiceHost<Program>.StartAsync("referrals", new Dictionary<string, string?>
        {
            ["KeyEncryption:Directory"] = keys,
            ["Messaging:FactWindow"] = "20.00:00:00", // facts stay in the outbox, to be counted
        });
        using var referrer = host.As(Trust, "referrer", Scopes.ReferralsSubmit);
        using var lead = host.As(Unit, "lead", [.. Scopes.All]);
        using var authoriser = host.As(Unit, "authoriser", Scopes.ReferralsDecide);
        var cases = new ConcurrentQueue<string>();
        await Parallel.ForEachAsync(Enumerable.Range(0, 120), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (_, _) =>
        {
            var id = (await SubmitAsync(referrer, Told()))["id"];
            var team = new[] { "case-officer", "risk-assessor", "transfer-coordinator" }.Select(role => new { actor = "lead", role }).Append(new { actor = "authoriser", role = "authorising-officer" });
            await DoneAsync(lead, id, "triage", new { route = "assessment", reason = "threat-to-life", team }, "\"1\"");
            await DoneAsync(lead, id, "assessment", new { tool = "protection-risk-2", score = 55, band = "urgent" }, "\"2\"");
            await DoneAsync(authoriser, id, "decision", new { outcome = "accepted", factors = Findings, cooperation = new { recorded = true } }, "\"3\"");
            cases.Enqueue(id);
        });
        var (answered, unanswered) = (new ConcurrentDictionary<string, int>(), 0);
        for (var round = 0; round < Kills; round++)
        {
            using var process = Start(host, keys, out var address);
            await ReadyAsync(address);
            using var enough = new CountdownEvent(10 + Random.Shared.Next(20));
            var load = Enumerable.Range(0, 6).Select(_ => ChangeUntilKilledAsync(address)).ToList();
            await Task.Run(() => enough.Wait(TimeSpan.FromSeconds(60)), TestContext.Current.CancellationToken);
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            await Task.WhenAll(load);

            async Task ChangeUntilKilledAsync(Uri at)
            {
                using var officer = Client(host, at, Unit, "lead", string.Join(' ', Scopes.All));
                using var receiver = Client(host, at, OtherUnit, "receiver", Scopes.ReferralsTransfer);
                while (cases.TryDequeue(out var id))
                {
                    foreach (var (step, client, verb, body) in new (int, HttpClient, string, object)[]
                    {
                        (5, officer, "arrangements", new { arrangements = new[] { new { type = "relocation", provider = Unit }, new { type = "relocation", provider = Trust }, new { type = "relocation", provider = OtherUnit } } }),
                        (6, officer, "transfer", new { toUnit = OtherUnit, reason = "capacity" }),
                        (7, receiver, "transfer-acceptance", new { team = new[] { new { actor = "new-one", role = "case-officer" }, new { actor = "new-two", role = "review-officer" } }, effectiveAt = DateTimeOffset.UtcNow.AddDays(1) }),
                    })
                    {
                        try
                        {
                            var answer = await DoAsync(client, id, verb, body, $"\"{step - 1}\"");
                            Assert.True(answer.Status is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, answer.Text);
                            if (answer.Status != HttpStatusCode.OK)
                            {
                                break;
                            }

                            answered[id] = step;
                        }
                        catch (HttpRequestException)
                        {
                            Interlocked.Increment(ref unanswered);
                            return;
                        }
                    }

                    if (enough.CurrentCount > 0)
                    {
                        try
                        {
                            enough.Signal();
                        }
                        catch (InvalidOperationException)
                        {
                            // another worker gave the last signal
                        }
                    }
                }
            }
        }

        await using var source = NpgsqlDataSource.Create(host.OwnerConnectionString);
        Assert.NotEqual(0, unanswered);
        Assert.Equal(0, await CountAsync(source, """
            select count(*) from referral r
             where version <> (select count(*) from audit_entry a where a.referral_id = r.id and a.outcome = 'done')
                or status <> (array['accepted', 'active', 'transfer-proposed', 'transfer-accepted'])[version - 3]
                or (select count(*) from arrangement a where a.referral_id = r.id) <> case when version >= 5 then 3 else 0 end
                or (next_review_at is not null) <> (version >= 5)
                or (select count(*) from transfer t where t.referral_id = r.id) <> case when version >= 6 then 1 else 0 end
                or (version >= 6) <> jsonb_path_exists(r.clocks, '$[*] ? (@.Kind == "transfer-reply")')
                or (version = 7) <> exists (select from transfer t where t.referral_id = r.id and t.status = 'accepted' and t.effective_at = r.effective_at)
                or (select count(*) from case_member m where m.referral_id = r.id and m.unit <> r.responsible_unit) <> case when version = 7 then 2 else 0 end
                or (effective_at is not null) <> (version = 7)
            """));
        foreach (var (id, step) in answered)
        {
            Assert.Equal(1, await CountAsync(source, "select count(*) from referral where id = $1 and version >= $2", Guid.Parse(id), step));
        }

        Directory.Delete(keys, recursive: true);
    }

    private static async Task AssertWholeAsync(NpgsqlDataSource source)
    {
        Assert.Equal(0, await CountAsync(source, """
            select count(*) from referral r
             where version <> (select count(*) from audit_entry a where a.referral_id = r.id and a.outcome = 'done')
                or version <> (select count(*) from referrer_update u where u.referral_id = r.id)
                or (version = 2) <> (status = 'redirected' and triaged_at is not null)
                or 3 <> (select count(*) from sealed_field f where f.referral_id = r.id)
                or (version = 2) <> exists (select from case_member m where m.referral_id = r.id and m.role = 'triage-officer' and m.until is null)
                or (version = 2) <> (jsonb_path_exists(r.clocks, '$[*].StoppedAt ? (@ != null)'))
                or 4 <> jsonb_array_length(r.clocks)
                or 1 <> (select count(*) from data_key k where k.referral_id = r.id)
            """));
        Assert.Equal(0, await CountAsync(source, """
            select abs((select count(*) + count(triaged_at) from referral) + (select count(*) from referrer_update where status <> 'submitted') - (select count(*) from outbox_message))
                 + abs((select count(*) from referral) - (select count(*) from idempotency_key))
            """));
    }

    private static async Task WorkUntilKilledAsync(
        ServiceHost<Program> host, Uri address, ConcurrentDictionary<string, string> submitted, ConcurrentDictionary<string, bool> triaged,
        ConcurrentBag<string> unanswered, CountdownEvent enough)
    {
        using var referrer = Client(host, address, Trust, "referrer", Scopes.ReferralsSubmit);
        using var officer = Client(host, address, Unit, "officer", Scopes.ReferralsTriage);
        while (true)
        {
            var key = Guid.NewGuid().ToString();
            try
            {
                var answer = await SubmitAsync(referrer, Told(), key);
                if (answer.Status == HttpStatusCode.ServiceUnavailable)
                {
                    unanswered.Add(key); // may be asked again with its key, and is
                    continue;
                }

                Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
                submitted[key] = answer["id"];
            }
            catch (HttpRequestException)
            {
                unanswered.Add(key);
                return;
            }

            try
            {
                var id = submitted[key];
                var answer = await DoAsync(officer, id, "triage", new { route = "redirected", reason = "witness-care", redirectTo = "witness-care" }, "\"1\"");
                Assert.True(answer.Status is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, answer.Text);
                if (answer.Status == HttpStatusCode.OK)
                {
                    triaged[id] = true;
                }
            }
            catch (HttpRequestException)
            {
                return;
            }

            if (!enough.IsSet)
            {
                try
                {
                    enough.Signal();
                }
                catch (InvalidOperationException)
                {
                    // another worker gave the last signal
                }
            }
        }
    }

    private static HttpClient Client(ServiceHost<Program> host, Uri address, Guid organisation, string actor, string scope)
    {
        var client = new HttpClient { BaseAddress = address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", host.Issuer.Token(organisation, actor, scope));
        return client;
    }

    private static Process Start(ServiceHost<Program> host, string keys, out Uri address)
    {
        address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Servers.FreePort()}"));
        var start = new ProcessStartInfo("dotnet") { ArgumentList = { typeof(Program).Assembly.Location }, RedirectStandardOutput = true, RedirectStandardError = true };
        var settings = new Dictionary<string, string?>(host.Issuer.Settings)
        {
            ["ConnectionStrings:referrals"] = host.ServiceConnectionString,
            ["ConnectionStrings:rabbitmq"] = host.Broker.ToString(),
            ["KeyEncryption:Directory"] = keys,
            ["Messaging:FactWindow"] = "20.00:00:00",
            ["ASPNETCORE_URLS"] = address.ToString(),
        };
        foreach (var (key, value) in settings)
        {
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException("Cannot start dotnet.");
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static async Task ReadyAsync(Uri address)
    {
        using var client = new HttpClient { BaseAddress = address };
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    using var ready = await client.GetAsync(new Uri("/health/ready", UriKind.Relative));
                    return ready.IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            "the process is ready",
            TimeSpan.FromSeconds(60));
    }

    private static async Task<long> CountAsync(NpgsqlDataSource source, string sql, params object[] parameters)
    {
#pragma warning disable CA2100 // Constants of this test.
        await using var command = source.CreateCommand(sql);
#pragma warning restore CA2100
        foreach (var parameter in parameters)
        {
            command.Parameters.AddWithValue(parameter);
        }

        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }
}
