using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Soc.TestKit;

namespace Soc.Platform.Tests;

/// <summary>One referral's journey, through the gateway alone: the walk-through of the README.</summary>
public sealed class JourneyTests(PlatformFixture platform)
{
    private const string Ukpps = "01900000-0000-7000-8000-000000000002";

    [Fact]
    public async Task A_charity_joins_refers_a_person_learns_the_outcome_moves_the_statistics_and_is_cut_off()
    {
        using var registrar = await platform.AsAsync("home-office-registrar");
        var joined = await JoinAsync(platform, registrar);
        var (organisation, charity) = (joined.Organisation, joined.Client);
        using var referrer = await platform.AsAsync(charity);

        await ShowAFigureAsync(referrer);
        var before = await SubmittedThisYearAsync();
        var key = Guid.NewGuid().ToString();
        using var submission = await referrer.CreateAsync("/referrals/v1/referrals", Referral(), key);
        var submitted = await submission.BodyAsync(HttpStatusCode.Created);
        using var repeated = await referrer.CreateAsync("/referrals/v1/referrals", Referral(), key);
        Assert.Equal("true", Assert.Single(repeated.Headers.GetValues("Idempotent-Replayed")));
        Assert.Equal(submitted.GetProperty("id").GetString(), (await repeated.BodyAsync(HttpStatusCode.Created)).GetProperty("id").GetString());

        await DecideAsync(submission.Headers.Location!.ToString());

        var updates = await referrer.GetFromJsonAsync<JsonElement>("/referrals/v1/updates");
        Assert.Equal(["submitted", "accepted"], updates.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("status").GetString()));

        // One referral must not show in a figure that is rounded to five; five must, whatever the total was.
        for (var more = 0; more < 4; more++)
        {
            using var another = await referrer.CreateAsync("/referrals/v1/referrals", Referral());
            await another.BodyAsync(HttpStatusCode.Created);
        }

        await Eventually.TrueAsync(async () => await SubmittedThisYearAsync() == before + 5, "the year's figure has moved by five");

        await SuspendAsync(organisation);
        await Eventually.TrueAsync(
            async () =>
            {
                using var refused = await referrer.GetAsync(new Uri("/referrals/v1/updates", UriKind.Relative));
                return refused.StatusCode == HttpStatusCode.Unauthorized && await refused.ProblemCodeAsync() == "access.cut-off";
            },
            "the suspended organisation's token is refused",
            TimeSpan.FromSeconds(2));
        using var noToken = await charity.RequestTokenAsync(platform.Gateway);
        Assert.False(noToken.IsSuccessStatusCode);
    }

    /// <summary>Below ten a figure is hidden, as it is in the first weeks of a year: refers people until there is one.</summary>
    private async Task ShowAFigureAsync(HttpClient referrer)
    {
        await Eventually.TrueAsync(
            async () =>
            {
                if (await SubmittedThisYearAsync() > 0)
                {
                    return true;
                }

                using var another = await referrer.CreateAsync("/referrals/v1/referrals", Referral());
                await another.BodyAsync(HttpStatusCode.Created);
                return false;
            },
            "there is a figure to move");
        // Nothing may be under way that moves the figure by itself: neither in the outbox nor, a moment later, on the broker.
        await platform.AllHasLeftAsync();
        var last = -1;
        await Eventually.TrueAsync(async () => last == (last = await SubmittedThisYearAsync()), "the figure stands still");
    }

    private static object Referral() => new
    {
        region = "ENG-NW",
        priority = "urgent",
        threatCategory = "drugs",
        narrative = "Example Person Journey has been told by a group that they will be hurt.",
        subject = new { name = "Example Person Journey", dateOfBirth = "not-known" },
    };

    internal static async Task<Joined> JoinAsync(PlatformFixture platform, HttpClient registrar)
    {
        using var registered = await registrar.CreateAsync(
            "/partners/v1/organisations", new { name = "Example Lantern Trust", sector = "voluntary", kind = "charity", regions = new[] { "ENG-NW" } });
        var id = (await registered.BodyAsync(HttpStatusCode.Created)).GetProperty("id").GetString()!;
        await ApproveAsync(registrar, id);

        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = "example-lantern-" + id[^12..];
        using var client = await registrar.CreateAsync(
            $"/partners/v1/organisations/{id}/clients",
            new { name, scopes = new[] { "referrals.submit", "referrals.updates", "integration.manage" }, jwk = PartnerClient.PublicJwk(key, "first") });
        var charity = new PartnerClient((await client.BodyAsync(HttpStatusCode.Created)).GetProperty("clientId").GetString()!, "first", key);
        await PassConformanceAsync(registrar.BaseAddress!, charity);

        using var drafted = await registrar.CreateAsync("/partners/v1/agreements", new
        {
            parties = new[] { Ukpps, id },
            purpose = "Referral of people at risk to the protected persons service",
            legalGateway = "Crime and Courts Act 2013, section 7",
            dataCategories = new[] { "protected-person-referrals" },
            dpiaReference = "DPIA-EXAMPLE-1",
            markingCeiling = "OFFICIAL-SENSITIVE",
            retentionMonths = 84,
            reviewDate = DateOnly.FromDateTime(DateTime.UtcNow).AddMonths(12),
        });
        var agreement = (await drafted.BodyAsync(HttpStatusCode.Created)).GetProperty("id").GetString();
        var etag = drafted.Headers.ETag;
        using (var onPaper = await registrar.ChangeAsync(
            $"/partners/v1/agreements/{agreement}/signatures", etag, new { organisation = id, documentReference = "SIGNED-EXAMPLE-1" }))
        {
            await onPaper.BodyAsync();
            etag = onPaper.Headers.ETag;
        }

        using (var responsible = await platform.AsAsync("ukpps-responsible"))
        using (var signed = await responsible.ChangeAsync(
            $"/partners/v1/organisations/{Ukpps}/agreements/{agreement}/signature", etag, new { documentReference = "SIGNED-EXAMPLE-1" }))
        {
            await signed.BodyAsync();
            etag = signed.Headers.ETag;
        }

        using var active = await registrar.ChangeAsync($"/partners/v1/agreements/{agreement}/activation", etag);
        await active.BodyAsync();
        return new Joined(id, charity, name, agreement!);
    }

    /// <summary>From the application to the approval.</summary>
    private static async Task ApproveAsync(HttpClient registrar, string id)
    {
        var organisation = $"/partners/v1/organisations/{id}";
        using var contact = await registrar.CreateAsync(
            organisation + "/contacts", new { role = "responsible-individual", name = "Example Person Lantern", email = "responsible@lantern.example" });
        var responsibleIndividual = (await contact.BodyAsync(HttpStatusCode.Created)).GetProperty("id").GetGuid();
        var answers = new Dictionary<string, object>
        {
            ["purpose-limited"] = true, ["staff-vetted"] = true, ["incident-hours"] = 4, ["key-storage"] = "managed-vault", ["subcontractors"] = false,
        };
        using var applied = await registrar.CreateAsync(organisation + "/applications", new { responsibleIndividual, terms = new { version = 2, answers } });
        await applied.BodyAsync(HttpStatusCode.Created);
        using var verified = await registrar.ChangeAsync(
            organisation + "/responsible-individual-verification", applied.Headers.ETag, new { method = "identity-document-in-person" });
        await verified.BodyAsync();
        using var approved = await registrar.ChangeAsync(organisation + "/approval", verified.Headers.ETag);
        await approved.BodyAsync();
    }

    /// <summary>The charity's program shows that it authenticates, repeats and changes as it must.</summary>
    private static async Task PassConformanceAsync(Uri gateway, PartnerClient charity)
    {
        using var developer = new HttpClient { BaseAddress = gateway };
        developer.DefaultRequestHeaders.Authorization = new("Bearer", await charity.TokenAsync(developer));
        var key = Guid.NewGuid().ToString();
        using var started = await developer.CreateAsync("/partners/v1/conformance-runs", new { }, key);
        await started.BodyAsync(HttpStatusCode.Created);
        using var repeated = await developer.CreateAsync("/partners/v1/conformance-runs", new { }, key);
        await repeated.BodyAsync(HttpStatusCode.Created);
        var run = repeated.Headers.Location!.ToString();
        using var stale = await developer.ChangeAsync(run + "/confirmation", started.Headers.ETag);
        await stale.BodyAsync(HttpStatusCode.PreconditionFailed);
        using var read = await developer.GetAsync(new Uri(run, UriKind.Relative));
        await read.BodyAsync();
        using var passed = await developer.ChangeAsync(run + "/confirmation", read.Headers.ETag);
        Assert.Equal("passed", (await passed.BodyAsync()).GetProperty("status").GetString());
    }

    private async Task DecideAsync(string referral)
    {
        using var triage = await platform.AsAsync("ukpps-triage");
        using var read = await triage.GetAsync(new Uri(referral, UriKind.Relative));
        await read.BodyAsync();
        using var triaged = await triage.ChangeAsync(referral + "/triage", read.Headers.ETag, new
        {
            route = "assessment",
            reason = "threat-to-life",
            team = new[] { new { actor = "ukpps-assessor", role = "risk-assessor" }, new { actor = "ukpps-authoriser", role = "authorising-officer" } },
        });
        await triaged.BodyAsync();

        using var assessor = await platform.AsAsync("ukpps-assessor");
        using var assessed = await assessor.ChangeAsync(
            referral + "/assessment", triaged.Headers.ETag, new { tool = "protection-risk-2", score = 55, band = "urgent" });
        await assessed.BodyAsync();

        using var authoriser = await platform.AsAsync("ukpps-authoriser");
        using var incomplete = await authoriser.ChangeAsync(referral + "/decision", assessed.Headers.ETag, Decision(cost: null));
        Assert.Equal("decision.factor-missing", await incomplete.ProblemCodeAsync());
        using var decided = await authoriser.ChangeAsync(referral + "/decision", assessed.Headers.ETag, Decision(cost: "Proportionate."));
        await decided.BodyAsync();
    }

    private static object Decision(string? cost) => new
    {
        outcome = "accepted",
        factors = new
        {
            riskToSafety = "A credible threat by people with the means.",
            costOfArrangements = cost,
            abilityToAdjust = "Likely to adjust with support.",
            witness = new { isOrMightBeWitness = false },
        },
        cooperation = new { recorded = true },
    };

    private async Task SuspendAsync(string organisation)
    {
        using var officer = await platform.AsAsync("home-office-security-a");
        using var read = await officer.GetAsync(new Uri($"/partners/v1/organisations/{organisation}", UriKind.Relative));
        await read.BodyAsync();
        using var suspended = await officer.ChangeAsync($"/partners/v1/organisations/{organisation}/suspension", read.Headers.ETag, new { reason = "security-incident" });
        await suspended.BodyAsync();
    }

    private async Task<int> SubmittedThisYearAsync()
    {
        using var analyst = await platform.AsAsync("home-office-analyst");
        var statistics = await analyst.GetFromJsonAsync<JsonElement>($"/reporting/v1/statistics/referrals/{ISOWeek.GetYear(DateTime.UtcNow)}");
        var submitted = statistics.GetProperty("measures").EnumerateArray().Single(measure => measure.GetProperty("measure").GetString() == "submitted");
        return submitted.GetProperty("count").ValueKind == JsonValueKind.Null ? 0 : submitted.GetProperty("count").GetInt32();
    }
}

/// <summary>An organisation that has come the whole way, with its client and its agreement.</summary>
internal sealed record Joined(string Organisation, PartnerClient Client, string ClientId, string Agreement);
