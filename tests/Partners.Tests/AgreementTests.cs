using System.Globalization;
using System.Net;
using Soc.Contracts;

namespace Soc.Partners.Tests;

public sealed class AgreementTests(PartnersService service)
{
    [Fact]
    public async Task An_agreement_that_not_every_party_has_signed_cannot_be_activated()
    {
        var (one, other) = (await service.ApprovedAsync(), await service.ApprovedAsync());
        var drafted = (await service.Registrar.CreateAsync("/partners/v1/agreements", PartnersService.Agreement(one, other))).Expect(HttpStatusCode.Created);
        var path = drafted.Location!.ToString();

        (await service.Registrar.ChangeAsync(path + "/activation", null, drafted.ETag)).Expect(HttpStatusCode.Conflict, "agreement.status");
        var signed = (await service.Registrar.ChangeAsync(path + "/signatures", Signature(one), drafted.ETag)).Expect(HttpStatusCode.OK);
        (await service.Registrar.ChangeAsync(path + "/signatures", Signature(one), signed.ETag)).Expect(HttpStatusCode.Conflict, "agreement.already-signed");
        (await service.Registrar.ChangeAsync(path + "/signatures", Signature(Guid.CreateVersion7()), signed.ETag))
            .Expect(HttpStatusCode.UnprocessableEntity, "agreement.not-a-party");
        (await service.Registrar.ChangeAsync(path + "/activation", null, signed.ETag)).Expect(HttpStatusCode.Conflict, "agreement.status");
        Assert.Equal("under-review", (await service.Registrar.ReadAsync(path)).Body.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Whoever_recorded_the_one_partys_signature_on_paper_does_not_record_the_other_ones()
    {
        var (one, other) = (await service.ApprovedAsync(), await service.ApprovedAsync());
        var drafted = (await service.Registrar.CreateAsync("/partners/v1/agreements", PartnersService.Agreement(one, other))).Expect(HttpStatusCode.Created);
        var path = drafted.Location!.ToString();

        var first = (await service.Registrar.ChangeAsync(path + "/signatures", Signature(one), drafted.ETag)).Expect(HttpStatusCode.OK);

        Assert.DoesNotContain("signatures", Actions(first));
        (await service.Registrar.ChangeAsync(path + "/signatures", Signature(other), first.ETag)).Expect(HttpStatusCode.Forbidden, "agreement.second-recorder");
        Assert.Contains("signatures", Actions(await service.SecondLead.ReadAsync(path)));
        Assert.Equal("signed", (await service.SecondLead.ChangeAsync(path + "/signatures", Signature(other), first.ETag)).Expect(HttpStatusCode.OK).Body.GetProperty("status").GetString());

        // Taken back to the draft, all of it begins anew.
        var redrafted = (await service.Registrar.ChangeAsync(path + "/redraft", null, (await service.Registrar.ReadAsync(path)).ETag)).Expect(HttpStatusCode.OK);
        (await service.SecondLead.ChangeAsync(path + "/signatures", Signature(one), redrafted.ETag)).Expect(HttpStatusCode.OK);

        static IEnumerable<string?> Actions(Answer agreement) => agreement.Body.GetProperty("allowedActions").EnumerateArray().Select(action => action.GetString());
    }

    [Fact]
    public async Task A_recorder_of_one_signature_may_record_the_other_where_a_third_party_signed_for_itself()
    {
        var parties = await Task.WhenAll(service.ApprovedAsync(), service.ApprovedAsync(), service.ApprovedAsync());
        var drafted = (await service.Registrar.CreateAsync("/partners/v1/agreements", PartnersService.Agreement(parties))).Expect(HttpStatusCode.Created);
        var path = drafted.Location!.ToString();
        using var responsible = service.Host.As(parties[0], "a-responsible-individual", Scopes.OrganisationAttest);

        var etag = (await service.Registrar.ChangeAsync(path + "/signatures", Signature(parties[1]), drafted.ETag)).Expect(HttpStatusCode.OK).ETag;
        etag = (await responsible.ChangeAsync(
            $"/partners/v1/organisations/{parties[0]}/agreements/{path.Split('/')[^1]}/signature", new { documentReference = "SIGNED-1" }, etag)).Expect(HttpStatusCode.OK).ETag;

        (await service.Registrar.ChangeAsync(path + "/signatures", Signature(parties[2]), etag)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Changes_of_an_agreement_need_the_current_etag()
    {
        var (one, other) = (await service.ApprovedAsync(), await service.ApprovedAsync());
        var path = (await service.Registrar.CreateAsync("/partners/v1/agreements", PartnersService.Agreement(one, other))).Location!.ToString();

        (await service.Registrar.ChangeAsync(path + "/signatures", Signature(one), null)).Expect((HttpStatusCode)428);
        (await service.Registrar.ChangeAsync(path + "/signatures", Signature(one), "\"9\"")).Expect(HttpStatusCode.PreconditionFailed);
        (await service.Registrar.ChangeAsync(path + "/activation", null, null)).Expect((HttpStatusCode)428);
    }

    [Fact]
    public async Task The_parties_are_two_or_more_different_registered_organisations()
    {
        var one = await service.ApprovedAsync();

        (await service.Registrar.CreateAsync("/partners/v1/agreements", PartnersService.Agreement(one, Guid.CreateVersion7())))
            .Expect(HttpStatusCode.UnprocessableEntity, "agreement.unknown-party");
        (await service.Registrar.CreateAsync("/partners/v1/agreements", PartnersService.Agreement(one, one)))
            .Expect(HttpStatusCode.UnprocessableEntity, "agreement.unknown-party");
        (await service.Registrar.CreateAsync("/partners/v1/agreements", PartnersService.Agreement(one))).Expect(HttpStatusCode.BadRequest, "request.invalid");
    }

    [Fact]
    public async Task An_agreement_with_a_party_that_is_only_registered_or_suspended_cannot_become_active()
    {
        var (approved, registered) = (await service.ApprovedAsync(), await service.RegisteredAsync());
        var refused = await ActivationAsync(approved, registered);
        refused.Expect(HttpStatusCode.Conflict, "agreement.party-status");

        var suspended = await service.ApprovedAsync();
        await service.SuspendAsync(service.OfficerA, suspended);
        (await ActivationAsync(approved, suspended)).Expect(HttpStatusCode.Conflict, "agreement.party-status");
        Assert.Equal("approved", (await service.Registrar.ReadAsync($"/partners/v1/organisations/{approved}")).Body.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Only_parties_and_those_who_manage_agreements_see_one()
    {
        var partner = await service.LiveAsync();
        var path = $"/partners/v1/agreements/{partner.Agreement}";
        using var party = service.Host.As(partner.Counterparty, "a-party", Scopes.OrganisationsRead);
        using var stranger = service.Host.As(Guid.CreateVersion7(), "a-stranger", Scopes.OrganisationsRead);

        (await party.ReadAsync(path)).Expect(HttpStatusCode.OK);
        (await service.Registrar.ReadAsync(path)).Expect(HttpStatusCode.OK);
        var hidden = (await stranger.ReadAsync(path)).Expect(HttpStatusCode.NotFound, "agreement.not-found");
        Assert.Equal(hidden.Text, (await stranger.ReadAsync($"/partners/v1/agreements/{Guid.CreateVersion7()}")).Text);
    }

    [Fact]
    public async Task A_marking_ceiling_below_what_a_scope_handles_leaves_that_scope_out()
    {
        var partner = await service.LiveAsync(markingCeiling: "OFFICIAL");

        var token = (await service.TokenAsync(partner)).Expect(HttpStatusCode.OK);

        Assert.Equal(Scopes.OrganisationsRead, token.Body.GetProperty("scope").GetString());
    }

    [Fact]
    public async Task A_client_whose_scopes_no_agreement_covers_gets_no_token_and_is_told_why()
    {
        var partner = await service.LiveAsync(scopes: [Scopes.StrategyRead]);

        var refused = (await service.TokenAsync(partner)).Expect(HttpStatusCode.BadRequest, "invalid_scope");

        Assert.Contains("active information sharing agreement", refused.Body.GetProperty("error_description").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expired_agreement_takes_exactly_its_own_scopes_away()
    {
        var partner = await service.LiveAsync(scopes: [Scopes.ReferralsSubmit, Scopes.StrategyRead]);
        await service.ActiveAgreementAsync(PartnersService.Agreement(["strategy-progress"], "OFFICIAL", partner.Organisation, partner.Counterparty));
        Assert.Equal($"{Scopes.ReferralsSubmit} {Scopes.StrategyRead}", (await service.TokenAsync(partner)).Expect(HttpStatusCode.OK).Body.GetProperty("scope").GetString());

        // The clock cannot be turned: the day is moved instead.
        await service.QueryAsync("update agreement set review_date = $2 where id = $1", partner.Agreement, DateOnly.FromDateTime(DateTime.UtcNow).AddDays(-2));

        Assert.Equal(Scopes.StrategyRead, (await service.TokenAsync(partner)).Expect(HttpStatusCode.OK).Body.GetProperty("scope").GetString());
        Assert.Equal("expired", (await service.Registrar.ReadAsync($"/partners/v1/agreements/{partner.Agreement}")).Body.GetProperty("status").GetString());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(25)]
    public async Task A_review_date_that_does_not_lie_ahead_within_24_months_is_refused(int months)
    {
        var (one, other) = (await service.ApprovedAsync(), await service.ApprovedAsync());
        var terms = System.Text.Json.JsonSerializer.SerializeToNode(PartnersService.Agreement(one, other))!;
        terms["reviewDate"] = DateOnly.FromDateTime(DateTime.UtcNow).AddMonths(months).ToString("O", CultureInfo.InvariantCulture);

        (await service.Registrar.CreateAsync("/partners/v1/agreements", terms)).Expect(HttpStatusCode.UnprocessableEntity, "agreement.review-date");
    }

    private static object Signature(Guid organisation) => new { organisation, documentReference = "SIGNED-1" };

    private async Task<Answer> ActivationAsync(Guid one, Guid other)
    {
        var drafted = (await service.Registrar.CreateAsync("/partners/v1/agreements", PartnersService.Agreement(one, other))).Expect(HttpStatusCode.Created);
        var path = drafted.Location!.ToString();
        var first = (await service.Registrar.ChangeAsync(path + "/signatures", Signature(one), drafted.ETag)).Expect(HttpStatusCode.OK);
        var second = (await service.SecondLead.ChangeAsync(path + "/signatures", Signature(other), first.ETag)).Expect(HttpStatusCode.OK);
        return await service.Registrar.ChangeAsync(path + "/activation", null, second.ETag);
    }
}
