using System.Net.Http.Headers;
using System.Text;
using Aspire.Hosting.Testing;
using Npgsql;

namespace Soc.Platform.Tests;

/// <summary>Through the gateway, as anybody meets it: a case that is not theirs is no different from one that nobody has.</summary>
public sealed class UnknownCaseTests(PlatformFixture platform)
{
    /// <summary>What differs between any two answers: the moment, the correlation id and what is left of the limit, of which the cost is compared instead.</summary>
    private static readonly HashSet<string> OfTheMoment = ["Date", "RateLimit", "X-Correlation-Id"];

    public static TheoryData<string, string, string> Requests => new()
    {
        { "ukpps-caseworker", "GET", "" },
        { "ukpps-reviewer", "GET", "" },
        { "ukpps-transfers", "GET", "" },
        { "ukpps-caseworker", "POST", "/exit" },
        { "ukpps-caseworker", "POST", "/withdrawal" },
        { "ukpps-reviewer", "POST", "/review" },
        { "ukpps-transfers", "POST", "/transfer-cancellation" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task A_case_of_others_and_an_id_of_nobody_get_the_same_answer_at_the_same_cost(string client, string method, string verb)
    {
        using var outsider = await platform.AsAsync(client);
        var others = await CaseOfOthersAsync(client);

        var (ofCase, leftAfterCase) = await AskAsync(outsider, method, $"/referrals/v1/referrals/{others:D}{verb}");
        var (ofNobody, leftAfterNobody) = await AskAsync(outsider, method, $"/referrals/v1/referrals/{Guid.CreateVersion7():D}{verb}");

        Assert.StartsWith("404", ofCase, StringComparison.Ordinal);
        Assert.Equal(ofNobody, ofCase);

        // Each cost one at most; what a second's refill gave back in between only makes it less.
        Assert.InRange(leftAfterCase - leftAfterNobody, -400, 1);
    }

    /// <summary>A case on whose team the client is not and that waits for no triage: found by the superuser, since the client cannot.</summary>
    private async Task<Guid> CaseOfOthersAsync(string actor)
    {
        await using var referrals = NpgsqlDataSource.Create((await platform.App.GetConnectionStringAsync("referrals-database"))!);
        await using var command = referrals.CreateCommand("""
            select id from referral
             where status not in ('submitted', 'resubmitted', 'in-triage') and not exists (select from case_member m where m.referral_id = referral.id and m.actor = $1)
             order by id limit 1
            """);
        command.Parameters.AddWithValue(actor);
        return (Guid?)await command.ExecuteScalarAsync() ?? throw new InvalidOperationException("The sample data has no such case.");
    }

    private static async Task<(string Answer, int Left)> AskAsync(HttpClient client, string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method == "POST")
        {
            request.Content = new StringContent("""{"reason":"person-declines"}""", Encoding.UTF8, "application/json");
            request.Headers.IfMatch.Add(new EntityTagHeaderValue("\"1\""));
        }

        using var answer = await client.SendAsync(request);
        var headers = answer.Headers.Concat(answer.Content.Headers).Where(header => !OfTheMoment.Contains(header.Key))
            .OrderBy(header => header.Key, StringComparer.Ordinal).Select(header => $"{header.Key}: {string.Join(", ", header.Value)}");
        var left = answer.Headers.GetValues("RateLimit").Single().Split("r=")[1].Split(';')[0];
        return ($"{(int)answer.StatusCode}\n{string.Join('\n', headers)}\n\n{await answer.Content.ReadAsStringAsync()}", int.Parse(left, System.Globalization.CultureInfo.InvariantCulture));
    }
}
