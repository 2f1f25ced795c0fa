using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Npgsql;
using Soc.Contracts;
using Soc.TestKit;

namespace Soc.Referrals.Tests;

/// <summary>The service over HTTP, in the words of those who use it.</summary>
public sealed class ReferralsHost : IAsyncLifetime
{
    public static readonly Guid Unit = Guid.Parse("01900000-0000-7000-8000-000000000002");
    public static readonly Guid Trust = Guid.Parse("01900000-0000-7000-8000-000000000003");
    public static readonly Guid OtherUnit = Guid.Parse("01900000-0000-7000-8000-0000000000f1");

    public static readonly object Findings = new
    {
        riskToSafety = "Synthetic finding a",
        costOfArrangements = "Synthetic finding b",
        abilityToAdjust = "Synthetic finding c",
        witness = new { isOrMightBeWitness = true, finding = "Synthetic finding d" },
    };

    /// <summary>Who works on a case after its triage, in the tests that need no other team.</summary>
    public static readonly object Team = new[]
    {
        new { actor = "assessor", role = "risk-assessor" },
        new { actor = "authoriser", role = "authorising-officer" },
        new { actor = "case-officer", role = "case-officer" },
        new { actor = "review-officer", role = "review-officer" },
        new { actor = "transfer-coordinator", role = "transfer-coordinator" },
    };

    public static readonly object ToAssessment = new { route = "assessment", reason = "threat-to-life", team = Team };

    /// <summary>What is configured otherwise than by default.</summary>
    internal Dictionary<string, string?>? Settings { get; init; }

    internal ServiceHost<Program> Service { get; private set; } = null!;

    public HttpClient Referrer { get; private set; } = null!;

    public HttpClient TriageOfficer { get; private set; } = null!;

    public HttpClient Assessor { get; private set; } = null!;

    public HttpClient Authoriser { get; private set; } = null!;

    public HttpClient CaseOfficer { get; private set; } = null!;

    public HttpClient ReviewOfficer { get; private set; } = null!;

    public HttpClient TransferCoordinator { get; private set; } = null!;

    /// <summary>The transfer coordinator of another unit.</summary>
    public HttpClient Receiver { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Service = await ServiceHost<Program>.StartAsync("referrals", Settings);
        await BindCaptureQueueAsync();
        Referrer = Service.As(Trust, "referrer", Scopes.ReferralsSubmit, Scopes.ReferralsUpdates);
        TriageOfficer = Service.As(Unit, "triage-officer", Scopes.ReferralsTriage);
        Assessor = Service.As(Unit, "assessor", Scopes.ReferralsAssess);
        Authoriser = Service.As(Unit, "authoriser", Scopes.ReferralsDecide);
        CaseOfficer = Service.As(Unit, "case-officer", Scopes.ReferralsCasework);
        TransferCoordinator = Service.As(Unit, "transfer-coordinator", Scopes.ReferralsTransfer);
        Receiver = Service.As(OtherUnit, "receiver", Scopes.ReferralsTransfer);
        ReviewOfficer = Service.As(Unit, "review-officer", Scopes.ReferralsReview);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in (HttpClient?[])[Referrer, TriageOfficer, Assessor, Authoriser, CaseOfficer, ReviewOfficer, TransferCoordinator, Receiver])
        {
            client?.Dispose();
        }

        if (Service is not null)
        {
            await Service.DisposeAsync();
        }
    }

    private async Task BindCaptureQueueAsync()
    {
        using var management = (await Servers.RabbitMqAsync()).ManagementClient();
        var vhost = Service.Broker.AbsolutePath.TrimStart('/');
        await PutAsync($"api/queues/{vhost}/capture", new { durable = true });
        foreach (var fact in (string[])["referral.submitted", "referral.triaged", "referral.decided", "referral.activated", "referral.reviewed", "referral.closed", "breakglass.used", "breakglass.reviewed", "sla.breached", "referral.transferred", "information.disclosed", "notice.issued"])
        {
            await PutAsync($"api/exchanges/{vhost}/soc.referrals.{fact}.v1", new { type = "fanout", durable = true });
            using var bound = await management.PostAsJsonAsync(new Uri($"api/bindings/{vhost}/e/soc.referrals.{fact}.v1/q/capture", UriKind.Relative), new { });
            bound.EnsureSuccessStatusCode();
        }

        async Task PutAsync(string path, object body)
        {
            using var put = await management.PutAsJsonAsync(new Uri(path, UriKind.Relative), body);
            put.EnsureSuccessStatusCode();
        }
    }

    public static object Told(string narrative = "Synthetic narrative.", string region = "ENG-NW", string priority = "urgent") =>
        new { region, priority, narrative, subject = new { name = "Example Person", dateOfBirth = "not-known" } };

    public static async Task<Answer> SubmitAsync(HttpClient client, object body, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/referrals/v1/referrals") { Content = JsonContent.Create(body) };
        request.Headers.Add("Idempotency-Key", key ?? Guid.NewGuid().ToString());
        return await Answer.FromAsync(client, request);
    }

    public async Task<string> SubmittedAsync(object? body = null)
    {
        var answer = await SubmitAsync(Referrer, body ?? Told());
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        return answer["id"];
    }

    /// <summary>A case in a named status, brought there over HTTP.</summary>
    public async Task<string> CaseInAsync(string status) => (await ArriveAsync(status)).Id;

    /// <summary>A case in a named status, brought there over HTTP, and its entity tag.</summary>
    public async Task<(string Id, string ETag)> ArriveAsync(string status, object? body = null)
    {
        var (id, etag) = (await SubmittedAsync(body), "\"1\"");
        foreach (var (client, path, request) in Steps(status))
        {
            etag = (path == "resubmission" ? await CreateAsync(client, id, path, request) : await DoneAsync(client, id, path, request, etag)).ETag
                ?? (await ReadAsync(TriageOfficer, id)).ETag!;
        }

        return (id, etag);
    }

    private IEnumerable<(HttpClient Client, string Path, object Body)> Steps(string status)
    {
        var toAssessment = (TriageOfficer, "triage", ToAssessment);
        var toDecision = (Assessor, "assessment", (object)new { tool = "protection-risk-2", score = 55, band = "urgent" });
        var accepted = (Authoriser, "decision", (object)new { outcome = "accepted", factors = Findings, cooperation = new { recorded = true } });
        var active = (CaseOfficer, "arrangements", (object)new { arrangements = new[] { new { type = "relocation", provider = Unit } } });
        var returned = (TriageOfficer, "return", (object)new { requests = new[] { "identity-details" } });
        var exitPlanned = (CaseOfficer, "exit-plan", (object)new { reason = "risk-has-ended" });
        var transfer = (TransferCoordinator, "transfer", (object)new { toUnit = OtherUnit, reason = "moved-to-another-area" });
        var exited = (CaseOfficer, "exit", (object)new { });
        var closed = (CaseOfficer, "closure", (object)new { reason = "path-complete" });
        return status switch
        {
            "submitted" => [],
            "in-triage" => [(TriageOfficer, "acknowledgement", new { })],
            "returned" => [returned],
            "resubmitted" => [returned, (Referrer, "resubmission", new { narrative = "Synthetic addition." })],
            "redirected" => [(TriageOfficer, "triage", new { route = "redirected", reason = "witness-care", redirectTo = "witness-care" })],
            "not-for-this-service" => [(TriageOfficer, "triage", new { route = "not-for-this-service", reason = "already-protected" })],
            "interim-protection" => [(TriageOfficer, "interim-protection", new { measures = new[] { "safe-accommodation" }, basis = "Synthetic basis." })],
            "withdrawn" => [(TriageOfficer, "withdrawal", new { reason = "person-declines" })],
            "in-assessment" => [toAssessment],
            "decision-pending" => [toAssessment, toDecision],
            "accepted" => [toAssessment, toDecision, accepted],
            "declined" => [toAssessment, toDecision, (Authoriser, "decision", new { outcome = "declined", factors = Findings })],
            "active" => [toAssessment, toDecision, accepted, active],
            "in-review" => [toAssessment, toDecision, accepted, active, (ReviewOfficer, "review", new { })],
            "transfer-proposed" => [toAssessment, toDecision, accepted, active, transfer],
            "transfer-accepted" => [toAssessment, toDecision, accepted, active, transfer, (Receiver, "transfer-acceptance", new
            {
                team = new[] { new { actor = "new-case-officer", role = "case-officer" } }, effectiveAt = DateTimeOffset.UtcNow.AddDays(1),
            })],
            "exit-planned" => [toAssessment, toDecision, accepted, active, exitPlanned],
            "exited" => [toAssessment, toDecision, accepted, active, exitPlanned, exited],
            "closed" => [toAssessment, toDecision, accepted, active, exitPlanned, exited, closed],
            "retained" => [toAssessment, toDecision, accepted, active, exitPlanned, exited, closed, (CaseOfficer, "retention", new { rule = "protected-person" })],
            _ => throw new ArgumentOutOfRangeException(nameof(status), status, "No way there is known."),
        };
    }

    public static async Task<Answer> CreateAsync(HttpClient client, string id, string path, object body, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/referrals/v1/referrals/{id}/{path}") { Content = JsonContent.Create(body) };
        request.Headers.Add("Idempotency-Key", key ?? Guid.NewGuid().ToString());
        return await Answer.FromAsync(client, request);
    }

    public static async Task<Answer> PostAsync(HttpClient client, string path, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
        return await Answer.FromAsync(client, request);
    }

    public static async Task<Answer> SendAsync(HttpClient client, HttpMethod method, string path, object? body, string? ifMatch)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        return await Answer.FromAsync(client, request);
    }

    public static async Task<Answer> ReadAsync(HttpClient client, string id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/referrals/v1/referrals/{id}");
        return await Answer.FromAsync(client, request);
    }

    public static async Task<Answer> GetAsync(HttpClient client, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await Answer.FromAsync(client, request);
    }

    public static async Task<Answer> DoAsync(HttpClient client, string id, string verb, object body, string? ifMatch)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/referrals/v1/referrals/{id}/{verb}") { Content = JsonContent.Create(body) };
        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        return await Answer.FromAsync(client, request);
    }

    public static async Task<Answer> DoneAsync(HttpClient client, string id, string verb, object body, string ifMatch)
    {
        var answer = await DoAsync(client, id, verb, body, ifMatch);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{verb}: {answer.Status} {answer.Text}");
        return answer;
    }

    /// <summary>What a query finds, looked at as the owner of the tables and past row security (the test's owner is a superuser).</summary>
    public async Task<List<object?[]>> RowsAsync(string sql, params object[] parameters)
    {
        await using var source = NpgsqlDataSource.Create(Service.OwnerConnectionString);
        await using var command = source.CreateCommand(sql);
        foreach (var parameter in parameters)
        {
            command.Parameters.AddWithValue(parameter);
        }

        var rows = new List<object?[]>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var row = new object?[reader.FieldCount];
            reader.GetValues(row!);
            rows.Add(row);
        }

        return rows;
    }

    /// <summary>Every message that the service has published so far, with its headers, as text.</summary>
    public async Task<IReadOnlyList<string>> PublishedAsync()
    {
        using var management = (await Servers.RabbitMqAsync()).ManagementClient();
        var vhost = Service.Broker.AbsolutePath.TrimStart('/');
        using var got = await management.PostAsJsonAsync(
            new Uri($"api/queues/{vhost}/capture/get", UriKind.Relative), new { count = 10_000, ackmode = "ack_requeue_true", encoding = "auto" });
        got.EnsureSuccessStatusCode();
        return [.. JsonNode.Parse(await got.Content.ReadAsStringAsync())!.AsArray()
            .Select(message => $"{message!["properties"]!.ToJsonString()} {message["routing_key"]} {(string)message["payload"]!}")];
    }

    public async Task<long> CountAsync(string sql, params object[] parameters) =>
        Convert.ToInt64((await RowsAsync(sql, parameters))[0][0], CultureInfo.InvariantCulture);
}

/// <summary>An answer as it came over the wire.</summary>
public sealed record Answer(HttpStatusCode Status, string Text, string? ETag, IReadOnlyDictionary<string, string> Headers)
{
    public JsonNode Json => JsonNode.Parse(Text)!;

    public string? Code => Text.Length == 0 ? null : (string?)Json["code"];

    public string this[string member] => (string)Json[member]!;

    public static async Task<Answer> FromAsync(HttpClient client, HttpRequestMessage request)
    {
        using var response = await client.SendAsync(request);
        var headers = response.Headers.Concat(response.Content.Headers)
            .ToDictionary(header => header.Key, header => string.Join(',', header.Value), StringComparer.OrdinalIgnoreCase);
        return new Answer(response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.ETag?.ToString(), headers);
    }
}

[CollectionDefinition(Name)]
public sealed class OneService : ICollectionFixture<ReferralsHost>
{
    public const string Name = "one referrals service";
}
