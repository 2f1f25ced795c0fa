using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Soc.Contracts;
using Soc.Referrals.Data;
using Soc.Referrals.SampleData;
using Soc.TestKit;
using static Soc.Referrals.Tests.ReferralsHost;

namespace Soc.Referrals.Tests.Journeys;

public sealed class SampleDataTests
{
    [Fact]
    public async Task The_sample_data_comes_to_be_within_row_security_and_the_grants_of_the_service()
    {
        await using var service = await ServiceHost<Program>.StartAsync("referrals", new Dictionary<string, string?> { ["Messaging:FactWindow"] = "01:00:00" });
        await using var scope = service.Services.CreateAsyncScope();

        await SampleReferrals.LoadAsync(scope.ServiceProvider, scope.ServiceProvider.GetRequiredService<ReferralsDb>());

        using var referrer = service.As(Trust, "referrer", Scopes.ReferralsUpdates);
        Assert.True((bool)(await GetAsync(referrer, "/referrals/v1/updates")).Json["more"]!);
    }

    [Fact]
    public async Task The_sample_data_is_there_once_readable_by_the_unit_and_its_facts_are_on_their_way()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var service = await ServiceHost<Program>.StartAsync("referrals", new Dictionary<string, string?> { ["Messaging:FactWindow"] = "01:00:00" }, sampleData: true);
        await using (var scope = service.Services.CreateAsyncScope())
        {
            // a second time
            await SampleReferrals.LoadAsync(scope.ServiceProvider, scope.ServiceProvider.GetRequiredService<ReferralsDb>());
        }

        await using var source = NpgsqlDataSource.Create(service.OwnerConnectionString);
        Assert.Equal(60, await CountAsync("select count(*) from referral"));
        Assert.Equal(7, await CountAsync("select count(distinct status) from referral"));
        Assert.True(await CountAsync("select count(distinct region) from referral") >= 8);
        Assert.True(await CountAsync("select min(n) from (select count(*) n from referral group by region) regions") < 10); // small cells, on purpose
        Assert.True(await CountAsync("select count(*) from referral where status in ('accepted', 'declined')") > 10);
        Assert.Equal(await CountAsync("select (select count(*) from referral) + (select count(triaged_at) from referral) + (select count(*) from decision) + (select count(*) from referrer_update where status <> 'submitted')"),
            await CountAsync("select count(*) from outbox_message where message_type <> 'soc.referrals.sla.breached.v1'") + await CountAsync("select count(*) from parked_message"));

        using var officer = service.As(Unit, "ukpps-triage", Scopes.ReferralsTriage);
        var first = (await GetAsync(officer, "/referrals/v1/worklist?limit=1")).Json["items"]![0]!;
        Assert.StartsWith("Example Person ", (string)(await ReadAsync(officer, (string)first["id"]!)).Json["subject"]!["name"]!, StringComparison.Ordinal);

        async Task<long> CountAsync(string sql)
        {
            await using var command = source.CreateCommand(sql);
            return Convert.ToInt64(await command.ExecuteScalarAsync(cancellation), System.Globalization.CultureInfo.InvariantCulture);
        }
    }
}
