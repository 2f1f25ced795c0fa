using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using Soc.Contracts;
using Soc.Partners.Agreements;
using Soc.Partners.Data;
using Soc.ServiceDefaults;
using Soc.TestKit;

namespace Soc.Partners.Tests;

public sealed class AgreementLifeTests(PartnersService service)
{
    private const string Lead = "/partners/v1/agreements";

    /// <summary>What leads where, by the name of the path; everything else is refused.</summary>
    private static readonly Dictionary<(string Status, string Verb), string> Allowed = new()
    {
        [("draft", "terms")] = "draft",
        [("draft", "submission")] = "under-review",
        [("draft", "signatures")] = "under-review",
        [("under-review", "signatures")] = "under-review",
        [("under-review", "signature")] = "under-review",
        [("under-review", "redraft")] = "draft",
        [("signed", "redraft")] = "draft",
        [("signed", "activation")] = "active",
        [("active", "review")] = "active",
        [("active", "termination")] = "terminated",
        [("review-due", "review")] = "active",
        [("review-due", "termination")] = "terminated",
    };

    private static readonly string[] LeadsVerbs = ["terms", "submission", "redraft", "signatures", "activation", "review", "termination"];
    private static readonly string[] OwnVerbs = ["signature", "termination"];

    public static TheoryData<string> Statuses => ["draft", "under-review", "signed", "active", "review-due", "expired", "terminated"];

    [Theory]
    [MemberData(nameof(Statuses))]
    public async Task Every_verb_of_every_caller_leads_where_the_table_says_is_refused_or_finds_nothing(string status)
    {
        var refused = await InAsync(status);
        using var party = await PartyAsync(refused.One);
        using var stranger = await PartyAsync(await service.ApprovedAsync());
        var strangers = $"/partners/v1/organisations/{Guid.CreateVersion7()}/agreements";
        foreach (var verb in LeadsVerbs)
        {
            (await DoAsync(party, Lead, refused, verb)).Expect(HttpStatusCode.Forbidden, "access.scope-missing");
            if (!Allowed.TryGetValue((status, verb), out var expected))
            {
                (await DoAsync(service.Registrar, Lead, refused, verb)).Expect(HttpStatusCode.Conflict, "agreement.status");
                continue;
            }

            var done = (await DoAsync(service.Registrar, Lead, await InAsync(status), verb)).Expect(HttpStatusCode.OK);
            Assert.Equal(expected, Status(done));
        }

        foreach (var verb in OwnVerbs)
        {
            var own = Own(refused.One);
            (await DoAsync(service.Registrar, own, refused, verb)).Expect(HttpStatusCode.Forbidden, "access.scope-missing");
            var hidden = (await DoAsync(stranger, strangers, refused, verb)).Expect(HttpStatusCode.NotFound, "agreement.not-found");
            Assert.Equal(hidden.Text, (await DoAsync(stranger, own, refused, verb)).Expect(HttpStatusCode.NotFound).Text);
            Assert.Equal(hidden.Text, (await DoAsync(party, Own(refused.Other), refused, verb)).Expect(HttpStatusCode.NotFound).Text);
            Assert.Equal(hidden.Text, (await DoAsync(party, own, refused with { Id = Guid.CreateVersion7() }, verb)).Expect(HttpStatusCode.NotFound).Text);
            if (!Allowed.TryGetValue((status, verb), out var expected))
            {
                (await DoAsync(party, own, refused, verb)).Expect(HttpStatusCode.Conflict, "agreement.status");
                continue;
            }

            var subject = await InAsync(status);
            using var other = await PartyAsync(subject.Other);
            var done = (await DoAsync(other, Own(subject.Other), subject, verb)).Expect(HttpStatusCode.OK);
            Assert.Equal(expected, Status(done));
        }

        var after = (await service.Registrar.ReadAsync($"{Lead}/{refused.Id}")).Expect(HttpStatusCode.OK);
        Assert.Equal((status, refused.ETag), (Status(after), after.ETag));
    }

    [Fact]
    public async Task Responsible_individuals_sign_their_first_agreement_with_tokens_that_rest_on_none()
    {
        var (one, other) = (await service.ConformantAsync(), await service.ApprovedAsync());
        var client = await service.ClientAsync(one, Scopes.OrganisationAttest, Scopes.ReferralsSubmit);
        Assert.Equal([Scopes.OrganisationAttest], await ScopesAsync(client));
        using var first = await PartyAsync(one);
        using var second = await PartyAsync(other);
        var drafted = await DraftedAsync(one, other);
        await DoAsync(service.Registrar, Lead, drafted, "submission");

        var seen = (await first.ReadAsync($"{Own(one)}/{drafted.Id}")).Expect(HttpStatusCode.OK);
        Assert.Equal(["signature"], Strings(seen.Body.GetProperty("allowedActions")));
        var once = (await DoAsync(first, Own(one), drafted with { ETag = seen.ETag! }, "signature")).Expect(HttpStatusCode.OK);
        (await DoAsync(first, Own(one), drafted with { ETag = once.ETag! }, "signature")).Expect(HttpStatusCode.Conflict, "agreement.already-signed");
        var twice = (await DoAsync(second, Own(other), drafted with { ETag = once.ETag! }, "signature")).Expect(HttpStatusCode.OK);

        Assert.Equal("signed", Status(twice));
        Assert.All(twice.Body.GetProperty("parties").EnumerateArray(), party => Assert.False(party.GetProperty("onPaper").GetBoolean()));
        (await DoAsync(service.Registrar, Lead, drafted with { ETag = twice.ETag! }, "activation")).Expect(HttpStatusCode.OK);
        Assert.Equal([Scopes.OrganisationAttest, Scopes.ReferralsSubmit], await ScopesAsync(client));
        Assert.Equal(
            [
                "home-office-registrar agreement.draft done", "home-office-registrar agreement.submit done", "a-party agreement.sign done",
                "a-party agreement.sign agreement.already-signed", "a-party agreement.sign done", "home-office-registrar agreement.activate done",
            ],
            await service.AuditAsync(drafted.Id.ToString()));
    }

    [Fact]
    public async Task Changed_terms_need_new_signatures()
    {
        var signed = await InAsync("signed");
        var redrafted = (await DoAsync(service.Registrar, Lead, signed, "redraft")).Expect(HttpStatusCode.OK);
        Assert.All(redrafted.Body.GetProperty("parties").EnumerateArray(), party => Assert.Equal(JsonValueKind.Null, party.GetProperty("signedAt").ValueKind));
        var third = await service.ApprovedAsync();

        var changed = (await service.Registrar.ChangeAsync(
            $"{Lead}/{signed.Id}/terms", PartnersService.Agreement(["strategy-progress"], "OFFICIAL", signed.One, third), redrafted.ETag)).Expect(HttpStatusCode.OK);

        Assert.Equal([signed.One, third], changed.Body.GetProperty("parties").EnumerateArray().Select(party => party.GetProperty("organisation").GetGuid()));
        Assert.Equal(["strategy.read"], Strings(changed.Body.GetProperty("covers")[0].GetProperty("scopes")));
        (await service.Registrar.ChangeAsync($"{Lead}/{signed.Id}/activation", null, changed.ETag)).Expect(HttpStatusCode.Conflict, "agreement.status");
        (await service.Registrar.ChangeAsync(
            $"{Lead}/{signed.Id}/terms", PartnersService.Agreement(signed.One, Guid.CreateVersion7()), changed.ETag))
            .Expect(HttpStatusCode.UnprocessableEntity, "agreement.unknown-party");
    }

    [Fact]
    public async Task Of_two_leads_who_activate_at_once_one_does_and_the_other_is_told_that_it_has_changed()
    {
        using var second = service.Host.As(PartnersService.HomeOffice, "another-lead", Scopes.AgreementsManage);
        for (var round = 0; round < 5; round++)
        {
            var signed = await InAsync("signed");

            var answers = await Task.WhenAll(DoAsync(service.Registrar, Lead, signed, "activation"), DoAsync(second, Lead, signed, "activation"));

            Assert.Equal([HttpStatusCode.OK, HttpStatusCode.PreconditionFailed], answers.Select(answer => answer.Status).Order());
        }
    }

    [Theory]
    [InlineData("terms")]
    [InlineData("submission")]
    [InlineData("redraft")]
    [InlineData("review")]
    [InlineData("termination")]
    public async Task Changes_need_the_current_etag(string verb)
    {
        var drafted = await DraftedAsync(await service.ApprovedAsync(), await service.ApprovedAsync());

        (await service.Registrar.ChangeAsync($"{Lead}/{drafted.Id}/{verb}", Body(drafted, verb), null)).Expect((HttpStatusCode)428);
        (await service.Registrar.ChangeAsync($"{Lead}/{drafted.Id}/{verb}", Body(drafted, verb), "\"9\"")).Expect(HttpStatusCode.PreconditionFailed);
    }

    [Fact]
    public async Task Parties_list_their_own_agreements_and_leads_all_page_by_page()
    {
        var (one, other) = (await service.ApprovedAsync(), await service.ApprovedAsync());
        var mine = new List<Guid>();
        for (var each = 0; each < 51; each++)
        {
            mine.Add((await DraftedAsync(one, other)).Id);
        }

        var active = await service.ActiveAgreementAsync(PartnersService.Agreement(one, other));
        using var party = await PartyAsync(one);
        using var reader = service.Host.As(one, "a-reader", Scopes.OrganisationsRead);
        using var stranger = await PartyAsync(await service.ApprovedAsync());

        Assert.Equal([.. mine, active], await AllAsync(party, Own(one) + "?"));
        Assert.Equal([.. mine, active], await AllAsync(reader, Lead + "?"));
        Assert.Equal([active], await AllAsync(reader, Lead + "?status=active&"));
        Assert.Equal(mine, await AllAsync(party, Own(one) + "?status=draft&"));
        Assert.Superset(mine.ToHashSet(), (await AllAsync(service.Registrar, Lead + "?status=draft&")).ToHashSet());
        Assert.Empty(await AllAsync(stranger, Lead + "?"));
        Assert.Empty(await AllAsync(stranger, Own(one) + "?"));
        (await party.ReadAsync(Own(one) + "?cursor=AAAA")).Expect(HttpStatusCode.BadRequest, "cursor.invalid");
        (await reader.ReadAsync(Lead + "?status=lost")).Expect(HttpStatusCode.BadRequest, "request.invalid");
    }

    [Fact]
    public async Task When_an_agreement_expires_exactly_the_scopes_fields_and_events_that_it_covered_disappear()
    {
        await using var queue = await EventQueue.BindAsync(service);
        var partner = await service.LiveAsync(scopes: [Scopes.ReferralsSubmit, Scopes.ReferralsUpdates, Scopes.StrategyRead, Scopes.OrganisationAttest]);
        var third = await service.ApprovedAsync();
        await service.ActiveAgreementAsync(PartnersService.Agreement(["strategy-progress"], "OFFICIAL", partner.Organisation, third));
        var before = await TokenOfAsync(partner);
        Assert.Equal([Scopes.OrganisationAttest, Scopes.ReferralsSubmit, Scopes.ReferralsUpdates, Scopes.StrategyRead], before.Scopes);
        Assert.Equal((true, true), await MayBeToldAsync(partner.Organisation, "soc.referrals.notice.issued.v1", "soc.strategy.strategy.published.v1"));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), await SeesAsync(partner.Organisation, partner.Counterparty, third));

        // The clock cannot be turned: the day is moved instead.
        await service.QueryAsync("update agreement set review_date = $2 where id = $1", partner.Agreement, Today.AddDays(-2));
        await service.DoDueWorkAsync<AgreementClock>();
        await service.DoDueWorkAsync<AgreementClock>();

        var cutOff = await CutOffAsync(partner.Organisation);
        Assert.True(before.IssuedAt <= cutOff, "the token from before is refused everywhere");
        Assert.True(await CutOffAsync(partner.Counterparty) >= before.IssuedAt, "and those of the other party");
        var after = await TokenOfAsync(partner);
        Assert.Equal([Scopes.OrganisationAttest, Scopes.StrategyRead], after.Scopes);
        Assert.True(after.IssuedAt > cutOff, "the next token is good");
        Assert.Equal((false, true), await MayBeToldAsync(partner.Organisation, "soc.referrals.notice.issued.v1", "soc.strategy.strategy.published.v1"));
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.OK), await SeesAsync(partner.Organisation, partner.Counterparty, third));
        var events = await queue.ReadUntilAsync(partner.Organisation, "soc.partners.isa.expired.v1");
        Assert.Equal(
            [("soc.partners.isa.activated.v1", 1L), ("soc.partners.isa.expired.v1", 2L)],
            events.Where(each => each.Aggregate == partner.Agreement).OrderBy(each => each.Version).Select(each => (each.Type, each.Version)));
        Assert.Equal(
            ["agreement-expiry"],
            await service.QueryAsync("select cause from revocation_order where organisation_id = $1 and agreement_id = $2", partner.Organisation, partner.Agreement));
    }

    [Fact]
    public async Task A_party_ends_an_agreement_at_once_and_the_organisations_stay_live_with_what_is_their_own()
    {
        var partner = await service.LiveAsync(scopes: [Scopes.ReferralsSubmit, Scopes.OrganisationAttest]);
        var before = await TokenOfAsync(partner);
        using var counterparty = await PartyAsync(partner.Counterparty);
        var path = $"{Own(partner.Counterparty)}/{partner.Agreement}";
        var etag = (await counterparty.ReadAsync(path)).ETag;

        var ended = (await counterparty.ChangeAsync(path + "/termination", new { reason = "party-withdraws" }, etag)).Expect(HttpStatusCode.OK);

        Assert.Equal("terminated", Status(ended));
        Assert.Equal(
            (partner.Counterparty, "party-withdraws"),
            (ended.Body.GetProperty("termination").GetProperty("by").GetGuid(), ended.Body.GetProperty("termination").GetProperty("reason").GetString()));
        Assert.Empty(ended.Body.GetProperty("allowedActions").EnumerateArray());
        Assert.True(before.IssuedAt <= await CutOffAsync(partner.Organisation));
        Assert.Equal([Scopes.OrganisationAttest], (await TokenOfAsync(partner)).Scopes);
        Assert.Equal("live", Status(await service.Registrar.ReadAsync($"/partners/v1/organisations/{partner.Organisation}")));
        Assert.Equal(
            ["agreement-termination"],
            await service.QueryAsync("select cause from revocation_order where organisation_id = $1 and agreement_id = $2", partner.Organisation, partner.Agreement));
    }

    [Fact]
    public async Task A_termination_that_takes_effect_later_leaves_the_agreement_in_force_until_then()
    {
        await using var queue = await EventQueue.BindAsync(service);
        var partner = await service.LiveAsync(scopes: [Scopes.ReferralsSubmit, Scopes.OrganisationAttest]);
        using var party = await PartyAsync(partner.Organisation);
        var path = $"{Own(partner.Organisation)}/{partner.Agreement}";
        var etag = (await party.ReadAsync(path)).ETag;
        (await party.ChangeAsync(path + "/termination", new { reason = "superseded", effective = DateTimeOffset.UtcNow.AddMinutes(-1) }, etag))
            .Expect(HttpStatusCode.UnprocessableEntity, "agreement.termination");

        var given = (await party.ChangeAsync(path + "/termination", new { reason = "superseded", effective = DateTimeOffset.UtcNow.AddDays(3) }, etag)).Expect(HttpStatusCode.OK);
        await service.DoDueWorkAsync<AgreementClock>();

        Assert.Equal("active", Status(given));
        Assert.Equal(["termination"], Strings(given.Body.GetProperty("allowedActions")));
        Assert.Equal([Scopes.OrganisationAttest, Scopes.ReferralsSubmit], (await TokenOfAsync(partner)).Scopes);
        await service.QueryAsync("update agreement set terminates_at = now() where id = $1", partner.Agreement);
        Assert.Equal([Scopes.OrganisationAttest], (await TokenOfAsync(partner)).Scopes);
        await service.DoDueWorkAsync<AgreementClock>();
        var events = await queue.ReadUntilAsync(partner.Organisation, "soc.partners.isa.terminated.v1");
        Assert.Equal(
            ["soc.partners.isa.activated.v1", "soc.partners.isa.terminated.v1"],
            events.Where(each => each.Aggregate == partner.Agreement).OrderBy(each => each.Version).Select(each => each.Type));
    }

    [Fact]
    public async Task An_agreement_falls_due_once_is_reviewed_and_goes_on()
    {
        await using var queue = await EventQueue.BindAsync(service);
        var due = await InAsync("review-due");
        await service.DoDueWorkAsync<AgreementClock>();
        (await service.Registrar.ChangeAsync($"{Lead}/{due.Id}/review", new { reviewDate = Text(Today.AddMonths(25)) }, due.ETag))
            .Expect(HttpStatusCode.UnprocessableEntity, "agreement.review-date");

        var reviewed = (await service.Registrar.ChangeAsync($"{Lead}/{due.Id}/review", new { reviewDate = Text(Today.AddMonths(20)) }, due.ETag)).Expect(HttpStatusCode.OK);
        await service.DoDueWorkAsync<AgreementClock>();

        Assert.Equal(("active", Text(Today.AddMonths(20))), (Status(reviewed), reviewed.Body.GetProperty("reviewDate").GetString()));
        var events = await queue.ReadUntilAsync(due.One, "soc.partners.isa.reviewed.v1");
        Assert.Equal(
            [("soc.partners.isa.activated.v1", 1L), ("soc.partners.isa.reviewdue.v1", 2L), ("soc.partners.isa.reviewed.v1", 3L)],
            events.Where(each => each.Aggregate == due.Id).OrderBy(each => each.Version).Select(each => (each.Type, each.Version)));
        Assert.Contains("clock agreement.review-due done", await service.AuditAsync(due.Id.ToString()));
    }

    private static DateOnly Today => UkCalendar.Day(DateTimeOffset.UtcNow);

    private static string Own(Guid organisation) => $"/partners/v1/organisations/{organisation}/agreements";

    private static string Status(Answer answer) => answer.Body.GetProperty("status").GetString()!;

    private static string Text(DateOnly day) => day.ToString("O", CultureInfo.InvariantCulture);

    private static IEnumerable<string> Strings(JsonElement list) => list.EnumerateArray().Select(each => each.GetString()!);

    private static Task<Answer> DoAsync(HttpClient caller, string agreements, Subject subject, string verb) =>
        caller.ChangeAsync($"{agreements}/{subject.Id}/{verb}", Body(subject, verb), subject.ETag);

    private static object? Body(Subject subject, string verb) => verb switch
    {
        "terms" => PartnersService.Agreement(subject.One, subject.Other),
        "signatures" => new { organisation = subject.One, documentReference = "SIGNED-1" },
        "signature" => new { documentReference = "SIGNED-2" },
        "review" => new { reviewDate = Text(Today.AddMonths(18)) },
        "termination" => new { reason = "purpose-fulfilled" },
        _ => null,
    };

    /// <summary>An agreement in this status, between two organisations of its own.</summary>
    private async Task<Subject> InAsync(string status)
    {
        var subject = await DraftedAsync(await service.ApprovedAsync(), await service.ApprovedAsync());
        string[] verbs = status switch
        {
            "draft" => [],
            "under-review" => ["submission"],
            "signed" => ["signatures", "signatures for the other"],
            "terminated" => ["signatures", "signatures for the other", "activation", "termination"],
            _ => ["signatures", "signatures for the other", "activation"],
        };
        foreach (var verb in verbs)
        {
            var done = verb == "signatures for the other"
                ? await DoAsync(service.SecondLead, Lead, subject with { One = subject.Other }, "signatures")
                : await DoAsync(service.Registrar, Lead, subject, verb);
            subject = subject with { ETag = done.Expect(HttpStatusCode.OK).ETag! };
        }

        if (status is "review-due" or "expired")
        {
            await service.QueryAsync("update agreement set review_date = $2 where id = $1", subject.Id, Today.AddDays(status == "expired" ? -2 : 30));
            await service.DoDueWorkAsync<AgreementClock>();
            subject = subject with { ETag = (await service.Registrar.ReadAsync($"{Lead}/{subject.Id}")).ETag! };
        }

        return subject;
    }

    private async Task<Subject> DraftedAsync(Guid one, Guid other)
    {
        var drafted = (await service.Registrar.CreateAsync(Lead, PartnersService.Agreement(one, other))).Expect(HttpStatusCode.Created);
        return new Subject(drafted.Body.GetProperty("id").GetGuid(), one, other, drafted.ETag!);
    }

    /// <summary>An organisation's responsible individual, with a token from after its last cut-off.</summary>
    private async Task<HttpClient> PartyAsync(Guid organisation)
    {
        var cutOff = (await service.DatedCutOffAsync(organisation)).SingleOrDefault();
        await Eventually.TrueAsync(() => Task.FromResult(DateTimeOffset.UtcNow >= cutOff.AddSeconds(1)), "the cut-off has passed");
        return service.Host.As(organisation, "a-party", Scopes.OrganisationAttest, Scopes.OrganisationsRead);
    }

    private async Task<DateTimeOffset> CutOffAsync(Guid organisation) => Assert.Single(await service.DatedCutOffAsync(organisation));

    private async Task<IEnumerable<string>> ScopesAsync(Partner partner) => (await TokenOfAsync(partner)).Scopes;

    private async Task<(string[] Scopes, DateTimeOffset IssuedAt)> TokenOfAsync(Partner partner)
    {
        var token = (await service.TokenAsync(partner)).Expect(HttpStatusCode.OK).Body.GetProperty("access_token").GetString()!;
        var claims = JsonDocument.Parse(Encoding.UTF8.GetString(Base64UrlEncoder.DecodeBytes(token.Split('.')[1]))).RootElement;
        return (
            [.. claims.GetProperty("scope").GetString()!.Split(' ').Order(StringComparer.Ordinal)],
            DateTimeOffset.FromUnixTimeSeconds(claims.GetProperty("iat").GetInt64()));
    }

    private async Task<(bool, bool)> MayBeToldAsync(Guid organisation, string one, string other)
    {
        await using var scope = service.Host.Services.CreateAsyncScope();
        var entitlement = await scope.ServiceProvider.GetRequiredService<PartnersDb>()
            .EntitlementAsync(organisation, DateTimeOffset.UtcNow, TestContext.Current.CancellationToken);
        return (entitlement.ToEvent(one), entitlement.ToEvent(other));
    }

    /// <summary>Whether the organisation sees each of two counterparties.</summary>
    private async Task<(HttpStatusCode, HttpStatusCode)> SeesAsync(Guid organisation, Guid one, Guid other)
    {
        using var party = await PartyAsync(organisation);
        return ((await party.ReadAsync($"/partners/v1/organisations/{one}")).Status, (await party.ReadAsync($"/partners/v1/organisations/{other}")).Status);
    }

    private static async Task<List<Guid>> AllAsync(HttpClient caller, string path)
    {
        var (all, cursor) = (new List<Guid>(), "");
        do
        {
            var page = (await caller.ReadAsync(path + cursor)).Expect(HttpStatusCode.OK).Body;
            all.AddRange(page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetGuid()));
            cursor = page.GetProperty("next").GetString() is { } next ? "cursor=" + next : null;
        }
        while (cursor is not null);
        return all;
    }

    private sealed record Subject(Guid Id, Guid One, Guid Other, string ETag);
}
