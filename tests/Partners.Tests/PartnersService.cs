using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Soc.Contracts;
using Soc.Partners.DueWork;
using Soc.ServiceDefaults;
using Soc.TestKit;

[assembly: AssemblyFixture(typeof(Soc.Partners.Tests.PartnersService))]

namespace Soc.Partners.Tests;

/// <summary>The running service in the words of its tests: every state is reached through its public interface.</summary>
public sealed class PartnersService : IAsyncLifetime
{
    public static readonly Guid HomeOffice = new("01900000-0000-7000-8000-000000000001");

    /// <summary>Webhooks go to receivers on this machine, and are tried again sooner than anybody would like in earnest.</summary>
    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["Outgoing:AllowPrivateAddresses"] = "true",
        ["Webhooks:Poll"] = "00:00:00.05",
        ["Webhooks:Schedule:0"] = "00:00:00.2",
        ["Webhooks:Schedule:1"] = "00:00:00.2",
    };

    /// <summary>What a test sets beside that, for a service of its own.</summary>
    public IReadOnlyDictionary<string, string?> Further { get; init; } = new Dictionary<string, string?>();

    public ServiceHost<Program> Host { get; private set; } = null!;

    public HttpClient Registrar { get; private set; } = null!;

    /// <summary>A second person who manages agreements: one alone does not record every signature.</summary>
    public HttpClient SecondLead { get; private set; } = null!;

    public HttpClient OfficerA { get; private set; } = null!;

    public HttpClient OfficerB { get; private set; } = null!;

    private readonly Lazy<Task<Partner>> shared;

    public PartnersService() => shared = new(() => LiveAsync());

    public async ValueTask InitializeAsync()
    {
        Host = await ServiceHost<Program>.StartAsync("partners", Settings.Where(each => !Further.ContainsKey(each.Key)).Concat(Further).ToDictionary());

        // An event that nobody consumes is parked: here there is always one queue for all of them.
        await using var all = await EventQueue.BindAsync(this);
        Registrar = Host.As(HomeOffice, "home-office-registrar", Scopes.OrganisationsRegister, Scopes.OrganisationsRead, Scopes.AgreementsManage);
        SecondLead = Host.As(HomeOffice, "home-office-second-lead", Scopes.OrganisationsRead, Scopes.AgreementsManage);
        OfficerA = Host.As(HomeOffice, "home-office-security-a", Scopes.OrganisationsSuspend, Scopes.OrganisationsRead);
        OfficerB = Host.As(HomeOffice, "home-office-security-b", Scopes.OrganisationsSuspend, Scopes.OrganisationsRead);
    }

    public async ValueTask DisposeAsync()
    {
        Registrar.Dispose();
        SecondLead.Dispose();
        OfficerA.Dispose();
        OfficerB.Dispose();
        await Host.DisposeAsync();
    }

    public static object Organisation(string name = "Example Lantern Project") =>
        new { name, sector = "voluntary", kind = "charity", regions = new[] { "ENG-NW" } };

    public static object Agreement(params Guid[] parties) => Agreement(["protected-person-referrals"], "OFFICIAL-SENSITIVE", parties);

    public static object Agreement(string[] dataCategories, string markingCeiling, params Guid[] parties) => new
    {
        parties,
        purpose = "Referral of people at risk of serious harm",
        legalGateway = "Crime and Courts Act 2013, section 7",
        dataCategories,
        dpiaReference = "DPIA-2026/001",
        markingCeiling,
        retentionMonths = 84,
        reviewDate = DateOnly.FromDateTime(DateTime.UtcNow).AddMonths(12).ToString("O", CultureInfo.InvariantCulture),
    };

    public async Task<Guid> RegisteredAsync()
    {
        var answer = await Registrar.CreateAsync("/partners/v1/organisations", Organisation());
        return answer.Expect(HttpStatusCode.Created).Body.GetProperty("id").GetGuid();
    }

    /// <summary>The person who answers for an organisation, as a contact of it.</summary>
    public async Task<Guid> ResponsibleIndividualAsync(Guid organisation)
    {
        var contact = new { role = "responsible-individual", name = "Example Person Register", email = "responsible@example.org" };
        var answer = await Registrar.CreateAsync($"/partners/v1/organisations/{organisation}/contacts", contact);
        return answer.Expect(HttpStatusCode.Created).Body.GetProperty("id").GetGuid();
    }

    /// <summary>Answers to the current terms of use.</summary>
    public static object Terms() => new
    {
        version = 2,
        answers = new Dictionary<string, object>
        {
            ["purpose-limited"] = true, ["staff-vetted"] = true, ["incident-hours"] = 4, ["key-storage"] = "managed-vault", ["subcontractors"] = false,
        },
    };

    /// <summary>A registered organisation whose application a registrar has submitted.</summary>
    public async Task<Guid> AppliedAsync()
    {
        var id = await RegisteredAsync();
        var application = new { responsibleIndividual = await ResponsibleIndividualAsync(id), terms = Terms() };
        (await Registrar.CreateAsync($"/partners/v1/organisations/{id}/applications", application)).Expect(HttpStatusCode.Created);
        return id;
    }

    /// <summary>One whose responsible individual is verified as well.</summary>
    public async Task<Guid> VerifiedAsync()
    {
        var id = await AppliedAsync();
        (await Registrar.ChangeAsync(
            $"/partners/v1/organisations/{id}/responsible-individual-verification", new { method = "identity-document-in-person" }, "\"2\"")).Expect(HttpStatusCode.OK);
        return id;
    }

    public async Task<Guid> ApprovedAsync()
    {
        var id = await VerifiedAsync();
        (await Registrar.ChangeAsync($"/partners/v1/organisations/{id}/approval", null, "\"3\"")).Expect(HttpStatusCode.OK);
        return id;
    }

    /// <summary>Has a client of the organisation pass conformance by doing what it asks for.</summary>
    public async Task PassConformanceAsync(Partner developer)
    {
        await TokenAsync(developer);
        using var client = Host.As(developer.Organisation, developer.ClientId, Scopes.IntegrationManage);
        var key = Guid.NewGuid().ToString();
        var started = (await client.CreateAsync("/partners/v1/conformance-runs", new { }, key)).Expect(HttpStatusCode.Created);
        var repeated = (await client.CreateAsync("/partners/v1/conformance-runs", new { }, key)).Expect(HttpStatusCode.Created);
        var run = repeated.Location!.ToString();
        (await client.ChangeAsync(run + "/confirmation", null, started.ETag)).Expect(HttpStatusCode.PreconditionFailed);
        var current = (await client.ReadAsync(run)).Expect(HttpStatusCode.OK).ETag;
        (await client.ChangeAsync(run + "/confirmation", null, current)).Expect(HttpStatusCode.OK);
    }

    /// <summary>An organisation with a client, live by an active agreement with another organisation; both have passed conformance with clients of their own for it.</summary>
    public async Task<Partner> LiveAsync(string[]? scopes = null, string[]? dataCategories = null, string markingCeiling = "OFFICIAL-SENSITIVE")
    {
        var conformant = await Task.WhenAll(ConformantAsync(), ConformantAsync());
        var (organisation, counterparty) = (conformant[0], conformant[1]);
        var partner = await ClientAsync(organisation, scopes ?? [Scopes.ReferralsSubmit, Scopes.ReferralsUpdates, Scopes.OrganisationsRead]);
        var agreement = await ActiveAgreementAsync(Agreement(dataCategories ?? ["protected-person-referrals"], markingCeiling, organisation, counterparty));
        return partner with { Counterparty = counterparty, Agreement = agreement };
    }

    /// <summary>An organisation that has passed conformance and has no agreement yet.</summary>
    public async Task<Guid> ConformantAsync()
    {
        var organisation = await ApprovedAsync();
        await PassConformanceAsync(await ClientAsync(organisation, Scopes.IntegrationManage));
        return organisation;
    }

    /// <summary>A live organisation's client for tests that change nothing about it.</summary>
    public Task<Partner> SharedPartnerAsync() => shared.Value;

    public async Task<Partner> ClientAsync(Guid organisation, params string[] scopes)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = "client-" + Guid.NewGuid().ToString("N")[..12];
        var answer = await Registrar.CreateAsync($"/partners/v1/organisations/{organisation}/clients", new { name, scopes, jwk = Jwk(key) });
        var registered = answer.Expect(HttpStatusCode.Created).Body.GetProperty("keys")[0];
        var keyId = registered.GetProperty("keyId").GetString()!;
        if (registered.GetProperty("status").GetString() == "proposed")
        {
            (await OfficerA.ChangeAsync($"/partners/v1/organisations/{organisation}/clients/{name}/keys/{keyId}/approval", null, answer.ETag)).Expect(HttpStatusCode.OK);
        }

        return new Partner(organisation, name, keyId, key);
    }

    public async Task<Guid> ActiveAgreementAsync(object terms)
    {
        var drafted = (await Registrar.CreateAsync("/partners/v1/agreements", terms)).Expect(HttpStatusCode.Created);
        var id = drafted.Body.GetProperty("id").GetGuid();
        var etag = drafted.ETag;
        var leads = new Queue<HttpClient>([Registrar, SecondLead]);
        foreach (var party in drafted.Body.GetProperty("parties").EnumerateArray())
        {
            var lead = leads.Dequeue();
            leads.Enqueue(lead);
            var signature = new { organisation = party.GetProperty("organisation").GetGuid(), documentReference = "SIGNED-1" };
            etag = (await lead.ChangeAsync($"/partners/v1/agreements/{id}/signatures", signature, etag)).Expect(HttpStatusCode.OK).ETag;
        }

        (await Registrar.ChangeAsync($"/partners/v1/agreements/{id}/activation", null, etag)).Expect(HttpStatusCode.OK);
        return id;
    }

    public async Task<Answer> SuspendAsync(HttpClient officer, Guid organisation) => await officer.ChangeAsync(
        $"/partners/v1/organisations/{organisation}/suspension", new { reason = "security-incident" }, await ETagAsync(organisation));

    public async Task<Answer> ReinstateAsync(HttpClient officer, Guid organisation) =>
        await officer.ChangeAsync($"/partners/v1/organisations/{organisation}/reinstatement", null, await ETagAsync(organisation));

    public async Task<string> ETagAsync(Guid organisation) =>
        (await Registrar.ReadAsync($"/partners/v1/organisations/{organisation}")).Expect(HttpStatusCode.OK).ETag!;

    /// <summary>The internal list of cut-offs, as another process of the platform reads it.</summary>
    public async Task<Answer> CutOffsAsync(string? known = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/internal/cut-offs");
        request.Headers.Add("X-Platform-Key", Host.Issuer.PlatformKey);
        if (known is not null)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", known);
        }

        using var response = await Host.Anonymous.SendAsync(request);
        return await Answer.OfAsync(response);
    }

    /// <summary>The organisation's cut-off once it is dated, where it has one.</summary>
    public Task<List<DateTimeOffset>> DatedCutOffAsync(Guid organisation) => Eventually.NotNullAsync(
        async () =>
        {
            var current = (await CutOffsAsync()).Expect(HttpStatusCode.OK).Body.EnumerateArray()
                .Where(cutOff => cutOff.GetProperty("organisation").GetGuid() == organisation)
                .Select(cutOff => cutOff.GetProperty("notBefore").GetDateTimeOffset()).ToList();
            return current.TrueForAll(cutOff => cutOff.Year < 9999) ? current : null;
        },
        "the cut-off is dated");

    /// <summary>Who did what to the subject and how it ended, in order.</summary>
    public Task<List<string>> AuditAsync(string subject) =>
        QueryAsync("select concat_ws(' ', actor, action, outcome) from audit_entry where subject_id = $1 order by id", subject);

    /// <summary>Looks into the database as its owner; the first column of each row.</summary>
    public async Task<List<string>> QueryAsync(string sql, params object[] parameters)
    {
        await using var database = NpgsqlDataSource.Create(Host.OwnerConnectionString);
        await using var command = database.CreateCommand(sql);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        }

        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            rows.Add(reader.GetValue(0).ToString()!);
        }

        return rows;
    }

    /// <summary>Does a due work now, as the service does at its intervals, waiting for its turn; <paramref name="later"/> is how far ahead the clock is to be.</summary>
    internal Task DoDueWorkAsync<TWork>(TimeSpan later = default)
        where TWork : IDueWork => Eventually.TrueAsync(
            () => DueWorkRunner.RunAsync(
                Host.Services.GetRequiredService<IServiceScopeFactory>(), Host.Services.GetServices<IDueWork>().OfType<TWork>().Single(),
                TimeProvider.System.Now() + later, TestContext.Current.CancellationToken),
            typeof(TWork).Name + " is done");

    /// <summary>Asks for a token with an assertion.</summary>
    public Task<Answer> TokenAsync(string assertion, params (string Name, string Value)[] further) => TokenFormAsync(
    [
        ("grant_type", "client_credentials"), ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion), .. further,
    ]);

    public async Task<Answer> TokenFormAsync(params (string Name, string Value)[] form)
    {
        using var content = new FormUrlEncodedContent(form.Select(each => KeyValuePair.Create(each.Name, each.Value)));
        using var response = await Host.Anonymous.PostAsync(new Uri("/partners/oauth/token", UriKind.Relative), content);
        return await Answer.OfAsync(response);
    }

    public Task<Answer> TokenAsync(Partner partner, params (string Name, string Value)[] further) => TokenAsync(Assertion(partner), further);

    /// <summary>A good assertion, which a test spoils in one place.</summary>
    public string Assertion(Partner partner, Action<Dictionary<string, object>>? claims = null, Action<Dictionary<string, object>>? header = null, ECDsa? key = null)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var (head, body) = (
            new Dictionary<string, object> { ["alg"] = "ES256", ["kid"] = partner.KeyId, ["typ"] = "JWT" },
            new Dictionary<string, object>
            {
                ["iss"] = partner.ClientId, ["sub"] = partner.ClientId, ["aud"] = Host.Issuer.Issuer,
                ["jti"] = Guid.NewGuid().ToString("N"), ["iat"] = now, ["exp"] = now + 50,
            });
        header?.Invoke(head);
        claims?.Invoke(body);
        return Jws(JsonSerializer.Serialize(head), JsonSerializer.Serialize(body), data => (key ?? partner.Key).SignData(data, HashAlgorithmName.SHA256));
    }

    public static string Jws(string header, string payload, Func<byte[], byte[]> sign)
    {
        var signed = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload))}";
        return $"{signed}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    public static Dictionary<string, string> Jwk(ECDsa key)
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return new() { ["kty"] = "EC", ["crv"] = "P-256", ["x"] = Base64Url.EncodeToString(point.X), ["y"] = Base64Url.EncodeToString(point.Y) };
    }
}

/// <summary>A client of an organisation, with the private key only it has.</summary>
public sealed record Partner(Guid Organisation, string ClientId, string KeyId, ECDsa Key)
{
    public Guid Counterparty { get; init; }

    public Guid Agreement { get; init; }
}

/// <summary>An answer, read to its end.</summary>
public sealed record Answer(HttpStatusCode Status, string? ETag, Uri? Location, string Text, IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Body => JsonDocument.Parse(Text).RootElement;

    /// <summary>The problem's code, or the OAuth error.</summary>
    public string? Code => Body.TryGetProperty("code", out var code) ? code.GetString() : Body.TryGetProperty("error", out var error) ? error.GetString() : null;

    public static async Task<Answer> OfAsync(HttpResponseMessage response) => new(
        response.StatusCode, response.Headers.ETag?.Tag, response.Headers.Location, await response.Content.ReadAsStringAsync(),
        response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(',', header.Value), StringComparer.OrdinalIgnoreCase));

    public Answer Expect(HttpStatusCode status)
    {
        Assert.True(Status == status, $"{Status}, not {status}: {Text}");
        return this;
    }

    public Answer Expect(HttpStatusCode status, string code)
    {
        Expect(status);
        Assert.Equal(code, Code);
        return this;
    }
}

internal static class HttpClientVerbs
{
    public static async Task<Answer> ReadAsync(this HttpClient client, string path)
    {
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative));
        return await Answer.OfAsync(response);
    }

    /// <summary>A creating POST with an Idempotency-Key.</summary>
    public static Task<Answer> CreateAsync(this HttpClient client, string path, object body, string? key = null) =>
        client.SendAsync(path, JsonContent.Create(body), ("Idempotency-Key", key ?? Guid.NewGuid().ToString()));

    /// <summary>A changing POST with an If-Match.</summary>
    public static Task<Answer> ChangeAsync(this HttpClient client, string path, object? body, string? etag) =>
        client.SendAsync(path, body is null ? null : JsonContent.Create(body), etag is null ? [] : [("If-Match", etag)]);

    public static Task<Answer> SendAsync(this HttpClient client, string path, HttpContent? content, params (string Name, string Value)[] headers) =>
        client.SendAsync(path, content, "POST", headers);

    public static async Task<Answer> SendAsync(this HttpClient client, string path, HttpContent? content, string method, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = content };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await client.SendAsync(request);
        return await Answer.OfAsync(response);
    }
}
