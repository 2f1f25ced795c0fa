using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;
using Microsoft.Extensions.DependencyInjection;
using Soc.Contracts;
using Soc.Partners.CutOffs;
using Soc.Partners.Data;
using Soc.TestKit;

namespace Soc.Partners.Tests;

public sealed class SuspensionTests(PartnersService service)
{
    private static readonly DateTimeOffset Never = new(9999, 12, 31, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_suspended_organisation_gets_no_token_and_every_token_it_has_is_cut_off()
    {
        var partner = await service.LiveAsync();
        using var client = service.Host.As(partner.Organisation, partner.ClientId, Scopes.OrganisationsRead);
        (await client.ReadAsync($"/partners/v1/organisations/{partner.Organisation}")).Expect(HttpStatusCode.OK);

        var suspended = (await service.SuspendAsync(service.OfficerA, partner.Organisation)).Expect(HttpStatusCode.OK);

        Assert.Equal("suspended", suspended.Body.GetProperty("status").GetString());
        Assert.Equal("security-incident", suspended.Body.GetProperty("suspension").GetProperty("reason").GetString());
        (await service.TokenAsync(partner)).Expect(HttpStatusCode.BadRequest, "unauthorized_client");
        Assert.Equal(Never, await CutOffAsync(partner.Organisation));
        await Eventually.TrueAsync(
            async () => (await client.ReadAsync($"/partners/v1/organisations/{partner.Organisation}")) is { Status: HttpStatusCode.Unauthorized, Code: "access.cut-off" },
            "the organisation's token is refused here too");
    }

    [Fact]
    public async Task The_reason_of_a_suspension_is_shown_to_security_officers_only()
    {
        var partner = await service.LiveAsync();
        await service.SuspendAsync(service.OfficerA, partner.Organisation);

        var seen = (await service.Registrar.ReadAsync($"/partners/v1/organisations/{partner.Organisation}")).Expect(HttpStatusCode.OK);

        Assert.Equal(JsonValueKind.Null, seen.Body.GetProperty("suspension").ValueKind);
    }

    [Fact]
    public async Task A_different_officer_must_reinstate_and_the_attempt_of_the_same_one_is_on_record()
    {
        var partner = await service.LiveAsync();
        (await service.SuspendAsync(service.OfficerA, partner.Organisation)).Expect(HttpStatusCode.OK);

        (await service.ReinstateAsync(service.OfficerA, partner.Organisation)).Expect(HttpStatusCode.Forbidden, "organisation.same-officer");
        (await service.TokenAsync(partner)).Expect(HttpStatusCode.BadRequest, "unauthorized_client");
        var reinstated = (await service.ReinstateAsync(service.OfficerB, partner.Organisation)).Expect(HttpStatusCode.OK);

        Assert.Equal("live", reinstated.Body.GetProperty("status").GetString());
        (await service.TokenAsync(partner)).Expect(HttpStatusCode.OK);
        Assert.Equal(
            [
                "home-office-registrar organisation.register done", "home-office-registrar application.submit done",
                "home-office-registrar application.verify-responsible-individual done", "home-office-registrar organisation.approve done",
                "home-office-security-a organisation.suspend done", "home-office-security-a organisation.reinstate organisation.same-officer",
                "home-office-security-b organisation.reinstate done",
            ],
            await service.AuditAsync(partner.Organisation.ToString()));
    }

    [Fact]
    public async Task Within_one_second_tokens_from_before_the_suspension_stay_refused_and_those_from_after_the_reinstatement_are_good()
    {
        var partner = await service.LiveAsync();
        for (var round = 0; round < 3; round++)
        {
            var before = IssuedAt(await service.TokenAsync(partner));
            (await service.SuspendAsync(service.OfficerA, partner.Organisation)).Expect(HttpStatusCode.OK);
            Assert.True(before <= await CutOffAsync(partner.Organisation));
            (await service.ReinstateAsync(service.OfficerB, partner.Organisation)).Expect(HttpStatusCode.OK);

            var after = await service.TokenAsync(partner);

            var cutOff = await CutOffAsync(partner.Organisation);
            Assert.True(before <= cutOff, $"{before:O} must be refused: {cutOff:O}");
            Assert.True(IssuedAt(after) > cutOff, $"{IssuedAt(after):O} must be good: {cutOff:O}");
        }
    }

    [Fact]
    public async Task A_token_asked_for_while_the_organisation_is_being_suspended_is_refused_or_cut_off()
    {
        var partner = await service.LiveAsync();
        var etag = await service.ETagAsync(partner.Organisation);
        var tokens = Enumerable.Range(0, 40).Select(_ => service.TokenAsync(partner)).ToList();
        var suspended = await service.OfficerA.ChangeAsync(
            $"/partners/v1/organisations/{partner.Organisation}/suspension", new { reason = "credential-compromise" }, etag);
        var answers = await Task.WhenAll(tokens);

        suspended.Expect(HttpStatusCode.OK);
        (await service.ReinstateAsync(service.OfficerB, partner.Organisation)).Expect(HttpStatusCode.OK);
        var cutOff = await CutOffAsync(partner.Organisation);
        Assert.All(answers.Where(answer => answer.Status == HttpStatusCode.OK), answer => Assert.True(IssuedAt(answer) <= cutOff));
    }

    [Fact]
    public async Task A_token_that_is_issued_before_a_slow_change_is_committed_is_refused_however_much_later_it_is_dated()
    {
        var partner = await service.LiveAsync();
        await using var scope = service.Host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PartnersDb>();
        await using var transaction = await db.Database.BeginTransactionAsync(TestContext.Current.CancellationToken);
        var begun = DateTimeOffset.UtcNow;
        await db.CutOffUntilNowAsync(partner.Organisation, TestContext.Current.CancellationToken);

        // The change is made and not committed: tokens go on being issued from what was before it.
        var issued = await Eventually.NotNullAsync(
            async () => (await service.TokenAsync(partner)).Expect(HttpStatusCode.OK) is var token && IssuedAt(token) > begun.AddSeconds(3) ? token : null,
            "a token that is dated long after the change");
        await transaction.CommitAsync(TestContext.Current.CancellationToken);

        Assert.True(IssuedAt(issued) <= await CutOffAsync(partner.Organisation));
        var next = (await service.TokenAsync(partner)).Expect(HttpStatusCode.OK);
        var cutOff = await CutOffAsync(partner.Organisation);
        Assert.True(IssuedAt(issued) <= cutOff && cutOff < IssuedAt(next), $"{IssuedAt(issued):O} <= {cutOff:O} < {IssuedAt(next):O}");
    }

    [Fact]
    public async Task An_officer_cannot_suspend_their_own_organisation()
    {
        var partner = await service.LiveAsync();
        using var officer = service.Host.As(partner.Organisation, "an-officer", Scopes.OrganisationsSuspend, Scopes.OrganisationsRead);

        (await service.SuspendAsync(officer, partner.Organisation)).Expect(HttpStatusCode.Forbidden, "organisation.own");
    }

    [Theory]
    [InlineData("/suspension")]
    [InlineData("/reinstatement")]
    public async Task Suspension_and_reinstatement_need_the_current_etag(string action)
    {
        var path = $"/partners/v1/organisations/{await service.ApprovedAsync()}{action}";
        object? body = action == "/suspension" ? new { reason = "own-request" } : null;

        (await service.OfficerA.ChangeAsync(path, body, null)).Expect((HttpStatusCode)428, "precondition.required");
        (await service.OfficerA.ChangeAsync(path, body, "\"1\"")).Expect(HttpStatusCode.PreconditionFailed, "precondition.failed");
    }

    [Fact]
    public async Task The_list_of_cut_offs_is_for_the_platforms_own_processes_and_unchanged_costs_no_body()
    {
        (await service.Host.Anonymous.ReadAsync("/internal/cut-offs")).Expect(HttpStatusCode.Unauthorized);
        (await service.Registrar.ReadAsync("/internal/cut-offs")).Expect(HttpStatusCode.Unauthorized);
        var list = (await service.CutOffsAsync()).Expect(HttpStatusCode.OK);
        await Eventually.TrueAsync(
            async () => (await service.CutOffsAsync((await service.CutOffsAsync()).ETag)) is { Status: HttpStatusCode.NotModified, Text: "" },
            "between two changes the answer is 304");

        var partner = await service.LiveAsync();
        await service.SuspendAsync(service.OfficerA, partner.Organisation);
        var changed = (await service.CutOffsAsync(list.ETag)).Expect(HttpStatusCode.OK);
        Assert.NotEqual(list.ETag, changed.ETag);
    }

    private async Task<DateTimeOffset> CutOffAsync(Guid organisation) => (await service.CutOffsAsync()).Expect(HttpStatusCode.OK).Body.EnumerateArray()
        .Single(cutOff => cutOff.GetProperty("organisation").GetGuid() == organisation).GetProperty("notBefore").GetDateTimeOffset();

    private static DateTimeOffset IssuedAt(Answer answer)
    {
        var token = answer.Expect(HttpStatusCode.OK).Body.GetProperty("access_token").GetString()!;
        var claims = JsonDocument.Parse(Encoding.UTF8.GetString(Base64UrlEncoder.DecodeBytes(token.Split('.')[1]))).RootElement;
        return DateTimeOffset.FromUnixTimeSeconds(claims.GetProperty("iat").GetInt64());
    }
}
